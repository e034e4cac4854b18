"""Routes to and from messages."""

from collections.abc import Mapping

from modelregistry.v1 import route_pb2 as pb
from registry_grpc.domain.names import RouteName
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.route import Arm, ArmMode, ArmState, Route, RouteEntry
from registry_grpc.domain.route_slots import SlotRun
from registry_grpc.domain.route_table import Decision, RouteReason, RouteTable
from registry_grpc.domain.violations import Violations
from registry_grpc.services.route import WantedArm, WantedRoute
from registry_grpc.transport.convert.time import timestamp

_MODES: Mapping[ArmMode, pb.RouteArmMode.ValueType] = {
    ArmMode.LIVE: pb.ROUTE_ARM_MODE_LIVE,
    ArmMode.SHADOW: pb.ROUTE_ARM_MODE_SHADOW,
    ArmMode.HOLDOUT: pb.ROUTE_ARM_MODE_HOLDOUT,
}
_MODES_BACK: Mapping[int, ArmMode] = {
    pb.ROUTE_ARM_MODE_UNSPECIFIED: ArmMode.LIVE,
    **{message: mode for mode, message in _MODES.items()},
}
_STATES: Mapping[ArmState, pb.RouteArmState.ValueType] = {
    ArmState.USABLE: pb.ROUTE_ARM_STATE_USABLE,
    ArmState.YANKED: pb.ROUTE_ARM_STATE_YANKED,
    ArmState.REVOKED: pb.ROUTE_ARM_STATE_REVOKED,
    ArmState.DELETED: pb.ROUTE_ARM_STATE_DELETED,
    ArmState.STAGE_LEFT: pb.ROUTE_ARM_STATE_STAGE_LEFT,
    ArmState.MEMBER_UNUSABLE: pb.ROUTE_ARM_STATE_MEMBER_UNUSABLE,
}
_REASONS: Mapping[RouteReason, pb.RouteReason.ValueType] = {
    RouteReason.HASHED: pb.ROUTE_REASON_HASHED,
    RouteReason.OVERRIDE: pb.ROUTE_REASON_OVERRIDE,
    RouteReason.DEFAULT_NO_UNIT: pb.ROUTE_REASON_DEFAULT_NO_UNIT,
    RouteReason.DEFAULT_ARM_GONE: pb.ROUTE_REASON_DEFAULT_ARM_GONE,
}


def route_message(route: Route) -> pb.Route:
    """Return the message, with the overrides and slots that the route has."""
    plan = route.plan
    return pb.Route(
        name=str(route.name),
        arms=map(_arm_message, plan.arms),
        default_arm=plan.default_arm,
        unit_kind=plan.unit_kind,
        overrides=plan.overrides,
        salt=plan.salt,
        slots=map(_run_message, plan.slots),
        etag=route.etag if route.revision else "",
        update_time=timestamp(route.time),
        updater=route.actor,
        revision=route.revision,
    )


def _arm_message(arm: Arm) -> pb.RouteArm:
    return pb.RouteArm(
        id=arm.id,
        version=str(arm.version),
        weight=arm.weight,
        mode=_MODES[arm.mode],
        state=_STATES[arm.state],
    )


def _run_message(run: SlotRun) -> pb.SlotRun:
    return pb.SlotRun(arm=run.arm, count=run.count)


def route_entry_message(entry: RouteEntry) -> pb.RouteEntry:
    """Return the message."""
    route = None
    if entry.plan is not None:
        route = Route(entry.name, entry.plan, entry.time, entry.actor, entry.revision)
    return pb.RouteEntry(
        name=str(entry.name),
        route=None if route is None else route_message(route),
        action=entry.action,
        moved=entry.moved,
        create_time=timestamp(entry.time),
        actor=entry.actor,
        reason=entry.reason,
        revision=entry.revision,
        ordinal=entry.ordinal,
    )


def decision_message(table: RouteTable, decision: Decision | None) -> pb.RouteDecision:
    """Return the message. decision: None for a request without a unit."""
    decision = decision or table.decide("")
    return pb.RouteDecision(
        name=table.name,
        revision=table.revision,
        arm=decision.arm.id,
        slot=decision.slot,
        reason=_REASONS[decision.reason],
        mode=_MODES[decision.arm.mode],
        shadows=[pb.ShadowArm(arm=arm.id, version=str(arm.version)) for arm in decision.shadows],
    )


def wanted_from(message: pb.Route, *, reshuffle: bool, etag: str) -> WantedRoute:
    """Return what a request asks for; raises InvalidRequest for what cannot be read."""
    found = Violations()
    name = found.argument("route.name", RouteName.parse, message.name)
    arms = []
    for index, arm in enumerate(message.arms):
        path = f"route.arms[{index}]"
        version = found.parse(f"{path}.version", Reference.parse, arm.version)
        mode = _MODES_BACK.get(arm.mode)
        found.check(f"{path}.mode", mode is not None, "must be LIVE, SHADOW or HOLDOUT")
        if version is not None and mode is not None:
            arms.append(WantedArm(arm.id, version, arm.weight, mode))
    found.raise_if_any()
    overrides = dict(message.overrides)
    return WantedRoute(
        name.value, arms, message.default_arm, message.unit_kind, overrides, reshuffle, etag
    )
