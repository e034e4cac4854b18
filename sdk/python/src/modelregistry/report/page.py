"""The content of a report, independent of the format."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """Pairs of name and text; pairs without text are left out."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with one cell for each column. `numbers` are the indexes of numeric columns."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Prose:
    """Text from a user, with its line breaks."""

    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """A value of one slice. `low` and `high` are its confidence interval, if known."""

    label: str
    value: float
    count: int = 0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """One metric over the slices of a dimension. `overall` is its value on all data, if known.

    It adds no information: the numbers are in a table as well.
    """

    caption: str
    points: Sequence[Point]
    overall: float | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """Two shares of one thing, such as a bin of a histogram; from 0 to 1."""

    label: str
    before: float
    now: float


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar before and a bar now for each label. It adds no information that is in no table."""

    caption: str
    bars: Sequence[Bar]


Block = Facts | Table | Prose | Chart | Bars


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the page. Without blocks the page states that nothing is recorded."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report."""

    title: str
    subtitle: str
    sections: Sequence[Section]


def facts(*rows: tuple[str, str]) -> Sequence[Facts]:
    """Return the pairs that have a text, as blocks of a section."""
    said = [(name, text) for name, text in rows if text]
    return [Facts(said)] if said else []


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    caption: str = "",
    numbers: frozenset[int] = frozenset(),
) -> Sequence[Table]:
    """Return a table as blocks of a section; none if there are no rows."""
    return [Table(columns, rows, caption, numbers)] if rows else []
