"""The log on its way to watchers and to memory: encoded once, handed to the event loop in order."""

import asyncio
from collections.abc import Sequence

from typing_extensions import override

from registry_grpc.domain.change import Event
from registry_grpc.domain.history import Position
from registry_grpc.services.answers import Answers
from registry_grpc.services.log_follower import LogListener
from registry_grpc.transport.hub import Hub
from registry_grpc.transport.published import Transaction, transactions


class Feed(LogListener):
    """Brings the log to the event loop, where memory and watchers hear of it in one step."""

    def __init__(self, loop: asyncio.AbstractEventLoop, answers: Answers, hub: Hub) -> None:
        self._loop = loop
        self._answers = answers
        self._hub = hub
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
            self._answers.apply(transaction.revision, transaction.names)
            self._hub.publish(transaction)

    def _restart(self, position: Position) -> None:
        self._answers.reset(position)
        self._hub.restart(position)
