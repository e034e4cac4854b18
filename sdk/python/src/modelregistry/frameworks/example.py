"""Signatures from examples: what arrays, data frames and tensors say of themselves.

No framework is imported for this: a value whose library is not loaded cannot be of that library.
Lists of numbers and texts are read by NumPy, if it is installed.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, Final, NoReturn

from modelregistry.errors import ExampleFailed
from modelregistry.types import Signature, TensorSpec

MAX_SPECS: Final = 1000
"""The registry takes this many inputs and this many outputs."""
_MAX_NAME_BYTES: Final = 256
_ANY: Final = -1


def describe(example: object, output: object) -> Signature:
    """Return the signature of a model that turns the example into the output.

    The first axis of each array is the batch, so its length is any (-1). Raises ExampleFailed for
    an example of another type; an output of another type is left out.
    """
    try:
        outputs = specs(output)
    except ExampleFailed:
        outputs = ()
    return Signature(inputs=specs(example), outputs=outputs)


def specs(value: object) -> tuple[TensorSpec, ...]:
    """Return one entry for each tensor or column of a value.

    It takes arrays, tensors, sparse matrices, data frames, series, numbers, texts, mappings of
    these by name, and lists and tuples of numbers, texts or tensors. More than 1,000 columns, or
    columns without different names of at most 256 bytes, are described as one tensor.
    """
    if value is None:
        return ()
    found = tuple(_specs(value))
    if len(found) <= MAX_SPECS and _are_distinct(found):
        return found
    dtypes = {spec.dtype for spec in found}
    dtype = dtypes.pop() if len(dtypes) == 1 else "mixed"
    return (TensorSpec(dtype=dtype, shape=(_ANY, len(found))),)


def _are_distinct(found: Sequence[TensorSpec]) -> bool:
    names = [spec.name for spec in found]
    return len(set(names)) == len(names) and all(map(_is_name, names))


def _is_name(name: str) -> bool:
    return "\0" not in name and len(name.encode(errors="replace")) <= _MAX_NAME_BYTES


def _specs(value: Any) -> Iterator[TensorSpec]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield _array(item, str(key))
    elif _is_frame(value):
        for index, name in enumerate(value.columns):
            yield TensorSpec(name=str(name), dtype=_column(value.iloc[:, index]), shape=(_ANY,))
    elif isinstance(value, list | tuple) and value and all(_has_dtype(item) for item in value):
        for index, item in enumerate(value):
            yield _array(item, str(index) if len(value) > 1 else "")
    else:
        yield _array(value, "")


def _array(value: Any, name: str) -> TensorSpec:
    if isinstance(value, str | bytes):
        return TensorSpec(name=name, dtype="string" if isinstance(value, str) else "bytes")
    if _is_series(value):
        return TensorSpec(name=name or str(value.name or ""), dtype=_column(value), shape=(_ANY,))
    if not _has_dtype(value):
        value = _as_array(value)
    axes = tuple(int(length) for length in value.shape)
    return TensorSpec(name=name, dtype=_dtype(value), shape=(_ANY, *axes[1:]) if axes else ())


def _as_array(value: object) -> Any:
    """Return numbers, texts and nested lists of them as an array; raises ExampleFailed."""
    if not isinstance(value, bool | int | float | list | tuple):
        _unsupported(value)
    try:
        array = import_module("numpy").asarray(value)
    except (ImportError, ValueError):  # rows of different lengths
        _unsupported(value)
    if array.dtype == object:
        _unsupported(value)
    return array


def _unsupported(value: object) -> NoReturn:
    kind = type(value)
    message = (
        f"no signature can be made from a value of {kind.__module__}.{kind.__qualname__}: "
        "pass an array, a data frame, a tensor or a mapping of these, or signature="
    )
    raise ExampleFailed(message)


def _has_dtype(value: object) -> bool:
    return hasattr(value, "dtype") and hasattr(value, "shape")


def _is_frame(value: object) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def _is_series(value: object) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.Series)


def _column(series: Any) -> str:
    """Return the type of a column; of a categorical one the type of its categories."""
    dtype = series.dtype
    if hasattr(dtype, "categories"):
        return f"categorical[{_plain(dtype.categories.dtype)}]"
    if str(dtype) == "object":
        known = {type(item) for item in series.head(100) if item is not None}
        return "string" if known == {str} else "object"
    return _plain(dtype)


def _dtype(value: Any) -> str:
    if getattr(value.dtype, "kind", "") in {"U", "T"}:
        return "string"
    return _plain(value.dtype)


def _plain(dtype: object) -> str:
    """Return `float32` for the types of NumPy, pandas, torch and Keras."""
    text = str(dtype).removeprefix("torch.")
    return "string" if text in {"str", "object"} or text.startswith("string") else text.lower()
