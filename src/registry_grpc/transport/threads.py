"""Where synchronous work runs: a bounded pool of our own, shed when too much waits."""

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
    """Something that must be closed, in a thread."""

    def close(self) -> None:
        """Let go of everything; never fails because of the state it is in."""


_Closable = TypeVar("_Closable", bound=Closable)


class Threads:
    """Runs blocking functions beside the event loop.

    size: threads. waiting: how many calls may wait for one; more raise ServerOverloaded.
    """

    def __init__(self, name: str, size: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._places = self._free = size + waiting
        self._closed = False

    @property
    def taken(self) -> int:
        """How many calls run or wait."""
        return self._places - self._free

    async def run(self, function: Callable[..., _T], *args: object) -> _T:
        """Return what the function returns, or raise what it raises.

        When the caller is cancelled a function that has begun still runs to its end: nothing is
        cut in half. After `close` it raises ServerDraining.
        """
        if self._closed:
            raise ServerDraining
        if self._free <= 0:
            raise ServerOverloaded
        return await self._submit(function, *args)

    async def finish(self, function: Callable[..., _T], *args: object) -> _T:
        """Do the same for what must happen: it is never refused and outlives its caller's end."""
        return await asyncio.shield(self._submit(function, *args))

    @asynccontextmanager
    async def opened(
        self, function: Callable[..., _Closable], *args: object
    ) -> AsyncIterator[_Closable]:
        """Open something in a thread, and close it in one at the end of the block.

        Also what is still being opened when the caller is cancelled is closed, once it is open.
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
        # Freed when the work ends, not when its caller goes away: the thread is taken until then.
        work.add_done_callback(lambda _: loop.call_soon_threadsafe(self._release))
        return asyncio.wrap_future(work)

    def _release(self) -> None:
        self._free += 1

    def close(self) -> None:
        """Wait for what runs and take nothing more."""
        self._closed = True
        self._pool.shutdown(wait=True)


@dataclass(frozen=True, slots=True)
class Pools:
    """Who waits behind whom: nothing in one pool waits behind anything in another.

    admission: finding out who calls, known callers first among equals. strangers: the same of those
    whose token was not seen before. calls: unary calls that are quick. heavy: those that may take
    a second and more. transfers: streams of bytes.
    """

    admission: Threads
    strangers: Threads
    calls: Threads
    heavy: Threads
    transfers: Threads

    @classmethod
    def all_in(cls, threads: Threads) -> "Pools":
        """Return one pool for everything."""
        return cls(threads, threads, threads, threads, threads)

    def each(self) -> tuple[Threads, ...]:
        """Return the pools in the order in which they are to be closed."""
        return (self.calls, self.heavy, self.transfers, self.admission, self.strangers)


def _carried(function: Callable[..., _T], *args: object) -> _T:
    # A future cannot hold StopIteration: whoever waits for it would wait for ever.
    try:
        return function(*args)
    except StopIteration as error:
        message = "an iterator ended unexpectedly"
        raise RuntimeError(message) from error
