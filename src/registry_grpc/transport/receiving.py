"""Takes the request messages of admitted callers.

gRPC holds the bytes of a message that is on its way until it is whole, and says nothing of them. So
that one caller cannot fill the memory with messages that never end, only so many of its messages
are on their way at once; the flow control of HTTP/2 holds up the others.
"""

import asyncio
from collections.abc import AsyncIterator
from weakref import WeakValueDictionary

from registry_grpc.domain.violations import invalid
from registry_grpc.transport.guard import Context
from registry_grpc.transport.method import Method

AT_ONCE = 16


class Receiving:
    """Takes messages, at most `at_once` of each principal at a time. Used from one event loop."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        # Kept by those who wait or receive: nothing is left of principals that have gone.
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def one(self, method: Method, principal: str, context: Context) -> bytes:
        """Return the message of a call; raises InvalidRequest without one, LimitExceeded."""
        turn = self._turns.get(principal)
        if turn is None:
            turn = self._turns[principal] = asyncio.Semaphore(self._at_once)
        async with turn:
            encoded = await context.read()
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
