"""The revision that a rollback returns a route to. It changes nothing."""

from collections.abc import Iterator
from datetime import datetime

from registry_grpc.domain.errors import RegistryError, RollbackNotPossible, RouteNotFound
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import AliasName, RouteName
from registry_grpc.domain.route import RouteEntry, RoutePlan
from registry_grpc.domain.version import Version
from registry_grpc.services.ports.database import Transaction

_AT_ONCE = 20


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

    Raises RollbackNotPossible, or RouteNotFound.
    """
    head = tx.routes.get(name)
    now = None if head is None else head.plan
    if moment is not None:
        found = tx.routes.at(model, name.route, moment)
        if found is None:
            raise RollbackNotPossible(str(name), f"it did not exist at {moment.isoformat()}")
        objection = _objection(tx, model, found.plan)
        if objection:
            raise RollbackNotPossible(str(name), objection)
        if found.plan == now:
            raise RollbackNotPossible(str(name), "it is in that state already")
        return found.plan
    entries = list(_entries(tx, name))
    if not entries:
        raise RouteNotFound(str(name))
    for entry in entries:
        plan = entry.plan
        if plan is not None and plan != now and not _objection(tx, model, plan):
            return plan
    others = [entry for entry in entries if entry.plan is not None and entry.plan != now]
    none = "of no earlier revision all versions are usable"
    raise RollbackNotPossible(str(name), none if others else "there is no earlier revision")


def _entries(tx: Transaction, name: RouteName) -> Iterator[RouteEntry]:
    before: tuple[int, int] | None = None
    while page := tx.routes.history(name, before, _AT_ONCE):
        yield from page
        before = (page[-1].revision, page[-1].ordinal)


def _objection(tx: Transaction, model: Model, plan: RoutePlan) -> str:
    """Return why an arm that was usable then is not now; '' if all are."""
    if not plan.default.usable:
        return f"its default arm {plan.default_arm} could not be served then"
    for number in sorted({arm.version.number for arm in plan.arms if arm.usable}):
        version = tx.versions.get(model, number, full=False)
        objection = f"version {number} does not exist" if version is None else objection_to(version)
        if objection:
            return objection
    return ""


def objection_to(version: Version) -> str:
    """Return why no moving name may lead to a version; '' if one may."""
    try:
        version.require_followed()
    except RegistryError as error:
        return error.message
    return ""
