"""The revision that a rollback returns a route to. It changes nothing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice

from registry_grpc.domain.errors import RegistryError, RollbackNotPossible, RouteNotFound
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import AliasName, RouteName
from registry_grpc.domain.route import RouteEntry, RoutePlan
from registry_grpc.domain.version import Version
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.route_arms import arm_state, require_room

_AT_ONCE = 20
_MOST_REVISIONS = 1_000
"""How far a rollback without a moment looks back, while it holds the lock of changes."""


def is_route(tx: Transaction, alias: AliasName, route: RouteName) -> bool:
    """Return whether an id is that of a route: now, or before if no alias ever had it."""
    if tx.aliases.get(alias) is not None:
        return False
    if tx.routes.get(route) is not None:
        return True
    return not tx.aliases.history(alias, None, 1) and bool(tx.routes.history(route, None, 1))


def earlier_plan(
    tx: Transaction, model: Model, name: RouteName, moment: datetime | None
) -> RoutePlan:
    """Return the plan as of a moment, or the last earlier one whose arms may all be used.

    Raises RollbackNotPossible, RouteNotFound, or LimitExceeded for a removed route when the model
    has as many as it may have.
    """
    head = tx.routes.get(name)
    now = None if head is None else head.plan
    if head is None:
        require_room(tx, model)
    if moment is not None:
        return _plan_at(tx, model, name, now, moment)
    return _last_plan(tx, model, name, now)


def _plan_at(
    tx: Transaction, model: Model, name: RouteName, now: RoutePlan | None, moment: datetime
) -> RoutePlan:
    found = tx.routes.at(model, name.route, moment)
    if found is None:
        raise RollbackNotPossible(str(name), f"it did not exist at {moment.isoformat()}")
    plan = _as_now(tx, model, name, found.plan)
    objection = _objection(tx, model, plan, {})
    if objection:
        raise RollbackNotPossible(str(name), objection)
    if plan == now:
        raise RollbackNotPossible(str(name), "it is in that state already")
    return plan


def _last_plan(tx: Transaction, model: Model, name: RouteName, now: RoutePlan | None) -> RoutePlan:
    entry, cause = None, "there is no earlier revision"
    objections: dict[int, str] = {}
    for entry in islice(_entries(tx, name), _MOST_REVISIONS):
        plan = entry.plan and _as_now(tx, model, name, entry.plan)
        if plan is None or plan == now:
            continue
        if not _objection(tx, model, plan, objections):
            return plan
        cause = f"of none of its last {_MOST_REVISIONS:,} revisions all versions are usable"
    if entry is None:
        raise RouteNotFound(str(name))
    raise RollbackNotPossible(str(name), cause)


def _entries(tx: Transaction, name: RouteName) -> Iterator[RouteEntry]:
    before: tuple[int, int] | None = None
    while page := tx.routes.history(name, before, _AT_ONCE):
        yield from page
        before = (page[-1].revision, page[-1].ordinal)


def _as_now(tx: Transaction, model: Model, name: RouteName, plan: RoutePlan) -> RoutePlan:
    """Return a plan with the present states of the arms that could not be served then.

    Their versions may have been restored, or revoked, since.
    """
    graph, arms = tx.graphs.get(name.namespace, None), []
    for arm in plan.arms:
        version = None if arm.usable else tx.versions.get(model, arm.version.number, full=False)
        state = arm.state if version is None else arm_state(graph, name, arm, version)
        arms.append(replace(arm, state=state))
    return replace(plan, arms=tuple(arms))


def _objection(tx: Transaction, model: Model, plan: RoutePlan, known: dict[int, str]) -> str:
    """Return why an arm that was usable then is not now; '' if all are.

    known: the objections to versions that were read before.
    """
    if not plan.default.usable:
        return f"its default arm {plan.default_arm} could not be served then"
    for number in sorted({arm.version.number for arm in plan.arms if arm.usable}):
        if number not in known:
            version = tx.versions.get(model, number, full=False)
            absent = f"version {number} does not exist"
            known[number] = absent if version is None else objection_to(version)
        if known[number]:
            return known[number]
    return ""


def objection_to(version: Version) -> str:
    """Return why no moving name may lead to a version; '' if one may."""
    try:
        version.require_followed()
    except RegistryError as error:
        return error.message
    return ""
