"""Transitions in the terminal: what they wait for, and what to do about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

from rich.console import Console

from modelregistry.cli.transition_page import needs_lines, next_step, page
from modelregistry.types import ApprovalNeed, Transition, TransitionKind, TransitionState

NOW = datetime(2026, 10, 4, 12, 0, 0, tzinfo=UTC)
ID = "01890000-0000-7000-8000-000000000000"
PENDING = Transition(
    name=f"namespaces/default/transitions/{ID}",
    kind=TransitionKind.PROMOTION,
    state=TransitionState.PENDING_APPROVAL,
    moves=(),
    requester="ann",
)


def test_approvals_are_counted_whether_they_are_all_there_or_not() -> None:
    need = ApprovalNeed(
        policy="quality@1", requirement="risk", meaning="validated", count=2, given=1
    )
    open_to_some = ApprovalNeed(policy="p@1", requirement="r", roles=("approver", "admin"))
    assert [line.plain for line in needs_lines([need, open_to_some])] == [
        "1 of 2 approvals for quality/risk: validated",
        "0 of 1 approvals by approver or admin for p/r",
    ]


def test_what_lacks_approvals_says_how_to_approve_and_what_waits_when_it_is_due() -> None:
    assert next_step(PENDING, NOW) == f"to approve: modelreg transitions approve {ID}"
    due = NOW + timedelta(minutes=5)
    waiting = replace(PENDING, state=TransitionState.WAITING, apply_time=due)
    assert next_step(waiting, NOW) == (
        "applies 2026-10-04 12:05:00 UTC (in 5 minutes); "
        f"to withdraw it: modelreg transitions cancel {ID}"
    )


def test_a_narrow_terminal_shows_the_whole_name() -> None:
    screen = StringIO()
    Console(file=screen, width=40).print(*page(PENDING, NOW))
    values = (line[len("asked for  ") :] for line in screen.getvalue().splitlines())
    assert PENDING.name in "".join(values)
