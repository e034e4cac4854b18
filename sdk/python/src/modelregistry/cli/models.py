"""`modelreg models`: list, show and change models."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import facts, formats, parsing, tables
from modelregistry.cli.arguments import (
    Annotations,
    Deleted,
    Etag,
    Filter,
    Labels,
    Limit,
    ModelName,
    NewAnnotations,
    Reason,
    Yes,
    page_size,
    taken,
)
from modelregistry.cli.session import Session, command
from modelregistry.cli.versions import versions_table
from modelregistry.types import Alias, Model, Version

group: Final = typer.Typer(no_args_is_help=True, help="List, show and change models.")

_NEWEST: Final = 5

Owner = Annotated[str | None, typer.Option(help="Owner: a person or a team.")]
Description = Annotated[str | None, typer.Option(help="Description, Markdown.")]


@command(group, "list")
def list_models(
    session: Session,
    *,
    filter: Filter = "",  # noqa: A002 - the flag's name
    order_by: Annotated[
        str, typer.Option(metavar="ORDER", help="Such as 'update_time desc' or 'create_time'.")
    ] = "",
    deleted: Deleted = False,
    limit: Limit = None,
) -> None:
    """List the models of a namespace, by name unless --order-by is given."""
    found = session.client.list_models(
        filter=filter, order_by=order_by, show_deleted=deleted, page_size=page_size(limit)
    )
    space = session.client.namespace
    session.output.listing(
        taken(found, limit),
        lambda items: _table(items, session),
        f"No matching models in namespace {space}."
        if filter
        else f"No models in namespace {space}. Push a first version: modelreg push NAME PATH",
    )


def _table(models: Sequence[Model], session: Session) -> Table:
    made = tables.table(
        ("MODEL", "name"),
        ("LATEST", "number"),
        ("OWNER", "words"),
        ("LABELS", "words"),
        ("UPDATED", "name"),
    )
    for model in models:
        updated = formats.ago(model.update_time, session.output.now)
        called = tables.name(model.ref)
        if model.delete_time:
            called = Text.assemble(called, (" purged" if model.purge_time else " deleted", "red"))
        made.add_row(
            called,
            str(model.latest_version or "-"),
            tables.words(model.owner),
            tables.words(formats.pairs(model.labels)),
            updated,
        )
    return made


@command(group, "show")
def show_model(session: Session, model: ModelName) -> None:
    """Show a model, its aliases and its newest versions.

    With --json the fields of the model, and its aliases as `aliases`.
    """
    client = session.client
    found = client.get_model(model)
    aliases = [] if found.delete_time else taken(client.list_aliases(found), None)
    if session.output.as_json:
        session.output.result({**session.output.fields(found), "aliases": aliases})
        return
    newest: list[Version] = []
    if found.latest_version:
        newest = taken(client.list_versions(found, page_size=_NEWEST), _NEWEST)
    now = session.output.now
    session.output.result(
        found,
        *_identity(found, session),
        *facts.section("Aliases", _aliases(aliases)),
        *facts.section("Newest versions", versions_table(newest, now)),
        *facts.section("Annotations", facts.annotations(found.annotations)),
    )


def _identity(model: Model, session: Session) -> tuple[Text, Table]:
    now = session.output.now
    title = tables.name(model.ref)
    if model.redirected_from:
        title.append("  renamed", "yellow")
    if model.delete_time:
        title.append("  purged" if model.purge_time else "  deleted", "bold red")
    created = formats.exact(model.create_time, now)
    grid = facts.grid(
        [
            ("owner", formats.clean(model.owner)),
            ("description", formats.paragraphs(model.description)),
            ("labels", formats.pairs(model.labels)),
            ("latest", str(model.latest_version or "no version yet")),
            ("created", formats.by_whom(model.creator, created)),
            ("updated", formats.exact(model.update_time, now)),
            ("deleted", formats.exact(model.delete_time, now) if model.delete_time else ""),
            ("purged", formats.exact(model.purge_time, now) if model.purge_time else ""),
            ("name", formats.clean(model.name)),
            ("former name", formats.clean(model.redirected_from)),
            ("uid", model.uid),
            ("etag", model.etag),
            ("revision", str(model.revision)),
        ]
    )
    return title, grid


def _aliases(aliases: Sequence[Alias]) -> Table:
    return facts.grid((alias.id, alias.version_ref) for alias in aliases)


@command(group, "create", changes=True)
def create_model(
    session: Session,
    model: ModelName,
    *,
    description: Description = None,
    owner: Owner = None,
    label: Labels = None,
    annotate: NewAnnotations = None,
) -> None:
    """Create a model without a version; `push` creates it too."""
    made = session.client.create_model(
        model,
        description=description or "",
        owner=owner or "",
        labels=parsing.pairs("--label", label or ()),
        annotations=parsing.pairs("--annotate", annotate or ()),
        request_id=session.request_id,
    )
    session.output.result(made, f"created {made.ref}")
    word = formats.shell_word(made.ref)
    session.output.note(f"Push the first version with: modelreg push {word} PATH")


@command(group, "update", changes=True)
def update_model(
    session: Session,
    model: ModelName,
    *,
    description: Description = None,
    owner: Owner = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            "--label", metavar="KEY=VALUE|KEY-", help="Set or remove a label; repeatable."
        ),
    ] = None,
    annotate: Annotations = None,
    etag: Etag = "",
) -> None:
    """Update the given fields and keep the others."""
    changes = parsing.label_changes(label or (), "--label")
    noted = parsing.label_changes(annotate or (), "--annotate")
    if description is None and owner is None and not changes and not noted:
        message = "nothing to change: give --description, --owner, --label or --annotate"
        raise parsing.wrong("MODEL", message)
    labels: dict[str, str] | None = None
    if changes:
        # The registry replaces all labels; the etag ensures that they are those read here.
        now = session.client.get_model(model)
        merged = {**now.labels, **changes}
        labels = {key: value for key, value in merged.items() if value is not None}
        etag = etag or now.etag
    made = session.client.update_model(
        model,
        description=description,
        owner=owner,
        labels=labels,
        annotations=noted,
        etag=etag,
        request_id=session.request_id,
    )
    session.output.result(made, f"updated {made.ref}")


@command(group, "rename", changes=True)
def rename_model(
    session: Session,
    model: ModelName,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Such as fraud-2.")],
    *,
    reason: Reason = "",
    etag: Etag = "",
) -> None:
    """Rename a model with all its versions; lookups by the old name lead to it.

    They do until another model takes the old name. Everything else needs the new name.
    """
    renamed = session.client.rename_model(
        model, new, etag=etag, reason=reason, request_id=session.request_id
    )
    session.output.result(renamed, f"renamed to {renamed.ref}")


@command(group, "delete", changes=True)
def delete_model(
    session: Session,
    model: ModelName,
    *,
    force: Annotated[bool, typer.Option(help="Delete even if a version is in production.")] = False,
    reason: Reason = "",
    etag: Etag = "",
    yes: Yes = False,
) -> None:
    """Delete a model: its references stop resolving; `undelete` restores everything."""
    session.confirm(f"Delete model {formats.clean(model)}?", yes=yes)
    gone = session.client.delete_model(
        model, etag=etag, force=force, reason=reason, request_id=session.request_id
    )
    session.output.result(gone, f"deleted {gone.ref}")
    session.output.note(f"Undo with: modelreg models undelete {formats.shell_word(gone.ref)}")


@command(group, "undelete", changes=True)
def undelete_model(session: Session, model: ModelName, *, etag: Etag = "") -> None:
    """Restore a deleted model as it was."""
    back = session.client.undelete_model(model, etag=etag, request_id=session.request_id)
    session.output.result(back, f"restored {back.ref}")


@command(group, "purge", changes=True)
def purge_model(
    session: Session, model: ModelName, *, reason: Reason = "", yes: Yes = False
) -> None:
    """Make the deletion of a model final, and free the bytes of all its versions.

    Its versions are deleted and purged first; if it is interrupted, run it again. The records, the
    lineage and the audit trail stay, and the name is never free again, unless the namespace reuses
    names. Garbage collection then deletes the bytes, within minutes, or at once by `registry-grpc
    gc`.
    """
    session.confirm(f"Purge model {formats.clean(model)} and all its versions?", yes=yes)
    gone = session.client.purge_model(
        model, versions=True, reason=reason, request_id=session.request_id
    )
    session.output.result(gone, f"purged {gone.ref}")
