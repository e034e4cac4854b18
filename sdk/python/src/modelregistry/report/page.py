"""What a report says, before it is known in which format."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with what there is to say of each; a fact of which there is nothing is left out."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells as there are columns. numbers: the columns that hold numbers."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Prose:
    """What somebody wrote, with its line breaks."""

    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """A value on one part of the data. low and high: its confidence interval, if known."""

    label: str
    value: float
    count: int = 0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """One metric over the parts of the data. overall: its value on all of the data, if known.

    Only drawn: the numbers stand in a table as well.
    """

    caption: str
    points: Sequence[Point]
    overall: float | None = None


Block = Facts | Table | Prose | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page. Without blocks it says that nothing is recorded."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report."""

    title: str
    subtitle: str
    sections: Sequence[Section]


def facts(*rows: tuple[str, str]) -> Sequence[Facts]:
    """Return the facts of which there is something to say, as blocks of a section."""
    said = [(name, text) for name, text in rows if text]
    return [Facts(said)] if said else []


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    caption: str = "",
    numbers: frozenset[int] = frozenset(),
) -> Sequence[Table]:
    """Return a table, unless it had no rows, as blocks of a section."""
    return [Table(columns, rows, caption, numbers)] if rows else []
