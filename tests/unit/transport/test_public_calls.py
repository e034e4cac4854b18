"""Messages of calls that need no token: how long, and how large, they may be on their way."""

import asyncio
from typing import cast

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from typing_extensions import override

from registry_grpc.transport.guard import Context
from registry_grpc.transport.public_calls import PublicCalls
from registry_grpc.transport.sockets import Traffic
from tests.support.pipeline import OneCall

MIB = 1_024 * 1_024


def heard(_: str) -> None:
    """Hear of a call."""


class Late(OneCall):
    """A call whose message comes when a test says so, on a connection of its own."""

    def __init__(self, number: int = 1) -> None:
        super().__init__(None)
        self.comes = asyncio.Event()
        self.asked = asyncio.Event()
        self._number = number

    @override
    async def read(self) -> object:
        self.asked.set()
        await self.comes.wait()
        return b""

    @override
    def peer(self) -> str:
        return f"ipv4:127.0.0.1:{self._number}"


def take(calls: PublicCalls, call: Late) -> "asyncio.Task[Empty]":
    taken = calls.call(cast("Context", call)).one(Empty.FromString)
    return asyncio.ensure_future(taken)


async def test_a_message_that_comes_late_is_taken() -> None:
    calls = PublicCalls(lambda _: Traffic(0, 0), heard)
    call = Late()
    taking = take(calls, call)
    await call.asked.wait()
    await asyncio.sleep(0.05)
    call.comes.set()
    assert await taking == Empty()


async def test_a_message_is_given_up_when_its_connection_receives_more_than_one_has() -> None:
    received = 100 * MIB
    calls = PublicCalls(lambda _: Traffic(received, 0), heard)
    call = Late()
    taking = take(calls, call)
    await call.asked.wait()
    received += MIB
    with pytest.raises(grpc.aio.AbortError):
        await taking
    assert call.reason == "SERVER_OVERLOADED"


async def test_what_other_connections_receive_ends_no_call() -> None:
    """A large registration makes the process grow: health answers all the same."""
    received = {"ipv4:127.0.0.1:1": 0, "ipv4:127.0.0.1:2": 0}
    calls = PublicCalls(lambda peer: Traffic(received[peer], 0), heard)
    call = Late(1)
    taking = take(calls, call)
    await call.asked.wait()
    received["ipv4:127.0.0.1:2"] += 100 * MIB
    await asyncio.sleep(0.05)
    call.comes.set()
    assert await taking == Empty()


async def test_silent_calls_are_given_up_when_others_wait_and_all_those_are_served() -> None:
    calls = PublicCalls(lambda _: Traffic(0, 0), heard)
    silent = [take(calls, Late(number)) for number in range(20)]
    honest = []
    for number in range(20):
        call = Late(100 + number)
        call.comes.set()
        honest.append(take(calls, call))
    assert await asyncio.gather(*honest) == [Empty()] * 20
    ends = await asyncio.gather(*silent, return_exceptions=True)
    assert all(isinstance(end, grpc.aio.AbortError) for end in ends)


async def test_a_connection_that_has_gone_is_looked_for_once() -> None:
    looked_for: list[str] = []

    def gone(peer: str) -> None:
        looked_for.append(peer)

    calls = PublicCalls(gone, heard)
    several = [Late(1) for _ in range(5)]
    taking = [take(calls, call) for call in several]
    for call in several:
        await call.asked.wait()
        await asyncio.sleep(0.01)
        call.comes.set()
    assert await asyncio.gather(*taking) == [Empty()] * 5
    assert looked_for == ["ipv4:127.0.0.1:1"]
