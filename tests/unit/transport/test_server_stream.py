"""Streams of bytes: one reply is fetched ahead, and nothing is left when the caller goes."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import pytest
import pytest_asyncio
from google.protobuf.empty_pb2 import Empty

from registry_grpc.domain.principal import Permission
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.services.access import Authentication
from registry_grpc.services.answers import Answers
from registry_grpc.telemetry import Metrics
from registry_grpc.transport.guard import Context
from registry_grpc.transport.memory import Memory, Reply
from registry_grpc.transport.method import Method
from registry_grpc.transport.pipeline import Pipeline
from registry_grpc.transport.threads import Pools, Threads
from tests.support.services import MovableClock

SECONDS = 10

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


class Anybody:
    """What grpc.aio gives a handler, as far as this goes."""

    async def read(self) -> bytes:
        return b""

    def invocation_metadata(self) -> Sequence[tuple[str, str]]:
        return ()

    def cancelled(self) -> bool:
        return True

    def peer(self) -> str:
        return "ipv4:127.0.0.1:1234"


@dataclass
class Source:
    """Replies that come when a test lets them. closed: by whom, once it was."""

    may: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    inside: threading.Event = field(default_factory=threading.Event)
    closed: list[str] = field(default_factory=list)

    def replies(self, *_: object) -> Iterator[Reply]:
        try:
            for number in range(3):
                self.inside.set()
                assert self.may.acquire(timeout=SECONDS)
                yield b"%d" % number
        finally:
            self.closed.append(threading.current_thread().name.partition("_")[0])


@pytest_asyncio.fixture
async def pipeline(database: SqlDatabase) -> AsyncIterator[Pipeline]:
    threads = Threads("stream", 4, 10)
    authentication = Authentication(database, MovableClock(), lambda: 0.0, trust_loopback=True)
    memory = Memory(Answers(0), threads, lambda: 0.0)
    cap = timedelta(seconds=SECONDS)
    yield Pipeline(authentication, Pools.all_in(threads), Metrics(), cap, memory)
    await asyncio.to_thread(threads.close)


def reading(pipeline: Pipeline, source: Source) -> "asyncio.Task[list[Reply]]":
    stream = pipeline.server_stream(Method("Read", Permission.READ, 1_000, Empty), source.replies)

    async def read() -> list[Reply]:
        return [reply async for reply in stream(None, cast("Context", Anybody()))]

    return asyncio.ensure_future(read())


async def test_all_replies_come_and_it_is_closed(pipeline: Pipeline) -> None:
    source = Source(threading.Semaphore(3))
    assert await reading(pipeline, source) == [b"0", b"1", b"2"]
    assert source.closed == ["stream"]


async def test_a_caller_who_goes_while_a_thread_fetches_leaves_nothing_and_is_no_incident(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    source = Source()
    task = reading(pipeline, source)
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
