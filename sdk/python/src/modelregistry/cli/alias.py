"""`modelreg alias`: set, show, remove and list aliases."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import formats, parsing, tables
from modelregistry.cli.arguments import Limit, ModelName, Reason, Yes, page_size, taken
from modelregistry.cli.session import Session, command
from modelregistry.cli.short_names import shortened
from modelregistry.names import short_ref
from modelregistry.types import Alias, AliasEntry

group: Final = typer.Typer(
    no_args_is_help=True, help="Set, show and remove aliases, and read their history."
)

AliasId = Annotated[str, typer.Argument(metavar="ALIAS", help="Such as champion.")]


@command(group, "set", changes=True)
def set_alias(
    session: Session,
    model: ModelName,
    alias: AliasId,
    version: Annotated[
        str,
        typer.Argument(metavar="VERSION", help="A number, or a reference such as fraud@latest."),
    ],
    *,
    etag: Annotated[
        str,
        typer.Option(
            help="Only if the alias still has this etag; `none`: only if it does not exist yet."
        ),
    ] = "",
    reason: Reason = "",
) -> None:
    """Point an alias at a version."""
    made = session.client.set_alias(
        model,
        alias,
        parsing.version_of(version),
        etag=etag,
        reason=reason,
        request_id=session.request_id,
    )
    session.output.result(
        made, Text.assemble(tables.name(made.ref), " → ", tables.name(made.version_ref))
    )


@command(group, "rm", changes=True)
def remove_alias(
    session: Session,
    model: ModelName,
    alias: AliasId,
    *,
    etag: Annotated[str, typer.Option(help="Only if the alias still has this etag.")] = "",
    reason: Reason = "",
    yes: Yes = False,
) -> None:
    """Remove an alias; its history is kept.

    With --json the `revision` of the removal.
    """
    session.confirm(f"Remove alias {formats.clean(alias)} of {formats.clean(model)}?", yes=yes)
    revision = session.client.delete_alias(
        model, alias, etag=etag, reason=reason, request_id=session.request_id
    )
    said = f"removed alias {formats.clean(alias)} of {formats.clean(model)}"
    session.output.result({"revision": revision}, said)


@command(group, "get")
def get_alias(session: Session, model: ModelName, alias: AliasId) -> None:
    """Show the version that an alias points at."""
    found = session.client.get_alias(model, alias)
    moved = formats.by_whom(found.updater, formats.exact(found.update_time, session.output.now))
    line = Text.assemble(tables.name(found.ref), " → ", tables.name(found.version_ref))
    session.output.result(found, line.append(f"  {moved}", "dim"))


@command(group, "list")
def list_aliases(session: Session, model: ModelName, *, limit: Limit = None) -> None:
    """List the aliases of a model by name."""
    found = taken(session.client.list_aliases(model, page_size=page_size(limit)), limit)

    def table(items: Sequence[Alias]) -> Table:
        made = tables.table(
            *(("ALIAS", "name"), ("VERSION", "name"), ("UPDATED", "name")),
            *(("BY", "name"), ("ETAG", "name")),
        )
        for item in items:
            moved = formats.ago(item.update_time, session.output.now)
            tag = tables.alias_tags([item.id])
            made.add_row(
                tag, tables.name(item.version_ref), moved, tables.words(item.updater), item.etag
            )
        return made

    name = formats.clean(model)
    way = f"modelreg alias set {formats.shell_word(model)} champion VERSION"
    session.output.listing(found, table, f"{name} has no aliases. Set one: {way}")


@command(group, "history")
def alias_history(
    session: Session, model: ModelName, alias: AliasId, *, limit: Limit = None
) -> None:
    """List the history of an alias, newest first; works for removed aliases too."""
    found = taken(session.client.alias_history(model, alias, page_size=page_size(limit)), limit)

    def table(items: Sequence[AliasEntry]) -> Table:
        made = tables.table(
            *(("TIME", "name"), ("FROM", "name"), ("TO", "name")),
            *(("BY", "name"), ("REASON", "words")),
        )
        for item in items:
            made.add_row(
                formats.ago(item.create_time, session.output.now),
                _moved(item.previous_version, "-"),
                _moved(item.version, "removed"),
                tables.words(item.actor),
                tables.words(shortened(item.reason)),
            )
        return made

    session.output.listing(found, table, f"{formats.clean(alias)} has no history")


def _moved(version: str, absent: str) -> Text:
    return tables.name(short_ref(version)) if version else tables.dim(absent)
