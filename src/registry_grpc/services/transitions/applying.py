"""How an open transition goes on: looked at again, and then it waits or is applied."""

from dataclasses import replace

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


def look_again(
    tx: Transaction, actor: str, before: Transition, expressions: Expressions
) -> "tuple[Transition, GateEvaluation] | Transition":
    """Return it as it stands now with its evaluation, or how it ended by that."""
    steps, cause = recorded_steps(tx, before)
    if cause:
        return end(tx, actor, before, _State.SUPERSEDED, cause)
    evaluation = evaluate_gates(tx, steps, tx.time, expressions)
    current = renewed(before, evaluation)
    if evaluation.blocks:
        cause = "the rules refuse it by now"
        return end(tx, actor, before, _State.REFUSED, cause, current=current)
    return current, evaluation


def go_on(
    tx: Transaction, actor: str, before: Transition, current: Transition, evaluation: GateEvaluation
) -> Transition:
    """Store what follows from the approvals that stand: more are needed, it waits, or is applied.

    before: as it is stored. current: as `look_again` returned it, or with one approval more.
    """
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
    after = ended(tx, current, _State.APPLIED)
    store(tx, TransitionAction.APPLY, actor, before, after)
    take(tx, after, evaluation)
    return after


def waiting(tx: Transaction, transition: Transition) -> Transition:
    """Return it as waiting for as long as its policies want, from now on if it has not begun."""
    apply_time = transition.apply_time or tx.time + transition.wait
    return replace(transition, state=_State.WAITING, apply_time=apply_time)


def take(tx: Transaction, transition: Transition, evaluation: GateEvaluation) -> None:
    """Let the versions enter their stages; the lineage keeps who approved of that."""
    for step in evaluation.steps:
        # Anew: an earlier step may have made room by it.
        version = tx.versions.get(step.model, step.version.name.number)
        if version is not None:
            reason = transition.reason or f"{transition.name}"
            move_stage(tx, transition.requester, step.model, version, step.to_stage, reason)
            write_approvals(tx, transition.requester, version, transition.approvers)
