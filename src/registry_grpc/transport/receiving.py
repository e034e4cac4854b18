"""Takes the request messages of admitted callers.

gRPC holds the bytes of a message that is on its way until it is whole, and says nothing of them. So
that one caller cannot fill the memory with messages that never end, only so many of its messages
are on their way at once; the flow control of HTTP/2 holds up the others. Messages that are whole
are counted in bytes until their calls have ended: a caller whose calls wait has no more received.
"""

import asyncio
from collections.abc import AsyncIterator
from weakref import WeakValueDictionary

from registry_grpc.domain.limits import KIB, MIB
from registry_grpc.domain.violations import invalid
from registry_grpc.transport.budget import Budget, Share
from registry_grpc.transport.guard import Context
from registry_grpc.transport.method import Method

AT_ONCE = 16
SMALL_BYTES = 64 * KIB
"""Messages up to this size are not counted."""
_HELD_BYTES = 256 * MIB


class Receiving:
    """Takes messages, at most `at_once` of each principal at a time. Used from one event loop.

    held: the bytes of large messages of all callers whose calls have not ended; of one at most a
    quarter.
    """

    def __init__(self, at_once: int = AT_ONCE, held: int = _HELD_BYTES) -> None:
        self._at_once = at_once
        self._bytes = Budget(held, held // 4)
        # Kept by those who wait or receive: nothing is left of principals that have gone.
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @property
    def held(self) -> int:
        """The bytes of large messages held now."""
        return self._bytes.held

    def share(self, principal: str) -> Share:
        """Return what holds the message of one call: to be entered while the call lasts."""
        return self._bytes.share(principal)

    async def one(
        self, method: Method, principal: str, context: Context, share: Share | None = None
    ) -> bytes:
        """Return the message of a call, held by `share`, or not counted without one.

        Raises InvalidRequest when there is none, LimitExceeded.
        """
        turn = self._turns.get(principal)
        if turn is None:
            turn = self._turns[principal] = asyncio.Semaphore(self._at_once)
        async with turn:
            encoded = await context.read()
            if share is not None and isinstance(encoded, bytes) and len(encoded) > SMALL_BYTES:
                # Nothing more of this caller is received while there is no room for it.
                await share.take(len(encoded))
        if not isinstance(encoded, bytes):  # the end of the stream
            raise invalid("request", "one message is required")
        method.require_size(encoded)
        return encoded

    async def all(self, method: Method, context: Context) -> AsyncIterator[bytes]:
        """Yield the messages of a stream; raises LimitExceeded."""
        while isinstance(encoded := await context.read(), bytes):
            method.require_size(encoded)
            yield encoded
            del encoded  # it may be large, and would stay until the next one comes
