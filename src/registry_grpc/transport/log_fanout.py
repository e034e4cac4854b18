"""Delivery of the change log to the lookup cache and to watches, encoded once, in order."""

import asyncio
from collections.abc import Sequence

from typing_extensions import override

from registry_grpc.domain.change import Event
from registry_grpc.domain.history import Position
from registry_grpc.services.log_follower import LogListener
from registry_grpc.services.lookup_cache import LookupCache
from registry_grpc.transport.published_changes import Transaction, transactions
from registry_grpc.transport.watch_broadcaster import WatchBroadcaster


class LogFanout(LogListener):
    """Passes log events to the event loop, which updates cache and watches in one step."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        answers: LookupCache[bytes],
        broadcaster: WatchBroadcaster,
    ) -> None:
        self._loop = loop
        self._answers = answers
        self._broadcaster = broadcaster
        self._history = ""

    @override
    def advance(self, events: Sequence[Event], revision: int) -> None:
        self._loop.call_soon_threadsafe(self._advance, list(transactions(events, self._history)))

    @override
    def restart(self, position: Position) -> None:
        self._history = position.history
        self._loop.call_soon_threadsafe(self._restart, position)

    def _advance(self, encoded: Sequence[Transaction]) -> None:
        for transaction in encoded:
            self._answers.apply(transaction.revision, transaction.subjects)
            self._broadcaster.publish(transaction)

    def _restart(self, position: Position) -> None:
        self._answers.reset(position)
        self._broadcaster.restart(position)
