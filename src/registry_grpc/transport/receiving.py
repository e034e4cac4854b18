"""Receives the request messages of admitted callers.

gRPC buffers an incomplete message and reports nothing about it. So that one caller cannot fill the
memory with incomplete messages, the number of its messages in transfer is bounded; the flow control
of HTTP/2 stops the others. Complete messages are counted in bytes until their calls end: while the
calls of a caller wait, no more of its messages are received. `incomplete_messages` bounds the size
of messages in transfer.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol
from weakref import WeakValueDictionary

from registry_grpc.domain.limits import KIB, MIB
from registry_grpc.domain.violations import invalid
from registry_grpc.transport.byte_budget import ByteBudget, Reservation
from registry_grpc.transport.guard import Context
from registry_grpc.transport.incomplete_messages import IncompleteMessages, MessageRead
from registry_grpc.transport.method import Method
from registry_grpc.transport.sockets import Sockets, Traffic

AT_ONCE = 16
_LARGE_AT_ONCE, _LARGE_BYTES = 4, 4 * MIB
SMALL_BYTES = 64 * KIB
"""Messages up to this size are not counted."""
_HELD_BYTES = 256 * MIB


class Sender(Protocol):
    """The admitted caller of a message: its principal and its connection."""

    principal: str | None
    peer: str


class Receiving:
    """Receives messages, at most `at_once` of each principal at a time. Used from one event loop.

    For methods that allow more than _LARGE_BYTES the maximum is _LARGE_AT_ONCE.

    held: the maximum bytes of large messages of running calls; of one caller at most a quarter.
    """

    def __init__(
        self,
        at_once: int = AT_ONCE,
        held: int = _HELD_BYTES,
        traffic: Callable[[str], Traffic | None] | None = None,
    ) -> None:
        self.arrivals = IncompleteMessages(traffic or Sockets().traffic)
        self._at_once = at_once
        self._bytes = ByteBudget(held, held // 4)
        # Referenced by running and waiting reads: other principals are dropped.
        self._turns: WeakValueDictionary[tuple[str, bool], asyncio.Semaphore] = (
            WeakValueDictionary()
        )

    @property
    def held(self) -> int:
        """The bytes of large messages of running calls."""
        return self._bytes.held

    def reserve(self, principal: str) -> Reservation:
        """Return the reservation for the message of one call, to be entered for its duration."""
        return self._bytes.reserve(principal)

    async def one(
        self,
        method: Method,
        sender: Sender,
        context: Context,
        held: Reservation | None = None,
    ) -> bytes:
        """Return the message of a call, counted by the reservation `held` if there is one.

        Raises InvalidRequest when there is none, LimitExceeded, CallerLimitExceeded.
        """
        async with self._turn(method, sender):
            encoded = await self._read(method, sender, context)
            if held is not None and isinstance(encoded, bytes) and len(encoded) > SMALL_BYTES:
                # Blocks further messages of this caller while the budget is used up.
                await held.take(len(encoded))
        if not isinstance(encoded, bytes):  # the end of the stream
            raise invalid("request", "one message is required")
        method.require_size(encoded)
        return encoded

    async def next(self, method: Method, sender: Sender, context: Context) -> bytes | None:
        """Return the next message of a stream, None at its end.

        Raises LimitExceeded, CallerLimitExceeded.
        """
        encoded = await self._read(method, sender, context)
        if not isinstance(encoded, bytes):
            return None
        method.require_size(encoded)
        return encoded

    def patiently(self, method: Method, sender: Sender) -> MessageRead:
        """Return a context for the messages of a stream that may wait for minutes for each.

        Waiting costs nothing. The messages are read, and their size checked, within the block.
        """
        return self.arrivals.reading(sender.peer, method, patient=True)

    async def _read(self, method: Method, sender: Sender, context: Context) -> object:
        with self.arrivals.reading(sender.peer, method) as reading:
            encoded = await context.read()
            if isinstance(encoded, bytes):
                reading.delivered(len(encoded))
            return encoded

    def _turn(self, method: Method, sender: Sender) -> asyncio.Semaphore:
        large = method.most_bytes > _LARGE_BYTES
        key = (sender.principal or "", large)
        turn = self._turns.get(key)
        if turn is None:
            limit = min(self._at_once, _LARGE_AT_ONCE) if large else self._at_once
            turn = self._turns[key] = asyncio.Semaphore(limit)
        return turn
