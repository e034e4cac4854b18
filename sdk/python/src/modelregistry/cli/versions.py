"""`modelreg versions`: list, show and change versions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import facts, formats, monitor_page, parsing, tables, version_page
from modelregistry.cli.arguments import (
    Annotations,
    Deleted,
    Etag,
    Filter,
    Limit,
    Reason,
    Ref,
    Yes,
    page_size,
    taken,
)
from modelregistry.cli.deployments import note_who_serves
from modelregistry.cli.session import Session, command
from modelregistry.types import FileEntry, Version, VersionState

_ALL: Final = "-"
_MOST_STATES: Final = 10
group: Final = typer.Typer(
    no_args_is_help=True,
    help="List, show, change, yank, revoke and delete versions, and find those that used data.",
)


@command(group, "list")
def list_versions(
    session: Session,
    model: Annotated[
        str, typer.Argument(metavar="[MODEL]", help="Such as fraud, or risk/fraud.")
    ] = "",
    *,
    all_models: Annotated[
        bool, typer.Option("--all-models", help="Versions of all models of the namespace.")
    ] = False,
    filter: Filter = "",  # noqa: A002 - the flag's name
    order_by: Annotated[
        str,
        typer.Option(
            metavar="ORDER",
            help="Such as 'metrics.auc desc' or 'create_time'; versions without it come last.",
        ),
    ] = "",
    deleted: Deleted = False,
    limit: Limit = None,
) -> None:
    """List the versions of a model, newest first; with --all-models by model."""
    if all_models == bool(model):
        raise parsing.wrong("MODEL", "give the name of a model, or --all-models")
    found = session.client.list_versions(
        model or _ALL,
        filter=filter,
        order_by=order_by,
        show_deleted=deleted,
        page_size=page_size(limit),
    )
    session.output.listing(
        taken(found, limit),
        lambda items: versions_table(items, session.output.now),
        _none_of(model, filtered=bool(filter), deleted=deleted),
    )


def _none_of(model: str, *, filtered: bool, deleted: bool) -> str:
    name = formats.clean(model) if model else "any model"
    if filtered:
        hint = "" if deleted else "; --deleted includes deleted ones"
        return f"No matching versions of {name}{hint}"
    word = formats.shell_word(model) if model else "MODEL"
    return f"No versions of {name}. Push one: modelreg push {word} PATH"


def versions_table(versions: Sequence[Version], now: datetime) -> Table:
    """Return the table that lists versions."""
    made = tables.table(
        ("VERSION", "name"),
        ("ALIASES", "name"),
        ("STAGE", "name"),
        ("METRICS", "words"),
        ("SIZE", "number"),
        ("FILES", "number"),
        ("REGISTERED", "name"),
        ("BY", "name"),
    )
    for version in versions:
        made.add_row(
            tables.called(version),
            tables.alias_tags(version.aliases),
            tables.stage_tag(version.stage),
            Text(formats.metrics(version.metrics) or "-"),
            formats.size(version.size_bytes),
            f"{version.file_count:,}",
            formats.ago(version.create_time, now),
            tables.words(version.creator),
        )
    return made


@command(group, "show")
def show_version(session: Session, ref: Ref) -> None:
    """Show the whole record of a version.

    With --json the fields of the version, its files as `files`; a revoked version, and one by
    reference, has none; and the states of its monitors as `monitor_states`.
    """
    version = session.client.get_version(ref)
    # By its name: the alias may have moved meanwhile.
    revoked = version.state == VersionState.REVOKED
    listed = not (revoked or version.by_reference)
    files = session.client.list_files(version) if listed else ()
    states = session.client.monitor_states(version=version)
    if session.output.as_json:
        more = {"files": taken(files, None), "monitor_states": taken(states, None)}
        session.output.result({**session.output.fields(version), **more})
        return
    shown = taken(files, version_page.MOST_FILES)
    parts = version_page.page(version, shown, session.output.now)
    worst = sorted(taken(states, None), key=monitor_page.order, reverse=True)
    monitors = monitor_page.states_table(worst[:_MOST_STATES], session.output.now)
    session.output.result(version, *parts, *facts.section("Monitors", monitors))
    if len(worst) > _MOST_STATES:
        session.output.note(f"{len(worst) - _MOST_STATES} more: modelreg monitors states")


@command(group, "files")
def list_files(session: Session, ref: Ref) -> None:
    """List the files of a version by path."""
    found = taken(session.client.list_files(ref), None)
    whole = not session.output.terminal

    def table(items: Sequence[FileEntry]) -> Table:
        return version_page.files_table(items, whole_digests=whole)

    session.output.listing(found, table, f"{formats.clean(ref)} has no files")


@command(group, "label", changes=True)
def label_version(
    session: Session,
    ref: Ref,
    labels: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY=VALUE|KEY-…", help="A label to set, or a key with a minus to remove."
        ),
    ],
    *,
    replace: Annotated[bool, typer.Option(help="Replace all labels by these.")] = False,
    etag: Etag = "",
) -> None:
    """Set and remove labels of a version; `update` changes description and annotations."""
    changes = parsing.label_changes(labels)
    changed = session.client.label_version(
        ref, changes, replace=replace, etag=etag, request_id=session.request_id
    )
    said = formats.pairs(changed.labels) or "no labels"
    session.output.result(changed, Text.assemble(tables.name(changed.ref), f"  {said}"))


@command(group, "update", changes=True)
def update_version(
    session: Session,
    ref: Ref,
    *,
    description: Annotated[str | None, typer.Option(help="Description, Markdown.")] = None,
    annotate: Annotations = None,
    etag: Etag = "",
) -> None:
    """Change the description of a version, and set or remove annotations."""
    changes = parsing.label_changes(annotate or (), "--annotate")
    if description is None and not changes:
        raise parsing.wrong("MODEL", "nothing to change: give --description or --annotate")
    changed = session.client.update_version(
        ref,
        description=description,
        annotations=changes,
        etag=etag,
        request_id=session.request_id,
    )
    session.output.result(changed, Text.assemble("updated ", tables.name(changed.ref)))


@command(group, "delete", changes=True)
def delete_version(
    session: Session,
    ref: Annotated[str, typer.Argument(metavar="MODEL/NUMBER", help="Such as fraud/7.")],
    *,
    force: Annotated[
        bool, typer.Option(help="Delete even if names lead to it or instances serve it.")
    ] = False,
    reason: Reason = "",
    etag: Etag = "",
    yes: Yes = False,
) -> None:
    """Delete a version permanently: its record stays readable, its bytes may be collected."""
    session.confirm(f"Delete version {formats.clean(ref)} permanently?", yes=yes)
    gone = session.client.delete_version(
        ref, etag=etag, force=force, reason=reason, request_id=session.request_id
    )
    session.output.result(gone, f"deleted {gone.ref}")
    if force:
        note_who_serves(session, gone)


@command(group, "purge", changes=True)
def purge_version(
    session: Session,
    ref: Annotated[str, typer.Argument(metavar="MODEL/NUMBER", help="Such as fraud/7.")],
    *,
    reason: Reason = "",
    etag: Etag = "",
    yes: Yes = False,
) -> None:
    """Free the bytes of a deleted version at the next garbage collection, without a delay.

    Bytes that another version references stay. So do the record, its lineage and the audit trail.
    Garbage collection runs within minutes, or at once by `registry-grpc gc`.
    """
    session.confirm(f"Purge version {formats.clean(ref)}?", yes=yes)
    gone = session.client.purge_version(
        ref, etag=etag, reason=reason, request_id=session.request_id
    )
    session.output.result(gone, f"purged {gone.ref}")
