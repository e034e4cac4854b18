"""Background tasks on an event loop. The twin in `_sync`, written by hand too, uses threads."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import TypeAlias, TypeVarTuple

Arguments = TypeVarTuple("Arguments")

Step: TypeAlias = Callable[[], Coroutine[object, object, None]]
"""A function to run in the background."""


async def call_back(function: Callable[[*Arguments], object], *arguments: *Arguments) -> None:
    """Call a function of the user, and await its result if that is awaitable."""
    result = function(*arguments)
    if inspect.isawaitable(result):
        await result


class TaskGroup:
    """Background tasks by name."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, work: Step, *, awaited: bool = True) -> None:
        """Start a task, unless one of this name was started already."""
        del awaited  # `stop` can cancel any task here, and waits for it
        if name not in self._tasks:
            self._tasks[name] = asyncio.create_task(work(), name=f"modelregistry-{name}")

    async def stop(self) -> None:
        """Cancel all tasks and wait for them, except for the one that calls this."""
        own = asyncio.current_task()
        tasks = [task for task in self._tasks.values() if task is not own]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def can_start() -> bool:
    """Return whether there is an event loop to run tasks on."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class Condition:
    """A condition variable: a lock, and a way to wait for a predicate.

    On an event loop no other task runs between two awaits, so entering it locks nothing.
    """

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def __enter__(self) -> None:
        """Acquire the lock."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the lock."""

    def notify_all(self) -> None:
        """Make all waiting tasks evaluate their predicates again."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    async def wait_for(self, predicate: Callable[[], bool], seconds: float | None = None) -> bool:
        """Wait until the predicate is true, or `seconds` have passed; return its last value."""
        try:
            async with asyncio.timeout(seconds):
                while not predicate():
                    await self._notification()
        except TimeoutError:
            return predicate()
        return True

    async def _notification(self) -> None:
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            await waiting
        finally:
            self._waiting.discard(waiting)
