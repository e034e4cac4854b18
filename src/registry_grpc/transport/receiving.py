"""Takes the request messages of admitted callers.

gRPC holds the bytes of a message that is on its way until it is whole, and says nothing of them. So
that one caller cannot fill the memory with messages that never end, only so many of its messages
are on their way at once; the flow control of HTTP/2 holds up the others. Messages that are whole
are counted in bytes until their calls have ended: a caller whose calls wait has no more received.
`arriving` bounds the size of messages that are still on their way.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol
from weakref import WeakValueDictionary

from registry_grpc.domain.limits import KIB, MIB
from registry_grpc.domain.violations import invalid
from registry_grpc.transport.arriving import Arrivals
from registry_grpc.transport.budget import Budget, Share
from registry_grpc.transport.guard import Context
from registry_grpc.transport.method import Method
from registry_grpc.transport.sockets import Sockets, Traffic

AT_ONCE = 16
_LARGE_AT_ONCE, _LARGE_BYTES = 4, 4 * MIB
SMALL_BYTES = 64 * KIB
"""Messages up to this size are not counted."""
_HELD_BYTES = 256 * MIB


class Sender(Protocol):
    """The caller that a message is received from, admitted: its name, and its connection."""

    principal: str | None
    peer: str


class Receiving:
    """Takes messages, at most `at_once` of each principal at a time. Used from one event loop.

    Of messages to methods that allow more than _LARGE_BYTES each principal has _LARGE_AT_ONCE.

    held: the bytes of large messages of all callers whose calls have not ended; of one at most a
    quarter.
    """

    def __init__(
        self,
        at_once: int = AT_ONCE,
        held: int = _HELD_BYTES,
        traffic: Callable[[str], Traffic | None] | None = None,
    ) -> None:
        self.arrivals = Arrivals(traffic or Sockets().traffic)
        self._at_once = at_once
        self._bytes = Budget(held, held // 4)
        # Kept by those who wait or receive: nothing is left of principals that have gone.
        self._turns: WeakValueDictionary[tuple[str, bool], asyncio.Semaphore] = (
            WeakValueDictionary()
        )

    @property
    def held(self) -> int:
        """The bytes of large messages held now."""
        return self._bytes.held

    def share(self, principal: str) -> Share:
        """Return what holds the message of one call: to be entered while the call lasts."""
        return self._bytes.share(principal)

    async def one(
        self, method: Method, sender: Sender, context: Context, share: Share | None = None
    ) -> bytes:
        """Return the message of a call, held by `share`, or not counted without one.

        Raises InvalidRequest when there is none, LimitExceeded, CallerLimitExceeded.
        """
        async with self._turn(method, sender):
            encoded = await self._read(method, sender, context)
            if share is not None and isinstance(encoded, bytes) and len(encoded) > SMALL_BYTES:
                # Nothing more of this caller is received while there is no room for it.
                await share.take(len(encoded))
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
            places = min(self._at_once, _LARGE_AT_ONCE) if large else self._at_once
            turn = self._turns[key] = asyncio.Semaphore(places)
        return turn
