"""Closures: versions with their members in all levels."""

from collections.abc import Iterable, Iterator
from typing import Final

from modelregistry._convert import checked
from modelregistry._convert.ensemble import most, role, state_from_number
from modelregistry._convert.resolution import redirected
from modelregistry._convert.version import found_version
from modelregistry.types import Closure, ClosureMember
from modelregistry.v1 import ensemble_pb2, lookup_service_pb2

_MOST_MEMBERS: Final = 10_000
"""Ten times what the contract allows: the client reads no longer closure."""
_MOST_LEVELS: Final = 16


def closure_from_message(
    reply: lookup_service_pb2.ResolveClosureResponse, ref: str, least: int = 0
) -> Closure:
    """Read a version and its members; raise MalformedReply unless they form a tree."""
    version = found_version(redirected(reply.version, reply), ref)
    most(reply.members, _MOST_MEMBERS, "members")
    return Closure(
        version=version,
        members=tuple(_members(reply.members, version.namespace)),
        revision=checked.at_least(reply.revision, least),
        history_id=checked.history(reply.history_id),
    )


def _members(
    messages: Iterable[ensemble_pb2.ClosureMember], namespace: str
) -> Iterator[ClosureMember]:
    seen = {""}
    for message in messages:
        roles = message.path.split("/")
        for part in roles:
            role(part, "members.path")
        above = "/".join(roles[:-1])
        if message.path in seen or above not in seen or len(roles) > _MOST_LEVELS:
            raise checked.malformed("members.path", message.path, "not a place in a tree of roles")
        seen.add(message.path)
        member = ClosureMember(
            path=message.path,
            version=checked.version_name(message.version, "members.version"),
            uid=message.uid,
            root_digest=checked.digest(message.root_digest, "members.root_digest"),
            size_bytes=checked.count(message.size_bytes, "members.size_bytes"),
            file_count=checked.count(message.file_count, "members.file_count"),
            by_reference=message.by_reference,
            stage=message.stage,
            state=state_from_number(message.state),
            soft=message.soft,
            member_count=checked.count(message.member_count, "members.member_count"),
        )
        checked.same(member.namespace, namespace, "members.version")
        yield member
