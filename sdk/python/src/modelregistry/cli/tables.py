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
"""A heading and a kind: names stay whole, numbers stand right, words may be broken."""

_GAP: Final = 2
_INDENT: Final = 2
_FEW_WORDS: Final = 16
"""The narrowest column of words that can be read."""

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
    """Return how many columns of a screen a table on a page needs for its names and numbers."""
    widths = [_least(column) for column in made.columns]
    return sum(widths) + _GAP * max(0, len(widths) - 1) + _INDENT


def _least(column: RichColumn) -> int:
    cells = [column.header, *column.cells]
    widest = max(cell_len(str(cell)) for cell in cells)
    return widest if column.no_wrap else min(widest, _FEW_WORDS)


def stage_tag(stage: str) -> Text:
    """Return a stage in its colour."""
    return Text(formats.clean(stage) or "-", _STAGES.get(stage, ""))


def state_tag(state: int) -> Text:
    """Return what is to be known of a version's state, in its colour; nothing of an active one."""
    return (
        Text()
        if state == VersionState.ACTIVE
        else Text(*_STATES.get(state, (f"state {state}", "")))
    )


def called(version: Version) -> Text:
    """Return a version's name, and its state when it is not active."""
    state = state_tag(version.state)
    return Text.assemble(name(version.ref), " ", state) if state.plain else name(version.ref)


def alias_tags(aliases: Iterable[str]) -> Text:
    """Return aliases as tags side by side; `-` when there is none."""
    tags = [Text(formats.clean(alias), "bold cyan") for alias in aliases]
    return Text(", ").join(tags) if tags else dim("-")


def dim(text: str) -> Text:
    """Return what matters less."""
    return Text(text, "dim")


def words(text: str) -> Text:
    """Return somebody's words on one line; `-` when there are none."""
    return Text(formats.one_line(text)) if text.strip() else dim("-")


def name(text: str) -> Text:
    """Return what a row is about."""
    return Text(formats.clean(text), "bold")


def indented(part: Table | Text) -> Padding:
    """Return a part of a page, set in under its heading."""
    return Padding(part, (0, 0, 0, _INDENT), expand=False)
