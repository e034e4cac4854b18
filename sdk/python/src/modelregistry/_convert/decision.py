"""Replies to decisions on transitions: each must contain the decision that was sent."""

from collections.abc import Iterable

from modelregistry._convert import checked
from modelregistry._convert.transition import UNEXPECTED_STATES, transition_from_message
from modelregistry.types.transition import Transition, TransitionMove, TransitionState
from modelregistry.v1 import governance_service_pb2 as service_pb
from modelregistry.v1 import transition_pb2 as pb


def approved_from_message(
    message: pb.Transition, asked: service_pb.ApproveTransitionRequest, read: Transition | None
) -> Transition:
    """Read an approved transition; raise MalformedReply unless it has this approval.

    An approval without a requirement is not counted when the policies require none any more.
    `read` is the transition that the approver saw, if it was read before.
    """
    transition = _decided(message, asked.name, read)
    checked.none_of(transition.state, UNEXPECTED_STATES, "state")
    said = (
        item.approved
        and item.comment == asked.comment
        and asked.requirement in {"", item.requirement}
        and asked.binding in {"", item.binding}
        for item in transition.approvals
    )
    if not any(said) and (asked.requirement or not _is_met(transition)):
        raise checked.malformed("approvals", len(transition.approvals), "without this approval")
    return transition


def rejected_from_message(
    message: pb.Transition, asked: service_pb.RejectTransitionRequest, read: Transition | None
) -> Transition:
    """Read a rejected transition; raise MalformedReply unless its state and cause say so."""
    transition = _decided(message, asked.name, read)
    checked.same(transition.state, TransitionState.REJECTED, "state")
    checked.same(transition.cause, asked.comment, "cause")
    return transition


def cancelled_from_message(
    message: pb.Transition, asked: service_pb.CancelTransitionRequest, read: Transition | None
) -> Transition:
    """Read a cancelled transition; raise MalformedReply unless its state and cause say so."""
    transition = _decided(message, asked.name, read)
    checked.same(transition.state, TransitionState.CANCELLED, "state")
    checked.same(transition.cause, asked.reason, "cause")
    return transition


def _decided(message: pb.Transition, name: str, read: Transition | None) -> Transition:
    transition = checked.named(transition_from_message(message), name)
    if read is not None and list(_moved(transition.moves)) != list(_moved(read.moves)):
        raise checked.malformed("moves", len(transition.moves), "other moves than were read before")
    return transition


def _is_met(transition: Transition) -> bool:
    counted = [
        item.requirement
        for item in transition.approvals
        if item.approved and item.binding == transition.binding
    ]
    return all(counted.count(need.key) >= need.count for need in transition.needs)


def _moved(moves: Iterable[TransitionMove]) -> Iterable[tuple[str, str, str]]:
    return ((move.version, move.to_stage, move.alias) for move in moves)
