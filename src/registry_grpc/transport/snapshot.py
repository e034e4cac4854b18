"""The present state on its way to a watcher: one transaction, and no longer than need be."""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from registry_grpc.domain.errors import DeadlineExceeded
from registry_grpc.domain.history import Position
from registry_grpc.domain.resource import Resource
from registry_grpc.transport.threads import Threads

_WHOLE_S = 50.0
_TAKEN_S = 10.0
Portion = tuple[Position, Sequence[Resource]]


class Snapshot:
    """An async context manager and iterator over portions, each with the position of all of it.

    places: how many there may be at once; one waits for its turn. It is let go when all of it takes
    longer than _WHOLE_S, or when what was given out is not taken for _TAKEN_S, because who does not
    read must not keep a connection from the others: what comes next raises DeadlineExceeded.
    """

    def __init__(
        self,
        portions: Generator[Portion, None, None],
        threads: Threads,
        places: asyncio.Semaphore,
    ) -> None:
        self._portions = portions
        self._threads = threads
        self._places = places
        self._until = 0.0
        self._coming: asyncio.Future[Portion | None] | None = None
        self._letting_go: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Wait for a place."""
        await self._places.acquire()
        self._until = asyncio.get_running_loop().time() + _WHOLE_S
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go."""
        await asyncio.shield(self._let_go())

    async def __aiter__(self) -> AsyncIterator[Portion]:
        """Yield what there is; raises DeadlineExceeded."""
        while self._letting_go is None:
            self._coming = asyncio.ensure_future(self._threads.run(next, self._portions, None))
            portion = await asyncio.shield(self._coming)
            if portion is None:
                return
            if asyncio.get_running_loop().time() > self._until:
                break
            yield portion
        raise DeadlineExceeded

    @contextmanager
    def given_out(self) -> Iterator[None]:
        """While something is given out and not yet taken."""
        loop = asyncio.get_running_loop()
        timer = loop.call_at(min(loop.time() + _TAKEN_S, self._until), self._let_go)
        try:
            yield
        finally:
            timer.cancel()

    def _let_go(self) -> asyncio.Task[None]:
        self._letting_go = self._letting_go or asyncio.create_task(self._end())
        return self._letting_go

    async def _end(self) -> None:
        try:
            if self._coming is not None:
                # A thread may be inside, from under which it cannot be closed.
                await asyncio.wait([self._coming])
            await self._threads.finish(self._portions.close)
        finally:
            self._places.release()
