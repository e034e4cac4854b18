"""Transitions to messages, and the refusal that a stored one stands for."""

from collections.abc import Collection, Iterable, Mapping

from modelregistry.v1 import transition_pb2 as pb
from registry_grpc.domain.errors import GateRefused, RegistryError, TransitionNotOpen
from registry_grpc.domain.finding import Outcome
from registry_grpc.domain.transition import (
    Approval,
    Move,
    Need,
    Transition,
    TransitionKind,
    TransitionState,
)
from registry_grpc.domain.violations import invalid
from registry_grpc.transport.convert.finding import finding_from, finding_message
from registry_grpc.transport.convert.time import timestamp

_KINDS: Mapping[TransitionKind, pb.TransitionKind.ValueType] = {
    TransitionKind.PROMOTION: pb.TRANSITION_KIND_PROMOTION,
    TransitionKind.ROLLBACK: pb.TRANSITION_KIND_ROLLBACK,
}
_STATES: Mapping[TransitionState, pb.TransitionState.ValueType] = {
    TransitionState.PENDING_APPROVAL: pb.TRANSITION_STATE_PENDING_APPROVAL,
    TransitionState.WAITING: pb.TRANSITION_STATE_WAITING,
    TransitionState.APPLIED: pb.TRANSITION_STATE_APPLIED,
    TransitionState.REFUSED: pb.TRANSITION_STATE_REFUSED,
    TransitionState.REJECTED: pb.TRANSITION_STATE_REJECTED,
    TransitionState.EXPIRED: pb.TRANSITION_STATE_EXPIRED,
    TransitionState.CANCELLED: pb.TRANSITION_STATE_CANCELLED,
    TransitionState.SUPERSEDED: pb.TRANSITION_STATE_SUPERSEDED,
}
_FROM = {number: state for state, number in _STATES.items()}


def transition_message(transition: Transition) -> pb.Transition:
    """Return the message, with all findings that the transition has."""
    return pb.Transition(
        name=str(transition.name),
        kind=_KINDS[transition.category],
        state=_STATES[transition.state],
        moves=map(move_message, transition.moves),
        requester=transition.requester,
        reason=transition.reason,
        needs=[need_message(need, transition.given(need)) for need in transition.needs],
        approvals=[_approval(item, transition.binding) for item in transition.approvals],
        binding=transition.binding,
        create_time=timestamp(transition.create_time),
        expire_time=timestamp(transition.expire_time),
        apply_time=timestamp(transition.apply_time),
        end_time=timestamp(transition.end_time),
        cause=transition.cause,
        supersedes=map(str, transition.supersedes),
        existing=transition.existing,
        revision=transition.revision,
    )


def brief_message(transition: Transition) -> pb.Transition:
    """Return the message without the findings that passed."""
    return transition_message(transition.brief())


def move_message(move: Move) -> pb.TransitionMove:
    """Return the message."""
    return pb.TransitionMove(
        version=str(move.version),
        from_stage=move.from_stage,
        to_stage=move.to_stage,
        alias=str(move.alias or ""),
        previous_version=str(move.previous or ""),
        policies=move.policies,
        findings=map(finding_message, move.findings),
        route=str(move.route or ""),
    )


def need_message(need: Need, given: int) -> pb.ApprovalNeed:
    """Return the message. given: how many approvals count for it."""
    return pb.ApprovalNeed(
        policy=need.policy,
        requirement=need.requirement,
        meaning=need.meaning,
        count=need.count,
        given=given,
        roles=need.roles,
    )


def _approval(approval: Approval, binding: str) -> pb.Approval:
    return pb.Approval(
        actor=approval.actor,
        role=approval.role,
        approved=approval.approved,
        requirement=approval.requirement,
        meaning=approval.meaning,
        comment=approval.comment,
        create_time=timestamp(approval.time),
        binding=approval.binding,
        stands=approval.approved and approval.binding == binding,
    )


def states_from(numbers: Iterable[int]) -> Collection[TransitionState]:
    """Return the states of a request; raises InvalidRequest for one that there is not."""
    found = list(numbers)
    for index, number in enumerate(found):
        if number not in _FROM:
            path = f"states[{index}]"
            raise invalid(path, f"there is no state {number}")
    return [state for number, state in _FROM.items() if number in found]


def refusal_of(reply: bytes) -> RegistryError | None:
    """Return the error that an encoded transition stands for: refused, overtaken, or too late.

    Such an end is recorded, and the call that met it fails all the same.
    """
    message = pb.Transition.FromString(reply)
    if message.state == pb.TRANSITION_STATE_REFUSED:
        failed = [
            finding
            for finding in (finding_from(item) for move in message.moves for item in move.findings)
            if finding.outcome is not Outcome.PASSED
        ]
        subject = ", ".join(dict.fromkeys(move.version for move in message.moves))
        return GateRefused(message.name, subject, failed)
    if message.state in {pb.TRANSITION_STATE_SUPERSEDED, pb.TRANSITION_STATE_EXPIRED}:
        return TransitionNotOpen(message.name, _FROM[message.state], message.cause)
    return None
