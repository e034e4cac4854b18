# Generated from _async/resolver/router.py by scripts/generate_sync.py: never edit this.
"""Routers: routes decided from memory, as users see them."""

import copy
import time
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

from modelregistry._convert.writing import invalid
from modelregistry._sync.resolver.cache import SharedCache
from modelregistry._sync.resolver.reporting import Reporting
from modelregistry._sync.resolver.subscription import OnRouteChange, Subscriber
from modelregistry._watching.route_table import RouteTable
from modelregistry.errors import (
    ClientClosed,
    MemberUnusable,
    RegistryError,
    RouteArmBlocked,
    TooStale,
    VersionDeleted,
    VersionRevoked,
    VersionYanked,
)
from modelregistry.names import FOLLOWED_ROUTE
from modelregistry.types import ReporterState, Route, RouteArmState, RouteDecision

_ERRORS: Final[dict[int, type[RegistryError]]] = {
    RouteArmState.YANKED: VersionYanked,
    RouteArmState.REVOKED: VersionRevoked,
    RouteArmState.DELETED: VersionDeleted,
    RouteArmState.STAGE_LEFT: RouteArmBlocked,
    RouteArmState.MEMBER_UNUSABLE: MemberUnusable,
}


class Router:
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
        self._cache = cache
        self._name = name
        self._reporting = reporting
        self._subscriber = Subscriber(f"{FOLLOWED_ROUTE}{name}", on_change, reporting)
        self._max_stale = None if max_stale is None else max_stale.total_seconds()

    @property
    def name(self) -> str:
        """The full name of the route."""
        return self._name

    def route(self, unit: str) -> RouteDecision:
        """Return the arm for a unit, '' for none: the same that the registry would choose.

        Raises InvalidRequest for a unit that is not text of at most 256 bytes, the error of the
        default arm if that answers and may not be served (VersionRevoked,
        RouteArmBlocked and so on), RouteNotFound when the route was removed, TooStale when the
        route is older than `max_stale`, and ClientClosed while the router is not open.
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
        if self._subscriber.suspended:
            self._cache.resume()
        answer = self._subscriber.resolution.answer
        if self._max_stale is not None and self._subscriber.is_open:
            self._check_age(self._max_stale)
        if isinstance(answer, RegistryError):
            raise copy.copy(answer)  # so that each has a traceback of its own
        if not isinstance(answer, RouteTable):
            message = f"the router of {self._name} has no answer yet"
            raise ClientClosed(message)
        return answer

    def _check_age(self, max_stale: float) -> None:
        age = self.age
        if age > max_stale:
            message = (
                f"the registry confirmed {self._name} {age:.1f} seconds ago; max_stale allows "
                f"{max_stale:g}"
            )
            raise TooStale(message, metadata={"age": f"{age:.3f}", "max_stale": f"{max_stale:g}"})

    @property
    def age(self) -> float:
        """Seconds since the registry last confirmed the route: a few while nothing changes."""
        if self._subscriber.suspended:
            self._cache.resume()
        return self._subscriber.position.age(self._subscriber.resolution, time.monotonic())

    @property
    def stale(self) -> bool:
        """Whether the registry does not confirm the route at present.

        It may be unavailable, or it may have reported a change that is on its way.
        """
        if self._subscriber.suspended:
            self._cache.resume()
        return self._subscriber.position.is_stale(self._subscriber.resolution, time.monotonic())

    @property
    def reporter_state(self) -> ReporterState | None:
        """What the registry knows of this instance; None without a target, and while closed."""
        return None if self._reporting is None else self._reporting.state

    def open(self) -> Self:
        """Open the router and wait for the route. Opening twice is harmless.

        That takes at most the client's timeout, and at most 2 seconds when the route of an earlier
        run is known: while the registry is unavailable or rejects calls, that route stands. A route
        that does not exist is no error here. Without any answer it raises the error that prevented
        one.
        """
        if not self._subscriber.is_open:
            if self._reporting is not None:
                self._reporting.open()
            try:
                self._cache.subscribe(self._subscriber)
            except BaseException:
                if self._reporting is not None:
                    self._reporting.close()
                raise
        return self

    def close(self) -> None:
        """Close the router; the watch ends with the last one of the client. Twice is harmless."""
        self._cache.unsubscribe(self._subscriber)
        if self._reporting is not None:
            self._reporting.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
