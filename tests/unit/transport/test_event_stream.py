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
from google.protobuf.wrappers_pb2 import BytesValue
from typing_extensions import override

from registry_grpc.domain.principal import Permission, Role
from registry_grpc.persistence.engine import open_engines
from registry_grpc.services.access import Authentication, Tokens
from registry_grpc.services.authorizer import RoleAuthorizer
from registry_grpc.services.lookup_cache import LookupCache
from registry_grpc.telemetry import Metrics
from registry_grpc.transport import stream_admissions
from registry_grpc.transport.access import Access
from registry_grpc.transport.call import Call
from registry_grpc.transport.guard import Context
from registry_grpc.transport.method import Method
from registry_grpc.transport.pipeline import Pipeline
from registry_grpc.transport.read_cache import ReadCache, Reply
from registry_grpc.transport.streaming import BulkMessage, StreamLimits, Streams
from registry_grpc.transport.threads import Pools, Threads
from tests.support.cancellation import until
from tests.support.pipeline import OneCall, Switched
from tests.support.services import MovableClock

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
SECONDS = 20
METHOD = Method("Watch", (Access(Permission.READ),), 1_000, Empty)
BOTH = Method("Both", (Access(Permission.READ),), 1_000, BytesValue)


async def endless(call: Call, request: Message) -> AsyncGenerator[Reply, None]:
    del request
    while True:
        yield call.principal.name.encode()
        await asyncio.sleep(0.001)


async def silent(call: Call, request: Message) -> AsyncGenerator[Reply, None]:
    del request
    yield call.principal.name.encode()
    await asyncio.Event().wait()


async def both(call: Call, requests: AsyncIterator[BulkMessage]) -> AsyncGenerator[Message, None]:
    del call
    async for request, _ in requests:
        yield request


@dataclass
class Place:
    """Streams on a real database. now: seconds, as far as tokens are concerned."""

    database: Switched
    calls: Threads
    idle: float = SECONDS
    now: float = 0.0

    def __post_init__(self) -> None:
        clock = MovableClock()
        self.tokens = Tokens(self.database, clock, uuid4, lambda: uuid4().hex)
        self.authentication = Authentication(
            self.database, clock, lambda: self.now, trust_loopback=True
        )
        token, self.secret = self.tokens.create("ann", Role.READER, None)
        self.token_id = token.id

    def streams(self, idle: float = SECONDS) -> Streams:
        memory = ReadCache(LookupCache[bytes](0), self.calls, lambda: 0.0)
        pools, cap = Pools.all_in(self.calls), timedelta(seconds=SECONDS)
        pipeline = Pipeline(self.authentication, RoleAuthorizer(), pools, Metrics(), cap, memory)
        return Streams(pipeline, StreamLimits(idle, reads=1, writes=1, watches=1))

    def call(self, messages: int = 1, *, lasts: bool = False) -> OneCall:
        return OneCall(self.secret, messages=[b""] * messages, lasts=lasts)

    def hear(
        self, call: OneCall, handler: object = endless, idle: float = SECONDS
    ) -> "asyncio.Task[None]":
        feed = self.streams(idle).event_stream(METHOD, handler)  # type: ignore[arg-type]
        return asyncio.ensure_future(feed(None, cast("Context", call)))

    def revoke(self) -> None:
        self.tokens.revoke(self.token_id)
        self.now += Authentication.FRESH


@pytest_asyncio.fixture
async def place(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    monkeypatch.setattr(stream_admissions, "_AGAIN_S", 0.01)
    monkeypatch.setattr(stream_admissions, "_SOONER_S", 0.01)
    calls = Threads("call", 2, 10)
    with Switched(open_engines(database_url)) as database:
        yield Place(database, calls)
        await asyncio.to_thread(calls.close)


@pytest.mark.parametrize("handler", [endless, silent])
async def test_a_revoked_caller_is_heard_out_no_further_whether_anything_flows_or_not(
    place: Place, handler: object
) -> None:
    call = place.call()
    hearing = place.hear(call, handler)
    await until(lambda: call.taken)
    place.revoke()
    with pytest.raises(grpc.aio.AbortError):
        async with asyncio.timeout(SECONDS):
            await hearing
    assert call.reason == "TOKEN_INVALID"


async def test_a_revoked_caller_whose_replies_are_not_taken_is_ended_too(place: Place) -> None:
    call = place.call()
    call.takes.clear()
    hearing = place.hear(call)
    await asyncio.sleep(0.05)
    place.revoke()
    with pytest.raises(grpc.aio.AbortError):
        async with asyncio.timeout(SECONDS):
            await hearing
    assert call.reason == "TOKEN_INVALID"


async def test_a_revoked_writer_is_ended(place: Place) -> None:
    call = place.call(lasts=True)
    stream = place.streams().bidi_stream(BOTH, both)
    writing = asyncio.ensure_future(stream(None, cast("Context", call)))
    await until(lambda: call.taken)
    place.revoke()
    with pytest.raises(grpc.aio.AbortError):
        async with asyncio.timeout(SECONDS):
            await writing
    assert call.reason == "TOKEN_INVALID"


async def test_a_database_that_is_away_ends_nothing_and_is_asked_when_it_is_back(
    place: Place,
) -> None:
    call = place.call()
    hearing = place.hear(call)
    await until(lambda: call.taken)
    place.database.away = True
    place.now += Authentication.FRESH
    asked = place.database.reads
    await until(lambda: place.database.reads > asked + 3)
    assert not hearing.done()
    place.database.away = False
    place.revoke()
    with pytest.raises(grpc.aio.AbortError):
        async with asyncio.timeout(SECONDS):
            await hearing
    assert call.reason == "TOKEN_INVALID"


async def test_a_feed_with_nothing_to_say_is_not_idle_but_one_that_is_not_read_is(
    place: Place,
) -> None:
    call = place.call()
    hearing = place.hear(call, silent, idle=0.05)
    await until(lambda: call.taken)
    await asyncio.wait([hearing], timeout=0.3)
    assert not hearing.done()
    hearing.cancel()

    unread = place.call()
    unread.takes.clear()
    with pytest.raises(grpc.aio.AbortError):
        await place.hear(unread, silent, idle=0.05)
    assert unread.reason == "STREAM_IDLE"


@pytest.mark.parametrize("sent", [0, 1])
async def test_a_stream_both_ways_on_which_nothing_moves_ends(place: Place, sent: int) -> None:
    call = place.call(sent, lasts=True)
    stream = place.streams(idle=0.05).bidi_stream(BOTH, both)
    with pytest.raises(grpc.aio.AbortError):
        await stream(None, cast("Context", call))
    assert len(call.taken) == sent
    assert call.reason == "STREAM_IDLE"
    assert call.code is grpc.StatusCode.UNAVAILABLE


async def test_a_stream_that_moves_lasts_longer_than_it_may_stand_still(place: Place) -> None:
    class Slow(OneCall):
        @override
        async def read(self) -> object:
            await asyncio.sleep(0.05)
            return await super().read()

    call = Slow(place.secret, messages=[b""] * 10)
    stream = place.streams(idle=0.3).bidi_stream(BOTH, both)
    await stream(None, cast("Context", call))
    assert len(call.taken) == 10


async def test_a_cancellation_from_outside_stays_one(place: Place) -> None:
    call = place.call()
    hearing = place.hear(call, silent)
    await until(lambda: call.taken)
    hearing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hearing
    assert call.code is grpc.StatusCode.OK
