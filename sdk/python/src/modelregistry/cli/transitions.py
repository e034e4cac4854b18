"""`modelreg transitions`: list, approve, reject and withdraw transitions."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer
from rich.table import Table

from modelregistry.cli import formats, tables, waiting
from modelregistry.cli.arguments import Limit, Reason, page_size, taken
from modelregistry.cli.parsing import wrong
from modelregistry.cli.session import Session, command
from modelregistry.cli.transition_page import (
    move_text,
    outcome_line,
    page,
    state_tag,
)
from modelregistry.types import Transition, TransitionState

group: Final = typer.Typer(
    no_args_is_help=True, help="List, show, approve, reject and withdraw transitions."
)

_STATES: Final = {state.name.lower(): state for state in TransitionState}
_OPEN: Final = (TransitionState.PENDING_APPROVAL, TransitionState.WAITING)

Name = Annotated[
    str, typer.Argument(metavar="TRANSITION", help="Id of the transition, as `list` prints it.")
]
Comment = Annotated[str, typer.Option("--comment", "-m", help="Comment; kept with the decision.")]


@command(group, "list")
def list_transitions(
    session: Session,
    model: Annotated[str | None, typer.Argument(metavar="[MODEL]", help="Only this model.")] = (
        None
    ),
    *,
    state: Annotated[
        list[str] | None,
        typer.Option(help=f"Repeatable: open, {', '.join(_STATES)}; all by default."),
    ] = None,
    limit: Limit = None,
) -> None:
    """List transitions, newest first."""
    states = _states(state or [])
    found = taken(
        session.client.transitions(model, states=states, page_size=page_size(limit)), limit
    )

    def table(items: Sequence[Transition]) -> Table:
        made = tables.table(
            *(("ID", "name"), ("STATE", "name"), ("TIME", "name"), ("BY", "name")),
            *(("MOVES", "name"), ("REASON", "words")),
        )
        for item in items:
            made.add_row(
                formats.clean(item.ref),
                state_tag(item.state),
                formats.ago(item.create_time, session.output.now),
                tables.words(item.requester),
                "\n".join(map(move_text, item.moves)),
                tables.words(item.reason),
            )
        return made

    empty = "No transitions. Request one: modelreg promote REF --to STAGE"
    session.output.listing(found, table, empty)


def _states(given: Sequence[str]) -> list[TransitionState]:
    found: list[TransitionState] = []
    for text in given:
        if text == "open":
            found.extend(_OPEN)
        elif text in _STATES:
            found.append(_STATES[text])
        else:
            raise wrong("--state", f"{text!r} is not one of open, {', '.join(_STATES)}")
    return found


@command(group, "show")
def show(session: Session, transition: Name) -> None:
    """Show a transition: its moves, findings and approvals."""
    found = session.client.get_transition(transition)
    session.output.result(found, *page(found, session.output.now))


@command(group, "wait", transitions=True)
def wait(session: Session, transition: Name) -> None:
    """Wait until a transition is applied or ended: at most --timeout seconds.

    Exits with 0 only if it is applied. Goes on waiting while the registry restarts.
    """
    seconds = session.limit_of_wait()
    found = session.client.get_transition(transition)
    waiting.finish(session, waiting.ended(session, found, seconds))


@command(group, "approve", changes=True, transitions=True)
def approve(
    session: Session,
    transition: Name,
    *,
    requirement: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="POLICY/REQUIREMENT",
            help="Approval requirement that the decision counts for.",
        ),
    ] = "",
    comment: Comment = "",
    binding: Annotated[
        str,
        typer.Option(
            help="Only if the transition still has this binding, as `show --json` printed it."
        ),
    ] = "",
) -> None:
    """Approve a transition. The last required approval applies it, or schedules it.

    Exits with 0 once it is applied, and with 7 while more approvals or time are needed.
    """
    done = session.client.approve(
        transition,
        requirement=requirement,
        comment=comment,
        binding=binding,
        request_id=session.request_id,
    )
    waiting.finish(session, done)


@command(group, "reject", changes=True)
def reject(
    session: Session,
    transition: Name,
    *,
    comment: Annotated[
        str, typer.Option("--comment", "-m", help="Reason for the rejection; kept.")
    ],
) -> None:
    """Reject a transition, which ends it."""
    done = session.client.reject(transition, comment, request_id=session.request_id)
    session.output.result(done, outcome_line(done))


@command(group, "cancel", changes=True)
def cancel(session: Session, transition: Name, *, reason: Reason = "") -> None:
    """Withdraw an open transition; only its requester and admins may."""
    done = session.client.cancel_transition(
        transition, reason=reason, request_id=session.request_id
    )
    session.output.result(done, outcome_line(done))
