"""A bound on bytes in memory, for all streams of this process together and for each caller."""

import asyncio
from collections import deque
from types import TracebackType
from typing import Self


class ByteBudget:
    """A number of bytes shared by all streams. Used from one event loop.

    total: bytes for all callers together. each: bytes for one caller; None for no such bound.
    Bytes are taken only through a `Reservation`, which releases all of them at the end of its
    block, so no stream can keep them.
    """

    def __init__(self, total: int, each: int | None = None) -> None:
        self._total = total
        self._each = total if each is None else min(each, total)
        self._all = _Bytes(total)
        self._callers: dict[str, _Bytes] = {}

    @property
    def held(self) -> int:
        """The bytes in use."""
        return self._total - self._all.left

    def reserve(self, caller: str = "") -> "Reservation":
        """Return a context manager for the bytes of one stream of `caller`."""
        return Reservation(self, caller)

    def clamp(self, count: int) -> int:
        """Return `count`, bounded by the maximum of one caller."""
        return min(count, self._each)

    async def take(self, caller: str, count: int) -> None:
        """Take bytes, waiting for the bounds of caller and process. For `Reservation` only."""
        # The caller's own bound comes first: waiting for it blocks no other caller.
        own = self._own(caller)
        try:
            await own.take(count)
        except BaseException:
            self._give_own(caller, 0)
            raise
        try:
            await self._all.take(count)
        except BaseException:
            self._give_own(caller, count)
            raise

    def try_take(self, caller: str, count: int) -> bool:
        """Take bytes if they are available. For `Reservation` only."""
        own = self._own(caller)
        taken = own.try_take(count)
        if taken and not self._all.try_take(count):
            own.give(count)
            taken = False
        self._give_own(caller, 0)
        return taken

    def give(self, caller: str, count: int) -> None:
        """Release bytes. For `Reservation` only."""
        self._all.give(count)
        self._give_own(caller, count)

    def _own(self, caller: str) -> "_Bytes":
        own = self._callers.get(caller)
        if own is None:
            own = self._callers[caller] = _Bytes(self._each)
        return own

    def _give_own(self, caller: str, count: int) -> None:
        own = self._callers[caller]
        own.give(count)
        if own.unused:
            del self._callers[caller]


class Reservation:
    """The bytes of one stream: a context manager that releases all of them at its end.

    A stream waits in turn for available bytes; meanwhile it does not read, so gRPC's flow control
    stops its sender.
    """

    def __init__(self, budget: ByteBudget, caller: str) -> None:
        self._budget = budget
        self._caller = caller
        self._held = 0
        self._ended = False

    @property
    def held(self) -> int:
        """The bytes in use."""
        return self._held

    async def take(self, count: int) -> None:
        """Take `count` bytes, or the maximum of one caller; wait until they are available."""
        count = self._budget.clamp(count)
        if not count or self.try_take(count):
            return
        await self._budget.take(self._caller, count)
        self._held += count
        if self._ended:
            self._give(count)
            raise asyncio.CancelledError

    def try_take(self, count: int) -> bool:
        """Take `count` bytes if they are available; return whether they were."""
        count = self._budget.clamp(count)
        taken = not self._ended and self._budget.try_take(self._caller, count)
        self._held += count if taken else 0
        return taken

    def give(self, count: int) -> None:
        """Release the bytes of `take(count)`."""
        self._give(min(self._budget.clamp(count), self._held))

    def __enter__(self) -> Self:
        """Begin with no bytes."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Release everything; a pending `take` releases its bytes when it gets them."""
        self._ended = True
        self._give(self._held)

    def _give(self, count: int) -> None:
        if count:
            self._held -= count
            self._budget.give(self._caller, count)


class _Bytes:
    """Bytes that are granted in the order of the requests."""

    def __init__(self, total: int) -> None:
        self._total = total
        self.left = total
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def unused(self) -> bool:
        """Whether no bytes are in use and no request waits."""
        return self.left == self._total and not self._waiting

    def try_take(self, count: int) -> bool:
        if self._waiting or self.left < count:
            return False
        self.left -= count
        return True

    async def take(self, count: int) -> None:
        if self.try_take(count):
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((count, turn))
        try:
            await turn
        except BaseException:
            # Cancelled while it waited, or just after the bytes were granted.
            self.give(count if turn.done() and not turn.cancelled() else 0)
            raise

    def give(self, count: int) -> None:
        self.left += count
        while self._waiting:
            wanted, turn = self._waiting[0]
            if not turn.done():
                if wanted > self.left:
                    return
                self.left -= wanted
                turn.set_result(None)
            self._waiting.popleft()
