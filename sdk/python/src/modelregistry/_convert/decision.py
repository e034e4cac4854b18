"""Answers of a registry to what people decide on transitions: each says what was decided."""

from collections.abc import Iterable

from modelregistry._convert import checked
from modelregistry._convert.transition import UNFIT, transition_from_message
from modelregistry.types.transition import Transition, TransitionMove, TransitionState
from modelregistry.v1 import governance_service_pb2 as service_pb
from modelregistry.v1 import transition_pb2 as pb


def approved_from_message(
    message: pb.Transition, asked: service_pb.ApproveTransitionRequest, read: Transition | None
) -> Transition:
    """Read what was approved; raise MalformedReply unless it has this approval.

    Where policies ask for nothing any more none is counted, if none was named. `read`: the
    transition as it was approved, if it had been read.
    """
    transition = _decided(message, asked.name, read)
    checked.none_of(transition.state, UNFIT, "state")
    said = (
        item.approved
        and item.comment == asked.comment
        and asked.requirement in {"", item.requirement}
        and asked.binding in {"", item.binding}
        for item in transition.approvals
    )
    if not any(said) and (asked.requirement or not _is_met(transition)):
        raise checked.malformed("approvals", len(transition.approvals), "without the one given")
    return transition


def rejected_from_message(
    message: pb.Transition, asked: service_pb.RejectTransitionRequest, read: Transition | None
) -> Transition:
    """Read what was rejected; raise MalformedReply unless it is, for that reason."""
    transition = _decided(message, asked.name, read)
    checked.same(transition.state, TransitionState.REJECTED, "state")
    checked.same(transition.cause, asked.comment, "cause")
    return transition


def cancelled_from_message(
    message: pb.Transition, asked: service_pb.CancelTransitionRequest, read: Transition | None
) -> Transition:
    """Read what was given up; raise MalformedReply unless it is, for that reason."""
    transition = _decided(message, asked.name, read)
    checked.same(transition.state, TransitionState.CANCELLED, "state")
    checked.same(transition.cause, asked.reason, "cause")
    return transition


def _decided(message: pb.Transition, name: str, read: Transition | None) -> Transition:
    transition = checked.named(transition_from_message(message), name)
    if read is not None and list(_what(transition.moves)) != list(_what(read.moves)):
        raise checked.malformed("moves", len(transition.moves), "others than were read before")
    return transition


def _is_met(transition: Transition) -> bool:
    counted = [
        item.requirement
        for item in transition.approvals
        if item.approved and item.binding == transition.binding
    ]
    return all(counted.count(need.key) >= need.count for need in transition.needs)


def _what(moves: Iterable[TransitionMove]) -> Iterable[tuple[str, str, str]]:
    return ((move.version, move.to_stage, move.alias) for move in moves)
