"""Streams that last: who may hear them is asked again and again, and an outage ends none."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import cast
from uuid import uuid4

import grpc
import pytest
import pytest_asyncio
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from registry_grpc.domain.principal import Permission, Role
from registry_grpc.persistence.engine import open_engines
from registry_grpc.services.access import Authentication, Tokens
from registry_grpc.services.answers import Answers
from registry_grpc.telemetry import Metrics
from registry_grpc.transport import pipeline as module
from registry_grpc.transport.call import Call
from registry_grpc.transport.guard import Context
from registry_grpc.transport.memory import Memory, Reply
from registry_grpc.transport.method import Method
from registry_grpc.transport.pipeline import Pipeline
from registry_grpc.transport.threads import Pools, Threads
from tests.support.pipeline import OneCall, Switched
from tests.support.services import MovableClock

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def endless(call: Call, request: Message) -> AsyncGenerator[Reply, None]:
    del request
    while True:
        yield call.principal.name.encode()


@dataclass
class Place:
    """A feed on a real database. now: seconds, as far as tokens are concerned."""

    database: Switched
    calls: Threads
    now: float = 0.0

    def __post_init__(self) -> None:
        clock = MovableClock()
        self.tokens = Tokens(self.database, clock, uuid4, lambda: uuid4().hex)
        authentication = Authentication(self.database, clock, lambda: self.now, trust_loopback=True)
        memory = Memory(Answers(0), self.calls, lambda: 0.0)
        cap = timedelta(seconds=10)
        pipeline = Pipeline(authentication, Pools.all_in(self.calls), Metrics(), cap, memory)
        self.feed = pipeline.feed(Method("Watch", Permission.READ, 1_000, Empty), endless)
        token, self.secret = self.tokens.create("ann", Role.READER, None)
        self.token_id = token.id

    def hear(self) -> tuple[OneCall, AsyncIterator[Reply]]:
        call = OneCall(self.secret, messages=[b""])
        return call, aiter(self.feed(None, cast("Context", call)))


@pytest_asyncio.fixture
async def place(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    monkeypatch.setattr(module, "_ADMIT_AGAIN_S", -1.0)  # before each reply
    calls = Threads("call", 2, 10)
    with Switched(open_engines(database_url)) as database:
        yield Place(database, calls)
        await asyncio.to_thread(calls.close)


async def test_whoever_is_revoked_hears_no_more(place: Place) -> None:
    call, heard = place.hear()
    assert await anext(heard) == b"ann"
    place.tokens.revoke(place.token_id)
    place.now += Authentication.FRESH
    with pytest.raises(grpc.aio.AbortError):
        await anext(heard)
    assert call.reason == "TOKEN_INVALID"


async def test_a_database_that_is_away_ends_nothing_and_is_asked_when_it_is_back(
    place: Place,
) -> None:
    call, heard = place.hear()
    assert await anext(heard) == b"ann"
    place.database.away = True
    for _ in range(3):
        place.now += Authentication.FRESH
        assert await anext(heard) == b"ann"
    place.database.away = False
    place.tokens.revoke(place.token_id)
    with pytest.raises(grpc.aio.AbortError):
        await anext(heard)
    assert call.reason == "TOKEN_INVALID"
