"""The initial state of a watch: read in one database transaction of bounded duration."""

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
_UNREAD_S = 10.0
Portion = tuple[Position, Sequence[Resource]]


class Snapshot:
    """An async context manager and iterator over parts, each with the position of the whole state.

    slots: the concurrent snapshots; entering waits for one. The transaction is closed when the
    whole state takes longer than _WHOLE_S, or when the client does not read a message for
    _UNREAD_S, because a slow reader must not block a connection to the database: the next part then
    raises DeadlineExceeded.
    """

    def __init__(
        self,
        portions: Generator[Portion, None, None],
        threads: Threads,
        slots: asyncio.Semaphore,
    ) -> None:
        self._portions = portions
        self._threads = threads
        self._slots = slots
        self._until = 0.0
        self._next: asyncio.Future[Portion | None] | None = None
        self._closing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Wait for a slot."""
        await self._slots.acquire()
        self._until = asyncio.get_running_loop().time() + _WHOLE_S
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the transaction and release the slot."""
        await asyncio.shield(self._close())

    async def __aiter__(self) -> AsyncIterator[Portion]:
        """Yield the parts; raises DeadlineExceeded."""
        while self._closing is None:
            self._next = asyncio.ensure_future(self._threads.run(next, self._portions, None))
            portion = await asyncio.shield(self._next)
            if portion is None:
                return
            if asyncio.get_running_loop().time() > self._until:
                break
            yield portion
        raise DeadlineExceeded

    @contextmanager
    def unread(self) -> Iterator[None]:
        """Bound the time in which the client has to read a message."""
        loop = asyncio.get_running_loop()
        timer = loop.call_at(min(loop.time() + _UNREAD_S, self._until), self._close)
        try:
            yield
        finally:
            timer.cancel()

    def _close(self) -> asyncio.Task[None]:
        self._closing = self._closing or asyncio.create_task(self._end())
        return self._closing

    async def _end(self) -> None:
        try:
            if self._next is not None:
                # A generator cannot be closed while a thread runs it.
                await asyncio.wait([self._next])
            await self._threads.finish(self._portions.close)
        finally:
            self._slots.release()
