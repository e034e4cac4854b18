"""Bounds the bytes of incomplete messages on each connection of admitted callers.

gRPC has one message size limit for all methods and reports nothing about an incomplete message, so
a stream with a limit of 3 MiB could make it buffer 16. TCP counts the bytes of a connection: those
not delivered as messages belong to incomplete ones. If they exceed the limits of the methods that
the connection sends messages to, these messages are aborted.

A connection is checked 50 times a second while a message is expected. Thousands of connections may
wait for their next message for minutes: these *patient* reads are checked only when the memory of
the process grows.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary

from registry_grpc.domain.errors import CallerLimitExceeded, RegistryError
from registry_grpc.domain.limits import KIB, MIB
from registry_grpc.transport.allocator import resident_bytes
from registry_grpc.transport.method import Method
from registry_grpc.transport.sockets import Traffic

_CHECK_S = 0.02
_SLACK_BYTES = MIB
# Other bytes of a connection: frames and TLS records around data, headers, pings, and window
# updates for the opposite direction.
_AROUND_MESSAGE_BYTES, _AROUND_SHARE, _AROUND_S_BYTES = 512, 64, 32 * KIB
# While only patient reads wait, a connection has pings and heartbeats: empty messages.
_AROUND_PATIENT_S_BYTES, _EMPTY_MESSAGE_BYTES = KIB, 64
# The growth of the process after which all connections are checked; the share of time for that.
_GROWTH_BYTES, _CHECKING_SHARE = 16 * MIB, 0.1


class IncompleteMessages:
    """The messages in transfer, by connection. Used from one event loop.

    traffic: returns the received and sent bytes of a connection; None if the system does not count
    them, then nothing is bounded here.
    """

    def __init__(
        self,
        traffic: Callable[[str], Traffic | None],
        resident: Callable[[], int] = resident_bytes,
    ) -> None:
        self._traffic = traffic
        self._resident = resident
        # Referenced by their reads: connections without a read are dropped.
        self._connections: WeakValueDictionary[str, _Connection] = WeakValueDictionary()
        self._timer: asyncio.TimerHandle | None = None
        self._least = 0
        self._next = 0.0

    def reading(self, peer: str, method: Method, *, patient: bool = False) -> "MessageRead":
        """Return a context for receiving one message to a method from a connection.

        patient: for the messages of a stream, each of which may come in minutes.
        """
        connection = self._connections.get(peer)
        if connection is None:
            connection = _Connection(lambda: self._traffic(peer))
            self._connections[peer] = connection
        if patient and self._timer is None:
            self._least = self._resident()
            self._watch_memory()
        return MessageRead(connection, method, patient=patient)

    def _watch_memory(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_CHECK_S, self._check_memory)

    def _check_memory(self) -> None:
        """Check all connections if the memory of the process has grown."""
        self._timer = None
        if not self._connections:
            return
        loop, resident = asyncio.get_running_loop(), self._resident()
        self._least = min(self._least, resident)
        if resident - self._least > _GROWTH_BYTES and loop.time() >= self._next:
            self._least, began = resident, loop.time()
            for connection in list(self._connections.values()):
                connection.check()
            self._next = loop.time() + (loop.time() - began) / _CHECKING_SHARE
        self._watch_memory()

    def delivered(self, peer: str, size: int) -> None:
        """Record a message that was received outside of `reading`."""
        connection = self._connections.get(peer)
        if connection is not None:
            connection.delivered(size)

    def __bool__(self) -> bool:
        """Return whether a message is in transfer."""
        return bool(self._connections)


class _Connection:
    """The reads of one connection, and the estimated bytes of their incomplete messages."""

    def __init__(self, traffic: Callable[[], Traffic | None]) -> None:
        self._traffic = traffic
        self._loop = asyncio.get_running_loop()
        self._reads: dict[MessageRead, None] = {}
        self._allowed = self._impatient = 0
        self._held = 0.0
        self._shared = False  # whether several messages were in transfer since the reset
        self._last: Traffic | None = None
        self._checked = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, read: "MessageRead") -> None:
        """Add a read; the first one resets the estimate."""
        if not self._reads:
            self._held, self._last, self._checked = 0.0, self._traffic(), self._loop.time()
            self._shared = False
        else:
            self._shared = True
        self._reads[read] = None
        self._allowed += read.method.most_bytes
        self._impatient += not read.patient
        if self._impatient and self._timer is None and self._last is not None:
            self._timer = self._loop.call_later(_CHECK_S, self._check_often)

    def remove(self, read: "MessageRead") -> None:
        """Remove a read that has ended."""
        del self._reads[read]
        self._allowed -= read.method.most_bytes
        self._impatient -= not read.patient
        if not self._impatient and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def delivered(self, size: int) -> None:
        """Subtract a delivered message."""
        around = size / _AROUND_SHARE + _AROUND_MESSAGE_BYTES if size else _EMPTY_MESSAGE_BYTES
        self._held -= size + around

    def _check_often(self) -> None:
        self._timer = None
        self.check()
        if self._last is not None and self._impatient:
            self._timer = self._loop.call_later(_CHECK_S, self._check_often)

    def check(self) -> None:
        """Estimate the bytes of incomplete messages; end the reads if these are too many."""
        last, self._last = self._last, self._traffic()
        if last is None or self._last is None:
            return  # the connection is closed
        now = self._loop.time()
        around = (self._last.sent - last.sent) / _AROUND_SHARE
        rate = _AROUND_S_BYTES if self._impatient else _AROUND_PATIENT_S_BYTES
        around += (now - self._checked) * rate
        self._held = max(0.0, self._held + self._last.received - last.received - around)
        self._checked = now
        if self._held > self._allowed + _SLACK_BYTES:
            self._end_all()

    def _end_all(self) -> None:
        error: RegistryError = CallerLimitExceeded(
            "bytes of incomplete messages on a connection", self._allowed
        )
        # Of several, the excessive one is not known; perhaps there is none, because gRPC dropped
        # bytes of a call that the server ended. Clients resume transfers after this error.
        if not self._shared:
            (read,) = self._reads
            error = read.method.too_large(int(self._held))
        for read in self._reads:
            read.end(error)


class MessageRead:
    """A context manager around the read of one message, entered in the reading task.

    A patient one is around all messages of a stream.
    """

    def __init__(self, connection: _Connection, method: Method, *, patient: bool = False) -> None:
        self.method = method
        self.patient = patient
        self._connection = connection
        self._error: Exception | None = None

    def __enter__(self) -> Self:
        """Start counting."""
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
        """Raise the error of `end`, if there was one."""
        self._connection.remove(self)
        if self._error is not None:
            # As in asyncio.timeout: another cancellation has priority.
            others = self._task.uncancel() > self._cancelling
            if kind is asyncio.CancelledError and not others:
                raise self._error from None

    def delivered(self, size: int) -> None:
        """Record that a message is complete."""
        self._connection.delivered(size)

    def end(self, error: Exception) -> None:
        """Make the context raise an error."""
        if self._error is None:
            self._error = error
            self._task.cancel()
