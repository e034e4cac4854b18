"""The effects of time on transitions, on both databases: waits that end, requests that expire."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import update

from registry_grpc.domain.errors import (
    TransitionNotOpen,
)
from registry_grpc.domain.policy import PolicyDraft
from registry_grpc.domain.rule import Rule
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.stage_graph import DEFAULT_GRAPH, Stage
from registry_grpc.domain.transition import LIFETIME, Transition, TransitionState
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.transition import transitions
from tests.support.governance import Governed
from tests.support.staged import DAY, GOOD, GUARDED, REVIEW, actions, stored


def test_a_waiting_time_passes_before_it_is_applied(staged: Governed) -> None:
    staged.put("slow", PolicyDraft("production", "*", approvals=(REVIEW,), wait=DAY))
    made = staged.request(("fraud/2", "production"))
    assert staged.approve(made.name).state is TransitionState.WAITING
    assert staged.later(DAY / 2) == 0
    assert staged.version("fraud@production").name.number == 1
    assert staged.later(DAY) == 1
    assert staged.version("fraud@production").name.number == 2
    assert staged.later(DAY) == 0


def _measured_worse(staged: Governed) -> None:
    staged.evaluate("fraud/2", auc=0.2)


def _wanted_better(staged: Governed) -> None:
    stricter = Rule("better", bound=MetricBound("auc", minimum=0.99))
    staged.put("strict", PolicyDraft("production", "*", rules=(stricter,)))


@pytest.mark.parametrize("meanwhile", [_measured_worse, _wanted_better])
def test_rules_are_asked_again_when_the_waiting_time_ends(
    staged: Governed, meanwhile: Callable[[Governed], None]
) -> None:
    staged.put("slow", PolicyDraft("production", "*", rules=(GOOD,), wait=DAY))
    made = staged.request(("fraud/2", "production"))
    meanwhile(staged)
    assert stored(staged, made.name).state is TransitionState.WAITING
    assert staged.later(2 * DAY) == 1
    ended = stored(staged, made.name)
    assert ended.state is TransitionState.REFUSED
    assert any(finding.blocks for move in ended.moves for finding in move.findings)
    assert staged.version("fraud@production").name.number == 1


def test_a_policy_that_gets_a_longer_waiting_time_is_obeyed_by_those_who_wait(
    staged: Governed,
) -> None:
    slow = PolicyDraft("production", "*", rules=(GOOD,), wait=DAY)
    staged.put("slow", slow)
    made = staged.request(("fraud/2", "production"))
    staged.put("slow", replace(slow, wait=3 * DAY))
    shown = stored(staged, made.name)
    assert (shown.wait, shown.apply_time) == (3 * DAY, made.create_time + 3 * DAY)
    assert staged.later(2 * DAY) == 1
    longer = stored(staged, made.name)
    assert (longer.state, longer.wait) == (TransitionState.WAITING, 3 * DAY)
    assert longer.apply_time == made.create_time + 3 * DAY
    assert actions(staged)[-1] == "transition.wait"
    assert staged.version("fraud@production").name.number == 1
    staged.later(2 * DAY)
    assert staged.version("fraud@production").name.number == 2


def test_a_shorter_waiting_time_is_for_those_who_begin_to_wait(staged: Governed) -> None:
    slow = PolicyDraft("production", "*", rules=(GOOD,), wait=3 * DAY)
    staged.put("slow", slow)
    made = staged.request(("fraud/2", "production"))
    staged.put("slow", replace(slow, wait=DAY))
    assert stored(staged, made.name).apply_time == made.create_time + 3 * DAY
    assert staged.later(2 * DAY) == 0
    assert staged.later(2 * DAY) == 1
    assert staged.version("fraud@production").name.number == 2


def test_one_that_cannot_even_be_read_holds_up_nobody(staged: Governed, database_url: str) -> None:
    staged.put("slow", PolicyDraft("production", "*", wait=DAY))
    staged.put("slower", PolicyDraft("archived", "*", wait=DAY))
    broken = staged.request(("fraud/2", "production"))
    staged.request(("fraud/1", "archived"))
    _break(database_url, broken)
    with pytest.raises(TypeError):
        staged.later(2 * DAY)
    assert staged.version("fraud/1").stage == "archived"


def test_each_of_several_unreadable_transitions_is_reported(
    staged: Governed, database_url: str
) -> None:
    staged.put("slow", PolicyDraft("production", "*", wait=DAY))
    staged.put("slower", PolicyDraft("archived", "*", wait=DAY))
    wanted = (("fraud/2", "production"), ("fraud/1", "archived"))
    _break(database_url, *(staged.request(one) for one in wanted))
    with pytest.raises(TypeError) as failed:
        staged.later(2 * DAY)
    (note,) = failed.value.__notes__
    assert note.startswith("another one failed too: TypeError(")


def _break(database_url: str, *broken: Transition) -> None:
    """Leave nothing of these that could be read."""
    engines = open_engines(database_url)
    with engines.writers.begin() as connection:
        of_them = transitions.c.uid.in_([one.name.uuid for one in broken])
        connection.execute(update(transitions).where(of_them).values(document={}))
    engines.dispose()


def test_a_transition_beyond_a_reduced_capacity_is_superseded_and_blocks_no_other(
    staged: Governed,
) -> None:
    for _ in range(3):
        staged.register(auc=0.95)
    staged.put("slow", PolicyDraft("staging", "*", wait=DAY))
    together = staged.request(("fraud/3", "staging"), ("fraud/4", "staging"))
    staged.set_stage("fraud/2", "archived")
    stages = tuple(Stage(one.id, 1) if one.id == "staging" else one for one in DEFAULT_GRAPH.stages)
    staged.set_graph(replace(DEFAULT_GRAPH, stages=stages))
    alone = staged.request(("fraud/5", "staging"))
    assert staged.later(2 * DAY) == 2
    ended = stored(staged, together.name)
    assert ended.state is TransitionState.SUPERSEDED
    assert "the capacity of" in ended.cause
    assert stored(staged, alone.name).state is TransitionState.APPLIED
    assert [staged.version(f"fraud/{n}").stage for n in (3, 4, 5)] == ["none", "none", "staging"]


def test_an_approval_that_fell_while_it_waited_is_wanted_again(staged: Governed) -> None:
    draft = PolicyDraft("production", "*", rules=(GOOD,), approvals=(REVIEW,), wait=DAY)
    staged.put("slow", draft)
    made = staged.request(("fraud/2", "production"))
    staged.approve(made.name)
    staged.evaluate("fraud/2", auc=0.91)
    staged.later(2 * DAY)
    assert stored(staged, made.name).state is TransitionState.PENDING_APPROVAL
    assert actions(staged)[-1] == "transition.reopen"
    assert staged.approve(made.name).state is TransitionState.WAITING


def test_what_nobody_decides_expires(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    made = staged.request(("fraud/2", "production"))
    assert staged.later(LIFETIME + DAY) == 1
    assert stored(staged, made.name).state is TransitionState.EXPIRED
    with pytest.raises(TransitionNotOpen, match="expired"):
        staged.approve(made.name)


def test_nobody_approves_what_has_expired_and_was_not_settled_yet(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    made = staged.request(("fraud/2", "production"))
    staged.clock.forward(LIFETIME + DAY)
    with pytest.raises(TransitionNotOpen, match="expired"):
        staged.approve(made.name)
    assert stored(staged, made.name).state is TransitionState.EXPIRED
    assert staged.version("fraud@production").name.number == 1
