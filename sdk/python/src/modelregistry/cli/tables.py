"""Tables, and the coloured tags in them."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from rich.cells import cell_len
from rich.padding import Padding
from rich.table import Column as RichColumn
from rich.table import Table
from rich.text import Text

from modelregistry.cli import formats
from modelregistry.types import Version, VersionState

Column = tuple[str, Literal["name", "number", "words"]]
"""A heading and a kind: names are never wrapped, numbers are right-aligned, words may wrap."""

_GAP: Final = 2
_INDENT: Final = 2
_FEW_WORDS: Final = 16
"""The minimum width of a column of words."""

_STAGES: Final[Mapping[str, str]] = {
    "production": "bold green",
    "staging": "yellow",
    "archived": "dim",
    "none": "dim",
}


_STATES: Final[Mapping[int, tuple[str, str]]] = {
    VersionState.DEPRECATED: ("deprecated", "yellow"),
    VersionState.YANKED: ("yanked", "magenta"),
    VersionState.REVOKED: ("revoked", "bold red"),
    VersionState.DELETED: ("deleted", "red"),
}


def table(*columns: Column, title: str = "") -> Table:
    """Return an empty table with these columns."""
    made = Table(
        box=None,
        header_style="bold",
        pad_edge=False,
        padding=(0, _GAP, 0, 0),
        title=title or None,
        title_justify="left",
        title_style="bold",
    )
    for heading, kind in columns:
        made.add_column(
            heading,
            justify="right" if kind == "number" else "left",
            no_wrap=kind != "words",
            overflow="fold",
        )
    return made


def least_width(made: Table) -> int:
    """Return the width that a table needs to show its names and numbers whole."""
    widths = [_least(column) for column in made.columns]
    return sum(widths) + _GAP * max(0, len(widths) - 1) + _INDENT


def _least(column: RichColumn) -> int:
    cells = [column.header, *column.cells]
    widest = max(cell_len(str(cell)) for cell in cells)
    return widest if column.no_wrap else min(widest, _FEW_WORDS)


def stage_tag(stage: str) -> Text:
    """Return a stage with its colour."""
    return Text(formats.clean(stage) or "-", _STAGES.get(stage, ""))


def state_tag(state: int) -> Text:
    """Return the state of a version with its colour; empty for an active one."""
    return (
        Text()
        if state == VersionState.ACTIVE
        else Text(*_STATES.get(state, (f"state {state}", "")))
    )


def called(version: Version) -> Text:
    """Return the reference of a version, and its state when it is not active."""
    state = Text("purged", "red") if version.purge_time else state_tag(version.state)
    return Text.assemble(name(version.ref), " ", state) if state.plain else name(version.ref)


def alias_tags(aliases: Iterable[str]) -> Text:
    """Return aliases on one line; `-` for none."""
    tags = [Text(formats.clean(alias), "bold cyan") for alias in aliases]
    return Text(", ").join(tags) if tags else dim("-")


def dim(text: str) -> Text:
    """Return a text of minor importance."""
    return Text(text, "dim")


def words(text: str) -> Text:
    """Return text from a user on one line; `-` for none."""
    return Text(formats.one_line(text)) if text.strip() else dim("-")


def name(text: str) -> Text:
    """Return the name of a resource."""
    return Text(formats.clean(text), "bold")


def indented(part: Table | Text) -> Padding:
    """Return a part of a page, indented below its heading."""
    return Padding(part, (0, 0, 0, _INDENT), expand=False)
