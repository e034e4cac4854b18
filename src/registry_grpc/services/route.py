"""Use cases of routes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from registry_grpc.domain.alias import free_alias
from registry_grpc.domain.change import Change
from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.errors import NameInUse, RouteNotFound
from registry_grpc.domain.history import ABSENT_ETAG, Position, require_etag
from registry_grpc.domain.names import ModelName, RouteName
from registry_grpc.domain.page import Key, Page, Query
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.reference import ByName, ByNumber, Reference
from registry_grpc.domain.route import (
    Arm,
    ArmMode,
    Route,
    RouteAction,
    RouteEntry,
    RoutePlan,
)
from registry_grpc.domain.route_check import check_plan
from registry_grpc.domain.route_slots import SLOTS
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import Violations, invalid, parsed
from registry_grpc.services.listing import FEW_AT_ONCE, Listed, listed, text_of
from registry_grpc.services.lookup import find_version
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.secrets import Salts
from registry_grpc.services.reading import (
    require_live_model,
    require_model,
    require_past,
    require_revision,
    revision_then,
)
from registry_grpc.services.route_arms import append_plan, require_room
from registry_grpc.services.route_rules import ArmRules


@dataclass(frozen=True, slots=True)
class WantedArm:
    """An arm as requested: its version by a reference."""

    id: str
    version: Reference
    weight: int
    mode: ArmMode


@dataclass(frozen=True, slots=True)
class WantedRoute:
    """A route as requested. etag: '' for any."""

    name: RouteName
    arms: Sequence[WantedArm]
    default_arm: str
    unit_kind: str
    overrides: Mapping[str, str]
    reshuffle: bool = False
    etag: str = ""

    def check(self) -> None:
        """Raise InvalidRequest with all violations that the request alone has."""
        found = Violations()
        for index, arm in enumerate(self.arms):
            own = arm.version.model == self.name.parent
            found.check(f"route.arms[{index}].version", own, f"is not of {self.name.parent}")
        version = self.name.parent.version(1)
        arms = tuple(Arm(arm.id, version, arm.weight, arm.mode) for arm in self.arms)
        check_plan(found, RoutePlan(arms, self.default_arm, "", self.unit_kind, self.overrides))
        found.raise_if_any()


class Routes:
    """Set, read and remove routes."""

    def __init__(
        self, database: Database, mutations: Mutations, clock: Clock, salts: Salts
    ) -> None:
        self._database = database
        self._mutations = mutations
        self._clock = clock
        self._salts = salts

    def set(self, call: Mutation[Route], wanted: WantedRoute, reason: str) -> Done[Route]:
        """Set the arms of a route; setting what is set changes nothing.

        Raises InvalidRequest, ModelDeleted, NameInUse, LimitExceeded, EtagMismatch, AliasProtected,
        RouteWeightExceeded, MonitorFiring, and as `find_version`.
        """
        check_reason(reason)
        wanted.check()

        def act(tx: Transaction) -> Route:
            head, plan = self._planned(tx, wanted)
            if head is not None and plan == head.plan:
                return head
            return append_plan(tx, call.actor.name, wanted.name, head, plan, reason)

        return self._mutations.change(call, act)

    def plan(self, wanted: WantedRoute, actor: str) -> Route:
        """Return the route as `set` would make it; raise as `set` does, and change nothing."""
        wanted.check()
        with self._database.read() as tx:
            head, plan = self._planned(tx, wanted)
            if head is not None:
                return replace(head, plan=plan)
            return Route(wanted.name, plan, self._clock(), actor, 0)

    def _planned(self, tx: Transaction, wanted: WantedRoute) -> tuple[Route | None, RoutePlan]:
        name = wanted.name
        model = require_live_model(tx, name.parent)
        head = tx.routes.get(name)
        require_etag(name, wanted.etag, head.etag if head else ABSENT_ETAG, tx.head)
        if head is None:
            _require_unused(tx, name)
            require_room(tx, model)
        arms = _arms(tx, wanted, head)
        salt = head.plan.salt if head is not None and not wanted.reshuffle else self._salts()
        plan = RoutePlan(arms, wanted.default_arm, salt, wanted.unit_kind, wanted.overrides)
        return head, plan.following(None if head is None else head.plan)

    def get(self, name: RouteName, moment: datetime | None, seen: Position) -> Route:
        """Return the route, now or as of a moment; raises ModelNotFound or RouteNotFound.

        Raises RevisionCompacted for a moment before what the audit trail keeps.
        """
        with self._database.read() as tx:
            if moment is not None:
                require_past(tx, moment, self._clock, "as_of")
            require_revision(tx, seen)
            model = require_model(tx, name.parent)
            if moment is None:
                return require_route(tx, name)
            revision_then(tx, moment)
            found = tx.routes.at(model, name.route, moment)
            if found is None:
                raise RouteNotFound(str(name))
            return found

    def list(self, query: Query, page: Page, parent: ModelName, seen: Position) -> Listed[Route]:
        """Return a page, by id, without overrides and slots; raises ModelNotFound."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            model = require_model(tx, parent)
            return listed(
                query,
                page,
                tx.head,
                lambda after, limit: [
                    route.brief() for route in tx.routes.page(model, text_of(after), limit)
                ],
                lambda row: (row.name.route,),
                at_once=FEW_AT_ONCE,
            )

    def delete(self, call: Mutation[int], name: RouteName, etag: str, reason: str) -> Done[int]:
        """Remove a route and answer the revision; raises RouteNotFound or EtagMismatch."""
        check_reason(reason)

        def act(tx: Transaction) -> int:
            require_live_model(tx, name.parent)
            head = require_route(tx, name)
            require_etag(name, etag, head.etag, tx.head)
            actor, delete = call.actor.name, RouteAction.DELETE
            tx.routes.append(
                RouteEntry(name, None, delete, SLOTS, tx.time, actor, reason, tx.revision)
            )
            tx.record([Change(delete, str(name), actor, head, None, reason)])
            return tx.revision

        return self._mutations.change(call, act)

    def history(
        self, query: Query, page: Page, name: RouteName, seen: Position
    ) -> Listed[RouteEntry]:
        """Return a page of its revisions, newest first, without overrides and slots.

        Raises RouteNotFound if it never existed.
        """
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_model(tx, name.parent)
            result = listed(
                query,
                page,
                tx.head,
                lambda after, limit: [
                    replace(entry, plan=entry.plan and entry.plan.brief())
                    for entry in tx.routes.history(name, _place(after), limit)
                ],
                lambda row: (row.revision, row.ordinal),
                at_once=FEW_AT_ONCE,
                measure=lambda row: most_encoded(row) + 2 * most_encoded(row.name),
            )
        if page.after is None and not result.items:
            raise RouteNotFound(str(name))
        return result


def require_route(tx: Transaction, name: RouteName) -> Route:
    """Return the route; raise RouteNotFound."""
    head = tx.routes.get(name)
    if head is None:
        raise RouteNotFound(str(name))
    return head


def _place(key: Key | None) -> tuple[int, int] | None:
    return None if key is None else (int(key[0]), int(key[1]))


def _require_unused(tx: Transaction, name: RouteName) -> None:
    graph = tx.graphs.get(name.namespace, None)
    parsed("route.name", lambda text: free_alias(text, graph), name.route)
    alias = name.parent.alias(name.route)
    if tx.aliases.get(alias) is not None:
        raise NameInUse(str(alias))


def _arms(tx: Transaction, wanted: WantedRoute, head: Route | None) -> tuple[Arm, ...]:
    rules = ArmRules(tx, wanted.name, head)
    found = _numbered(tx, wanted)
    seen = set[Reference]()
    arms = []
    for index, arm in enumerate(wanted.arms):
        version = found.get(arm.version)
        if version is None:
            _require_no_route(tx, index, arm.version)
            version = found[arm.version] = find_version(tx, arm.version, full=False)
        if arm.version not in seen:
            version.require_followed()
            seen.add(arm.version)
        made = Arm(arm.id, version.name, arm.weight, arm.mode)
        rules.require_allowed(made, version)
        arms.append(made)
    return tuple(arms)


def _numbered(tx: Transaction, wanted: WantedRoute) -> dict[Reference, Version]:
    """Return the versions of arms that state a number, which are read together."""
    numbers = {
        arm.version.selector.number: arm.version
        for arm in wanted.arms
        if isinstance(arm.version.selector, ByNumber) and arm.version.model == wanted.name.parent
    }
    if not numbers:
        return {}
    model = require_live_model(tx, wanted.name.parent)
    versions = tx.versions.numbered(model, list(numbers))
    return {numbers[version.name.number]: version for version in versions}


def _require_no_route(tx: Transaction, index: int, reference: Reference) -> None:
    match reference.selector:
        case ByName(name) if tx.routes.get(reference.model.route(name)) is not None:
            field = f"route.arms[{index}].version"
            raise invalid(field, f"{reference} is a route")
