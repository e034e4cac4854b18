"""All watches of this process: each published transaction is delivered to the interested ones."""

import asyncio
import random
from collections import deque
from collections.abc import Iterator
from itertools import chain

from registry_grpc.domain.errors import HistoryChanged, ServerDraining
from registry_grpc.domain.history import Position
from registry_grpc.domain.watch import Wanted, model_of, namespace_of
from registry_grpc.transport.published_changes import Transaction
from registry_grpc.transport.subscription import Subscription

_RECENT = 4_096
_RECENT_BYTES = 64 * 1_024 * 1_024
_DRAIN_S = 1.0
_Table = dict[str | None, set[Subscription]]


class WatchBroadcaster:
    """Delivers transactions to subscriptions. Used from one event loop.

    The newest transactions are kept, within a bound: a subscription that starts shortly before
    `applied` gets them from here.
    """

    def __init__(self) -> None:
        self.applied = 0
        """Everything up to this revision was published."""
        self.history = ""
        """The history id of that revision."""
        self._recent: deque[Transaction] = deque()
        self._recent_bytes = 0
        self._reaches = 0
        self._of_model: _Table = {}
        self._of_namespace: _Table = {}  # None: of all
        self._all: set[Subscription] = set()
        self._draining = False

    def __len__(self) -> int:
        """Return the number of subscriptions."""
        return len(self._all)

    def publish(self, transaction: Transaction) -> None:
        """Deliver a transaction to all subscriptions that want an event of it."""
        self._recent.append(transaction)
        self._recent_bytes += transaction.size
        while len(self._recent) > _RECENT or self._recent_bytes > _RECENT_BYTES:
            oldest = self._recent.popleft()
            self._recent_bytes -= oldest.size
            self._reaches = oldest.revision
        self.applied = transaction.revision
        for subscription in self._interested(transaction):
            subscription.offer(transaction)

    def subscribe(self, wanted: Wanted, after: Position) -> Subscription | None:
        """Return a subscription to everything after `after`; None if that is not kept or too much.

        None also for a position of another history than the published one. Raises ServerDraining
        when this process is draining.
        """
        if self._draining:
            raise ServerDraining(after.revision + 1)
        if after.history != self.history or after.revision < self._reaches:
            return None
        subscription = Subscription(wanted, after.revision)
        for transaction in self._newer_than(after.revision):
            subscription.offer(transaction)
        if subscription.ended:
            # Ended before its client could read anything, and again after each reconnect.
            return None
        self._all.add(subscription)
        for table, key in self._keys(wanted):
            table.setdefault(key, set()).add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Remove a subscription."""
        self._all.discard(subscription)
        for table, key in self._keys(subscription.wanted):
            subscriptions = table.get(key)
            if subscriptions is not None:
                subscriptions.discard(subscription)
                if not subscriptions:
                    del table[key]

    def restart(self, position: Position) -> None:
        """Restart in another history; all subscriptions end with HistoryChanged."""
        changed = HistoryChanged(self.history, position.history, position.revision)
        for subscription in self._all:
            subscription.end(changed)
        self._recent.clear()
        self._recent_bytes = 0
        self.history = position.history
        self.applied = self._reaches = position.revision

    async def drain(self) -> None:
        """End all subscriptions within a second, not all at once, each with its resume revision."""
        self._draining = True
        loop = asyncio.get_running_loop()
        if self._all:
            for subscription in self._all:
                wait = random.uniform(0, _DRAIN_S)  # noqa: S311 - spreads load
                loop.call_later(wait, self._end_one, subscription)
            await asyncio.sleep(_DRAIN_S)

    def _end_one(self, subscription: Subscription) -> None:
        # It may have read from the database ahead of the published revision.
        done = max(self.applied, subscription.sent) if subscription.idle else subscription.sent
        subscription.end(ServerDraining(done + 1))

    def _interested(self, transaction: Transaction) -> set[Subscription]:
        found = set(self._of_namespace.get(None, ()))
        for name in transaction.names:
            found.update(self._of_namespace.get(namespace_of(name), ()))
            found.update(self._of_model.get(model_of(name), ()))
        for model in chain.from_iterable(transaction.moved):
            found.update(self._of_model.get(model, ()))
        return found

    def _keys(self, wanted: Wanted) -> Iterator[tuple[_Table, str | None]]:
        if wanted.models and not wanted.prefixes:
            yield from ((self._of_model, model) for model in wanted.models)
        else:
            yield self._of_namespace, wanted.namespace

    def _newer_than(self, after: int) -> list[Transaction]:
        newer: list[Transaction] = []
        for transaction in reversed(self._recent):
            if transaction.revision <= after:
                break
            newer.append(transaction)
        return newer[::-1]
