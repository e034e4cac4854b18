"""Bounds what each connection of admitted callers holds of messages that are not whole yet.

gRPC takes messages up to one limit for all methods and reports nothing of one until it is whole, so
a stream whose messages have 3 MiB could hold 16. TCP counts what has come over a connection: less
what was delivered of it, this is held by the messages on their way. A connection that holds more
than the limits of the methods whose messages it sends allow has them ended.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary

from registry_grpc.domain.errors import CallerLimitExceeded, RegistryError
from registry_grpc.domain.limits import KIB, MIB
from registry_grpc.transport.method import Method
from registry_grpc.transport.sockets import Traffic

_LOOK_S = 0.02
_SLACK_BYTES = MIB
# What else comes over a connection: frames and records around data, headers, pings, and windows for
# what is sent the other way.
_AROUND_MESSAGE_BYTES, _AROUND_SHARE, _AROUND_S_BYTES = 512, 64, 32 * KIB


class Arrivals:
    """The messages that are being received, by connection. Used from one event loop.

    traffic: returns the bytes that a connection has received and sent so far, None where the system
    does not count them; then nothing is bounded here.
    """

    def __init__(self, traffic: Callable[[str], Traffic | None]) -> None:
        self._traffic = traffic
        # Kept by their readings: nothing is left of connections on which nothing is read.
        self._connections: WeakValueDictionary[str, _Connection] = WeakValueDictionary()

    def reading(self, peer: str, method: Method) -> "Reading":
        """Return a context for receiving one message to a method from a connection."""
        connection = self._connections.get(peer)
        if connection is None:
            connection = _Connection(lambda: self._traffic(peer))
            self._connections[peer] = connection
        return Reading(connection, method)

    def delivered(self, peer: str, size: int) -> None:
        """Note a message that was received without a reading."""
        connection = self._connections.get(peer)
        if connection is not None:
            connection.delivered(size)

    def __bool__(self) -> bool:
        """Whether a message is being received."""
        return bool(self._connections)


class _Connection:
    """The readings of one connection, and what is held of their messages, about."""

    def __init__(self, traffic: Callable[[], Traffic | None]) -> None:
        self._traffic = traffic
        self._loop = asyncio.get_running_loop()
        self._readings: dict[Reading, None] = {}
        self._allowed = 0
        self._held = 0.0
        self._last: Traffic | None = None
        self._looked = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, reading: "Reading") -> None:
        """Begin with nothing held where nothing was being received."""
        if not self._readings:
            self._held, self._last, self._looked = 0.0, self._traffic(), self._loop.time()
        self._readings[reading] = None
        self._allowed += reading.method.most_bytes
        if self._timer is None and self._last is not None:
            self._timer = self._loop.call_later(_LOOK_S, self._look)

    def remove(self, reading: "Reading") -> None:
        """Forget a reading that has ended."""
        del self._readings[reading]
        self._allowed -= reading.method.most_bytes
        if not self._readings and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def delivered(self, size: int) -> None:
        """Note what is not held any more."""
        self._held -= size + size / _AROUND_SHARE + _AROUND_MESSAGE_BYTES

    def _look(self) -> None:
        self._timer = None
        last, self._last = self._last, self._traffic()
        if last is None or self._last is None:
            return  # the connection has gone
        now = self._loop.time()
        around = (self._last.sent - last.sent) / _AROUND_SHARE
        around += (now - self._looked) * _AROUND_S_BYTES
        self._held = max(0.0, self._held + self._last.received - last.received - around)
        self._looked = now
        if self._held > self._allowed + _SLACK_BYTES:
            self._end_all()
        self._timer = self._loop.call_later(_LOOK_S, self._look)

    def _end_all(self) -> None:
        error: RegistryError = CallerLimitExceeded(
            "bytes of unfinished messages on a connection", self._allowed
        )
        if len(self._readings) == 1:  # of several it is not known which has too much
            (reading,) = self._readings
            error = reading.method.too_large(int(self._held))
        for reading in self._readings:
            reading.end(error)


class Reading:
    """A context manager around the receiving of one message, entered in the task that does it."""

    def __init__(self, connection: _Connection, method: Method) -> None:
        self.method = method
        self._connection = connection
        self._error: Exception | None = None

    def __enter__(self) -> Self:
        """Begin to count."""
        task = asyncio.current_task()
        if task is None:
            message = "a message is received in a task"
            raise RuntimeError(message)
        self._task = task
        self._cancelling = task.cancelling()
        self._connection.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Raise what ended the reading, if it was ended from here."""
        self._connection.remove(self)
        if self._error is not None:
            # As in asyncio.timeout: a cancellation by others goes first.
            others = self._task.uncancel() > self._cancelling
            if kind is asyncio.CancelledError and not others:
                raise self._error from None

    def delivered(self, size: int) -> None:
        """Note that the message is whole."""
        self._connection.delivered(size)

    def end(self, error: Exception) -> None:
        """Have the context raise an error."""
        if self._error is None:
            self._error = error
            self._task.cancel()
