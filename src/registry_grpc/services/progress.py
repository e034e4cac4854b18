"""How a transition goes on: what each state needs, written in one place for all who move it on."""

from dataclasses import replace

from registry_grpc.domain.errors import TransitionNotFound, TransitionNotOpen
from registry_grpc.domain.names import TransitionName
from registry_grpc.domain.transition import Transition, TransitionState
from registry_grpc.services.lineage_writing import write_approvals
from registry_grpc.services.passage import Passage
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.stage import move_stage


def take(tx: Transaction, transition: Transition, passage: Passage) -> None:
    """Let the versions enter their stages; the lineage keeps who approved of that."""
    for step in passage.steps:
        # Anew: an earlier step may have made room by it.
        version = tx.versions.get(step.model, step.version.name.number)
        if version is not None:
            reason = transition.reason or f"{transition.name}"
            move_stage(tx, transition.requester, step.model, version, step.to_stage, reason)
            write_approvals(tx, transition.requester, version, transition.approvers)


def renewed(transition: Transition, passage: Passage) -> Transition:
    """Return it with what its passage is now; approvals for another one do not count."""
    return replace(
        transition,
        moves=passage.moves,
        authors=passage.authors,
        needs=passage.needs,
        wait=passage.wait,
        binding=passage.binding,
    )


def ended(tx: Transaction, transition: Transition, state: TransitionState) -> Transition:
    """Return it as having ended in a state."""
    return replace(transition, state=state, apply_time=None, end_time=tx.time)


def waiting(tx: Transaction, before: Transition | None, transition: Transition) -> Transition:
    """Return it as waiting for as long as its policies want by now.

    From now on, or since it began to wait if it does already: a policy that got a longer time
    meanwhile is obeyed.
    """
    since = tx.time
    if before is not None and before.apply_time is not None:
        since = before.apply_time - before.wait
    return replace(transition, state=TransitionState.WAITING, apply_time=since + transition.wait)


def require(tx: Transaction, name: TransitionName) -> Transition:
    """Return it; raise TransitionNotFound."""
    found = tx.transitions.get(name)
    if found is None:
        raise TransitionNotFound(str(name))
    return found


def require_open(tx: Transaction, name: TransitionName) -> Transition:
    """Return it; raise TransitionNotFound, or TransitionNotOpen."""
    found = require(tx, name)
    if not found.is_open:
        raise TransitionNotOpen(str(name), found.state, found.cause)
    return found
