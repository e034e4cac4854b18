"""Parallel work on an event loop. The twin in `_sync`, written by hand too, uses threads."""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Protocol, TypeVar, TypeVarTuple

import grpc
import grpc.aio

from modelregistry._local import interruption
from modelregistry._wire.call import Metadata

Item = TypeVar("Item")
Result = TypeVar("Result")
Request = TypeVar("Request")
Reply = TypeVar("Reply")
Arguments = TypeVarTuple("Arguments")

Work = Callable[[Item], Awaitable[Result]]
"""A function that makes a result of an item."""

Stream = AsyncGenerator[Item, None]
"""Items as they arrive; a reader that stops early closes it."""


class Signal:
    """An event that happens once."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        """Set the event; setting it again changes nothing."""
        self._event.set()

    async def wait(self) -> None:
        """Return once the event is set."""
        await self._event.wait()


class Cancellable(Protocol):
    """A call that can be cancelled."""

    def cancel(self) -> object:
        """Cancel the call."""


async def call(
    method: grpc.aio.UnaryUnaryMultiCallable[Request, Reply],
    request: Request,
    *,
    timeout: float,
    metadata: Metadata,
    fail_fast: bool = False,
) -> Reply:
    """Make a unary call, which ends when its task is cancelled.

    fail_fast: fail when no connection can be made, and do not wait for one.
    """
    if fail_fast:
        return await method(request, timeout=timeout, metadata=metadata, wait_for_ready=False)
    return await method(request, timeout=timeout, metadata=metadata)


async def run_blocking(function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
    """Run a function that waits for the disk or computes for long, outside the event loop.

    A task that is cancelled meanwhile, once or more, ends only after the function: a thread cannot
    be stopped, and it must not write after the cleanup that follows. A function that hashes, copies
    or waits ends soon then; see `interruption`.
    """
    cancelled = threading.Event()
    with interruption.stopped_by(cancelled):
        work = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        cancelled.set()
        raise
    finally:
        while not work.done():
            with suppress(asyncio.CancelledError):  # a further one; the first is raised already
                await asyncio.wait([work])


async def sleep(seconds: float) -> None:
    """Wait."""
    await asyncio.sleep(seconds)


async def is_connected(channel: grpc.aio.Channel) -> bool:
    """Return whether a channel has a connection, or may have one."""
    return channel.get_state() is grpc.ChannelConnectivity.READY


class Scope:
    """Work in parallel that ends together: the first failure stops the rest."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    async def map(self, work: Work[Item, Result], items: Iterable[Item]) -> list[Result]:
        """Return the results in the order of the items, working on at most `limit` at a time.

        The first failure is raised once all other work has stopped.
        """
        slots = asyncio.Semaphore(self._limit)

        async def one(item: Item) -> Result:
            async with slots:
                return await work(item)

        tasks = [asyncio.create_task(one(item)) for item in items]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @contextmanager
    def tracking(self, call: Cancellable) -> Iterator[None]:
        """Cancel the call at the end of the block."""
        try:
            yield
        finally:
            call.cancel()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def beside(self, limit: int) -> "Scope":
        """Return a scope for parts of one item of this scope's work, which ends with this one."""
        return Scope(limit)


class Budget:
    """A number of bytes that may be in use at once."""

    def __init__(self, total: int) -> None:
        self._total = self._free = total
        self._waiting: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def hold(self, wanted: int) -> AsyncIterator[None]:
        """Wait until `wanted` bytes, or all, are free, and use them in the block."""
        size = min(wanted, self._total)
        while self._free < size:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        self._free -= size
        try:
            yield
        finally:
            self._free += size
            waiting, self._waiting = self._waiting, []
            for turn in waiting:
                if not turn.done():
                    turn.set_result(None)
