"""`modelreg versions deprecate`, `yank`, `revoke` and `restore`: the states of versions."""

from typing import Annotated

import typer
from rich.text import Text

from modelregistry.cli import formats, tables
from modelregistry.cli.arguments import Etag, Reason, Yes
from modelregistry.cli.deployments import note_who_serves
from modelregistry.cli.session import Session, command
from modelregistry.types import Version, VersionState

Exact = Annotated[str, typer.Argument(metavar="MODEL/NUMBER", help="Such as fraud/7.")]
NeededReason = Annotated[str, typer.Option("--reason", help="Reason; kept in the history.")]


def register(group: typer.Typer) -> None:
    """Add the commands to a group."""
    command(group, "deprecate", changes=True)(deprecate)
    command(group, "yank", changes=True)(yank)
    command(group, "revoke", changes=True)(revoke)
    command(group, "restore", changes=True)(restore)


def deprecate(session: Session, ref: Exact, *, reason: Reason = "", etag: Etag = "") -> None:
    """Deprecate a version: it goes on resolving, and pulls log a warning."""
    _show(
        session,
        session.client.deprecate_version(
            ref, etag=etag, reason=reason, request_id=session.request_id
        ),
    )


def yank(session: Session, ref: Exact, *, reason: NeededReason, etag: Etag = "") -> None:
    """Yank a version: it resolves only by number or digest, not by alias, stage or latest."""
    _show(
        session,
        session.client.yank_version(ref, etag=etag, reason=reason, request_id=session.request_id),
    )


def revoke(
    session: Session, ref: Exact, *, reason: NeededReason, etag: Etag = "", yes: Yes = False
) -> None:
    """Revoke a version permanently; every lookup fails, and watchers are notified immediately."""
    session.confirm(f"Revoke version {formats.clean(ref)} permanently?", yes=yes)
    _show(
        session,
        session.client.revoke_version(ref, etag=etag, reason=reason, request_id=session.request_id),
    )


def restore(session: Session, ref: Exact, *, reason: Reason = "", etag: Etag = "") -> None:
    """Restore a deprecated or yanked version to active."""
    _show(
        session,
        session.client.restore_version(
            ref, etag=etag, reason=reason, request_id=session.request_id
        ),
    )


def _show(session: Session, version: Version) -> None:
    _show_state(session, version)
    if version.state in {VersionState.YANKED, VersionState.REVOKED}:
        note_who_serves(session, version)


def _show_state(session: Session, version: Version) -> None:
    state = tables.state_tag(version.state)
    said = Text.assemble(tables.name(version.ref), " is ", state if state.plain else "active")
    session.output.result(version, said)
    if version.state in {VersionState.YANKED, VersionState.REVOKED}:
        stages = [version.stage] if version.stage != "none" else []
        for name in (*version.aliases, *stages):
            ref = f"{version.ref.rpartition('/')[0]}@{name}"
            way = f"modelreg rollback {formats.shell_word(ref)} --reason …"
            session.output.note(
                f"{formats.clean(ref)} no longer resolves to it; to roll back: {way}"
            )
