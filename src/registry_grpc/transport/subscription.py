"""What waits for one watcher: bounded, so that one who does not read costs the others nothing."""

import asyncio
from collections import deque

from registry_grpc.domain.errors import RegistryError, WatchTooSlow
from registry_grpc.domain.watch import Wanted
from registry_grpc.transport.published import Transaction

_MOST_HELD = 4_096
_MOST_HELD_BYTES = 8 * 1_024 * 1_024


class Subscription:
    """What waits for one watcher. Used from one event loop."""

    def __init__(self, wanted: Wanted, after: int) -> None:
        self.wanted = wanted
        self.sent = after
        """Everything up to this revision has been taken."""
        self._held: deque[tuple[int, bytes]] = deque()
        self._bytes = 0
        self._end: RegistryError | None = None
        self._waiting: asyncio.Future[None] | None = None

    @property
    def idle(self) -> bool:
        """Whether everything was taken."""
        return not self._held

    @property
    def ended(self) -> bool:
        """Whether nothing comes any more but the error it ended with."""
        return self._end is not None

    def offer(self, transaction: Transaction) -> None:
        """Hold what is wanted of a transaction; who holds too much is cut."""
        if self.ended or transaction.revision <= self.sent:
            return
        message = transaction.message(self.wanted)
        if message is None:
            return
        if len(self._held) >= _MOST_HELD or self._bytes + len(message) > _MOST_HELD_BYTES:
            self.end(WatchTooSlow(self.sent + 1))
            return
        self._held.append((transaction.revision, message))
        self._bytes += len(message)
        _wake(self._waiting)

    def end(self, error: RegistryError) -> None:
        """Let the watcher end with this error; what it has not taken is dropped."""
        self._held.clear()
        self._end = self._end or error
        _wake(self._waiting)

    async def next(self, seconds: float) -> bytes | None:
        """Return the next message; None when none came in time. Raises how the watch ended."""
        if not self._held and not self.ended:
            await self._wait(seconds)
        if self._end is not None:
            raise self._end
        # Not to be concluded from the end of the time: something may come in that very moment.
        if not self._held:
            return None
        self.sent, message = self._held.popleft()
        self._bytes -= len(message)
        return message

    async def _wait(self, seconds: float) -> None:
        # An event under asyncio.timeout does the same at three times the cost, for each message and
        # each of a thousand watchers.
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
