"""Pages of facts: sections with a heading."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelregistry.cli import formats, tables

_MOST_CHARACTERS: Final = 500
"""The maximum of an annotation or a description on a line."""
Fact = tuple[str, str | Text]
"""A name and a text; an empty text is left out."""


def grid(facts: Iterable[Fact]) -> Table:
    """Return one line for each fact, with the names in a column."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True, style="dim")
    made.add_column(overflow="fold")
    for called, said in facts:
        if said:
            made.add_row(called, said if isinstance(said, Text) else Text(said))
    return made


def annotations(pairs: Mapping[str, str]) -> Table:
    """Return one line for each annotation, by key; long values are cut."""
    return grid((formats.clean(key), cut(pairs[key])) for key in sorted(pairs))


def cut(text: str) -> str:
    """Return a text on one line, cut if it is long."""
    left = len(text) - _MOST_CHARACTERS
    if left <= 0:
        return formats.clean(text)
    return f"{formats.clean(text[:_MOST_CHARACTERS])} … {left:,} more characters: see --json"


def section(heading: str, part: Table | Text) -> Iterator[RenderableType]:
    """Yield a heading and a part; nothing when the part has no lines."""
    if isinstance(part, Table) and not part.row_count:
        return
    yield Text()
    yield Text(heading, "bold")
    yield tables.indented(part)
