"""Large replies are counted from before they are built until gRPC has let go of them."""

import asyncio

import pytest

from registry_grpc.domain.errors import ServerOverloaded
from registry_grpc.domain.limits import MIB
from registry_grpc.transport.outgoing import SMALL_BYTES, Outgoing
from tests.support.pipeline import OneCall

LARGE = b"x" * MIB


async def test_small_replies_are_not_counted() -> None:
    outgoing, call = Outgoing(0, 0, wait=0), OneCall(None)
    async with outgoing.building("ann", SMALL_BYTES):
        assert await outgoing.sent(call, "ann", LARGE[:SMALL_BYTES])
    assert outgoing.held == 0


async def test_a_reply_is_held_until_its_call_is_over() -> None:
    outgoing, call = Outgoing(4 * MIB, 4 * MIB), OneCall(None)
    async with outgoing.building("ann", MIB):
        assert outgoing.held == MIB
        assert await outgoing.sent(call, "ann", LARGE) == LARGE
        assert outgoing.held == 2 * MIB
    assert outgoing.held == MIB
    call.end()
    assert outgoing.held == 0


async def test_a_caller_who_does_not_read_is_shed_and_another_is_not() -> None:
    outgoing, calls = Outgoing(4 * MIB, 4 * MIB, wait=0.01), [OneCall(None) for _ in range(3)]
    for call in calls[:2]:
        await outgoing.sent(call, "eve", LARGE)
    with pytest.raises(ServerOverloaded):
        await outgoing.sent(calls[2], "eve", LARGE)
    assert await outgoing.sent(calls[2], "ann", LARGE)
    assert outgoing.held == 3 * MIB
    for call in calls:
        call.end()
    assert outgoing.held == 0


async def test_one_who_waits_goes_on_when_another_has_taken_his_reply() -> None:
    outgoing, first, second = Outgoing(MIB, 2 * MIB, wait=60), OneCall(None), OneCall(None)
    await outgoing.sent(first, "ann", LARGE)
    waiting = asyncio.create_task(outgoing.sent(second, "ann", LARGE))
    await asyncio.sleep(0)
    assert not waiting.done()
    first.end()
    assert await waiting == LARGE
    second.end()
    assert outgoing.held == 0


async def test_what_is_cancelled_while_it_is_built_or_waits_gives_all_back() -> None:
    outgoing, call = Outgoing(2 * MIB, 2 * MIB, wait=60), OneCall(None)
    await outgoing.sent(call, "ann", LARGE)

    async def build() -> None:
        async with outgoing.building("ann", MIB):
            await outgoing.sent(OneCall(None), "ann", LARGE)

    building = [asyncio.create_task(build()) for _ in range(2)]
    await asyncio.sleep(0.01)
    assert outgoing.held == 2 * MIB
    for task in building:
        task.cancel()
    await asyncio.gather(*building, return_exceptions=True)
    assert outgoing.held == MIB
    call.end()
    assert outgoing.held == 0
