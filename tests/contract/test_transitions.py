"""Transitions and rollbacks through their use cases, on both databases."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from registry_grpc.domain.change import Event
from registry_grpc.domain.errors import (
    ApprovalNotAllowed,
    ApprovalRequired,
    BindingMismatch,
    GateRefused,
    InvalidRequest,
    RegistryError,
    RollbackNotPossible,
    TransitionNotAllowed,
    TransitionNotOpen,
)
from registry_grpc.domain.lineage import Approver, Direction, EdgeRole, ThingNode
from registry_grpc.domain.names import ModelName, TransitionName
from registry_grpc.domain.policy import ApprovalRequirement, PolicyDraft
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.rule import Rule
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.stage_graph import DEFAULT_GRAPH, Stage
from registry_grpc.domain.transition import LIFETIME, Transition, TransitionKind, TransitionState
from registry_grpc.domain.version import VersionState
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.tables import transitions
from tests.support.governance import ANN, BOB, EVE, MODEL, ROOT, Governed, governed

DAY = timedelta(days=1)
GOOD = Rule("good", bound=MetricBound("auc", minimum=0.9))
REVIEW = ApprovalRequirement("review", meaning="validated")
GUARDED = PolicyDraft("production", "*", rules=(GOOD,), approvals=(REVIEW,))


@pytest.fixture
def registry(database_url: str) -> Iterator[Governed]:
    with governed(database_url) as running:
        yield running


@pytest.fixture
def staged(registry: Governed) -> Governed:
    """Versions 1 and 2, both good; 1 is in production, 2 in staging."""
    for number in (1, 2):
        registry.register(auc=0.95)
        registry.set_stage(f"fraud/{number}", "staging")
    registry.set_stage("fraud/1", "production")
    return registry


def stored(registry: Governed, name: TransitionName) -> Transition:
    return registry.transitions.get(name, 0)


def only(registry: Governed) -> Transition:
    with registry.database.read() as tx:
        (found,) = tx.transitions.page("default", None, (), None, 10)
    return found


def events(registry: Governed) -> list[Event]:
    with registry.database.read() as tx:
        return list(tx.log.events(0, 10_000))


def actions(registry: Governed, prefix: str = "transition.") -> list[str]:
    return [e.change.action for e in events(registry) if e.change.action.startswith(prefix)]


def test_without_policies_a_request_is_applied_at_once(staged: Governed) -> None:
    made = staged.request(("fraud/2", "production"))
    assert made.state is TransitionState.APPLIED
    assert staged.version("fraud@production").name.number == 2
    assert staged.version("fraud/1").stage == "archived"
    assert actions(staged) == ["transition.apply"]
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
    assert actions(staged) == ["transition.refuse"]


def test_a_stage_that_is_set_obeys_the_same_rules(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    with pytest.raises(ApprovalRequired) as needed:
        staged.set_stage("fraud/2", "production")
    assert needed.value.causes == ("approvals for quality@1/review",)
    staged.register(auc=0.5)
    staged.set_stage("fraud/3", "staging")
    with pytest.raises(GateRefused):
        staged.set_stage("fraud/3", "production")


def test_an_approval_of_another_person_applies_it(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    made = staged.request(("fraud/2", "production"))
    assert made.state is TransitionState.PENDING_APPROVAL
    assert staged.version("fraud@production").name.number == 1
    done = staged.approve(made.name)
    assert done.state is TransitionState.APPLIED
    (approval,) = done.approvals
    assert (approval.actor, approval.meaning, approval.binding) == (
        "eve",
        "validated",
        done.binding,
    )
    assert staged.version("fraud@production").name.number == 2
    assert actions(staged) == ["transition.request", "transition.apply"]


def test_the_lineage_of_a_version_says_who_approved_of_it(staged: Governed) -> None:
    staged.put("gate", replace(GUARDED, approvals=(replace(REVIEW, count=2),)))
    made = staged.request(("fraud/2", "production"))
    staged.approve(made.name, EVE)
    version = staged.version("fraud/2")
    with staged.database.read() as tx:
        assert tx.lineage.edges([version.uid], Direction.UP, [EdgeRole.APPROVED_BY], 9) == []
    staged.approve(made.name, ROOT)
    with staged.database.read() as tx:
        edges = tx.lineage.edges([version.uid], Direction.UP, [EdgeRole.APPROVED_BY], 9)
        nodes = tx.lineage.nodes([edge.target for edge in edges])
    assert {node.thing for node in nodes.values() if isinstance(node, ThingNode)} == {
        *(Approver(EVE.name), Approver(ROOT.name)),
    }
    assert {edge.recorder for edge in edges} == {ANN.name}


@pytest.mark.parametrize("actor,part", [(ANN, "author"), (BOB, "requester")])
def test_neither_author_nor_requester_may_approve(
    staged: Governed, actor: object, part: str
) -> None:
    staged.put("quality", GUARDED)
    made = staged.request(("fraud/2", "production"), actor=BOB)
    with pytest.raises(ApprovalNotAllowed, match=part):
        staged.approve(made.name, actor)  # type: ignore[arg-type]
    assert stored(staged, made.name).state is TransitionState.PENDING_APPROVAL


def test_only_the_roles_that_the_policy_names_count(staged: Governed) -> None:
    wanted = ApprovalRequirement("clinic", roles=("approver",))
    staged.put("quality", PolicyDraft("production", "*", approvals=(wanted,)))
    made = staged.request(("fraud/2", "production"))
    with pytest.raises(ApprovalNotAllowed, match="approver"):
        staged.approve(made.name, ROOT)
    assert staged.approve(made.name, EVE).state is TransitionState.APPLIED


def test_one_person_counts_once(staged: Governed) -> None:
    wanted = ApprovalRequirement("two", count=2)
    staged.put("quality", PolicyDraft("production", "*", approvals=(wanted,)))
    made = staged.request(("fraud/2", "production"))
    assert staged.approve(made.name, EVE).state is TransitionState.PENDING_APPROVAL
    with pytest.raises(ApprovalNotAllowed, match="already"):
        staged.approve(made.name, EVE)
    assert staged.approve(made.name, ROOT).state is TransitionState.APPLIED


def test_approvals_fall_when_there_is_new_evidence(staged: Governed) -> None:
    wanted = ApprovalRequirement("two", count=2)
    draft = PolicyDraft("production", "*", rules=(GOOD,), approvals=(wanted,))
    staged.put("quality", draft)
    made = staged.request(("fraud/2", "production"))
    staged.approve(made.name, EVE)
    staged.evaluate("fraud/2", auc=0.93)
    found = stored(staged, made.name)
    assert [found.given(need) for need in found.needs] == [0]
    assert staged.approve(made.name, ROOT).state is TransitionState.PENDING_APPROVAL
    assert staged.approve(made.name, EVE).state is TransitionState.APPLIED


def test_approvals_fall_when_the_policy_changes(staged: Governed) -> None:
    wanted = ApprovalRequirement("two", count=2)
    staged.put("quality", PolicyDraft("production", "*", approvals=(wanted,)))
    made = staged.request(("fraud/2", "production"))
    staged.approve(made.name, EVE)
    staged.put("quality", PolicyDraft("production", "*", rules=(GOOD,), approvals=(wanted,)))
    assert staged.approve(made.name, ROOT).state is TransitionState.PENDING_APPROVAL


def test_nobody_approves_what_they_have_not_read(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    made = staged.request(("fraud/2", "production"))
    staged.evaluate("fraud/2", auc=0.93)
    with pytest.raises(BindingMismatch):
        staged.approve(made.name, binding=made.binding)
    read = stored(staged, made.name)
    assert staged.approve(made.name, binding=read.binding).state is TransitionState.APPLIED


def test_evidence_that_got_worse_refuses_at_the_approval(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    made = staged.request(("fraud/2", "production"))
    staged.evaluate("fraud/2", auc=0.2)
    with pytest.raises(GateRefused):
        staged.approve(made.name)
    assert stored(staged, made.name).state is TransitionState.REFUSED
    assert staged.version("fraud@production").name.number == 1


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
    assert any(finding.refuses for move in ended.moves for finding in move.findings)
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


def test_of_several_that_cannot_be_read_each_is_told(staged: Governed, database_url: str) -> None:
    staged.put("slow", PolicyDraft("production", "*", wait=DAY))
    staged.put("slower", PolicyDraft("archived", "*", wait=DAY))
    wanted = (("fraud/2", "production"), ("fraud/1", "archived"))
    _break(database_url, *(staged.request(one) for one in wanted))
    with pytest.raises(TypeError) as failed:
        staged.later(2 * DAY)
    (note,) = failed.value.__notes__
    assert note.startswith("another could not be settled either: TypeError(")


def _break(database_url: str, *broken: Transition) -> None:
    """Leave nothing of these that could be read."""
    engines = open_engines(database_url)
    with engines.writers.begin() as connection:
        of_them = transitions.c.uid.in_([one.name.uuid for one in broken])
        connection.execute(update(transitions).where(of_them).values(document={}))
    engines.dispose()


def test_what_a_smaller_stage_has_no_room_for_any_more_is_superseded_and_holds_up_nobody(
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
    assert "which holds 1" in ended.cause
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


def test_what_nobody_need_approve_any_more_is_applied_when_somebody_does(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    made = staged.request(("fraud/2", "production"))
    staged.put("quality", PolicyDraft("production", "*", rules=(GOOD,)))
    with pytest.raises(ApprovalNotAllowed, match="quality/review is not needed, but nothing"):
        staged.approve(made.name, requirement="quality/review")
    done = staged.approve(made.name)
    assert (done.state, done.approvals) == (TransitionState.APPLIED, ())


def test_a_no_ends_it(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    made = staged.request(("fraud/2", "production"))
    with pytest.raises(ApprovalNotAllowed, match="cancel"):
        staged.reject(made.name, ANN)
    ended = staged.reject(made.name)
    assert (ended.state, ended.cause) == (TransitionState.REJECTED, "no")
    with pytest.raises(TransitionNotOpen, match="rejected"):
        staged.approve(made.name)


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


def test_a_newer_request_takes_the_place_of_the_older(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    older = staged.request(("fraud/2", "production"))
    newer = staged.request(("fraud/2", "production"))
    found = stored(staged, older.name)
    assert found.state is TransitionState.SUPERSEDED
    assert str(newer.name) in found.cause


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


def test_a_stage_is_not_promised_to_more_than_it_holds(staged: Governed) -> None:
    staged.register(auc=0.95)
    staged.set_stage("fraud/3", "staging")
    with pytest.raises(InvalidRequest, match="holds 1"):
        staged.request(("fraud/2", "production"), ("fraud/3", "production"))
    with pytest.raises(InvalidRequest, match="twice"):
        staged.request(("fraud/2", "production"), ("fraud@latest", "archived"), ("fraud/2", "none"))


def test_who_leaves_a_stage_comes_before_who_takes_the_place(staged: Governed) -> None:
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


def test_a_rollback_brings_the_last_holder_back_in_one_call(staged: Governed) -> None:
    staged.put("quality", GUARDED)
    made = staged.request(("fraud/2", "production"))
    staged.approve(made.name)
    done = staged.rollback("fraud@production")
    assert (done.category, done.state) == (TransitionKind.ROLLBACK, TransitionState.APPLIED)
    assert staged.version("fraud@production").name.number == 1
    assert staged.version("fraud/2").stage == "archived"
    assert [str(move.previous) for move in done.moves] == [str(MODEL.version(2))]
    assert actions(staged)[-1] == "transition.rollback"


def test_a_second_rollback_goes_forth_again(staged: Governed) -> None:
    staged.request(("fraud/2", "production"))
    staged.rollback("fraud@production")
    staged.rollback("fraud@production")
    assert staged.version("fraud@production").name.number == 2


def test_a_rollback_to_a_moment_restores_what_held_then(staged: Governed) -> None:
    moment = staged.clock.now + timedelta(seconds=1)
    staged.clock.forward(timedelta(seconds=2))
    staged.request(("fraud/2", "production"))
    staged.register(auc=0.99)
    staged.set_stage("fraud/3", "staging")
    staged.request(("fraud/3", "production"))
    staged.rollback("fraud@production", moment=moment)
    assert staged.version("fraud@production").name.number == 1


def test_there_is_no_way_back_to_who_was_never_there(staged: Governed) -> None:
    staged.register(auc=0.99)
    with pytest.raises(RollbackNotPossible, match="nothing was there before"):
        staged.rollback("fraud@production")
    with pytest.raises(RollbackNotPossible, match="never there"):
        staged.rollback("fraud@production", version=Reference.parse("fraud/3"))


def test_an_alias_returns_to_what_it_named(staged: Governed) -> None:
    staged.set_alias("champion", "fraud/1")
    staged.set_alias("champion", "fraud/2")
    staged.rollback("fraud@champion")
    assert staged.version("fraud@champion").name.number == 1
    with pytest.raises(RegistryError, match="does not exist"):
        staged.rollback("fraud@nobody")


def test_aliases_follow_where_that_is_wanted(staged: Governed) -> None:
    staged.request(("fraud/2", "production"))
    staged.set_alias("champion", "fraud/2")
    staged.rollback("fraud@production", with_aliases=True)
    assert staged.version("fraud@champion").name.number == 1


def test_several_models_roll_back_together_or_not_at_all(staged: Governed) -> None:
    other = ModelName("default", "other")
    staged.register(model=other, auc=0.5)
    staged.set_stage("other/1", "staging")
    staged.set_stage("other/1", "production")
    staged.request(("fraud/2", "production"))
    with pytest.raises(RollbackNotPossible):
        staged.rollback("fraud@production", "other@production")
    assert staged.version("fraud@production").name.number == 2


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
