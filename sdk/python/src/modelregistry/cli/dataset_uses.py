"""`modelreg versions using`: the versions that a dataset affects."""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from modelregistry._wire import reading
from modelregistry.cli import formats, lineage_node, parsing, tables
from modelregistry.cli.arguments import Limit, page_size
from modelregistry.cli.session import Session, command
from modelregistry.types import DatasetUse, DatasetUsePage, Page


def register(group: typer.Typer) -> None:
    """Add the command to `modelreg versions`."""
    command(group, "using")(list_using)


def list_using(
    session: Session,
    data: Annotated[
        str,
        typer.Argument(metavar="URI|DIGEST", help="Dataset: URI, digest, or URI@DIGEST."),
    ],
    *,
    derived: Annotated[
        bool,
        typer.Option(
            "--derived/--direct", help="Also versions derived from these, or only direct uses."
        ),
    ] = True,
    stage: Annotated[str, typer.Option(help="Only versions that are in this stage now.")] = "",
    limit: Limit = None,
) -> None:
    """List the versions that a dataset affects: those that used it, and those derived from them.

    A version used it directly or through the run that produced it. Deleted versions are not listed,
    but those derived from them are. `lineage URI --down` shows the same as a tree, with runs,
    datasets, and deleted versions.
    """
    uri, digest = parsing.data_place(data)
    found = session.client.versions_using(
        uri, digest=digest, stage=stage, derived=derived, page_size=page_size(limit)
    )
    uses: list[DatasetUse] = []
    last: Page[DatasetUse] = Page(items=())
    with reading.bounded():
        for last in found.pages():
            uses += last.items
            if limit is not None and len(uses) >= limit:
                break
    uses = uses[:limit]
    verb = "uses or derives from" if derived else "used"
    in_stage = f" in {formats.clean(stage)}" if stage else ""
    session.output.listing(
        uses,
        uses_table,
        f"No version{in_stage} {verb} {formats.clean(data)}",
    )
    for note in _notes(uses, last, data):
        session.output.note(note)


_VERSION: Final = re.compile(r"([a-z0-9-]+/)?[^/@:%\\]+(/[0-9]+|@[\w.-]+)")
"""The form of a reference to a version; the URI of a dataset may have it too."""


def _notes(uses: Sequence[DatasetUse], last: Page[DatasetUse], data: str) -> Iterable[str]:
    word = formats.shell_word(data)
    derived = sum(use.derived_from is not None for use in uses)
    if derived:
        users = {use.version.name for use in uses if use.derived_from is None}
        direct = formats.count(len(users), "version")
        yield f"{direct} used it directly, {derived} through others; --direct omits these"
    if isinstance(last, DatasetUsePage):
        if last.elsewhere:
            more = formats.count(last.elsewhere, "derived version")
            yield f"{more} of other namespaces: modelreg lineage {word} --down"
        if last.truncated:
            yield "The lineage is too large: more versions may derive from it"
    if not uses and _VERSION.fullmatch(data):
        yield f"If {formats.clean(data)} is a version: modelreg lineage {word} --down"


def uses_table(uses: Sequence[DatasetUse]) -> Table:
    """Return the table that lists uses of datasets."""
    made = tables.table(
        *(("VERSION", "name"), ("ALIASES", "name"), ("STAGE", "name")),
        *(("ROLE", "words"), ("DATA", "words")),
    )
    for use in uses:
        made.add_row(
            tables.called(use.version),
            tables.alias_tags(use.version.aliases),
            tables.stage_tag(use.version.stage),
            _role(use),
            Text(formats.clean(f"{use.dataset.uri} {_pinned(use.dataset.digest)}")),
        )
    return made


def _pinned(digest: str) -> str:
    return formats.short_digest(digest) or "unpinned"


def _role(use: DatasetUse) -> Text:
    """Return `trained on`, or `derived from base/1  deleted`."""
    role = Text(lineage_node.role_words(use.role))
    if use.derived_from is None:
        return role
    return Text.assemble(role, " ", lineage_node.tag(use.derived_from))
