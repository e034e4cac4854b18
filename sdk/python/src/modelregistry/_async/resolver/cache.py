"""The answers of a client, kept current while they have subscribers."""

import copy
import threading
import time
from functools import partial
from typing import Final

from modelregistry import names
from modelregistry._async.background import TaskGroup, can_start
from modelregistry._async.concurrency import run_blocking
from modelregistry._async.long_lived import LongLivedConnection
from modelregistry._async.resolver.refresh import Refresher
from modelregistry._async.resolver.state import SharedState
from modelregistry._async.resolver.subscription import Notifier, Subscriber
from modelregistry._async.resolver.watch import WatchReader
from modelregistry._convert.known_answer import answer_from_document
from modelregistry._local.last_known import LastKnown
from modelregistry._watching.resolution import NO_REVISION, Answer, Resolution
from modelregistry._watching.route_table import RouteTable
from modelregistry._wire import fork
from modelregistry.errors import ClientClosed, DeadlineExceeded
from modelregistry.names import FOLLOWED_ROUTE
from modelregistry.types import Route

GRACE_S: Final = 2.0
"""How long a resolver that has a usable answer waits for a better one while it opens."""


class ResolverCache:
    """One watch, and the answers that it keeps current, for all resolvers of a client.

    Three background tasks start with the first subscriber: one reads the watch, one looks
    references up, one notifies subscribers. `stop` ends them.
    """

    def __init__(self, connection: LongLivedConnection, last_known: LastKnown) -> None:
        self._last_known = last_known
        self._state = SharedState(connection)
        self._reader = WatchReader(self._state)
        self._notifier = Notifier(self._state)
        self._refresher = Refresher(self._state, self._reader, last_known, self._notifier.enqueue)
        self._tasks = TaskGroup()

    @property
    def subscribers(self) -> list[Subscriber]:
        """All subscribers."""
        return list(self._notifier.subscribers)

    def subscribe(
        self, subscriber: Subscriber, model: str, known: tuple[Answer, float] | None = None
    ) -> None:
        """Keep the answer for a reference current for one more subscriber.

        known: an answer that exists already, and its age in seconds.
        """
        state, table = self._state, self._state.table
        with state.condition:
            if subscriber in self._notifier.subscribers:
                return
            resolution = table.subscribe(subscriber.ref, model)
            if known is not None:
                table.restore(resolution, known[0], time.monotonic() - known[1])
            subscriber.position, subscriber.resolution = table.position, resolution
            self._notifier.subscribers.add(subscriber)
        for name, step in (("watch", self._reader.step), ("refresh", self._refresher.step)):
            self._tasks.start(name, partial(state.repeat, step))
        if subscriber.is_notified:
            self._tasks.start("notify", partial(state.repeat, self._notifier.step), awaited=False)
        state.condition.notify_all()

    async def wait_for_answer(self, subscriber: Subscriber) -> None:
        """Wait until a subscriber has an answer, within the client's timeout.

        While the registry is unavailable, the answer of an earlier run is enough. Raises the error
        of a registry that rejects the lookup, ClientClosed, and when no answer arrives in time the
        error that prevented it.
        """
        state, resolution = self._state, subscriber.resolution
        await self._restore(resolution)
        timeout = state.connection.settings.timeout
        grace = min(GRACE_S, timeout)
        seconds = timeout if resolution.answer is None else grace
        await state.condition.wait_for(
            lambda: state.stopped or self._is_settled(resolution), seconds
        )
        if state.stopped:
            message = "the client is closed"
            raise ClientClosed(message)
        if resolution.refusal is not None:
            raise copy.copy(resolution.refusal)
        if resolution.answer is None:
            target = state.connection.settings.target
            message = f"{target} did not answer within {timeout:g} seconds"
            raise copy.copy(state.current_error) or DeadlineExceeded(message)
        if resolution.revision != NO_REVISION:
            # The watch is about to start. The answer is good even where no watch is possible.
            await state.condition.wait_for(
                lambda: state.stopped or self._cannot_improve(resolution), grace
            )
        with state.condition:
            subscriber.start()

    def _is_settled(self, resolution: Resolution) -> bool:
        if resolution.answer is not None and resolution.revision == NO_REVISION:
            return self._state.current_error is not None
        return resolution.answer is not None or resolution.refusal is not None

    def _cannot_improve(self, resolution: Resolution) -> bool:
        fresh = not self._state.table.position.is_stale(resolution, time.monotonic())
        return fresh or self._state.current_error is not None

    async def _restore(self, resolution: Resolution) -> None:
        if resolution.answer is not None:
            return
        known = await run_blocking(self._last_known.read, resolution.ref)
        found = answer_from_document(known.version, resolution.ref) if known else None
        if known is not None and found is not None:
            answer = RouteTable(found) if isinstance(found, Route) else found
            with self._state.condition:
                self._state.table.restore(resolution, answer, time.monotonic() - known.age)
            self._state.condition.notify_all()

    def unsubscribe(self, subscriber: Subscriber) -> bool:
        """Remove a subscriber; return whether any are left."""
        subscribers = self._notifier.subscribers
        with self._state.condition:
            if subscriber in subscribers:
                subscribers.remove(subscriber)
                self._state.table.unsubscribe(subscriber.resolution)
            return bool(subscribers)

    async def stop(self) -> None:
        """Stop the tasks and wait for them, except for a call of `on_change` in progress."""
        self._state.stop()
        self._reader.disconnect()
        self._refresher.cancel()
        await self._tasks.stop()

    def disconnect(self) -> None:
        """Treat the answers as unconfirmed, in a forked child, where no task runs."""
        self._state.table.disconnect()


_inherited: Final[list[ResolverCache]] = []
"""Caches of a parent process, never freed: freeing their calls would use its connection."""


class SharedCache:
    """The resolver cache of a client: it exists while it has subscribers, also after a fork.

    Safe to share between threads.
    """

    def __init__(self, connection: LongLivedConnection) -> None:
        self._connection = connection
        settings = connection.settings
        self._last_known = LastKnown(settings.cache.folder, settings.target)
        self._cache: ResolverCache | None = None
        self._suspended: list[Subscriber] = []
        self._lock = threading.Lock()
        fork.forget_in_child(self)

    async def subscribe(self, subscriber: Subscriber) -> None:
        """Subscribe to a reference and wait for an answer; raises as `wait_for_answer`."""
        self.resume()
        with self._lock:
            cache = self._cache = self._cache or ResolverCache(self._connection, self._last_known)
            cache.subscribe(subscriber, names.model_of(subscriber.ref.removeprefix(FOLLOWED_ROUTE)))
        try:
            await cache.wait_for_answer(subscriber)
        except BaseException:
            await self.unsubscribe(subscriber)
            raise

    async def unsubscribe(self, subscriber: Subscriber) -> None:
        """Close a subscription; stop the cache after the last one.

        The subscription is closed before anything is awaited, so a cancelled task holds none.
        """
        with self._lock:
            self._suspended = [each for each in self._suspended if each is not subscriber]
            cache = self._cache
            others_left = cache is not None and cache.unsubscribe(subscriber)
            subscriber.close()
            if cache is None or others_left:
                return
            self._cache = None
        await cache.stop()

    async def stop(self) -> None:
        """Close all subscriptions and stop the cache."""
        with self._lock:
            cache, self._cache, self._suspended = self._cache, None, []
        if cache is not None:
            for subscriber in cache.subscribers:
                subscriber.close()
            await cache.stop()

    def forget(self) -> None:
        """Set the cache of the parent process aside, in a forked child, where no task serves it."""
        self._lock = threading.Lock()
        cache, self._cache = self._cache, None
        if cache is not None:
            _inherited.append(cache)
            cache.disconnect()
            self._suspended = cache.subscribers
            for subscriber in self._suspended:
                subscriber.suspended = True

    def resume(self) -> None:
        """Subscribe those again that had subscribed before a fork."""
        with self._lock:
            if not self._suspended or not can_start():
                return
            suspended, self._suspended = self._suspended, []
            cache = self._cache = ResolverCache(self._connection, self._last_known)
            for subscriber in suspended:
                before = subscriber.resolution
                age = subscriber.position.age(before, time.monotonic())
                known = None if before.answer is None else (before.answer, age)
                cache.subscribe(subscriber, before.model, known)
                subscriber.suspended = False
