"""Approvals of transitions, on both databases: which ones count, and when they become invalid."""

from dataclasses import replace

import pytest

from registry_grpc.domain.errors import (
    ApprovalNotAllowed,
    BindingMismatch,
    GateRefused,
    TransitionNotOpen,
)
from registry_grpc.domain.lineage import Approver, Direction, EdgeRole, ThingNode
from registry_grpc.domain.policy import ApprovalRequirement, PolicyDraft
from registry_grpc.domain.transition import TransitionState
from tests.support.governance import ANN, BOB, EVE, ROOT, Governed
from tests.support.staged import GOOD, GUARDED, REVIEW, actions, events, stored


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
    assert actions(staged) == ["transition.request", "transition.approve", "transition.apply"]
    asked, approved, applied = (e for e in events(staged) if e.change.name == str(made.name))
    assert (asked.change.actor, approved.change.actor) == (ANN.name, EVE.name)
    assert approved.revision == applied.revision > asked.revision


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
