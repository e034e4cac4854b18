"""Ensembles to and from messages."""

from itertools import islice

from modelregistry.v1 import ensemble_pb2 as pb
from registry_grpc.domain.ensemble import (
    MOST_EDGES,
    MOST_MEMBERS,
    MOST_NAMES,
    EnsembleEdge,
    EnsembleSpec,
    EnsembleStatus,
    Member,
    MemberPin,
    MemberState,
    UnusableMember,
)
from registry_grpc.domain.ensemble_closure import ClosureMember

STATES = {
    MemberState.USABLE: pb.MEMBER_STATE_USABLE,
    MemberState.YANKED: pb.MEMBER_STATE_YANKED,
    MemberState.REVOKED: pb.MEMBER_STATE_REVOKED,
    MemberState.DELETED: pb.MEMBER_STATE_DELETED,
    MemberState.BLOCKED: pb.MEMBER_STATE_BLOCKED,
}


def spec_message(spec: EnsembleSpec) -> pb.EnsembleSpec:
    """Return the message."""
    return pb.EnsembleSpec(
        members=[
            pb.EnsembleMember(
                role=member.role,
                version=member.pin.version,
                root_digest=str(member.pin.root_digest or ""),
                uid=str(member.pin.uid or ""),
                soft=member.soft,
                input_names=member.input_names,
                output_names=member.output_names,
            )
            for member in spec.members
        ],
        combiner=spec.combiner,
        edges=[
            pb.EnsembleEdge(
                source=edge.source, output=edge.output, target=edge.target, input=edge.input
            )
            for edge in spec.edges
        ],
    )


def spec_from(message: pb.EnsembleSpec) -> EnsembleSpec:
    """Return what a message requests; the digests and uids of members are not read.

    Of what there is too much, it has one more than there may be: so it is refused with little work.
    """
    return EnsembleSpec(
        members=tuple(
            Member(
                item.role,
                MemberPin(item.version),
                item.soft,
                dict(islice(item.input_names.items(), MOST_NAMES + 1)),
                dict(islice(item.output_names.items(), MOST_NAMES + 1)),
            )
            for item in islice(message.members, MOST_MEMBERS + 1)
        ),
        combiner=message.combiner,
        edges=tuple(
            EnsembleEdge(item.source, item.target, item.output, item.input)
            for item in islice(message.edges, MOST_EDGES + 1)
        ),
    )


def status_message(status: EnsembleStatus) -> pb.EnsembleStatus:
    """Return the message."""
    summary = status.summary
    return pb.EnsembleStatus(
        name=str(status.name),
        member_count=summary.members,
        closure_size=summary.closure,
        depth=summary.depth,
        unusable_count=summary.unusable,
        unusable_soft_count=summary.unusable_soft,
        unusable_member=None if summary.first is None else _unusable(summary.first),
    )


def _unusable(member: UnusableMember) -> pb.UnusableMember:
    return pb.UnusableMember(
        role=member.role,
        version=str(member.version),
        state=STATES[member.state],
        soft=member.soft,
    )


def closure_member(member: ClosureMember) -> pb.ClosureMember:
    """Return the message."""
    pin, version = member.pin, member.pin.version
    return pb.ClosureMember(
        path=member.path,
        version=str(version.name),
        uid=str(version.uid),
        root_digest=str(version.root_digest),
        size_bytes=version.size,
        file_count=version.file_count,
        by_reference=version.by_reference,
        stage=version.stage,
        state=STATES[version.member_state],
        soft=pin.soft,
        member_count=0 if version.summary is None else version.summary.members,
    )
