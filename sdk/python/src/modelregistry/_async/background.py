"""What goes on beside the caller, on an event loop. Its twin in `_sync` has threads."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import TypeAlias, TypeVarTuple

Arguments = TypeVarTuple("Arguments")

Step: TypeAlias = Callable[[], Coroutine[object, object, None]]
"""Something to be done in the background."""


async def call_back(function: Callable[[*Arguments], object], *arguments: *Arguments) -> None:
    """Call a function of the user's, which may be one to be awaited."""
    result = function(*arguments)
    if inspect.isawaitable(result):
        await result


class Crew:
    """Those who work in the background: one task for each work."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, work: Step, *, awaited: bool = True) -> None:
        """Have this done from now on, unless it is already."""
        del awaited  # everybody can be stopped here
        if name not in self._tasks:
            self._tasks[name] = asyncio.create_task(work(), name=f"modelregistry-{name}")

    async def stop(self) -> None:
        """Have nothing done any more, but for what calls this."""
        own = asyncio.current_task()
        tasks = [task for task in self._tasks.values() if task is not own]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def can_start() -> bool:
    """Tell whether there is an event loop to work on."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


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
