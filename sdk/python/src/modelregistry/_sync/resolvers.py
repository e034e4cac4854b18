# Generated from _async/resolvers.py by scripts/generate_sync.py: never edit this.
"""Lookups from memory."""

from datetime import timedelta

from modelregistry._sync.connection import Connection
from modelregistry._sync.lasting import LastingMethods
from modelregistry._sync.resolver import Resolver
from modelregistry._sync.seat import OnChange
from modelregistry._sync.watcher import Watcher
from modelregistry.errors import ConfigurationError


class ResolverMethods(LastingMethods):
    """Lookups from memory."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._watcher = Watcher(self._lasting)

    def resolver(
        self,
        ref: str,
        *,
        on_change: OnChange | None = None,
        max_stale: timedelta | None = None,
    ) -> Resolver:
        """Return a resolver, to be opened: `with registry.resolver("fraud@champion") as champion`.

        All resolvers of a client share one watch. `on_change(now, before)` is called whenever the
        reference names another version, or none (None), after the answer that was there first: one
        call after the other, for all resolvers of the client, and in order. What changes during a
        call is told in the next one, all at once. An error of it is logged. `max_stale` is how old
        an answer may be: reading an older one raises TooStale. A registry that has nothing to tell
        says so every ten seconds: less than half a minute is of little use.
        """
        if max_stale is not None and max_stale < timedelta(0):
            message = f"max_stale may not be negative: {max_stale}"
            raise ConfigurationError(message)
        return Resolver(self._watcher, self._ref(ref), on_change, max_stale)
