"""Decisions of routes, as lookups return them with versions."""

from collections.abc import Sequence

from modelregistry import names
from modelregistry._convert import checked
from modelregistry._convert.resolution import answers_from_message, redirected
from modelregistry._convert.route import SLOTS, known, version_of
from modelregistry._convert.version import found_version
from modelregistry.errors import RegistryError
from modelregistry.types import (
    RouteArmMode,
    RouteDecision,
    RoutedVersion,
    RouteReason,
    ShadowArm,
    Version,
)
from modelregistry.v1 import lookup_service_pb2, route_pb2


def routed_from_message(
    reply: lookup_service_pb2.ResolveVersionResponse, ref: str
) -> RoutedVersion:
    """Read the version that a reference resolves to, and the decision of a route."""
    return _routed(found_version(redirected(reply.version, reply), ref), reply)


def routed_answers_from_message(
    reply: lookup_service_pb2.BatchResolveVersionsResponse, refs: Sequence[str], least: int
) -> list[RoutedVersion | RegistryError]:
    """Read the version of each reference for its unit with the decision of the route, or the error.

    Raises MalformedReply as `answers_from_message` does.
    """
    answers = answers_from_message(reply, refs, least)
    return [
        answer if isinstance(answer, RegistryError) else _routed(answer, resolution)
        for answer, resolution in zip(answers, reply.resolutions, strict=True)
    ]


def _routed(
    version: Version,
    reply: lookup_service_pb2.ResolveVersionResponse | lookup_service_pb2.Resolution,
) -> RoutedVersion:
    if not reply.HasField("route"):
        return RoutedVersion(version=version)
    return RoutedVersion(version=version, decision=_decision(reply.route, version))


def _decision(message: route_pb2.RouteDecision, version: Version) -> RouteDecision:
    name = checked.route_name(message.name, "route.name")
    checked.below(version.name, names.model_of(name), "version.name")
    if not -1 <= message.slot < SLOTS:
        raise checked.malformed("route.slot", message.slot, f"not from -1 to {SLOTS - 1}")
    shadows = (
        ShadowArm(arm=shadow.arm, version=version_of(shadow.version, name, "route.shadows"))
        for shadow in message.shadows
    )
    return RouteDecision(
        name=name,
        revision=checked.revision(message.revision),
        arm=message.arm,
        version=version.name,
        slot=message.slot,
        reason=known(RouteReason, message.reason),
        mode=known(RouteArmMode, message.mode),
        shadows=tuple(shadows),
    )
