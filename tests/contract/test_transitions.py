"""Transitions through their use cases, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from registry_grpc.domain.errors import (
    ApprovalNotAllowed,
    ApprovalRequired,
    GateRefused,
    InvalidRequest,
    TransitionNotAllowed,
)
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.policy import PolicyDraft
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.transition import TransitionState
from registry_grpc.domain.version import VersionState
from tests.support.governance import ANN, BOB, MODEL, ROOT, Governed, governed
from tests.support.staged import GOOD, GUARDED, actions, events, only, stored


@pytest.fixture
def registry(database_url: str) -> Iterator[Governed]:
    with governed(database_url) as running:
        yield running


def test_without_policies_a_request_is_applied_at_once(staged: Governed) -> None:
    made = staged.request(("fraud/2", "production"))
    assert made.state is TransitionState.APPLIED
    assert staged.version("fraud@production").name.number == 2
    assert staged.version("fraud/1").stage == "archived"
    assert actions(staged) == ["transition.request", "transition.apply"]
    last = events(staged)[-1]
    assert {e.change.name for e in events(staged) if e.revision == last.revision} == {
        str(made.name),
        "namespaces/default/models/fraud/versions/1",
        "namespaces/default/models/fraud/versions/2",
    }


def test_what_rules_refuse_is_recorded_and_moves_nothing(staged: Governed) -> None:
    staged.put("quality", PolicyDraft("production", "*", rules=(GOOD,)))
    staged.register(auc=0.5)
    staged.set_stage("fraud/3", "staging")
    with pytest.raises(GateRefused) as refused:
        staged.request(("fraud/3", "production"))
    (finding,) = refused.value.findings
    assert (finding.policy, finding.rule, finding.metric) == ("quality@1", "good", "auc")
    found = only(staged)
    assert found.state is TransitionState.REFUSED
    assert refused.value.metadata["transition"] == str(found.name)
    assert staged.version("fraud@production").name.number == 1
    assert actions(staged) == ["transition.request", "transition.refuse"]


def test_a_stage_that_is_set_obeys_the_same_rules(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    with pytest.raises(ApprovalRequired) as needed:
        staged.set_stage("fraud/2", "production")
    assert needed.value.causes == ("approvals for quality@1/review",)
    staged.register(auc=0.5)
    staged.set_stage("fraud/3", "staging")
    with pytest.raises(GateRefused):
        staged.set_stage("fraud/3", "production")


def test_what_is_recorded_of_one_change_begins_where_the_last_one_ended(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    staged.reject(staged.request(("fraud/2", "production")).name)
    asked = staged.request(("fraud/2", "production"))
    staged.evaluate("fraud/2", auc=0.2)
    with pytest.raises(GateRefused):
        staged.approve(asked.name)
    ended: dict[str, object] = {}
    for event in events(staged):
        if event.change.action.startswith("transition."):
            assert event.change.before == ended.get(event.change.name)
            ended[event.change.name] = event.change.after
    assert actions(staged) == [
        "transition.request",
        "transition.reject",
        "transition.request",
        "transition.refuse",
    ]


def test_its_requester_or_an_admin_gives_it_up(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    made = staged.request(("fraud/2", "production"))
    with pytest.raises(ApprovalNotAllowed, match="only ann and admins"):
        staged.requests.cancel(staged.call(BOB), made.name, "")
    staged.requests.cancel(staged.call(ANN), made.name, "changed my mind")
    assert stored(staged, made.name).state is TransitionState.CANCELLED


def test_a_request_with_new_evidence_takes_the_place_of_the_older(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    older = staged.request(("fraud/2", "production"))
    staged.evaluate("fraud/2", auc=0.96)
    newer = staged.request(("fraud/2", "production"))
    found = stored(staged, older.name)
    assert found.state is TransitionState.SUPERSEDED
    assert str(newer.name) in found.cause
    assert newer.supersedes == (older.name,)
    assert stored(staged, newer.name).supersedes == (older.name,)


def test_a_version_that_moved_another_way_ends_what_was_asked_for_it(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    made = staged.request(("fraud/2", "production"))
    staged.set_stage("fraud/2", "none")
    assert stored(staged, made.name).state is TransitionState.SUPERSEDED


@pytest.mark.parametrize("state", [VersionState.YANKED, VersionState.REVOKED])
def test_who_may_not_be_followed_is_not_promoted_either(
    staged: Governed, state: VersionState
) -> None:
    staged.put("quality", GUARDED)
    made = staged.request(("fraud/2", "production"))
    staged.lives.set(staged.call(ROOT), Reference.parse("fraud/2"), state, "", "it leaks")
    found = stored(staged, made.name)
    assert (found.state, state in found.cause) == (TransitionState.SUPERSEDED, True)


def test_a_set_moves_together_or_not_at_all(staged: Governed) -> None:
    other = ModelName("default", "other")
    staged.register(model=other, auc=0.5)
    staged.set_stage("other/1", "staging")
    staged.put("quality", PolicyDraft("production", "*", rules=(GOOD,)))
    with pytest.raises(GateRefused) as refused:
        staged.request(("fraud/2", "production"), ("other/1", "production"))
    assert [item.version for item in refused.value.findings] == [str(other.version(1))]
    assert staged.version("fraud@production").name.number == 1
    staged.evaluate("other/1", auc=0.99)
    done = staged.request(("fraud/2", "production"), ("other/1", "production"))
    assert done.state is TransitionState.APPLIED
    assert staged.version("fraud@production").name.number == 2
    assert staged.version("other@production").name.number == 1


def test_a_request_beyond_the_capacity_of_a_stage_is_rejected(staged: Governed) -> None:
    staged.register(auc=0.95)
    staged.set_stage("fraud/3", "staging")
    with pytest.raises(InvalidRequest, match="the capacity of"):
        staged.request(("fraud/2", "production"), ("fraud/3", "production"))
    with pytest.raises(InvalidRequest, match="is repeated"):
        staged.request(("fraud/2", "production"), ("fraud@latest", "archived"), ("fraud/2", "none"))


def test_a_leaving_version_must_precede_its_replacement(staged: Governed) -> None:
    with pytest.raises(InvalidRequest, match="put it before"):
        staged.request(("fraud/2", "production"), ("fraud/1", "none"))
    done = staged.request(("fraud/1", "none"), ("fraud/2", "production"))
    assert done.state is TransitionState.APPLIED
    assert staged.version("fraud/1").stage == "none"
    back = staged.request(("fraud/1", "staging"))
    assert back.state is TransitionState.APPLIED
    done = staged.request(("fraud/1", "production"), ("fraud/2", "archived"))
    assert staged.version("fraud/2").stage == "archived"


def test_the_graph_binds_requests(staged: Governed) -> None:
    staged.register(auc=0.95)
    with pytest.raises(TransitionNotAllowed):
        staged.request(("fraud/3", "production"))
    with pytest.raises(InvalidRequest, match="must be one of"):
        staged.request(("fraud/3", "moon"))


def test_many_transitions_onto_one_stage_are_a_serial_history(registry: Governed) -> None:
    for number in range(1, 33):
        registry.register(auc=0.95)
        registry.set_stage(f"fraud/{number}", "staging")
    with ThreadPoolExecutor(32) as pool:
        made = list(
            pool.map(
                lambda number: registry.request((f"fraud/{number}", "production")), range(1, 33)
            )
        )
    assert {item.state for item in made} == {TransitionState.APPLIED}
    with registry.database.read() as tx:
        model = tx.models.get(MODEL)
        assert model is not None
        assert len(tx.stages.holders(model, "production", None)) == 1
        history = tx.stages.history(model, None, 1_000)
    holders = 0
    for entry in sorted(history, key=lambda item: (item.revision, item.stage != "archived")):
        holders += (entry.stage == "production") - (entry.previous == "production")
        assert holders <= 1
    assert sum(entry.stage == "production" for entry in history) == 32


def test_of_a_rollback_and_a_promotion_one_comes_after_the_other(staged: Governed) -> None:
    staged.request(("fraud/2", "production"))
    staged.register(auc=0.99)
    staged.set_stage("fraud/3", "staging")
    with ThreadPoolExecutor(2) as pool:
        works = [
            pool.submit(staged.request, ("fraud/3", "production")),
            pool.submit(staged.rollback, "fraud@production"),
        ]
        for work in works:
            work.result()
    with staged.database.read() as tx:
        model = tx.models.get(MODEL)
        assert model is not None
        (holder,) = tx.stages.holders(model, "production", None)
    # The promotion last: 3 is there. The rollback last: it took 3 away, and 2 came back.
    assert holder in {2, 3}
