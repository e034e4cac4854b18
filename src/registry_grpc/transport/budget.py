"""A bound on the bytes that all streams of this process hold together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Budget:
    """So many bytes, shared by all streams. Used from one event loop.

    A stream that finds too few left waits in turn; it stops reading meanwhile, so that gRPC's flow
    control stops its sender.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._left = total
        self._turn = asyncio.Lock()
        self._given_back = asyncio.Event()

    @property
    def held(self) -> int:
        """The bytes held now."""
        return self._total - self._left

    async def take(self, count: int) -> None:
        """Wait until `count` bytes are left, or all of them, and take them."""
        count = min(count, self._total)
        async with self._turn:
            while self._left < count:
                self._given_back.clear()
                await self._given_back.wait()
            self._left -= count

    def give(self, count: int) -> None:
        """Give bytes back."""
        self._left += min(count, self._total)
        self._given_back.set()

    @asynccontextmanager
    async def holding(self, count: int) -> AsyncIterator[None]:
        """Hold `count` bytes while the block runs."""
        await self.take(count)
        try:
            yield
        finally:
            self.give(count)
