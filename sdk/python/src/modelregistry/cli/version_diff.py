"""`modelreg versions diff`: what differs between two versions."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Annotated, Final

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelregistry.cli import facts, formats, tables
from modelregistry.cli.session import Session, command
from modelregistry.names import short_ref
from modelregistry.types import Difference, VersionDiff
from modelregistry.types.version_diff import DiffSection

Ref = Annotated[str, typer.Argument(metavar="REF", help="A version, such as fraud/6.")]
_MOST: Final = 40
_TITLES: Final = {"slices": "Metrics by slice", "params": "Parameters", "inputs": "Data"}
_SHORT: Final = frozenset({"inputs", "files"})


def register(group: typer.Typer) -> None:
    """Add the command to `modelreg versions`."""
    command(group, "diff")(diff_versions)


def diff_versions(session: Session, before: Ref, after: Ref) -> None:
    """Compare two versions: metrics, slices, params, data, code, environment and files.

    Also parents, signature, tags, labels and annotations. With --json all differences as one list.
    """
    found = session.client.diff_versions(before, after)
    session.output.result(found, *_page(found))
    if not found.differences:
        session.output.note("No differences.")
    if not found.files_compared:
        session.output.note("Files are not compared: the registry does not serve those of one.")


def _page(diff: VersionDiff) -> Iterator[RenderableType]:
    names = tables.name(short_ref(diff.before)), tables.name(short_ref(diff.after))
    yield Text(" → ").join(names)
    for section, items in groupby(diff.differences, key=lambda one: one.section):
        some = list(items)
        yield from facts.section(_title(section), _table(section, some[:_MOST]))
        if len(some) > _MOST:
            yield tables.dim(f"  … {len(some) - _MOST:,} more: --json lists all of them")


def _title(section: DiffSection) -> str:
    return _TITLES.get(section, section.capitalize())


def _table(section: DiffSection, items: Sequence[Difference]) -> Table:
    made = tables.table(
        *(("NAME", "words"), ("BEFORE", "words"), ("AFTER", "words")), ("CHANGE", "name")
    )
    for item in items:
        made.add_row(
            Text(formats.clean(item.key)),
            _value(section, item.before),
            _value(section, item.after),
            _change(item),
        )
    return made


def _value(section: DiffSection, value: str | float | None) -> Text:
    if value is None:
        return tables.dim("-")
    if isinstance(value, str):
        return tables.words(formats.short_digests(value) if section in _SHORT else facts.cut(value))
    return Text(f"{value:,}" if isinstance(value, int) else formats.number(value))


def _change(item: Difference) -> str:
    """Return the difference of two numbers, or whether it was added or removed."""
    if item.before is None:
        return "added"
    if item.after is None:
        return "removed"
    if isinstance(item.before, str) or isinstance(item.after, str):
        return "changed"
    return f"{item.after - item.before:+.4g}"
