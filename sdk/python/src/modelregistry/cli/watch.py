"""`modelreg watch`: print changes as they happen."""

from dataclasses import replace
from typing import Annotated

import typer

from modelregistry.cli import change_lines, failures, parsing
from modelregistry.cli.session import Session, command
from modelregistry.types import Changes


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "watch")(watch)


def watch(
    session: Session,
    *,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", metavar="MODEL", help="Only this model; repeatable."),
    ] = None,
    prefix: Annotated[
        list[str] | None,
        typer.Option(
            "--prefix", metavar="PREFIX", help="Only models whose name has this prefix; repeatable."
        ),
    ] = None,
    all_namespaces: Annotated[
        bool, typer.Option("--all-namespaces", help="Watch all namespaces.")
    ] = False,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="[HISTORY:]REVISION",
            help="First revision to deliver; by default only new changes.",
        ),
    ] = None,
    state: Annotated[
        bool, typer.Option("--state", help="Deliver the current state first.")
    ] = False,
) -> None:
    """Watch changes as they happen, one line each, until interrupted.

    It reconnects by itself, and no change is left out. With --json each line is a JSON document.
    When interrupted it prints the revision to resume from, and ends with code 130.

    After a restore from a backup the registry has a new history, in which revisions have another
    meaning. The watch reports that on standard error (with --json as a line with "restarted": true)
    and continues with the present state.
    """
    if start is not None and state:
        raise parsing.wrong("--from", "cannot be combined with --state")
    history, revision = ("", 0) if start is None else parsing.position("--from", start)
    changes = session.client.watch(
        namespace="-" if all_namespaces else None,
        models=model or (),
        name_prefixes=prefix or (),
        start_revision=revision,
        history_id=history,
        initial_state=state,
    )
    delivered: Changes | None = None
    try:
        for said in changes:
            if said.restarted:
                _report_restart(session, said)
                state = True
            for event in said.events:
                session.output.line(event, change_lines.line(event))
            if said.initial_state_complete:
                session.output.note(f"End of the initial state at revision {said.revision}.")
                state = False
            delivered = None if state else said
    except KeyboardInterrupt as interrupt:
        if delivered is not None:
            following = replace(delivered, revision=delivered.revision + 1)
            session.output.note(f"Resume with --from {following.position}")
        raise typer.Exit(failures.INTERRUPTED) from interrupt


def _report_restart(session: Session, said: Changes) -> None:
    """Report that the registry was restored: earlier output may no longer be true."""
    if session.output.as_json:
        facts = {"restarted": True, "history_id": said.history_id, "revision": said.revision}
        session.output.line(facts, "")
    session.output.note(
        f"The registry was restored from a backup and is now at {said.position}. The present "
        "state follows."
    )
