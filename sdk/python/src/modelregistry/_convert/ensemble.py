"""Ensembles: members of versions, and whether they may be used."""

import re
from collections.abc import Callable, Sized
from typing import Final

from modelregistry._convert import checked
from modelregistry._convert.arguments import Violations
from modelregistry._convert.writing import build
from modelregistry.errors import InvalidRequest
from modelregistry.types.ensemble import (
    Ensemble,
    EnsembleEdge,
    EnsembleMember,
    EnsembleStatus,
    MemberState,
    UnusableMember,
)
from modelregistry.v1 import ensemble_pb2 as pb

_ROLE: Final = re.compile(r"[a-z][a-z0-9._-]{0,62}(?<!\.)")
_SUFFIX: Final = "/ensembleStatus"
# Ten times what the contract allows: the client reads no more.
_MOST_MEMBERS: Final = 10_000
_MOST_EDGES: Final = 50_000


def role(text: str, field: str) -> str:
    """Return the role of a member, which is safe as the name of a folder."""
    if _ROLE.fullmatch(text) is None:
        raise checked.malformed(field, text, "not a role of a member")
    return text


def most(items: Sized, limit: int, field: str) -> None:
    """Raise MalformedReply for more items than a client reads."""
    if len(items) > limit:
        raise checked.malformed(field, len(items), f"more than {limit}")


def state_from_number(number: int) -> MemberState | int:
    """Return the state, or the number itself when this release does not know it."""
    return MemberState(number) if number in set(MemberState) else number


def ensemble_from_message(message: pb.EnsembleSpec) -> Ensemble:
    """Read the members of a version."""
    for member in message.members:
        checked.version_name(member.version, "ensemble.members.version")
    return ensemble_from_file(message)


def ensemble_from_file(message: pb.EnsembleSpec) -> Ensemble:
    """Read an ensemble whose members are references of any kind."""
    most(message.members, _MOST_MEMBERS, "ensemble.members")
    most(message.edges, _MOST_EDGES, "ensemble.edges")
    members = tuple(map(_member_from, message.members))
    checked.unique((member.role for member in members), "ensemble.members.role")
    roles = {member.role for member in members}
    for edge in message.edges:
        for end in (edge.source, edge.target):
            if end not in roles:
                raise checked.malformed("ensemble.edges", end, "not the role of a member")
    return Ensemble(
        members=members,
        combiner=message.combiner,
        edges=tuple(
            EnsembleEdge(
                source=edge.source, target=edge.target, output=edge.output, input=edge.input
            )
            for edge in message.edges
        ),
    )


def _member_from(message: pb.EnsembleMember) -> EnsembleMember:
    return EnsembleMember(
        role=role(message.role, "ensemble.members.role"),
        version=message.version,
        soft=message.soft,
        input_names=dict(message.input_names),
        output_names=dict(message.output_names),
        root_digest=checked.digest_or_none(message.root_digest, "ensemble.members.root_digest"),
        uid=message.uid,
    )


def ensemble_to_message(ensemble: Ensemble) -> pb.EnsembleSpec:
    """Write the members of a version, with what the registry has set."""
    found = Violations()
    message = found.build(
        pb.EnsembleSpec,
        members=found.each("members", ensemble.members, EnsembleMember, _member_to),
        combiner=ensemble.combiner,
        edges=found.each("edges", ensemble.edges, EnsembleEdge, _edge_to),
    )
    found.raise_if_any()
    return message


def _member_to(member: EnsembleMember) -> pb.EnsembleMember:
    found = Violations()
    message = found.build(
        pb.EnsembleMember,
        role=member.role,
        version=member.version,
        soft=member.soft,
        input_names=found.texts("input_names", member.input_names),
        output_names=found.texts("output_names", member.output_names),
        root_digest=member.root_digest,
        uid=member.uid,
    )
    found.raise_if_any()
    return message


def _edge_to(edge: EnsembleEdge) -> pb.EnsembleEdge:
    return build(
        pb.EnsembleEdge,
        source=edge.source,
        target=edge.target,
        output=edge.output,
        input=edge.input,
    )


def qualify(message: pb.EnsembleSpec, qualified: Callable[[str], str], found: Violations) -> None:
    """Replace the references of members by whole ones; note the violations of each."""
    for index, member in enumerate(message.members):
        try:
            member.version = qualified(member.version)
        except InvalidRequest as error:
            for violation in error.violations:
                field = f"ensemble.members[{index}].version"
                found.add(field, violation.description)


def status_from_message(message: pb.EnsembleStatus) -> EnsembleStatus:
    """Read whether the members of an ensemble may be used."""
    checked.version_name(message.name.removesuffix(_SUFFIX), "ensemble_status.name")
    return EnsembleStatus(
        name=message.name,
        member_count=checked.count(message.member_count, "member_count"),
        closure_size=checked.count(message.closure_size, "closure_size"),
        depth=checked.count(message.depth, "depth"),
        unusable_count=checked.count(message.unusable_count, "unusable_count"),
        unusable_soft_count=checked.count(message.unusable_soft_count, "unusable_soft_count"),
        unusable_member=(
            _unusable_from(message.unusable_member) if message.HasField("unusable_member") else None
        ),
    )


def status_of_version(message: pb.EnsembleStatus, version: str) -> EnsembleStatus:
    """Read the status of a version; raise MalformedReply if it is that of another one."""
    return checked.named(status_from_message(message), f"{version}{_SUFFIX}")


def status_to_message(status: EnsembleStatus) -> pb.EnsembleStatus:
    """Write a status without loss."""
    message = pb.EnsembleStatus(
        name=status.name,
        member_count=status.member_count,
        closure_size=status.closure_size,
        depth=status.depth,
        unusable_count=status.unusable_count,
        unusable_soft_count=status.unusable_soft_count,
    )
    if (member := status.unusable_member) is not None:
        message.unusable_member.role = member.role
        message.unusable_member.version = member.version
        message.unusable_member.state = pb.MemberState.ValueType(int(member.state))
        message.unusable_member.soft = member.soft
    return message


def _unusable_from(message: pb.UnusableMember) -> UnusableMember:
    return UnusableMember(
        role=role(message.role, "unusable_member.role"),
        version=checked.version_name(message.version, "unusable_member.version"),
        state=state_from_number(message.state),
        soft=message.soft,
    )
