"""Messages of unary calls: counted in bytes until their calls have ended."""

import asyncio
from dataclasses import dataclass
from typing import cast

import pytest
from google.protobuf.empty_pb2 import Empty

from registry_grpc.domain.errors import InvalidRequest, LimitExceeded
from registry_grpc.domain.limits import KIB, MIB
from registry_grpc.domain.principal import Permission
from registry_grpc.transport.access import Access
from registry_grpc.transport.guard import Context
from registry_grpc.transport.method import Method
from registry_grpc.transport.receiving import Receiving
from tests.support.pipeline import OneCall

METHOD = Method("Write", (Access(Permission.WRITE),), 2 * MIB, Empty)


@dataclass
class From:
    """A caller, on a connection of its own."""

    principal: str | None
    peer: str = "ipv4:127.0.0.1:1"


def sending(*sizes: int) -> Context:
    return cast("Context", OneCall(None, messages=[bytes(size) for size in sizes]))


async def test_a_large_message_is_held_until_its_call_ends_and_a_small_one_is_not() -> None:
    receiving = Receiving(held=8 * MIB)
    with receiving.reserve("ann") as reservation:
        await receiving.one(METHOD, From("ann"), sending(KIB), reservation)
        assert receiving.held == 0
        await receiving.one(METHOD, From("ann"), sending(MIB), reservation)
        assert receiving.held == MIB
    assert receiving.held == 0


async def test_a_caller_whose_calls_wait_has_no_more_received_and_others_have() -> None:
    receiving = Receiving(at_once=1, held=8 * MIB)
    with receiving.reserve("greedy") as first:
        await receiving.one(METHOD, From("greedy"), sending(2 * MIB), first)
        unread = OneCall(None, messages=[bytes(KIB)])
        with receiving.reserve("greedy") as second, receiving.reserve("greedy") as third:
            waiting = asyncio.create_task(
                receiving.one(METHOD, From("greedy"), sending(MIB), second)
            )
            behind = asyncio.create_task(
                receiving.one(METHOD, From("greedy"), cast("Context", unread), third)
            )
            with receiving.reserve("modest") as other:
                await receiving.one(METHOD, From("modest"), sending(MIB), other)
            assert not waiting.done()
            assert not behind.done()
            first.give(2 * MIB)
            await asyncio.gather(waiting, behind)
    assert receiving.held == 0


async def test_whatever_ends_a_call_its_message_is_given_back() -> None:
    receiving = Receiving(held=8 * MIB)
    with pytest.raises(LimitExceeded), receiving.reserve("ann") as reservation:
        await receiving.one(METHOD, From("ann"), sending(3 * MIB), reservation)
    with pytest.raises(InvalidRequest), receiving.reserve("ann") as reservation:
        await receiving.one(METHOD, From("ann"), sending(), reservation)
    assert receiving.held == 0
