"""The record of a transition: find, store, end."""

from dataclasses import replace

from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import TransitionNotFound, TransitionNotOpen
from registry_grpc.domain.names import TransitionName
from registry_grpc.domain.transition import Transition, TransitionAction, TransitionState
from registry_grpc.services.ports.database import Transaction


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


def ended(tx: Transaction, transition: Transition, state: TransitionState) -> Transition:
    """Return the transition as ended in a state."""
    return replace(transition, state=state, apply_time=None, end_time=tx.time)


def store(
    tx: Transaction, action: TransitionAction, actor: str, before: Transition, after: Transition
) -> None:
    """Store the new state of a transition, and record the change."""
    tx.transitions.update(after)
    name = str(after.name)
    tx.record([Change(action, name, actor, before, after, after.cause)])


def end(
    tx: Transaction,
    actor: str,
    before: Transition,
    state: TransitionState,
    cause: str,
    *,
    current: Transition | None = None,
) -> Transition:
    """End an open transition without applying it, and return it.

    before: as stored. current: the updated transition, if there is more to store than its end.
    """
    after = replace(ended(tx, current or before, state), cause=cause, revision=tx.revision)
    store(tx, _ACTIONS[state], actor, before, after)
    return after


def expire(tx: Transaction, actor: str, before: Transition) -> Transition:
    """End an overdue transition, and return it."""
    return end(tx, actor, before, TransitionState.EXPIRED, "it expired before it was decided")


_ACTIONS = {
    TransitionState.REFUSED: TransitionAction.REFUSE,
    TransitionState.REJECTED: TransitionAction.REJECT,
    TransitionState.EXPIRED: TransitionAction.EXPIRE,
    TransitionState.CANCELLED: TransitionAction.CANCEL,
    TransitionState.SUPERSEDED: TransitionAction.SUPERSEDE,
}
