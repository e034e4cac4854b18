"""Arms whose versions changed: the default arm takes over the slots of those that may not serve.

Called by the use cases that change a version, within their transactions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import LimitExceeded
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import ModelName, RouteName, VersionName
from registry_grpc.domain.route import (
    MOST_ROUTES,
    STATE_OF,
    Arm,
    ArmState,
    Route,
    RouteAction,
    RouteEntry,
    RoutePlan,
)
from registry_grpc.domain.stage_graph import StageGraph
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.reading import require_model
from registry_grpc.services.route_rules import WeightBound, bounds_of, highest_weight


@dataclass(frozen=True, slots=True)
class Placement:
    """What decides whether a version may be an arm. blocked: by a member, if it is an ensemble."""

    name: VersionName
    stage: str
    state: VersionState
    blocked: bool


@dataclass(frozen=True, slots=True)
class _Rules:
    """What is in force for the routes of a model.

    Read once for all of its arms: there are up to 3,000 in its 30 routes.
    """

    graph: StageGraph
    bounds: Sequence[WeightBound]

    @classmethod
    def read(cls, tx: Transaction, model: ModelName, *, moved: bool) -> "_Rules":
        bounds = bounds_of(tx, model) if moved else ()
        return cls(tx.graphs.get(model.namespace, None), bounds)


def append_plan(
    tx: Transaction,
    actor: str,
    name: RouteName,
    head: Route | None,
    plan: RoutePlan,
    reason: str,
    action: RouteAction = RouteAction.SET,
) -> Route:
    """Store a plan, which has its slots, as the next revision of a route, and record that."""
    moved = plan.moved_since(None if head is None else head.plan)
    ordinal = 0
    if head is not None and head.revision == tx.revision:
        ordinal = tx.routes.history(name, None, 1)[0].ordinal + 1
    entry = RouteEntry(name, plan, action, moved, tx.time, actor, reason, tx.revision, ordinal)
    tx.routes.append(entry)
    route = Route(name, plan, tx.time, actor, tx.revision)
    tx.record([Change(action, str(name), actor, head, route, reason)])
    return route


def require_room(tx: Transaction, model: Model) -> None:
    """Raise LimitExceeded when a model may not have another route."""
    if tx.routes.count(model) >= MOST_ROUTES:
        raise LimitExceeded("routes of a model", MOST_ROUTES, MOST_ROUTES + 1)


def adjust_arms(tx: Transaction, actor: str, version: Version, cause: str, reason: str) -> None:
    """Take from the arms of a version the weight that its state and stage do not allow.

    version: after its change. cause: that change, as text. An arm whose version may be served
    again is usable again; it gets no weight back.
    """
    adjust_routes(tx, actor, [_placement(version)], _because(version, cause, reason))


def adjust_moved(
    tx: Transaction, actor: str, versions: Sequence[Version], cause: str, reason: str
) -> None:
    """Do the same for versions that moved to other stages: policies limit the weights there.

    versions: after the move; the last one caused those of the others.
    """
    text = _because(versions[-1], cause, reason)
    adjust_routes(tx, actor, [_placement(one) for one in versions], text, moved=True)


def _placement(version: Version) -> Placement:
    return Placement(version.name, version.stage, version.state, version.blocked)


def _because(version: Version, cause: str, reason: str) -> str:
    return f"{version.name} {cause}: {reason}" if reason else f"{version.name} {cause}"


def adjust_routes(
    tx: Transaction, actor: str, versions: Sequence[Placement], reason: str, *, moved: bool = False
) -> None:
    """Do the same for several versions after their change: each route changes once.

    moved: whether they moved to other stages. The reason of the change of a route is `reason`.
    """
    routes: dict[RouteName, Route] = {}
    models: dict[ModelName, Model] = {}
    for version in versions:
        parent = version.name.parent
        if parent not in models:
            models[parent] = require_model(tx, parent)
        found = tx.routes.naming(models[parent], version.name.number)
        routes |= {route.name: route for route in found}
    placed = {version.name: version for version in versions}
    rules: dict[ModelName, _Rules] = {}
    for name, route in sorted(routes.items()):
        if name.parent not in rules:
            rules[name.parent] = _Rules.read(tx, name.parent, moved=moved)
        plan = _adjusted(route, placed, rules[name.parent])
        if plan != route.plan:
            append_plan(tx, actor, name, route, plan, reason, RouteAction.ADJUST)


def _adjusted(route: Route, placed: Mapping[VersionName, Placement], rules: _Rules) -> RoutePlan:
    limits: dict[str, tuple[int, ArmState]] = {}
    allowed = {
        stage: highest_weight(rules.bounds, route.name, stage)
        for stage in {version.stage for version in placed.values()}
    }
    for arm in route.plan.arms:
        version = placed.get(arm.version)
        if version is None:
            continue
        state = arm_state(rules.graph, route.name, arm, version)
        usable = state is ArmState.USABLE
        limits[arm.id] = (min(arm.weight, allowed[version.stage]) if usable else 0, state)
    return route.plan.limited(limits)


def arm_state(
    graph: StageGraph, name: RouteName, arm: Arm, version: Version | Placement
) -> ArmState:
    """Return whether an arm with this version may be served now, by the stage graph of now."""
    if version.state in STATE_OF:
        return STATE_OF[version.state]
    if version.blocked:
        return ArmState.MEMBER_UNUSABLE
    if arm.serves and graph.broken(name.route, version.stage) is not None:
        return ArmState.STAGE_LEFT
    return ArmState.USABLE
