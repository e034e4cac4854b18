"""Routes and their histories."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import groupby
from typing import Final, TypeVar

from modelregistry import names
from modelregistry._convert import checked, times
from modelregistry._convert.writing import build, enum_number, invalid
from modelregistry.types import (
    Route,
    RouteArm,
    RouteArmMode,
    RouteArmState,
    RouteEntry,
    Version,
)
from modelregistry.v1 import route_pb2

SLOTS: Final = 10_000
_MOST_ARMS: Final = 100
_MOST_OVERRIDES: Final = 1_000
_KNOWN_MODES: Final = frozenset(RouteArmMode)
Enumeration = TypeVar("Enumeration", bound=IntEnum)


def route_from_message(message: route_pb2.Route) -> Route:
    """Read a route of a list or an event; raise MalformedReply if it has slots or overrides.

    A few bytes of runs are a hundred kilobytes of slots, and a reply may have thousands of routes.
    """
    checked.same(len(message.slots), 0, "slots")
    checked.same(len(message.overrides), 0, "overrides")
    return _route(message, ())


def whole_route_from_message(message: route_pb2.Route, name: str = "") -> Route:
    """Read a route with its overrides and the arm of every slot; raise MalformedReply otherwise.

    name: what it must be called, '' for any. Each arm that serves has as many slots as its weight.
    """
    slots = _slots(message.slots, [arm.id for arm in message.arms[: _MOST_ARMS + 1]])
    route = _route(message, slots)
    counts = Counter(slots)
    for arm in route.arms:
        if arm.mode in _KNOWN_MODES:
            weight = 0 if arm.mode == RouteArmMode.SHADOW else arm.weight
            checked.same(counts[arm.id], weight, "slots")
    return checked.named(route, name) if name else route


def _route(message: route_pb2.Route, slots: tuple[str, ...]) -> Route:
    # The limits of the contract: a router computes a hash for each shadow arm of each call.
    _at_most(len(message.arms), _MOST_ARMS, "arms")
    _at_most(len(message.overrides), _MOST_OVERRIDES, "overrides")
    name = checked.route_name(message.name)
    arms = tuple(_arm(arm, name) for arm in message.arms)
    checked.unique((arm.id for arm in arms), "arms.id")
    serving = {arm.id for arm in arms if arm.mode != RouteArmMode.SHADOW}
    _among(message.default_arm, serving, "default_arm")
    for arm in message.overrides.values():
        _among(arm, serving, "overrides")
    return Route(
        name=name,
        arms=arms,
        default_arm=message.default_arm,
        unit_kind=message.unit_kind,
        overrides=dict(message.overrides),
        salt=checked.salt(message.salt),
        slots=slots,
        etag=message.etag,
        update_time=times.of(message, "update_time"),
        updater=message.updater,
        revision=checked.revision(message.revision),
        history_id=checked.history(message.history_id),
    )


def _arm(message: route_pb2.RouteArm, route: str) -> RouteArm:
    return RouteArm(
        id=message.id,
        version=version_of(message.version, route, "arms.version"),
        weight=_weight(message.weight),
        mode=known(RouteArmMode, message.mode),
        state=known(RouteArmState, message.state),
    )


def _weight(number: int) -> int:
    if not 0 <= number <= SLOTS:
        raise checked.malformed("arms.weight", number, f"not from 0 to {SLOTS}")
    return number


def _slots(runs: Sequence[route_pb2.SlotRun], arms: Sequence[str]) -> tuple[str, ...]:
    """Return the arm of each slot."""
    slots: list[str] = []
    for run in runs:
        if not 0 <= run.arm < len(arms):
            raise checked.malformed("slots.arm", run.arm, f"there are {len(arms)} arms")
        if not 0 < run.count <= SLOTS - len(slots):
            raise checked.malformed("slots.count", run.count, f"they do not sum to {SLOTS}")
        slots += [arms[run.arm]] * run.count
    if len(slots) != SLOTS:
        raise checked.malformed("slots", len(slots), f"{SLOTS} are needed")
    return tuple(slots)


def _among(arm: str, arms: set[str], field: str) -> None:
    if arm not in arms:
        raise checked.malformed(field, arm, "not the id of an arm that serves")


def _at_most(count: int, most: int, field: str) -> None:
    if count > most:
        raise checked.malformed(field, count, f"at most {most}")


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


def route_to_message(route: Route) -> route_pb2.Route:
    """Write a whole route without loss: reading the message gives an equal route."""
    places = {arm.id: place for place, arm in enumerate(route.arms)}
    return route_pb2.Route(
        name=route.name,
        arms=map(_whole_arm, route.arms),
        default_arm=route.default_arm,
        unit_kind=route.unit_kind,
        overrides=route.overrides,
        salt=route.salt,
        slots=[
            route_pb2.SlotRun(arm=places[arm], count=sum(1 for _ in run))
            for arm, run in groupby(route.slots)
        ],
        etag=route.etag,
        update_time=times.to_message(route.update_time, "update_time"),
        updater=route.updater,
        revision=route.revision,
        history_id=route.history_id,
    )


def _whole_arm(arm: RouteArm) -> route_pb2.RouteArm:
    return route_pb2.RouteArm(
        id=arm.id,
        version=arm.version,
        weight=arm.weight,
        mode=route_pb2.RouteArmMode.ValueType(arm.mode),
        state=route_pb2.RouteArmState.ValueType(arm.state),
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


def version_of(version: str, route: str, field: str) -> str:
    """Return the full name of a version of the model of a route; raise MalformedReply."""
    return checked.below(checked.version_name(version, field), names.model_of(route), field)


def known(kind: type[Enumeration], number: int) -> Enumeration | int:
    """Return a member of an enumeration; a number that this release does not know stays one."""
    return kind(number) if number in set(kind) else number
