"""One upload stream: receives chunks while it stores earlier ones, with bounded memory.

receive → a queue of chunks → store, in a thread → a queue of replies → the caller

Each part passes its error on after its items. A full queue stops the part before
it, and finally gRPC's flow control stops the sender: a slow disk or a client that reads no
replies uses no memory.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass

from google.protobuf.message import Message

from modelregistry.v1 import artifact_service_pb2 as pb
from registry_grpc.services.upload import UploadWriter
from registry_grpc.transport.byte_budget import Reservation
from registry_grpc.transport.completion import complete, settled
from registry_grpc.transport.threads import Threads

_CHUNKS = 4
_REPLIES = 4
_CHECK_S = 2.0
"""Seconds after which an idle writer notices that another process has taken over its upload."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes from `offset` on, with their crc32c. flush: reply once they are durable."""

    offset: int
    data: bytes
    crc32c: int
    flush: bool


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None = None


class UploadStream:
    """Stores one stream of chunks with a writer, which stays open. Used from one event loop.

    reservation: counts a chunk from before it is queued until the thread that stores it has
    ended; the end of the reservation releases the rest.
    """

    def __init__(self, writer: UploadWriter, threads: Threads, reservation: Reservation) -> None:
        self._writer = writer
        self._threads = threads
        self._reservation = reservation
        self._chunks: asyncio.Queue[Chunk | _End] = asyncio.Queue(_CHUNKS)
        self._replies: asyncio.Queue[Message | _End] = asyncio.Queue(_REPLIES)
        self._storing: asyncio.Future[list[Message]] | None = None

    async def store(self, chunks: AsyncIterator[Chunk]) -> AsyncGenerator[Message, None]:
        """Yield a reply for each flush and one at the end; raise the error of the stream.

        At its end no thread uses the writer any more.
        """
        tasks = [asyncio.create_task(self._receive(chunks)), asyncio.create_task(self._store())]
        try:
            while not isinstance(reply := await self._reply(), _End):
                yield reply
            if reply.error is not None:
                raise reply.error
        finally:
            await complete(self._end(tasks))

    async def _end(self, tasks: "list[asyncio.Task[None]]") -> None:
        for task in tasks:
            task.cancel()
        await settled(*tasks)
        if self._storing is not None:
            await settled(self._storing)

    async def _reply(self) -> Message | _End:
        while True:
            try:
                async with asyncio.timeout(_CHECK_S):
                    return await self._replies.get()
            except TimeoutError:
                await self._threads.run(self._writer.check)

    async def _receive(self, chunks: AsyncIterator[Chunk]) -> None:
        end = _End()
        try:
            async for chunk in chunks:
                await self._reservation.take(len(chunk.data))
                await self._chunks.put(chunk)
        except Exception as error:  # noqa: BLE001 - raised to the caller after the earlier replies
            end = _End(error)
        await self._chunks.put(end)

    async def _store(self) -> None:
        try:
            end = await self._store_all()
        except Exception as error:  # noqa: BLE001 - raised to the caller
            end = _End(error)
        await self._replies.put(end)

    async def _store_all(self) -> _End:
        while True:
            chunks, end = await self._received()
            for reply in await self._stored(chunks) if chunks else ():
                await self._replies.put(reply)
            if end is not None:
                for reply in await self._in_thread(self._last) if end.error is None else ():
                    await self._replies.put(reply)
                return end

    async def _received(self) -> tuple[list[Chunk], _End | None]:
        """Return all queued chunks, at least one, for one run in a thread."""
        chunks: list[Chunk] = []
        one = await self._chunks.get()
        while isinstance(one, Chunk):
            chunks.append(one)
            if self._chunks.empty():
                return chunks, None
            one = self._chunks.get_nowait()
        return chunks, one

    async def _stored(self, chunks: list[Chunk]) -> list[Message]:
        replies = await self._in_thread(self._write, chunks)
        count = sum(len(chunk.data) for chunk in chunks)
        chunks.clear()  # released only when nothing references it any more
        self._reservation.give(count)
        return replies

    async def _in_thread(
        self, function: Callable[..., list[Message]], *args: object
    ) -> list[Message]:
        # Shielded: a running thread continues, and `_end` waits for it.
        self._storing = asyncio.ensure_future(self._threads.run(function, *args))
        return await asyncio.shield(self._storing)

    def _write(self, chunks: list[Chunk]) -> list[Message]:
        replies = []
        for chunk in chunks:
            if chunk.data:
                self._writer.write(chunk.offset, chunk.data, chunk.crc32c)
            if chunk.flush:
                replies.append(self._flush())
        return replies

    def _last(self) -> list[Message]:
        return [self._flush()]

    def _flush(self) -> Message:
        committed = self._writer.flush()
        return pb.WriteUploadResponse(
            committed_offset=committed, received_offset=self._writer.received
        )
