"""Transitions."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final, TypeVar

from modelregistry import names
from modelregistry._convert import checked, times
from modelregistry._convert.version import named_by_ref
from modelregistry._wire.finding import finding_from_message
from modelregistry.errors import MalformedReply
from modelregistry.types.transition import (
    Approval,
    ApprovalNeed,
    Transition,
    TransitionCheck,
    TransitionKind,
    TransitionMove,
    TransitionState,
)
from modelregistry.v1 import governance_service_pb2 as service_pb
from modelregistry.v1 import transition_pb2 as pb

UNEXPECTED_STATES: Final = frozenset(TransitionState) - {
    TransitionState.PENDING_APPROVAL,
    TransitionState.WAITING,
    TransitionState.APPLIED,
}
"""States that the reply to a request or an approval cannot have: these end in an error."""
_Enum = TypeVar("_Enum", bound=IntEnum)


def transition_from_message(message: pb.Transition) -> Transition:
    """Read a transition."""
    return Transition(
        name=checked.resource_name(message.name),
        kind=_known(TransitionKind, message.kind),
        state=_known(TransitionState, message.state),
        moves=tuple(map(_move, message.moves)),
        requester=message.requester,
        reason=message.reason,
        needs=tuple(map(_need, message.needs)),
        approvals=tuple(map(_approval, message.approvals)),
        binding=message.binding,
        create_time=times.of(message, "create_time"),
        expire_time=times.of(message, "expire_time"),
        apply_time=times.of(message, "apply_time"),
        end_time=times.of(message, "end_time"),
        cause=message.cause,
        supersedes=tuple(checked.resource_name(name, "supersedes") for name in message.supersedes),
        existing=message.existing,
        revision=checked.revision(message.revision),
        history_id=checked.history(message.history_id),
    )


def promotion_from_message(
    message: pb.Transition, asked: service_pb.RequestTransitionRequest
) -> Transition:
    """Read a requested transition; raise MalformedReply unless it is the one that was requested.

    An open one may have existed before, with another reason.
    """
    _check_moves(message.moves, asked.moves)
    transition = transition_from_message(message)
    checked.same(transition.kind, TransitionKind.PROMOTION, "kind")
    checked.none_of(transition.state, UNEXPECTED_STATES, "state")
    if not (transition.existing and transition.is_open):
        checked.same(transition.reason, asked.reason, "reason")
    return transition


def listed_from_message(
    message: pb.Transition, asked: service_pb.ListTransitionsRequest
) -> Transition:
    """Read one of a list; raise MalformedReply unless its state and model were requested."""
    transition = transition_from_message(message)
    if asked.states and transition.state not in asked.states:
        raise checked.malformed("transitions.state", transition.state, "not requested")
    moved = {names.model_of(move.version) for move in transition.moves}
    if "/models/" in asked.parent and asked.parent not in moved:
        raise checked.malformed("transitions.moves", len(moved), f"none is of {asked.parent}")
    return transition


def rollback_from_message(message: pb.Transition, asked: service_pb.RollbackRequest) -> Transition:
    """Read a rollback; raise MalformedReply unless it moves every requested target.

    Other versions and aliases of the same models may move too: those that leave a stage, and
    their aliases.
    """
    transition = transition_from_message(message)
    checked.same(transition.kind, TransitionKind.ROLLBACK, "kind")
    checked.same(transition.state, TransitionState.APPLIED, "state")
    checked.same(transition.reason, asked.reason, "reason")
    models = {names.model_of(target.target) for target in asked.targets}
    for move in transition.moves:
        if names.model_of(move.version) not in models:
            raise checked.malformed("moves.version", move.version, "of another model")
    for target in asked.targets:
        if not any(_brings_back(move, target) for move in transition.moves):
            problem = f"{target.target} was requested and does not move"
            raise checked.malformed("moves", len(transition.moves), problem)
    return transition


def _brings_back(move: TransitionMove, target: service_pb.RollbackTarget) -> bool:
    model, what = names.model_of(target.target), target.target.rpartition("@")[2]
    moved = move.alias or move.route
    place = moved.rpartition("/")[2] if moved else move.to_stage
    if names.model_of(move.version) != model or place != what.rpartition("/")[2]:
        return False
    try:
        return not target.version or bool(named_by_ref(move.version, target.version))
    except MalformedReply:
        return False


def _check_moves(
    moves: Sequence[pb.TransitionMove], asked: Sequence[service_pb.RequestedMove]
) -> None:
    checked.in_order([move.to_stage for move in moves], [want.to_stage for want in asked], "moves")
    for move, want in zip(moves, asked, strict=True):
        named_by_ref(move.version, want.version, "moves.version")


def check_from_message(
    message: service_pb.CheckTransitionResponse, asked: Sequence[service_pb.RequestedMove]
) -> TransitionCheck:
    """Read the result of a check; raise MalformedReply unless it is of the requested moves."""
    _check_moves(message.moves, asked)
    return TransitionCheck(
        passed=message.passed,
        moves=tuple(map(_move, message.moves)),
        needs=tuple(map(_need, message.needs)),
        wait=checked.duration(message.wait, "wait"),
        revision=checked.revision(message.revision),
    )


def _known(kind: type[_Enum], number: int) -> _Enum | int:
    return kind(number) if number in set(kind) else number


def _move(message: pb.TransitionMove) -> TransitionMove:
    return TransitionMove(
        version=checked.version_name(message.version, "moves.version"),
        from_stage=message.from_stage,
        to_stage=message.to_stage,
        alias=checked.name_or_none(message.alias, "moves.alias"),
        route=checked.name_or_none(message.route, "moves.route"),
        previous_version=checked.name_or_none(message.previous_version, "moves.previous_version"),
        policies=tuple(message.policies),
        findings=tuple(map(finding_from_message, message.findings)),
    )


def _need(message: pb.ApprovalNeed) -> ApprovalNeed:
    return ApprovalNeed(
        policy=message.policy,
        requirement=message.requirement,
        meaning=message.meaning,
        count=checked.count(message.count, "needs.count"),
        given=checked.count(message.given, "needs.given"),
        roles=tuple(message.roles),
    )


def _approval(message: pb.Approval) -> Approval:
    return Approval(
        actor=message.actor,
        role=message.role,
        approved=message.approved,
        requirement=message.requirement,
        meaning=message.meaning,
        comment=message.comment,
        create_time=times.of(message, "create_time"),
        binding=message.binding,
        stands=message.stands,
    )
