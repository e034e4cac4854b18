"""A bound on the bytes that all streams of this process hold together, and those of one caller."""

import asyncio
from collections import deque
from types import TracebackType
from typing import Self


class Budget:
    """A number of bytes, shared by all streams. Used from one event loop.

    total: bytes for all callers together. each: bytes for one caller; None for no such bound.
    Bytes are taken through a `Share` only, which gives all of them back when its block ends: no
    path out of a stream can keep them.
    """

    def __init__(self, total: int, each: int | None = None) -> None:
        self._total = total
        self._each = total if each is None else min(each, total)
        self._all = _Bytes(total)
        self._callers: dict[str, _Bytes] = {}

    @property
    def held(self) -> int:
        """The bytes held now."""
        return self._total - self._all.left

    def share(self, caller: str = "") -> "Share":
        """Return a context manager through which one stream of `caller` takes bytes."""
        return Share(self, caller)

    def clamp(self, count: int) -> int:
        """Return what is taken for `count` bytes: never more than one caller may have at all."""
        return min(count, self._each)

    async def take(self, caller: str, count: int) -> None:
        """Wait until `count` bytes are left, for the caller and altogether. For `Share` only."""
        # The caller's own bound comes first: waiting for it holds up nobody else.
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
        """Take bytes if they are left now. For `Share` only."""
        own = self._own(caller)
        taken = own.try_take(count)
        if taken and not self._all.try_take(count):
            own.give(count)
            taken = False
        self._give_own(caller, 0)
        return taken

    def give(self, caller: str, count: int) -> None:
        """Give bytes back. For `Share` only."""
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


class Share:
    """What one stream holds of a budget: a context manager that gives everything back at its end.

    A stream that finds too few bytes left waits in turn; it stops reading meanwhile, so that gRPC's
    flow control stops its sender.
    """

    def __init__(self, budget: Budget, caller: str) -> None:
        self._budget = budget
        self._caller = caller
        self._held = 0
        self._ended = False

    @property
    def held(self) -> int:
        """The bytes held now."""
        return self._held

    async def take(self, count: int) -> None:
        """Wait until `count` bytes are left, or as many as one caller may have, and take them."""
        count = self._budget.clamp(count)
        if not count or self.try_take(count):
            return
        await self._budget.take(self._caller, count)
        self._held += count
        if self._ended:
            self._give(count)
            raise asyncio.CancelledError

    def try_take(self, count: int) -> bool:
        """Take `count` bytes if they are left now; return whether they were."""
        count = self._budget.clamp(count)
        taken = not self._ended and self._budget.try_take(self._caller, count)
        self._held += count if taken else 0
        return taken

    def give(self, count: int) -> None:
        """Give back what `take(count)` took."""
        self._give(min(self._budget.clamp(count), self._held))

    def __enter__(self) -> Self:
        """Begin with nothing."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give everything back; what is still waited for is given back when it comes."""
        self._ended = True
        self._give(self._held)

    def _give(self, count: int) -> None:
        if count:
            self._held -= count
            self._budget.give(self._caller, count)


class _Bytes:
    """Bytes that are handed out in the order in which they were asked for."""

    def __init__(self, total: int) -> None:
        self._total = total
        self.left = total
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def unused(self) -> bool:
        """Whether nothing is held and nothing waited for."""
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
            # Cancelled in the very moment in which it was given them, or while it waited.
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
