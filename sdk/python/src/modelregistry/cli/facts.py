"""Pages of facts: sections with a heading."""

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelregistry.cli import tables

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


def section(heading: str, part: Table | Text) -> Iterator[RenderableType]:
    """Yield a heading and a part; nothing when the part has no lines."""
    if isinstance(part, Table) and not part.row_count:
        return
    yield Text()
    yield Text(heading, "bold")
    yield tables.indented(part)
