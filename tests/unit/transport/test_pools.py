"""Heavy calls have threads of their own: no light call, and no admission, waits behind them."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast
from uuid import uuid4

import grpc
import pytest
import pytest_asyncio
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from registry_grpc.domain.principal import Permission, Role
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.services.access import Authentication, Tokens
from registry_grpc.services.authorizer import RoleAuthorizer
from registry_grpc.services.lookup_cache import LookupCache
from registry_grpc.telemetry import Metrics
from registry_grpc.transport.access import Access
from registry_grpc.transport.call import Call
from registry_grpc.transport.guard import Context
from registry_grpc.transport.method import Method
from registry_grpc.transport.pipeline import Pipeline
from registry_grpc.transport.read_cache import ReadCache, Reply
from registry_grpc.transport.threads import Pools, Threads
from tests.support.pipeline import OneCall
from tests.support.services import MovableClock

SECONDS = 20
LIGHT = Method("Light", (Access(Permission.READ),), 1_000, Empty)
HEAVY = replace(LIGHT, name="Heavy", heavy=True)

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@dataclass
class Place:
    """A pipeline with one thread for everything, and a heavy method that ends when it may."""

    database: SqlDatabase
    pools: Pools
    now: float = 0.0
    inside: threading.Event = field(default_factory=threading.Event)
    may: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        clock = MovableClock()
        _, self.secret = Tokens(self.database, clock, uuid4, lambda: uuid4().hex).create(
            "ann", Role.READER, None
        )
        authentication = Authentication(self.database, clock, lambda: self.now, trust_loopback=True)
        memory = ReadCache(LookupCache[bytes](0), self.pools.calls, lambda: 0.0)
        pipeline = Pipeline(
            authentication,
            RoleAuthorizer(),
            self.pools,
            Metrics(),
            timedelta(seconds=SECONDS),
            memory,
        )
        self.light = pipeline.unary(LIGHT, lambda *_: b"light")
        self.heavy = pipeline.unary(HEAVY, self._wait)

    def _wait(self, _call: Call, _request: Message) -> Reply:
        self.inside.set()
        assert self.may.wait(SECONDS)
        return b"heavy"

    def call(self) -> tuple[OneCall, Context]:
        call = OneCall(self.secret, messages=[b""])
        return call, cast("Context", call)


@pytest_asyncio.fixture
async def place(database: SqlDatabase) -> AsyncIterator[Place]:
    names = ("admission", "unknown", "calls", "heavy", "transfers")
    pools = Pools(*(Threads(name, 1, 0) for name in names))
    made = Place(database, pools)
    yield made
    made.may.set()
    for pool in pools.each():
        await asyncio.to_thread(pool.close)


async def test_light_calls_and_admission_do_not_wait_behind_heavy_ones(place: Place) -> None:
    _, context = place.call()
    waiting = asyncio.ensure_future(place.heavy(None, context))
    assert await asyncio.to_thread(place.inside.wait, SECONDS)
    place.now += Authentication.FRESH  # the caller has to be looked up
    assert await place.light(None, place.call()[1]) == b"light"
    place.may.set()
    assert await waiting == b"heavy"


async def test_a_heavy_call_that_finds_no_place_is_refused(place: Place) -> None:
    waiting = asyncio.ensure_future(place.heavy(None, place.call()[1]))
    assert await asyncio.to_thread(place.inside.wait, SECONDS)
    call, context = place.call()
    with pytest.raises(grpc.aio.AbortError):
        await place.heavy(None, context)
    assert call.reason == "SERVER_OVERLOADED"
    place.may.set()
    assert await waiting == b"heavy"
