"""Thread pools for synchronous work, with a bounded number of waiting calls."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from registry_grpc.domain.errors import ServerDraining, ServerOverloaded
from registry_grpc.transport.completion import complete, settled

_T = TypeVar("_T")


class Closable(Protocol):
    """A resource that must be closed in a thread."""

    def close(self) -> None:
        """Release all resources; works in every state."""


_Closable = TypeVar("_Closable", bound=Closable)


class Threads:
    """Runs blocking functions in threads.

    size: number of threads. waiting: maximum number of waiting calls; more raise ServerOverloaded.
    """

    def __init__(self, name: str, size: int, waiting: int) -> None:
        self.name, self.size = name, size
        self._pool = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._capacity = self._free = size + waiting
        self._closed = False

    @property
    def taken(self) -> int:
        """The number of running and waiting calls."""
        return self._capacity - self._free

    async def run(self, function: Callable[..., _T], *args: object) -> _T:
        """Run the function in a thread; return its result or raise its error.

        When the caller is cancelled, a running function still completes. Raises ServerDraining
        after `close`.
        """
        if self._closed:
            raise ServerDraining
        if self._free <= 0:
            raise ServerOverloaded
        return await self._submit(function, *args)

    async def finish(self, function: Callable[..., _T], *args: object) -> _T:
        """Run a function that must complete: it is never rejected nor stopped by cancellation."""
        return await asyncio.shield(self._submit(function, *args))

    @asynccontextmanager
    async def opened(
        self, function: Callable[..., _Closable], *args: object
    ) -> AsyncIterator[_Closable]:
        """Open a resource in a thread, and close it in a thread at the end of the block.

        If the caller is cancelled during the opening, it is closed once it is open.
        """
        opening = asyncio.ensure_future(self.run(function, *args))
        try:
            yield await asyncio.shield(opening)
        finally:
            await complete(self._close(opening))

    async def _close(self, opening: "asyncio.Future[_Closable]") -> None:
        await settled(opening)
        if not opening.cancelled() and opening.exception() is None:
            await self.finish(opening.result().close)

    def _submit(self, function: Callable[..., _T], *args: object) -> "asyncio.Future[_T]":
        self._free -= 1
        loop = asyncio.get_running_loop()
        work = self._pool.submit(_carried, function, *args)
        # Freed when the work ends, not when its caller is cancelled: the thread is busy until then.
        work.add_done_callback(lambda _: loop.call_soon_threadsafe(self._release))
        return asyncio.wrap_future(work)

    def _release(self) -> None:
        self._free += 1

    def close(self) -> None:
        """Wait for running functions and accept no more."""
        self._closed = True
        self._pool.shutdown(wait=True)


@dataclass(frozen=True, slots=True)
class Pools:
    """The thread pools: a call never waits for a call of another pool.

    admission: authentication of known tokens. unknown: authentication of tokens that are not
    cached. calls: light unary calls. heavy: unary calls that may take a second or more. transfers:
    streams of bytes.
    """

    admission: Threads
    unknown: Threads
    calls: Threads
    heavy: Threads
    transfers: Threads

    @classmethod
    def all_in(cls, threads: Threads) -> "Pools":
        """Return one pool for everything."""
        return cls(threads, threads, threads, threads, threads)

    def each(self) -> tuple[Threads, ...]:
        """Return the pools in the order of closing."""
        return (self.calls, self.heavy, self.transfers, self.admission, self.unknown)


def _carried(function: Callable[..., _T], *args: object) -> _T:
    # A future cannot store StopIteration: it would never be done.
    try:
        return function(*args)
    except StopIteration as error:
        message = "an iterator ended unexpectedly"
        raise RuntimeError(message) from error
