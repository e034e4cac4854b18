"""Streams of bytes: one reply is fetched ahead, and nothing is left when the caller goes."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import grpc
import pytest
import pytest_asyncio
from google.protobuf.empty_pb2 import Empty
from typing_extensions import override

from registry_grpc.domain.principal import Permission
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.services.access import Authentication
from registry_grpc.services.authorizer import RoleAuthorizer
from registry_grpc.services.lookup_cache import LookupCache
from registry_grpc.telemetry import Metrics
from registry_grpc.transport import streaming
from registry_grpc.transport.access import Access
from registry_grpc.transport.guard import Context
from registry_grpc.transport.method import Method
from registry_grpc.transport.pipeline import Pipeline
from registry_grpc.transport.read_cache import ReadCache, Reply
from registry_grpc.transport.streaming import StreamLimits, Streams
from registry_grpc.transport.threads import Pools, Threads
from tests.support.cancellation import cancelled_everywhere, until
from tests.support.pipeline import OneCall, Trailers
from tests.support.services import MovableClock

SECONDS = 10
LIMITS = StreamLimits(SECONDS, reads=2, writes=1, watches=1, bytes=64_000)

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@dataclass
class Source:
    """Replies that come when a test lets them. closed: by whom, once it was."""

    may: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    inside: threading.Event = field(default_factory=threading.Event)
    closed: list[str] = field(default_factory=list)
    opened: int = 0

    def replies(self, *_: object) -> Iterator[Reply]:
        self.opened += 1
        return self._replies()

    def _replies(self) -> Iterator[Reply]:
        try:
            for number in range(3):
                self.inside.set()
                assert self.may.acquire(timeout=SECONDS)
                yield b"%d" % number
        finally:
            self.closed.append(threading.current_thread().name.partition("_")[0])


def a_call() -> OneCall:
    return OneCall(None, messages=[b""])


@dataclass
class Site:
    """Streams on a real database with two pools, whose limits a test may choose."""

    streams: Streams
    threads: Threads

    def read(self, source: Source, call: OneCall) -> Coroutine[Any, Any, None]:
        method = Method("Read", (Access(Permission.READ),), 1_000, Empty)
        stream = self.streams.server_stream(method, source.replies)
        return cast("Coroutine[Any, Any, None]", stream(None, cast("Context", call)))

    async def check_nothing_held(self) -> None:
        await until(lambda: not self.threads.taken)
        assert self.streams.sending.held == self.streams.ahead.held == 0
        assert self.streams.open_count == 0


@pytest_asyncio.fixture
async def site(database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(streaming, "MESSAGE_BYTES", 1_000)
    threads = Threads("stream", 4, 10)
    authentication = Authentication(database, MovableClock(), lambda: 0.0, trust_loopback=True)
    memory = ReadCache(LookupCache[bytes](0), threads, lambda: 0.0)
    pools, cap = Pools.all_in(threads), timedelta(seconds=SECONDS)
    pipeline = Pipeline(authentication, RoleAuthorizer(), pools, Metrics(), cap, memory)
    yield Site(Streams(pipeline, LIMITS), threads)
    await asyncio.to_thread(threads.close)


async def test_all_replies_come_and_it_is_closed(site: Site) -> None:
    source, call = Source(threading.Semaphore(3)), a_call()
    await site.read(source, call)
    assert call.taken == [b"0", b"1", b"2"]
    assert source.closed == ["stream"]
    await site.check_nothing_held()


async def test_a_caller_who_goes_while_a_thread_fetches_leaves_nothing_and_is_no_incident(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    source = Source()
    task = asyncio.create_task(site.read(source, a_call()))
    assert await asyncio.to_thread(source.inside.wait, SECONDS)
    with caplog.at_level(logging.ERROR, "registry_grpc"):
        task.cancel()
        await asyncio.wait([task], timeout=0.05)
        assert source.closed == []
        source.may.release()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert source.closed == ["stream"]
    assert caplog.records == []
    await site.check_nothing_held()


@pytest.mark.parametrize("again", [None, 1, 3])
async def test_a_stream_that_is_cancelled_at_any_await_holds_nothing(
    site: Site, again: int | None
) -> None:
    sources: list[Source] = []

    async def make() -> Coroutine[Any, Any, None]:
        sources.append(Source(threading.Semaphore(3)))
        return site.read(sources[-1], a_call())

    async def check(_: int) -> None:
        await site.check_nothing_held()
        source = sources[-1]
        # One that was opened and never begun has nothing to close.
        assert len(source.closed) == int(source.inside.is_set())

    assert await cancelled_everywhere(make, check, again=again) > 10


async def test_a_reply_that_is_not_taken_ends_the_stream_and_counts_until_its_status_is_taken(
    site: Site,
) -> None:
    limits = StreamLimits(0.05, reads=2, writes=1, watches=1, bytes=64_000)
    streams = Streams(site.streams.pipeline, limits)
    lets_go = asyncio.Event()

    class Unread(OneCall):
        @override
        async def abort(self, code: grpc.StatusCode, details: str, trailers: Trailers) -> None:
            await lets_go.wait()
            await super().abort(code, details, trailers)

    call, source = Unread(None, messages=[b""]), Source(threading.Semaphore(3))
    call.takes.clear()
    slow = Site(streams, site.threads)
    task = asyncio.create_task(slow.read(source, call))
    await until(lambda: source.closed)
    assert streams.sending.held > 0
    assert streams.open_count == 1

    lets_go.set()
    with pytest.raises(grpc.aio.AbortError):
        await task

    assert call.reason == "STREAM_IDLE"
    assert call.code is grpc.StatusCode.UNAVAILABLE
    await slow.check_nothing_held()


async def test_one_caller_has_so_many_streams_and_waits_for_more(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [Source(), Source()]
    held = [asyncio.create_task(site.read(source, a_call())) for source in first]
    await until(lambda: all(source.inside.is_set() for source in first))

    with monkeypatch.context() as patch:
        patch.setattr(streaming, "_SLOT_S", 0.05)
        refused = a_call()
        with pytest.raises(grpc.aio.AbortError):
            await site.read(Source(), refused)
    assert refused.reason == "CALLER_LIMIT_EXCEEDED"
    third, call = Source(threading.Semaphore(3)), a_call()
    waiting = asyncio.create_task(site.read(third, call))

    first[0].may.release(3)
    await waiting
    assert call.taken == [b"0", b"1", b"2"]
    first[1].may.release(3)
    await asyncio.gather(*held)
    await site.check_nothing_held()
