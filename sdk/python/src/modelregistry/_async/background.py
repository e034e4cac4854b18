"""What goes on beside the caller, on an event loop. Its twin in `_sync` has threads."""

import asyncio
from collections.abc import Callable
from types import TracebackType


class Bell:
    """Guards what several tasks look at, and wakes those who wait for it to change.

    As a context manager it keeps the others away: here nobody comes between two awaits anyway.
    """

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def __enter__(self) -> None:
        """Nobody else."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The others again."""

    def ring(self) -> None:
        """Have everybody look whether what they wait for is so."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    async def wait(self, ready: Callable[[], bool], seconds: float | None = None) -> bool:
        """Return once it is so, or after so many seconds; and whether it is."""
        try:
            async with asyncio.timeout(seconds):
                while not ready():
                    await self._ring()
        except TimeoutError:
            return ready()
        return True

    async def _ring(self) -> None:
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            await waiting
        finally:
            self._waiting.discard(waiting)
