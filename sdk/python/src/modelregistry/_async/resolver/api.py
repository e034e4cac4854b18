"""Resolvers as users see them."""

import copy
import time
from datetime import timedelta
from types import TracebackType
from typing import Self

from modelregistry import names
from modelregistry._async.connection import Connection
from modelregistry._async.reporting import ReporterMethods
from modelregistry._async.resolver.cache import SharedCache
from modelregistry._async.resolver.reporting import Reporting
from modelregistry._async.resolver.router import AsyncRouter
from modelregistry._async.resolver.subscription import OnChange, OnRouteChange, Subscriber
from modelregistry.errors import ClientClosed, ConfigurationError, RegistryError, TooStale
from modelregistry.types import ReporterState, Version


class AsyncResolver:
    """The version that a reference resolves to, from memory. Made by `resolver` of a client.

    A resolver is open inside a `with` block, or from `open` to `close`. While it is open, a watch
    keeps the answer current; reading it makes no call and never waits. While the registry is
    unavailable, the last answer stays, and the resolver reports its age.
    """

    def __init__(
        self,
        cache: SharedCache,
        ref: str,
        on_change: OnChange | None,
        max_stale: timedelta | None,
        reporting: Reporting | None = None,
    ) -> None:
        self._cache = cache
        self._reporting = reporting
        self._subscriber = Subscriber(ref, on_change, reporting)
        self._max_stale = None if max_stale is None else max_stale.total_seconds()

    @property
    def ref(self) -> str:
        """The reference, with its namespace in front if that is not `default`."""
        return self._subscriber.ref

    @property
    def version(self) -> Version:
        """The version that the reference resolves to.

        Raises the registry's error when it resolves to none (AliasNotFound, StageEmpty,
        VersionDeleted and so on), TooStale when the answer is older than `max_stale`, and
        ClientClosed while the resolver is not open.
        """
        subscriber = self._subscriber
        answer = subscriber.resolution.answer
        if type(answer) is Version and self._max_stale is None and not subscriber.suspended:
            return answer
        return self._checked_version()

    def _checked_version(self) -> Version:
        self._resume()
        resolution = self._subscriber.resolution
        answer = resolution.answer
        if self._max_stale is not None and self._subscriber.is_open:
            self._check_age(self._max_stale)
        if isinstance(answer, RegistryError):
            raise copy.copy(answer)  # so that each has a traceback of its own
        version = resolution.version
        if version is None:
            message = f"the resolver of {self.ref} has no answer yet"
            raise ClientClosed(message)
        return version

    def _resume(self) -> None:
        if self._subscriber.suspended:
            self._cache.resume()

    def _check_age(self, max_stale: float) -> None:
        age = self.age
        if age > max_stale:
            message = (
                f"the registry confirmed the answer for {self.ref} {age:.1f} seconds ago; "
                f"max_stale allows {max_stale:g}"
            )
            raise TooStale(message, metadata={"age": f"{age:.3f}", "max_stale": f"{max_stale:g}"})

    @property
    def age(self) -> float:
        """Seconds since the registry last confirmed the answer: a few while nothing changes."""
        self._resume()
        return self._subscriber.position.age(self._subscriber.resolution, time.monotonic())

    @property
    def stale(self) -> bool:
        """Whether the registry does not confirm the answer at present.

        It may be unavailable, or it may have reported a change whose new answer is on its way.
        """
        self._resume()
        return self._subscriber.position.is_stale(self._subscriber.resolution, time.monotonic())

    @property
    def reporter_state(self) -> ReporterState | None:
        """What the registry knows of this instance; None without a target, and while closed."""
        return None if self._reporting is None else self._reporting.state

    async def open(self) -> Self:
        """Open the resolver and wait for the first answer. Opening twice is harmless.

        That takes at most the client's timeout, and at most 2 seconds when the answer of an earlier
        run is known: while the registry is unavailable or rejects calls, that answer stands. A
        reference that resolves to no version is no error here; text that is not a reference raises
        InvalidRequest. Without any answer it raises the error that prevented one.
        """
        if not self._subscriber.is_open:
            if self._reporting is not None:
                self._reporting.open()
            try:
                await self._cache.subscribe(self._subscriber)
            except BaseException:
                if self._reporting is not None:
                    await self._reporting.close()
                raise
        return self

    async def close(self) -> None:
        """Close the resolver; the watch ends with the last open resolver of the client.

        `close` does not wait for a call of `on_change` in progress. Closing twice is harmless.
        """
        await self._cache.unsubscribe(self._subscriber)
        if self._reporting is not None:
            await self._reporting.close()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


class ResolverMethods(ReporterMethods):
    """Lookups from memory."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._resolvers = SharedCache(self._long_lived)

    def resolver(
        self,
        ref: str,
        *,
        on_change: OnChange | None = None,
        max_stale: timedelta | None = None,
        target: str = "",
        instance: str = "",
    ) -> AsyncResolver:
        """Return a resolver, to be opened: `with registry.resolver("fraud@champion") as champion`.

        All resolvers of a client share one watch. After the first answer, `on_change(now, before)`
        is called whenever the reference resolves to another version, or to none (None): in order,
        and one call at a time for all resolvers of the client. Changes during a call are combined
        in the next one. An error that it raises is logged. `max_stale` is the highest age of an
        answer: reading an older one raises TooStale. An idle registry confirms answers every ten
        seconds, so less than half a minute is of little use.

        With a `target`, such as `eu-prod`, the resolver reports what it answers with, as `reporter`
        describes: LOADING while `on_change` runs, FAILED when that raises, else SERVING. Reports
        never delay answers.
        """
        if max_stale is not None and max_stale < timedelta(0):
            message = f"max_stale may not be negative: {max_stale}"
            raise ConfigurationError(message)
        full = self._ref(ref)
        reporting = self._reporting(full, target, instance)
        return AsyncResolver(self._resolvers, full, on_change, max_stale, reporting)

    def _reporting(self, ref: str, target: str, instance: str) -> Reporting | None:
        if target:
            return Reporting(self._reporters, ref, target, instance)
        if instance:
            message = "instance is of use with a target only"
            raise ConfigurationError(message)
        return None

    def router(
        self,
        ref: str,
        *,
        on_change: OnRouteChange | None = None,
        max_stale: timedelta | None = None,
        target: str = "",
        instance: str = "",
    ) -> AsyncRouter:
        """Return a router, to be opened: `with registry.router("fraud@checkout") as checkout`.

        Then `checkout.route("user-17")` returns the arm of the route for a unit without a call. All
        routers and resolvers of a client share one watch. After the first answer, `on_change(now,
        before)` is called for each new revision of the route, or when it was removed (None), as in
        `resolver`; `route` may return decisions of a revision before it is called. `max_stale`,
        `target` and `instance` are as in `resolver`; a router reports the version of each arm.
        """
        if max_stale is not None and max_stale < timedelta(0):
            message = f"max_stale may not be negative: {max_stale}"
            raise ConfigurationError(message)
        full = names.route_of(self._ref(ref))
        reporting = self._reporting(full, target, instance)
        return AsyncRouter(self._resolvers, full, on_change, max_stale, reporting)
