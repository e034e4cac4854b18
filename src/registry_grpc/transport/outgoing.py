"""Large replies of unary calls: what is built of them at once, and what callers have not taken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any, Protocol

from registry_grpc.domain.errors import ServerOverloaded
from registry_grpc.domain.limits import KIB, MIB
from registry_grpc.transport.budget import Budget, Share

SMALL_BYTES = 64 * KIB
"""Replies up to this size are not counted."""
_BUILDING_BYTES, _SENDING_BYTES = 96 * MIB, 128 * MIB
_WAIT_S = 10.0


class Ending(Protocol):
    """What is known of a call here: when it is over."""

    def add_done_callback(self, callback: Any, /) -> None:  # noqa: ANN401 - as grpc.aio has it
        """Call it when the call is over: its reply was sent, or its caller is gone."""


class Outgoing:
    """Bytes of large replies, of all callers; one caller has at most half. In one event loop.

    wait: seconds after which a call that finds no room is shed.
    """

    def __init__(
        self,
        building: int = _BUILDING_BYTES,
        sending: int = _SENDING_BYTES,
        wait: float = _WAIT_S,
    ) -> None:
        self._building = Budget(building, building // 2)
        self._sending = Budget(sending, sending // 2)
        self._wait = wait

    @property
    def held(self) -> int:
        """The bytes held now."""
        return self._building.held + self._sending.held

    @asynccontextmanager
    async def building(self, caller: str, most: int) -> AsyncIterator[None]:
        """Hold room for a reply of at most so many bytes while it is built.

        Waits its turn; raises ServerOverloaded when that takes too long.
        """
        with self._building.share(caller) as share:
            await self._take(share, most if most > SMALL_BYTES else 0)
            yield

    async def sent(self, context: Ending, caller: str, reply: bytes) -> bytes:
        """Return a reply to be sent; a large one is counted until gRPC has let go of it.

        gRPC holds all of a reply for as long as its caller does not read. Waits while too much is
        held so; raises ServerOverloaded when that takes too long.
        """
        if len(reply) > SMALL_BYTES:
            held = ExitStack()
            await self._take(held.enter_context(self._sending.share(caller)), len(reply))
            context.add_done_callback(lambda _: held.close())
        return reply

    async def _take(self, share: Share, count: int) -> None:
        try:
            async with asyncio.timeout(self._wait):
                await share.take(count)
        except TimeoutError:
            raise ServerOverloaded from None
