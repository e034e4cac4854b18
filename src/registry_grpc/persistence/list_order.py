"""Orders of lists in SQL: columns to sort by, and the rows after a position."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, literal, or_

from registry_grpc.domain.list_order import SortValue


@dataclass(frozen=True, slots=True)
class SortedColumn:
    """A column of an order. partial: whether rows may have no value; those come last."""

    column: ColumnElement[Any]
    descending: bool
    partial: bool = False

    @property
    def order(self) -> Sequence[ColumnElement[Any]]:
        """What to sort by: rows without a value last."""
        missing = [self.column.is_(None)] if self.partial else []
        return [*missing, self.column.desc() if self.descending else self.column.asc()]

    def bound(self, value: SortValue) -> ColumnElement[Any]:
        """Return a value of the column as a parameter."""
        return literal(value, self.column.type)

    def is_behind(self, value: SortValue) -> ColumnElement[bool]:
        """Return whether a row comes after those with this value."""
        if value is None:
            return false()
        bound = self.bound(value)
        further = self.column < bound if self.descending else self.column > bound
        return or_(further, self.column.is_(None)) if self.partial else further

    def equal(self, value: SortValue) -> ColumnElement[bool]:
        """Return whether a row has this value."""
        return self.column.is_(None) if value is None else self.column == self.bound(value)

    def at_or_behind(self, value: SortValue) -> ColumnElement[bool]:
        """Return whether a row has this value, which is one, or comes after it."""
        bound = self.bound(value)
        return self.column <= bound if self.descending else self.column >= bound


def behind(
    columns: Sequence[SortedColumn], values: Sequence[SortValue]
) -> Sequence[ColumnElement[bool]]:
    """Return conditions of the rows after these values: the first that differs decides."""
    found: ColumnElement[bool] = false()
    for column, value in reversed(list(zip(columns, values, strict=True))):
        found = or_(column.is_behind(value), and_(column.equal(value), found))
    if columns[0].partial:
        return [found]
    # This follows from the first one; an index can be read as a range for it.
    return [found, columns[0].at_or_behind(values[0])]
