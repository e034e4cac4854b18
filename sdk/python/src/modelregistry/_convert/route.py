"""Routes, their histories, and the decisions of lookups."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Final, TypeVar

from modelregistry import names
from modelregistry._convert import checked, times
from modelregistry._convert.resolution import redirected
from modelregistry._convert.version import found_version
from modelregistry._convert.writing import build, enum_number, invalid
from modelregistry.types import (
    Route,
    RouteArm,
    RouteArmMode,
    RouteArmState,
    RouteDecision,
    RoutedVersion,
    RouteEntry,
    RouteReason,
    ShadowArm,
    Version,
)
from modelregistry.v1 import lookup_service_pb2, route_pb2

SLOTS: Final = 10_000
_MOST_RUNS: Final = SLOTS
_Enum = TypeVar("_Enum", bound=IntEnum)


def route_from_message(message: route_pb2.Route) -> Route:
    """Read a route, with the slots and overrides that it has."""
    name = checked.route_name(message.name)
    arms = tuple(_arm(arm, name) for arm in message.arms)
    checked.unique((arm.id for arm in arms), "arms.id")
    ids = {arm.id for arm in arms}
    _among(message.default_arm, ids, "default_arm")
    for arm in message.overrides.values():
        _among(arm, ids, "overrides")
    return Route(
        name=name,
        arms=arms,
        default_arm=message.default_arm,
        unit_kind=message.unit_kind,
        overrides=dict(message.overrides),
        salt=message.salt,
        slots=_slots(message.slots, [arm.id for arm in arms]),
        etag=message.etag,
        update_time=times.of(message, "update_time"),
        updater=message.updater,
        revision=checked.revision(message.revision),
        history_id=checked.history(message.history_id),
    )


def whole_route_from_message(message: route_pb2.Route, name: str) -> Route:
    """Read a route; raise MalformedReply unless it is this one, with the arm of every slot."""
    route = checked.named(route_from_message(message), name)
    checked.same(len(route.slots), SLOTS, "slots")
    return route


def _arm(message: route_pb2.RouteArm, route: str) -> RouteArm:
    return RouteArm(
        id=message.id,
        version=_version_of(message.version, route, "arms.version"),
        weight=_weight(message.weight),
        mode=_known(RouteArmMode, message.mode),
        state=_known(RouteArmState, message.state),
    )


def _weight(number: int) -> int:
    if not 0 <= number <= SLOTS:
        raise checked.malformed("arms.weight", number, f"not from 0 to {SLOTS}")
    return number


def _slots(runs: Sequence[route_pb2.SlotRun], arms: Sequence[str]) -> tuple[str, ...]:
    """Return the arm of each slot; () for a route without slots."""
    slots: list[str] = []
    for run in runs[: _MOST_RUNS + 1]:
        if not 0 <= run.arm < len(arms):
            raise checked.malformed("slots.arm", run.arm, f"there are {len(arms)} arms")
        if not 0 < run.count <= SLOTS - len(slots):
            raise checked.malformed("slots.count", run.count, f"they do not sum to {SLOTS}")
        slots += [arms[run.arm]] * run.count
    if slots and len(slots) != SLOTS:
        raise checked.malformed("slots", len(slots), f"{SLOTS} are needed")
    return tuple(slots)


def _among(arm: str, arms: set[str], field: str) -> None:
    if arm not in arms:
        raise checked.malformed(field, arm, "not the id of an arm")


def route_entry_from_message(message: route_pb2.RouteEntry) -> RouteEntry:
    """Read one revision of a route."""
    name = checked.route_name(message.name)
    route = None
    if message.HasField("route"):
        route = checked.named(route_from_message(message.route), name)
    return RouteEntry(
        name=name,
        route=route,
        action=message.action,
        moved=checked.count(message.moved, "moved"),
        create_time=times.of(message, "create_time"),
        actor=message.actor,
        reason=message.reason,
        revision=checked.revision(message.revision),
        ordinal=checked.count(message.ordinal, "ordinal"),
    )


def arms_to_message(arms: Iterable[object], model: str, namespace: str) -> list[route_pb2.RouteArm]:
    """Write the arms of a route of a model; versions are numbers, references or full names."""
    return [_arm_to(arm, model, namespace, index) for index, arm in enumerate(arms)]


def _arm_to(arm: object, model: str, namespace: str, index: int) -> route_pb2.RouteArm:
    field = f"route.arms[{index}]"
    if not isinstance(arm, RouteArm):
        raise invalid(field, f"must be of type RouteArm, not {type(arm).__name__}")
    return build(
        route_pb2.RouteArm,
        id=arm.id,
        version=_reference(arm.version, model, namespace, f"{field}.version"),
        weight=arm.weight,
        mode=route_pb2.RouteArmMode.ValueType(enum_number(f"{field}.mode", arm.mode)),
    )


def _reference(version: object, model: str, namespace: str, field: str) -> str:
    if isinstance(version, Version):
        return version.name
    text = str(version) if isinstance(version, int) and not isinstance(version, bool) else version
    if not isinstance(text, str):
        raise invalid(field, f"must be text (str), not {type(version).__name__}")
    if text.isascii() and text.isdigit():
        return f"{model}/versions/{text}"
    return names.qualified(text, namespace)


def routed_from_message(
    reply: lookup_service_pb2.ResolveVersionResponse, ref: str
) -> RoutedVersion:
    """Read the version that a reference resolves to, and the decision of a route."""
    version = found_version(redirected(reply.version, reply), ref)
    if not reply.HasField("route"):
        return RoutedVersion(version=version)
    return RoutedVersion(version=version, decision=_decision(reply.route, version))


def _decision(message: route_pb2.RouteDecision, version: Version) -> RouteDecision:
    name = checked.route_name(message.name, "route.name")
    checked.below(version.name, names.model_of(name), "version.name")
    if not -1 <= message.slot < SLOTS:
        raise checked.malformed("route.slot", message.slot, f"not from -1 to {SLOTS - 1}")
    shadows = (
        ShadowArm(arm=shadow.arm, version=_version_of(shadow.version, name, "route.shadows"))
        for shadow in message.shadows
    )
    return RouteDecision(
        name=name,
        revision=checked.revision(message.revision),
        arm=message.arm,
        version=version.name,
        slot=message.slot,
        reason=_known(RouteReason, message.reason),
        mode=_known(RouteArmMode, message.mode),
        shadows=tuple(shadows),
    )


def _version_of(version: str, route: str, field: str) -> str:
    return checked.below(checked.version_name(version, field), names.model_of(route), field)


def _known(kind: type[_Enum], number: int) -> _Enum | int:
    return kind(number) if number in set(kind) else number
