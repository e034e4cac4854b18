"""Tables of other libraries as columns by name. A column is read when it is compared."""

import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import numpy as np

from modelregistry._convert.writing import invalid
from modelregistry.drift.document import MAX_COLUMNS, MAX_NAME
from modelregistry.errors import DriftUnavailable, InvalidRequest

_ARROW: Final = "__arrow_c_stream__"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by name, in order."""

    names: Sequence[str]
    read: Callable[[int], Any]
    """Returns a column by its index."""

    def columns(self, wanted: Collection[str]) -> Iterator[tuple[str, Any]]:
        """Yield the wanted columns one after the other, in the order of the table."""
        for index, name in enumerate(self.names):
            if name in wanted:
                yield name, self.read(index)


def table_of(value: Any) -> Table:  # noqa: ANN401 - a table of any library
    """Return a table; raises InvalidRequest for a value that is none."""
    table = _table(value)
    if len(table.names) > MAX_COLUMNS:
        raise invalid("table", f"has {len(table.names):,} columns, more than {MAX_COLUMNS:,}")
    if len(set(table.names)) < len(table.names):
        raise invalid("table", "has several columns of one name")
    for name in table.names:
        if not 0 < len(name) <= MAX_NAME:
            raise invalid("table", f"has a column without a name of 1 to {MAX_NAME} characters")
    return table


def wanted_names(known: Sequence[str], columns: object) -> Collection[str]:
    """Return the selected names, all for None; raises InvalidRequest for unknown ones."""
    if columns is None:
        return frozenset(known)
    if isinstance(columns, str) or not isinstance(columns, Collection) or not columns:
        raise invalid("columns", "must be names of columns, at least one")
    unknown = [name for name in columns if name not in set(known)]
    if unknown:
        raise invalid("columns", f"has {unknown[0]!r}, which is no column")
    return frozenset(columns)


def unreadable(name: str, problem: str) -> InvalidRequest:
    """Return the error for a column."""
    return invalid(f"table[{name!r}]", problem)


def _table(value: Any) -> Table:  # noqa: ANN401 - a table of any library
    pandas, pyarrow = sys.modules.get("pandas"), sys.modules.get("pyarrow")
    if isinstance(value, Mapping):
        names = list(value)
        return Table([str(name) for name in names], lambda index: value[names[index]])
    if isinstance(value, np.ndarray) and value.dtype.names is not None:
        fields = value.dtype.names
        return Table(fields, lambda index: value[fields[index]])
    if pandas is not None and isinstance(value, pandas.DataFrame):
        return Table([str(name) for name in value.columns], lambda at: value.iloc[:, at])
    if pyarrow is not None and isinstance(value, pyarrow.Table | pyarrow.RecordBatch):
        return Table(value.schema.names, value.column)
    if hasattr(value, _ARROW):
        return _by_arrow(value)
    kind = type(value)
    problem = (
        f"must be a mapping of columns, a structured array, a data frame or a table of Arrow, not "
        f"{kind.__module__}.{kind.__qualname__}"
    )
    raise invalid("table", problem)


def _by_arrow(value: object) -> Table:
    try:
        pyarrow = import_module("pyarrow")
    except ImportError as error:
        message = (
            f"a table of {type(value).__module__} is read by pyarrow ({error}): "
            "pip install 'modelregistry[parquet]', or pass a mapping of columns"
        )
        raise DriftUnavailable(message) from error
    table = pyarrow.table(value)
    return Table(table.schema.names, table.column)
