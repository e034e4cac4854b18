"""Calls that need no token, of health and reflection: what strangers may make the server hold.

gRPC holds what has come of a message until it is whole, up to the limit of all messages, and calls
nothing meanwhile. These messages are short and come with their call, so that one which is not there
at once is given up as soon as its connection receives more than such a message has, or when others
wait for its place. A connection that had one given up stands in one line with all such connections,
so that those of honest callers go first.
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
from registry_grpc.transport.allocator import give_back
from registry_grpc.transport.errors import status_of
from registry_grpc.transport.guard import Context, abort
from registry_grpc.transport.sockets import Traffic

_MOST_BYTES = 4 * KIB
_MOST_HELD, _MOST_HELD_EACH = 256, 16
_AT_ONCE = 4
_LOOK_S, _LEAST_LOOKS = 0.002, 5
_PATIENCE_S = 2.0
_PRESSED_PATIENCE_S, _LEAST_PATIENCE_S = 0.03, 0.01
_WAITING_S = 1.0
_UNFINISHED_BYTES = 256 * KIB
_SUSPECT_S = 10.0
_TRIM_S = 0.005
_T = TypeVar("_T")


class Turns:
    """Places, given in the order in which they were asked for, which know how many wait for one."""

    def __init__(self, places: int = 1) -> None:
        self._places = asyncio.Semaphore(places)
        self._count = places
        self._entered = 0

    @property
    def awaited(self) -> int:
        """How many others wait for a place."""
        return max(0, self._entered - self._count)

    async def __aenter__(self) -> None:
        self._entered += 1
        try:
            await self._places.acquire()
        except BaseException:
            self._entered -= 1
            raise

    async def __aexit__(self, *_: object) -> None:
        self._places.release()
        self._entered -= 1


class OpenCalls(Turns):
    """The state of all these calls: few messages are taken at a time. Used from one event loop.

    traffic: returns what a connection has received so far, None where that is not known. called:
    hears of each message that came, by the peer.
    """

    def __init__(
        self, traffic: Callable[[str], Traffic | None], called: Callable[[str], None]
    ) -> None:
        super().__init__(_AT_ONCE)
        self.traffic = traffic
        self.called = called
        # Kept by the calls of a connection: nothing is left of connections that have gone.
        self._connections: WeakValueDictionary[str, _Connection] = WeakValueDictionary()
        self.held = 0
        self.suspects = Turns()
        self._trimming = False

    def give_back_soon(self) -> None:
        """Give the memory of a call that was given up back to the system, once gRPC freed it."""
        if not self._trimming:
            self._trimming = True
            asyncio.get_running_loop().call_later(_TRIM_S, self._give_back)

    def _give_back(self) -> None:
        self._trimming = False
        give_back()

    def call(self, context: Context) -> "OpenCall":
        """Return the call that has just begun with this context."""
        # Read now: once the client has gone, gRPC has freed what this reads, and the process ends.
        peer = context.peer()
        connection = self._connections.get(peer)
        if connection is None:
            connection = self._connections[peer] = _Connection(peer)
        return OpenCall(self, connection, context)


class _Connection(Turns):
    """Messages are taken from one of its calls at a time. held: streams that last.

    counted: whether the system counts what comes over it.

    suspect_until: on the clock of the event loop. A message of it was given up not long before.
    """

    def __init__(self, peer: str) -> None:
        super().__init__()
        self.peer = peer
        self.counted = True
        self.held = 0
        self.suspect_until = 0.0

    @property
    def suspect(self) -> bool:
        """Whether it stands in the line of those that did not send what they had begun."""
        return asyncio.get_running_loop().time() < self.suspect_until


class OpenCall:
    """One call of a stranger."""

    def __init__(self, calls: OpenCalls, connection: _Connection, context: Context) -> None:
        self._calls = calls
        self._connection = connection
        self._context = context

    async def one(self, parse: Callable[[bytes], _T]) -> _T:
        """Return the message of the call; ends the call, typed, where there is none."""
        try:
            encoded = await self._read()
            if encoded is None:
                raise invalid("request", "one message is required")
            return _parsed(encoded, parse)
        except RegistryError as error:
            await self._refuse(error)

    async def all(self, parse: Callable[[bytes], _T]) -> AsyncIterator[_T]:
        """Yield the messages of the stream, which ends when none comes for a while."""
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
                await self._refuse(error)
            yield message

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Count a stream that lasts; yields whether there is room for it."""
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
        """End the call: there is no room for it."""
        await self._refuse(ServerOverloaded())

    async def _refuse(self, error: RegistryError) -> Never:
        call_id = secrets.token_hex(16)
        await abort(self._context, status_of(error, call_id), call_id)

    async def _read(self) -> bytes | None:
        """Return a message, None at the end; raises DeadlineExceeded, ServerOverloaded."""
        async with self._connection:
            if not self._connection.suspect:
                return await self._taken()
            async with self._calls.suspects:
                return await self._taken()

    async def _taken(self) -> bytes | None:
        async with self._calls:
            before = self._received()
            reading = asyncio.ensure_future(self._context.read())
            try:
                await self._whole(reading, before)
            except RegistryError:
                clock = asyncio.get_running_loop().time
                self._connection.suspect_until = clock() + _SUSPECT_S
                task = asyncio.current_task()
                if task is not None:
                    task.add_done_callback(lambda _: self._calls.give_back_soon())
                raise
            finally:
                reading.cancel()
            encoded = reading.result()
            self._calls.called(self._connection.peer)
        return encoded if isinstance(encoded, bytes) else None

    async def _whole(self, reading: "asyncio.Future[object]", before: int) -> None:
        clock = asyncio.get_running_loop().time
        began, looks = clock(), 0
        while not (await asyncio.wait({reading}, timeout=_LOOK_S))[0]:
            age = clock() - began
            looks += 1
            if age > _PATIENCE_S:
                raise DeadlineExceeded
            # On a machine that is late the clock alone would give up what has come.
            late = looks >= _LEAST_LOOKS and age > self._patience()
            if late or self._received() - before > _UNFINISHED_BYTES:
                raise ServerOverloaded

    def _received(self) -> int:
        connection = self._connection
        traffic = self._calls.traffic(connection.peer) if connection.counted else None
        if traffic is None:
            # It has gone, and looking for it again takes long; or time alone bounds its messages.
            connection.counted = False
            return 0
        return traffic.received

    def _patience(self) -> float:
        """Return how long a message may take: the less, the more others wait behind it."""
        waiting = self._calls.awaited
        if not waiting:
            return _PRESSED_PATIENCE_S if self._connection.awaited else _PATIENCE_S
        return min(_PRESSED_PATIENCE_S, max(_LEAST_PATIENCE_S, _WAITING_S / waiting))


def _parsed(encoded: bytes, parse: Callable[[bytes], _T]) -> _T:
    if len(encoded) > _MOST_BYTES:
        raise invalid("request", f"at most {_MOST_BYTES} bytes are taken")
    try:
        return parse(encoded)
    except DecodeError as error:
        raise invalid("request", "the bytes are no such message") from error
