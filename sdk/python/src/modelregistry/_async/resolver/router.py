"""Routers: routes decided from memory, as users see them."""

from datetime import timedelta
from typing import Final

from modelregistry._async.resolver.cache import SharedCache
from modelregistry._async.resolver.followed import Followed
from modelregistry._async.resolver.reporting import Reporting
from modelregistry._async.resolver.subscription import OnRouteChange, Subscriber
from modelregistry._convert.writing import invalid
from modelregistry._watching.route_table import RouteTable
from modelregistry.errors import (
    ClientClosed,
    MemberUnusable,
    RegistryError,
    RouteArmBlocked,
    VersionDeleted,
    VersionRevoked,
    VersionYanked,
)
from modelregistry.names import FOLLOWED_ROUTE
from modelregistry.types import Route, RouteArmState, RouteDecision

_ERRORS: Final[dict[int, type[RegistryError]]] = {
    RouteArmState.YANKED: VersionYanked,
    RouteArmState.REVOKED: VersionRevoked,
    RouteArmState.DELETED: VersionDeleted,
    RouteArmState.STAGE_LEFT: RouteArmBlocked,
    RouteArmState.MEMBER_UNUSABLE: MemberUnusable,
}


class AsyncRouter(Followed):
    """The arm of a route for each unit, from memory. Made by `router` of a client.

    A router is open inside a `with` block, or from `open` to `close`. While it is open, a watch
    keeps the route current; `route` makes no call and never waits. While the registry is
    unavailable, the last revision of the route stays, and the router reports its age.
    """

    def __init__(
        self,
        cache: SharedCache,
        name: str,
        on_change: OnRouteChange | None,
        max_stale: timedelta | None,
        reporting: Reporting | None = None,
    ) -> None:
        subscriber = Subscriber(f"{FOLLOWED_ROUTE}{name}", on_change, reporting)
        super().__init__(cache, subscriber, name, max_stale, reporting)

    @property
    def name(self) -> str:
        """The full name of the route."""
        return self._name

    def route(self, unit: str) -> RouteDecision:
        """Return the arm for a unit, '' for none: the same that the registry would choose.

        Raises InvalidRequest for a unit that is not text of at most 256 bytes, the error of the
        default arm if that answers and may not be served (VersionRevoked, RouteArmBlocked and so
        on), RouteNotFound when the route was removed, TooStale when the route is older than
        `max_stale`, and ClientClosed while the router is not open.
        """
        subscriber = self._subscriber
        table = subscriber.resolution.answer
        if type(table) is not RouteTable or subscriber.suspended or self._max_stale is not None:
            table = self._checked_table()
        try:
            decision = table.decide(unit)
        except ValueError as error:  # too long, or text that UTF-8 cannot encode
            raise invalid("unit", str(error)) from None
        except (AttributeError, TypeError):
            raise invalid("unit", f"must be text (str), not {type(unit).__name__}") from None
        if decision.arm == table.default.id and table.default.state != RouteArmState.USABLE:
            raise self._unusable(table)
        return decision

    @property
    def current(self) -> Route:
        """The revision of the route that `route` uses. Raises as `route`."""
        return self._checked_table().route

    def _unusable(self, table: RouteTable) -> RegistryError:
        arm, state = table.default, table.default.state
        name = state.name.lower() if isinstance(state, RouteArmState) else str(state)
        unusable = f"the default arm {arm.id} of {self._name} may not be served"
        message = f"{unusable}: {arm.version} ({name})"
        kind = _ERRORS.get(state, RouteArmBlocked)
        return kind(message, metadata={"resource": arm.version, "arm": arm.id})

    def _checked_table(self) -> RouteTable:
        table = self._checked_answer()
        if not isinstance(table, RouteTable):
            message = f"the router of {self._name} has no answer yet"
            raise ClientClosed(message)
        return table
