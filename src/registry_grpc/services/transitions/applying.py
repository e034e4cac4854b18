"""The next step of an open transition: it is evaluated again, and then waits or is applied."""

from dataclasses import replace

from registry_grpc.domain.change import Change
from registry_grpc.domain.transition import Transition, TransitionAction, TransitionState
from registry_grpc.services.lineage_writing import write_approvals
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.ports.expressions import Expressions
from registry_grpc.services.stage import move_stage
from registry_grpc.services.transitions.gate_evaluation import (
    GateEvaluation,
    evaluate_gates,
    renewed,
)
from registry_grpc.services.transitions.record import end, ended, store
from registry_grpc.services.transitions.steps import recorded_steps

_State = TransitionState


def reevaluate(
    tx: Transaction, actor: str, before: Transition, expressions: Expressions
) -> "tuple[Transition, GateEvaluation] | Transition":
    """Return the updated transition with its evaluation, or the ended transition."""
    steps, cause = recorded_steps(tx, before)
    if cause:
        return end(tx, actor, before, _State.SUPERSEDED, cause)
    evaluation = evaluate_gates(tx, steps, tx.time, expressions)
    current = renewed(before, evaluation)
    if evaluation.blocks:
        cause = "rules block it now"
        return end(tx, actor, before, _State.REFUSED, cause, current=current)
    return current, evaluation


def proceed(
    tx: Transaction, actor: str, before: Transition, current: Transition, evaluation: GateEvaluation
) -> Transition:
    """Store the next state: more approvals are needed, it waits, or it is applied.

    before: as stored. current: as returned by `reevaluate`, maybe with one more approval, which is
    then an event of its own.
    """
    approved = len(current.approvals) > len(before.approvals)
    current = replace(current, revision=tx.revision)
    if current.unmet:
        after = replace(current, state=_State.PENDING_APPROVAL, apply_time=None)
        reopened = before.state is _State.WAITING
        action = TransitionAction.REOPEN if reopened else TransitionAction.APPROVE
        store(tx, action, actor, before, after)
        return after
    after = waiting(tx, current)
    if after.apply_time is not None and after.apply_time > tx.time:
        longer = before.state is _State.WAITING
        action = TransitionAction.WAIT if longer else TransitionAction.APPROVE
        store(tx, action, actor, before, after)
        return after
    if approved:
        decided = after.without_findings()
        tx.record([Change(TransitionAction.APPROVE, str(after.name), actor, before, decided)])
        before = decided
    after = ended(tx, after, _State.APPLIED)
    store(tx, TransitionAction.APPLY, actor, before, after)
    apply_moves(tx, after, evaluation)
    return after


def waiting(tx: Transaction, transition: Transition) -> Transition:
    """Return the transition in the WAITING state; its wait starts now unless it did before."""
    apply_time = transition.apply_time or tx.time + transition.wait
    return replace(transition, state=_State.WAITING, apply_time=apply_time)


def apply_moves(tx: Transaction, transition: Transition, evaluation: GateEvaluation) -> None:
    """Move the versions to their stages, and record the approvers in the lineage."""
    for step in evaluation.steps:
        # Read again: an earlier step may have moved it.
        version = tx.versions.get(step.model, step.version.name.number)
        if version is not None:
            reason = transition.reason or f"{transition.name}"
            move_stage(tx, transition.requester, step.model, version, step.to_stage, reason)
            write_approvals(tx, transition.requester, version, transition.approvers)
