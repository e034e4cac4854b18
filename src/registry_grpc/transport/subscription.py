"""The queue of one watch: bounded, so that a slow reader does not affect others."""

import asyncio
from collections import deque

from registry_grpc.domain.errors import RegistryError, WatchTooSlow
from registry_grpc.domain.watch import Wanted
from registry_grpc.transport.published_changes import Transaction

_MAX_MESSAGES = 4_096
_MAX_BYTES = 8 * 1_024 * 1_024


class Subscription:
    """The queue of one watch. Used from one event loop."""

    def __init__(self, wanted: Wanted, after: int) -> None:
        self.wanted = wanted
        self.sent = after
        """Everything up to this revision was taken from the queue."""
        self._queue: deque[tuple[int, bytes]] = deque()
        self._bytes = 0
        self._end: RegistryError | None = None
        self._waiting: asyncio.Future[None] | None = None

    @property
    def idle(self) -> bool:
        """Whether the queue is empty."""
        return not self._queue

    @property
    def ended(self) -> bool:
        """Whether the watch has ended with an error."""
        return self._end is not None

    def offer(self, transaction: Transaction) -> None:
        """Queue the wanted events of a transaction; a full queue ends with WatchTooSlow."""
        if self.ended or transaction.revision <= self.sent:
            return
        message = transaction.message(self.wanted)
        if message is None:
            return
        if len(self._queue) >= _MAX_MESSAGES or self._bytes + len(message) > _MAX_BYTES:
            self.end(WatchTooSlow(self.sent + 1))
            return
        self._queue.append((transaction.revision, message))
        self._bytes += len(message)
        _wake(self._waiting)

    def end(self, error: RegistryError) -> None:
        """End the watch with this error; queued messages are dropped."""
        self._queue.clear()
        self._end = self._end or error
        _wake(self._waiting)

    async def next(self, seconds: float) -> bytes | None:
        """Return the next message; None after `seconds` without one. Raises the error of `end`."""
        if not self._queue and not self.ended:
            await self._wait(seconds)
        if self._end is not None:
            raise self._end
        # A message may arrive exactly at the end of the time.
        if not self._queue:
            return None
        self.sent, message = self._queue.popleft()
        self._bytes -= len(message)
        return message

    async def _wait(self, seconds: float) -> None:
        # An event under asyncio.timeout does the same at three times the cost, for each message of
        # each of a thousand watches.
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        timer = loop.call_later(seconds, _wake, self._waiting)
        try:
            await self._waiting
        finally:
            timer.cancel()
            self._waiting = None


def _wake(waiting: "asyncio.Future[None] | None") -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)
