"""Calls that need no token, of health and reflection: what strangers may make the server hold.

gRPC holds what has come of a message until it is whole, up to the limit of all messages, and calls
nothing meanwhile. These messages are short and come with their call, so that one which is not there
at once is given up as soon as memory grows or others wait for its turn.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Never, TypeVar
from weakref import WeakValueDictionary

from google.protobuf.message import DecodeError

from registry_grpc.domain.errors import DeadlineExceeded, RegistryError, ServerOverloaded
from registry_grpc.domain.limits import KIB, MIB
from registry_grpc.domain.violations import invalid
from registry_grpc.transport.errors import status_of
from registry_grpc.transport.guard import Context, abort

_MOST_BYTES = 4 * KIB
_MOST_HELD, _MOST_HELD_EACH = 256, 16
_LOOK_S = 0.002
_PATIENCE_S = 2.0
_PRESSED_PATIENCE_S = 0.03
_GROWTH_BYTES = MIB // 2
_STATM = Path("/proc/self/statm")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_T = TypeVar("_T")


def resident_bytes() -> int:
    """Return the memory of this process; 0 where the system does not tell it quickly."""
    try:
        return int(_STATM.read_bytes().split()[1]) * _PAGE
    except OSError:
        return 0


class Turns:
    """A lock that knows whether others wait for it: first one, then the next, in order."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._entered = 0

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for a turn."""
        return self._entered > 1

    async def __aenter__(self) -> None:
        self._entered += 1
        try:
            await self._turn.acquire()
        except BaseException:
            self._entered -= 1
            raise

    async def __aexit__(self, *_: object) -> None:
        self._turn.release()
        self._entered -= 1


class OpenCalls(Turns):
    """What all these calls share: one message is taken at a time. Used from one event loop.

    resident: tells how many bytes of memory the process has.
    """

    def __init__(self, resident: Callable[[], int] = resident_bytes) -> None:
        super().__init__()
        self.resident = resident
        # Kept by the calls of a connection: nothing is left of connections that have gone.
        self._connections: WeakValueDictionary[str, _Connection] = WeakValueDictionary()
        self.held = 0

    def call(self, context: Context) -> "OpenCall":
        """Return the call that has just begun with this context."""
        # Read now: once the client has gone, gRPC has freed what this reads, and the process ends.
        peer = context.peer()
        connection = self._connections.get(peer)
        if connection is None:
            connection = self._connections[peer] = _Connection()
        return OpenCall(self, connection, context)


class _Connection(Turns):
    """Messages are taken from one of its calls at a time. held: streams that last."""

    def __init__(self) -> None:
        super().__init__()
        self.held = 0


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
        async with self._connection, self._calls:
            reading = asyncio.ensure_future(self._context.read())
            try:
                await self._whole(reading)
            finally:
                reading.cancel()
            encoded = reading.result()
        return encoded if isinstance(encoded, bytes) else None

    async def _whole(self, reading: "asyncio.Future[object]") -> None:
        clock, resident = asyncio.get_running_loop().time, self._calls.resident
        before, began = resident(), clock()
        while not (await asyncio.wait({reading}, timeout=_LOOK_S))[0]:
            age = clock() - began
            if age > _PATIENCE_S:
                raise DeadlineExceeded
            pressed = self._connection.awaited or self._calls.awaited
            if (pressed and age > _PRESSED_PATIENCE_S) or resident() - before > _GROWTH_BYTES:
                raise ServerOverloaded


def _parsed(encoded: bytes, parse: Callable[[bytes], _T]) -> _T:
    if len(encoded) > _MOST_BYTES:
        raise invalid("request", f"at most {_MOST_BYTES} bytes are taken")
    try:
        return parse(encoded)
    except DecodeError as error:
        raise invalid("request", "the bytes are no such message") from error
