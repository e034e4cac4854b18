"""`modelreg watch`: changes as they happen."""

from typing import Annotated

import typer

from modelregistry.cli import change_lines, failures, parsing
from modelregistry.cli.session import Session, command


def register(app: typer.Typer) -> None:
    """Put the command into the program."""
    command(app, "watch")(watch)


def watch(
    session: Session,
    *,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", metavar="MODEL", help="Only of this model; repeatable."),
    ] = None,
    prefix: Annotated[
        list[str] | None,
        typer.Option(
            "--prefix", metavar="PREFIX", help="Only of models whose name begins so; repeatable."
        ),
    ] = None,
    all_namespaces: Annotated[
        bool, typer.Option("--all-namespaces", help="Of every namespace.")
    ] = False,
    start: Annotated[
        int | None,
        typer.Option("--from", min=1, metavar="REVISION", help="From this one on; by default now."),
    ] = None,
    state: Annotated[bool, typer.Option("--state", help="What there is first.")] = False,
) -> None:
    """Print changes as they happen, one line for each, until it is interrupted.

    A connection that breaks is made anew, and no change is left out. With --json each line is a
    JSON document. Interrupted it says where to go on, and ends with code 130.
    """
    if start is not None and state:
        raise parsing.wrong("--from", "goes with changes, not with --state")
    changes = session.client.watch(
        namespace="-" if all_namespaces else None,
        models=model or (),
        name_prefixes=prefix or (),
        start_revision=start or 0,
        initial_state=state,
    )
    told = None
    try:
        for said in changes:
            for event in said.events:
                session.output.line(event, change_lines.line(event))
            if said.initial_state_complete:
                session.output.note(f"That was the state at revision {said.revision}.")
                state = False
            told = None if state else said.revision
    except KeyboardInterrupt as interrupt:
        if told is not None:
            session.output.note(f"Go on from here: --from {told + 1}")
        raise typer.Exit(failures.INTERRUPTED) from interrupt
