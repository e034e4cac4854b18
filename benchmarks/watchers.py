"""Many streams that are listened to, and when a message has reached all of them."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

import grpc
import uvloop

from benchmarks.crew import Crew, crew
from benchmarks.servers import ServerProcess

PROCESSES = 4
"""Of clients, each with one connection."""
_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Watchers:
    """Streams that are open."""

    _crew: Crew

    def last_arrival(self) -> float:
        """Return when, by time.monotonic(), the next message had reached the last of them."""
        last: float = max(self._crew.hear())
        return last


def message_of(
    server: ServerProcess, method: str, request: bytes, send: Callable[[], object]
) -> bytes:
    """Return the events that a watcher receives of the changes of `send`."""
    with grpc.insecure_channel(server.target) as channel:
        watch: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(method)
        messages = watch(request, timeout=_TIMEOUT_S)
        next(messages)  # says where the log stands
        send()
        return next(messages)


@contextmanager
def watching(
    server: ServerProcess, method: str, request: bytes, count: int, size: int
) -> Iterator[Watchers]:
    """Open `count` streams, spread over processes, and wait for the first message of each.

    size: bytes of a message that counts; what has less than half of it is a bookmark.
    """
    arguments = (server.target, method, request, count // PROCESSES, size // 2)
    with crew(_watch, [arguments] * PROCESSES) as clients:
        clients.hear()
        yield Watchers(clients)


def _watch(
    pipe: "Connection[object, object]",
    target: str,
    method: str,
    request: bytes,
    count: int,
    least: int,
) -> None:
    """Tell when each stream has begun, then, for each message, when all of them have it."""
    uvloop.run(_Watch(pipe, count, least).run(target, method, request))


class _Watch:
    def __init__(self, pipe: "Connection[object, object]", count: int, least: int) -> None:
        self._pipe = pipe
        self._count = count
        self._least = least
        self._begun = 0
        self._arrived = 0

    async def run(self, target: str, method: str, request: bytes) -> None:
        async with grpc.aio.insecure_channel(target) as channel:
            open_: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(method)
            async with asyncio.TaskGroup() as group:
                for _ in range(self._count):
                    group.create_task(self._listen(open_(request)))

    async def _listen(self, call: "grpc.aio.UnaryStreamCall[bytes, bytes]") -> None:
        begun = False
        async for message in call:
            if len(message) >= self._least:
                self._arrive()
            elif not begun:
                begun = True
                self._begin()

    def _begin(self) -> None:
        self._begun += 1
        if self._begun == self._count:
            self._pipe.send("all have begun")

    def _arrive(self) -> None:
        self._arrived += 1
        if self._arrived % self._count == 0:
            self._pipe.send(time.monotonic())
