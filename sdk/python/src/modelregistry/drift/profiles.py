"""Profiles of reference data: what a comparison needs to know of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ColumnKind(StrEnum):
    """How the values of a column are compared."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    BOOLEAN = "boolean"
    """Categories `false` and `true`."""
    DATETIME = "datetime"
    """As numbers: seconds since 1970 in UTC."""

    @property
    def is_ordered(self) -> bool:
        """Whether values are numbers, in bins with edges."""
        return self in {ColumnKind.NUMERIC, ColumnKind.DATETIME}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column of a reference table."""

    name: str
    kind: ColumnKind
    missing: int = 0
    """The number of missing values: None, NaN, NaT and masked ones."""
    infinite: int = 0
    """The number of infinite values; they are in the first and the last bin."""
    edges: tuple[float, ...] = ()
    """Of numbers: bin i has the values from edge i-1 up to, but without, edge i. The first bin has
    no lower limit and the last one no upper limit."""
    categories: tuple[str, ...] = ()
    """Those with a bin of their own, the most frequent first. The last bin is for all others."""
    counts: tuple[int, ...] = (0,)
    """The number of values in each bin; one bin more than edges or categories."""
    minimum: float | None = None
    """Of the finite values, as the following three; None without any, or where it overflows."""
    maximum: float | None = None
    mean: float | None = None
    deviation: float | None = None
    """The standard deviation of the population."""
    sample: tuple[float, ...] = ()
    """Finite values in ascending order: all, or quantiles at equal distances."""

    @property
    def values(self) -> int:
        """The number of values that are not missing."""
        return sum(self.counts)

    @property
    def sampled(self) -> bool:
        """Whether `sample` lacks some of the finite values."""
        return self.kind.is_ordered and len(self.sample) < self.values - self.infinite


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A reference table, column by column."""

    rows: int
    columns: tuple[ColumnProfile, ...]

    def column(self, name: str) -> ColumnProfile | None:
        """Return a column by its name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def names(self) -> Sequence[str]:
        """The names of the columns, in the order of the table."""
        return [column.name for column in self.columns]
