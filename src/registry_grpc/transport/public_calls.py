"""Calls that need no token (health, reflection), and bounds on the memory that they use.

gRPC buffers an incomplete message, up to the limit of all methods, and calls nothing meanwhile.
These messages are short and arrive with their call. So an incomplete one is abandoned as soon as
its connection receives more bytes than such a message has, or when others wait for its slot. All
connections with an abandoned message share one queue, so that other connections have priority.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Never, TypeVar
from weakref import WeakValueDictionary

from google.protobuf.message import DecodeError

from registry_grpc.domain.errors import DeadlineExceeded, RegistryError, ServerOverloaded
from registry_grpc.domain.limits import KIB
from registry_grpc.domain.violations import invalid
from registry_grpc.transport.allocator import return_memory
from registry_grpc.transport.errors import status_of
from registry_grpc.transport.guard import Context, abort
from registry_grpc.transport.sockets import Traffic

_MOST_BYTES = 4 * KIB
_MOST_HELD, _MOST_HELD_EACH = 256, 16
_AT_ONCE = 4
_CHECK_S, _LEAST_CHECKS = 0.002, 5
_PATIENCE_S = 2.0
_PRESSED_PATIENCE_S, _LEAST_PATIENCE_S = 0.03, 0.01
_WAITING_S = 1.0
_UNFINISHED_BYTES = 256 * KIB
_SUSPECT_S = 10.0
_TRIM_S = 0.005
_T = TypeVar("_T")


class FairSemaphore:
    """Slots that are granted in the order of the requests, with the number of waiters."""

    def __init__(self, slots: int = 1) -> None:
        self._slots = asyncio.Semaphore(slots)
        self._count = slots
        self._entered = 0

    @property
    def awaited(self) -> int:
        """The number of waiters."""
        return max(0, self._entered - self._count)

    async def __aenter__(self) -> None:
        self._entered += 1
        try:
            await self._slots.acquire()
        except BaseException:
            self._entered -= 1
            raise

    async def __aexit__(self, *_: object) -> None:
        self._slots.release()
        self._entered -= 1


class PublicCalls(FairSemaphore):
    """The state of all public calls: few messages are received at a time. Used from one event loop.

    traffic: returns the received bytes of a connection, None if unknown. called: called with the
    peer of each received message.
    """

    def __init__(
        self, traffic: Callable[[str], Traffic | None], called: Callable[[str], None]
    ) -> None:
        super().__init__(_AT_ONCE)
        self.traffic = traffic
        self.called = called
        # Referenced by the calls of a connection: connections without calls are dropped.
        self._connections: WeakValueDictionary[str, _Connection] = WeakValueDictionary()
        self.held = 0
        self.suspects = FairSemaphore()
        self._trimming = False

    def trim_soon(self) -> None:
        """Return the memory of an abandoned call to the system, once gRPC has freed it."""
        if not self._trimming:
            self._trimming = True
            asyncio.get_running_loop().call_later(_TRIM_S, self._trim)

    def _trim(self) -> None:
        self._trimming = False
        return_memory()

    def call(self, context: Context) -> "PublicCall":
        """Return the call that has just started with this context."""
        # Read now: after a disconnect gRPC frees the peer, and reading it crashes the process.
        peer = context.peer()
        connection = self._connections.get(peer)
        if connection is None:
            connection = self._connections[peer] = _Connection(peer)
        return PublicCall(self, connection, context)


class _Connection(FairSemaphore):
    """A connection: one of its calls at a time receives. held: its long-lived streams.

    counted: whether the system counts its bytes.

    suspect_until: time of the event loop until which it has low priority, after an abandoned
    message.
    """

    def __init__(self, peer: str) -> None:
        super().__init__()
        self.peer = peer
        self.counted = True
        self.held = 0
        self.suspect_until = 0.0

    @property
    def suspect(self) -> bool:
        """Whether it has low priority because of an incomplete message."""
        return asyncio.get_running_loop().time() < self.suspect_until


class PublicCall:
    """One call without a token."""

    def __init__(self, calls: PublicCalls, connection: _Connection, context: Context) -> None:
        self._calls = calls
        self._connection = connection
        self._context = context

    async def one(self, parse: Callable[[bytes], _T]) -> _T:
        """Return the message of the call; ends the call with an error if there is none."""
        try:
            encoded = await self._read()
            if encoded is None:
                raise invalid("request", "one message is required")
            if self._context.cancelled():
                raise asyncio.CancelledError  # gRPC never frees a reply that it cannot send
            return _parsed(encoded, parse)
        except RegistryError as error:
            await self._abort(error)

    async def all(self, parse: Callable[[bytes], _T]) -> AsyncIterator[_T]:
        """Yield the messages of the stream, which ends after a while without one."""
        yield await self.one(parse)
        while True:
            try:
                encoded = await self._read()
                if encoded is None:
                    return
                message = _parsed(encoded, parse)
            except (DeadlineExceeded, ServerOverloaded):
                return
            except RegistryError as error:
                await self._abort(error)
            yield message

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Count a long-lived stream; yields whether it is within the limits."""
        calls, connection = self._calls, self._connection
        free = calls.held < _MOST_HELD and connection.held < _MOST_HELD_EACH
        calls.held += free
        connection.held += free
        try:
            yield free
        finally:
            calls.held -= free
            connection.held -= free

    async def overloaded(self) -> Never:
        """End the call with ServerOverloaded."""
        await self._abort(ServerOverloaded())

    async def _abort(self, error: RegistryError) -> Never:
        call_id = secrets.token_hex(16)
        await abort(self._context, status_of(error, call_id), call_id)

    async def _read(self) -> bytes | None:
        """Return a message, None at the end; raises DeadlineExceeded, ServerOverloaded."""
        async with self._connection:
            if not self._connection.suspect:
                return await self._receive()
            async with self._calls.suspects:
                return await self._receive()

    async def _receive(self) -> bytes | None:
        async with self._calls:
            before = self._received()
            reading = asyncio.ensure_future(self._context.read())
            try:
                await self._complete(reading, before)
            except RegistryError:
                clock = asyncio.get_running_loop().time
                self._connection.suspect_until = clock() + _SUSPECT_S
                task = asyncio.current_task()
                if task is not None:
                    task.add_done_callback(lambda _: self._calls.trim_soon())
                raise
            finally:
                reading.cancel()
            encoded = reading.result()
            self._calls.called(self._connection.peer)
        return encoded if isinstance(encoded, bytes) else None

    async def _complete(self, reading: "asyncio.Future[object]", before: int) -> None:
        clock = asyncio.get_running_loop().time
        began, checks = clock(), 0
        while not (await asyncio.wait({reading}, timeout=_CHECK_S))[0]:
            age = clock() - began
            checks += 1
            if age > _PATIENCE_S:
                raise DeadlineExceeded
            # On a busy machine the clock alone would abandon messages that have arrived.
            late = checks >= _LEAST_CHECKS and age > self._patience()
            if late or self._received() - before > _UNFINISHED_BYTES:
                raise ServerOverloaded

    def _received(self) -> int:
        connection = self._connection
        traffic = self._calls.traffic(connection.peer) if connection.counted else None
        if traffic is None:
            # It is closed, and another scan is slow; or only time bounds its messages.
            connection.counted = False
            return 0
        return traffic.received

    def _patience(self) -> float:
        """Return the seconds that a message may take: fewer with more waiters."""
        waiting = self._calls.awaited
        if not waiting:
            return _PRESSED_PATIENCE_S if self._connection.awaited else _PATIENCE_S
        return min(_PRESSED_PATIENCE_S, max(_LEAST_PATIENCE_S, _WAITING_S / waiting))


def _parsed(encoded: bytes, parse: Callable[[bytes], _T]) -> _T:
    if len(encoded) > _MOST_BYTES:
        raise invalid("request", f"has more than {_MOST_BYTES} bytes")
    try:
        return parse(encoded)
    except DecodeError as error:
        raise invalid("request", "the bytes are no such message") from error
