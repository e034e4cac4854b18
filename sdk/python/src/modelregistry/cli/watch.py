"""`modelreg watch`: changes as they happen."""

from dataclasses import replace
from typing import Annotated

import typer

from modelregistry.cli import change_lines, failures, parsing
from modelregistry.cli.session import Session, command
from modelregistry.types import Changes


def register(app: typer.Typer) -> None:
    """Put the command into the program."""
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

    A connection that breaks is made again, and no change is left out. With --json each line is a
    JSON document. Interrupted it says where to go on, and ends with code 130.

    When the registry was restored from a backup, the history of its changes is another one, and a
    revision means something else. Then the watch says so on standard error (with --json by a line
    with "restarted": true) and goes on with the present state.
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
    told: Changes | None = None
    try:
        for said in changes:
            if said.restarted:
                _say_restarted(session, said)
                state = True
            for event in said.events:
                session.output.line(event, change_lines.line(event))
            if said.initial_state_complete:
                session.output.note(f"End of the state at revision {said.revision}.")
                state = False
            told = None if state else said
    except KeyboardInterrupt as interrupt:
        if told is not None:
            following = replace(told, revision=told.revision + 1)
            session.output.note(f"Resume with --from {following.position}")
        raise typer.Exit(failures.INTERRUPTED) from interrupt


def _say_restarted(session: Session, said: Changes) -> None:
    """Say that the registry was restored: what was printed before need not hold any more."""
    if session.output.as_json:
        facts = {"restarted": True, "history_id": said.history_id, "revision": said.revision}
        session.output.line(facts, "")
    session.output.note(
        f"The registry was restored from a backup, and is at {said.position} now: the present "
        "state follows."
    )
