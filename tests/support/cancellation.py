"""Cancel a coroutine at its n-th suspension, in any of its tasks."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

from typing_extensions import override

Work = Coroutine[Any, Any, object]
_MOST = 5_000


class _Counted(Coroutine[Any, Any, Any]):
    """A coroutine that reports each of its suspensions."""

    def __init__(self, work: Work, suspended: Callable[[], None]) -> None:
        self._work = work
        self._suspended = suspended

    @override
    def send(self, value: Any) -> Any:
        yielded = self._work.send(value)
        self._suspended()
        return yielded

    @override
    def throw(self, *error: Any) -> Any:
        yielded = self._work.throw(*error)
        self._suspended()
        return yielded

    @override
    def close(self) -> None:
        self._work.close()

    @override
    def __await__(self) -> Generator[Any, Any, Any]:
        raise NotImplementedError


async def cancelled_at(number: int, work: Work, *, again: int | None = None) -> bool:
    """Run `work` and cancel it at suspension `number`; return whether it ended before.

    Suspensions of all tasks that it starts count. again: cancel it once more that many suspensions
    later, which is in its cleanup. Returns when all that it started has ended.
    """
    loop, count, cancelled = asyncio.get_running_loop(), 0, False
    before = asyncio.all_tasks()
    task: asyncio.Task[object] | None = None

    def suspended() -> None:
        nonlocal count, cancelled
        due = {number} if again is None else {number, number + again}
        if count in due and task is not None and not task.done():
            cancelled = True
            loop.call_soon(task.cancel)
        count += 1

    def counted(
        loop: asyncio.AbstractEventLoop, started: Work, **options: object
    ) -> "asyncio.Task[Any]":
        return asyncio.Task(_Counted(started, suspended), loop=loop, **options)  # type: ignore[arg-type]

    factory = loop.get_task_factory()
    loop.set_task_factory(counted)  # type: ignore[arg-type]
    try:
        task = asyncio.create_task(work)
        await asyncio.wait([task])
        while rest := asyncio.all_tasks() - before:
            await asyncio.wait(rest)
    finally:
        loop.set_task_factory(factory)
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error
    return not cancelled


async def cancelled_everywhere(
    make: Callable[[], Awaitable[Work]],
    check: Callable[[int], Awaitable[None]],
    *,
    again: int | None = None,
) -> int:
    """Run what `make` returns again and again, cancelled one suspension later each time.

    `check` is called after each run with its number. Returns how many suspensions there were.
    """
    for number in range(_MOST):
        ended = await cancelled_at(number, await make(), again=again)
        await check(number)
        if ended:
            return number
    message = "it never ends by itself"
    raise AssertionError(message)


async def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something holds; fail when it does not in time."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the condition has no event
            await asyncio.sleep(0.001)
