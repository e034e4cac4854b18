"""Memory bounds for large replies of unary calls, while they are built and sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any, Protocol

from registry_grpc.domain.errors import ServerOverloaded
from registry_grpc.domain.limits import KIB, MIB
from registry_grpc.transport.byte_budget import ByteBudget, Reservation

SMALL_BYTES = 64 * KIB
"""Replies up to this size are not counted."""
_BUILDING_BYTES, _SENDING_BYTES = 96 * MIB, 128 * MIB
_WAIT_S = 10.0


class Ending(Protocol):
    """A call that reports its end."""

    def add_done_callback(self, callback: Any, /) -> None:  # noqa: ANN401 - as grpc.aio has it
        """Call it when the call ends: its reply was sent, or its client disconnected."""


class Outgoing:
    """The bytes of large replies of all callers; one caller gets at most half. One event loop.

    wait: seconds after which a call without available memory fails with ServerOverloaded.
    """

    def __init__(
        self,
        building: int = _BUILDING_BYTES,
        sending: int = _SENDING_BYTES,
        wait: float = _WAIT_S,
    ) -> None:
        self._building = ByteBudget(building, building // 2)
        self._sending = ByteBudget(sending, sending // 2)
        self._wait = wait

    @property
    def held(self) -> int:
        """The bytes in use."""
        return self._building.held + self._sending.held

    @asynccontextmanager
    async def building(self, caller: str, most: int) -> AsyncIterator[None]:
        """Reserve memory for a reply of at most `most` bytes while it is built.

        Waits in turn; raises ServerOverloaded when that takes too long.
        """
        with self._building.reserve(caller) as reservation:
            await self._take(reservation, most if most > SMALL_BYTES else 0)
            yield

    async def sent(self, context: Ending, caller: str, reply: bytes) -> bytes:
        """Return a reply to send; a large one is counted until gRPC has released it.

        gRPC buffers a whole reply until its client reads it. Waits while the budget is used up;
        raises ServerOverloaded when that takes too long.
        """
        if len(reply) > SMALL_BYTES:
            held = ExitStack()
            await self._take(held.enter_context(self._sending.reserve(caller)), len(reply))
            context.add_done_callback(lambda _: held.close())
        return reply

    async def _take(self, reservation: Reservation, count: int) -> None:
        try:
            async with asyncio.timeout(self._wait):
                await reservation.take(count)
        except TimeoutError:
            raise ServerOverloaded from None
