"""Resolvers as users see them."""

from datetime import timedelta

from modelregistry import names
from modelregistry._async.connection import Connection
from modelregistry._async.reporting import ReporterMethods
from modelregistry._async.resolver.cache import SharedCache
from modelregistry._async.resolver.followed import Followed
from modelregistry._async.resolver.reporting import Reporting
from modelregistry._async.resolver.router import AsyncRouter
from modelregistry._async.resolver.subscription import OnChange, OnRouteChange, Subscriber
from modelregistry.errors import ClientClosed, ConfigurationError
from modelregistry.types import Version


class AsyncResolver(Followed):
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
        subscriber = Subscriber(ref, on_change, reporting)
        super().__init__(cache, subscriber, ref, max_stale, reporting)

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
        version = self._checked_answer()
        if not isinstance(version, Version):
            message = f"the resolver of {self.ref} has no answer yet"
            raise ClientClosed(message)
        return version


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
        full = names.route_of(self._ref(ref))
        reporting = self._reporting(full, target, instance)
        return AsyncRouter(self._resolvers, full, on_change, max_stale, reporting)
