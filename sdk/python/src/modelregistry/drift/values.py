"""Columns of any library as numbers or categories.

Numbers are one array of doubles, with NaN for missing values; so are times, as seconds since 1970
in UTC, and booleans, as 0 and 1. Integers beyond 2**53 are rounded.
"""

import datetime as dt
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from modelregistry.drift.profiles import ColumnKind
from modelregistry.drift.table_files import Texts

Numbers: TypeAlias = npt.NDArray[np.float64]
Raw: TypeAlias = npt.NDArray[Any]

_NUMBER: Final = (int, float, Decimal, np.number)
_MICROSECONDS: Final = 1e6
_KINDS: Final = {
    "b": ColumnKind.BOOLEAN,
    "i": ColumnKind.NUMERIC,
    "u": ColumnKind.NUMERIC,
    "f": ColumnKind.NUMERIC,
    "m": ColumnKind.NUMERIC,
    "M": ColumnKind.DATETIME,
    "U": ColumnKind.CATEGORICAL,
    "S": ColumnKind.CATEGORICAL,
}
_TRUTHS: Final = {"false": 0.0, "true": 1.0}


class Unreadable(Exception):
    """Why the values of a column cannot be compared, as a part of a sentence."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column in one array. kind: None if no value is present that would say."""

    kind: ColumnKind | None
    raw: Raw

    def numbers(self, kind: ColumnKind) -> Numbers:
        """Return the values as numbers of a column of this kind; raises Unreadable.

        Texts are read as numbers, times or booleans; booleans and numbers are each other's.
        """
        if self.kind is None:
            return np.full(len(self.raw), np.nan)
        if self.kind == ColumnKind.CATEGORICAL:
            return _of_texts(self.raw, kind)
        if (self.kind == ColumnKind.DATETIME) != (kind == ColumnKind.DATETIME):
            message = f"the table has {self.kind.value} values, the profile {kind.value} ones"
            raise Unreadable(message)
        return _of_times(self.raw) if kind == ColumnKind.DATETIME else _of_numbers(self.raw)


def column_of(value: Any) -> Column:  # noqa: ANN401 - a column of any library
    """Return a column as an array; raises Unreadable for one of mixed or unsupported types."""
    if isinstance(value, Texts):
        return Column(ColumnKind.CATEGORICAL, _objects(value.cells))
    if _is_pandas_categorical(value):
        return Column(ColumnKind.CATEGORICAL, value.astype(object).to_numpy())
    raw = _array(value)
    if _is_arrow(value) and sys.modules["pyarrow"].types.is_dictionary(value.type):
        return Column(ColumnKind.CATEGORICAL, raw)
    if raw.ndim != 1:
        message = "is not one-dimensional"
        raise Unreadable(message)
    if raw.dtype.kind == "O":
        return Column(_kind_of_objects(raw), raw)
    if raw.dtype.kind == "T":  # texts of any length, of NumPy 2
        return Column(ColumnKind.CATEGORICAL, raw.astype(object))
    if raw.dtype.kind not in _KINDS:
        message = f"has values of the type {raw.dtype}, which cannot be compared"
        raise Unreadable(message)
    return Column(_KINDS[raw.dtype.kind], raw)


def kind_of_texts(column: Column) -> ColumnKind:
    """Return the first kind that all texts of a column are of; the last one is categorical."""
    for kind in (ColumnKind.NUMERIC, ColumnKind.BOOLEAN, ColumnKind.DATETIME):
        try:
            numbers = column.numbers(kind)
        except Unreadable:
            continue
        if kind != ColumnKind.BOOLEAN or not np.isinf(numbers).any():
            return kind
    return ColumnKind.CATEGORICAL


def is_missing(value: object) -> bool:
    """Return whether a value of an array of objects is missing: None, NaN, NaT or pandas.NA."""
    if value is None:
        return True
    pandas = sys.modules.get("pandas")
    if pandas is not None and (value is pandas.NA or value is pandas.NaT):
        return True
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    return isinstance(value, float | np.floating | Decimal) and value != value  # noqa: PLR0124 - NaN


def _array(value: Any) -> Raw:  # noqa: ANN401 - a column of any library
    if isinstance(value, np.ma.MaskedArray):
        return _unmasked(value)
    if isinstance(value, np.ndarray):
        return value
    if _is_arrow(value):
        return _of_arrow(value)
    if hasattr(value, "to_numpy"):  # a series of pandas or polars
        return np.asarray(value.to_numpy())
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        message = f"is no column, but {type(value).__module__}.{type(value).__qualname__}"
        raise Unreadable(message)
    return _objects(value)


def _unmasked(value: "np.ma.MaskedArray[Any, Any]") -> Raw:
    raw, mask = np.array(value.data), np.ma.getmaskarray(value)
    if raw.dtype.kind in "mM":
        raw[mask] = "NaT"
        return raw
    objects = raw.astype(object)
    objects[mask] = None
    return objects


def _is_pandas_categorical(value: object) -> bool:
    pandas = sys.modules.get("pandas")
    return (
        pandas is not None
        and isinstance(value, pandas.Series)
        and isinstance(value.dtype, pandas.CategoricalDtype)
    )


def _is_arrow(value: object) -> bool:
    pyarrow = sys.modules.get("pyarrow")
    return pyarrow is not None and isinstance(value, pyarrow.ChunkedArray | pyarrow.Array)


def _of_arrow(value: Any) -> Raw:  # noqa: ANN401 - pyarrow has no types
    pyarrow = sys.modules["pyarrow"]
    chunks = value.chunks if isinstance(value, pyarrow.ChunkedArray) else [value]
    try:
        if pyarrow.types.is_dictionary(value.type):
            return np.concatenate([_objects([]), *map(_decoded, chunks)])
        # Chunked ones are converted with their nulls, whatever their type.
        return np.asarray(pyarrow.chunked_array(chunks, type=value.type).to_numpy())
    except pyarrow.ArrowException as error:
        message = f"has values of the type {value.type}, which cannot be compared"
        raise Unreadable(message) from error


def _decoded(chunk: Any) -> Raw:  # noqa: ANN401 - pyarrow has no types
    """Return the values of an array with a dictionary, which pyarrow cannot do for all types."""
    words = chunk.dictionary.to_numpy(zero_copy_only=False).tolist()
    places = chunk.indices.cast("int64").fill_null(-1).to_numpy()
    values: Raw = _objects([*words, None])[places]
    return values


def _kind_of_objects(raw: Raw) -> ColumnKind | None:
    kinds = {_kind_of(value) for value in raw.tolist() if not is_missing(value)}
    if len(kinds) > 1:
        message = f"has values of several kinds: {', '.join(sorted(kinds))}"
        raise Unreadable(message)
    return kinds.pop() if kinds else None


def _kind_of(value: object) -> ColumnKind:
    if isinstance(value, bool | np.bool_):
        return ColumnKind.BOOLEAN
    if isinstance(value, _NUMBER) and not isinstance(value, complex | np.complexfloating):
        return ColumnKind.NUMERIC
    if isinstance(value, str | bytes):
        return ColumnKind.CATEGORICAL
    if isinstance(value, dt.date | np.datetime64):
        return ColumnKind.DATETIME
    if isinstance(value, dt.timedelta | np.timedelta64):
        return ColumnKind.NUMERIC
    kind = type(value)
    message = f"has values of {kind.__module__}.{kind.__qualname__}, which cannot be compared"
    raise Unreadable(message)


def _of_numbers(raw: Raw) -> Numbers:
    match raw.dtype.kind:
        case "O":
            return np.array([_number(value) for value in raw.tolist()], dtype=np.float64)
        case "m":
            return _seconds(raw)
        case _:
            return raw.astype(np.float64, copy=False)


def _number(value: Any) -> float:  # noqa: ANN401 - as _kind_of found
    if is_missing(value):
        return np.nan
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    try:
        return float(value)
    except (OverflowError, ValueError) as error:  # an integer of 400 digits
        message = "has a number that no double holds"
        raise Unreadable(message) from error


def _of_times(raw: Raw) -> Numbers:
    if raw.dtype.kind == "M":
        return _seconds(raw)
    return np.array([_second(value) for value in raw.tolist()], dtype=np.float64)


def _second(value: Any) -> float:  # noqa: ANN401 - as _kind_of found
    if is_missing(value):
        return np.nan
    if isinstance(value, np.datetime64):
        return float(value.astype("datetime64[us]").astype(np.int64)) / _MICROSECONDS
    if not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    return float((value if value.tzinfo else value.replace(tzinfo=dt.UTC)).timestamp())


def _seconds(raw: Raw) -> Numbers:
    """Return times or durations in seconds, at a resolution of microseconds."""
    ticks = raw.astype(f"{raw.dtype.kind}8[us]")
    seconds = ticks.astype(np.int64) / _MICROSECONDS
    seconds[np.isnat(ticks)] = np.nan
    return seconds


def _of_texts(raw: Raw, kind: ColumnKind) -> Numbers:
    numbers = np.full(len(raw), np.nan)
    for index, cell in enumerate(raw.tolist()):
        if not is_missing(cell):
            try:
                numbers[index] = _read(str(cell), kind)
            except ValueError as error:
                message = (
                    f"the table has the text {str(cell)[:40]!r}, the profile {kind.value} values"
                )
                raise Unreadable(message) from error
    return numbers


def _read(text: str, kind: ColumnKind) -> float:
    """Read one text as a value of a kind; raises ValueError."""
    match kind:
        case ColumnKind.DATETIME:
            return _second(dt.datetime.fromisoformat(text.strip()))
        case ColumnKind.BOOLEAN:
            return _TRUTHS.get(text.strip().lower(), np.inf)  # in the bin of others
        case _:
            if "_" in text:  # which Python reads as a part of a number
                raise ValueError(text)
            return float(text)


def _objects(cells: Sequence[object]) -> Raw:
    raw = np.empty(len(cells), dtype=object)
    raw[:] = cells
    return raw
