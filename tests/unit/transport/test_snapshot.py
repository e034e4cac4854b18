"""Snapshots: sent in portions, and closed at their end or when the client does not read them."""

import asyncio
import threading
from collections.abc import AsyncIterator, Generator
from contextlib import suppress

import pytest
import pytest_asyncio

from registry_grpc.domain.errors import DeadlineExceeded
from registry_grpc.transport import snapshot as module
from registry_grpc.transport.snapshot import Portion, Snapshot
from registry_grpc.transport.threads import Threads
from tests.support.history import at

SECONDS = 10


class Source:
    """Portions from a database; each waits at a gate. closed: the transaction has ended."""

    def __init__(self, count: int = 3) -> None:
        self.count = count
        self.open = threading.Event()
        self.open.set()
        self.inside = threading.Event()
        self.closed = threading.Event()

    def portions(self) -> Generator[Portion, None, None]:
        try:
            for _ in range(self.count):
                self.inside.set()
                assert self.open.wait(SECONDS)
                yield at(7), ()
        finally:
            self.closed.set()


@pytest_asyncio.fixture
async def threads() -> AsyncIterator[Threads]:
    pool = Threads("test", 4, 10)
    yield pool
    await asyncio.to_thread(pool.close)


@pytest.fixture
def source() -> Source:
    return Source()


async def let_go(source: Source) -> bool:
    return await asyncio.to_thread(source.closed.wait, SECONDS)


async def test_all_portions_come_and_then_it_is_let_go(threads: Threads, source: Source) -> None:
    places = asyncio.Semaphore(1)
    for _ in range(2):  # the place is free again
        async with Snapshot(source.portions(), threads, places) as snapshot:
            assert [portion async for portion in snapshot] == [(at(7), ())] * 3
        assert source.closed.is_set()
    assert not places.locked()


async def test_one_waits_for_a_place(threads: Threads, source: Source) -> None:
    places, other = asyncio.Semaphore(1), Source()

    async def read() -> int:
        async with Snapshot(other.portions(), threads, places) as snapshot:
            return len([portion async for portion in snapshot])

    async with Snapshot(source.portions(), threads, places):
        waiting = asyncio.ensure_future(read())
        await asyncio.sleep(0)
        assert not other.inside.is_set()
        assert not waiting.done()
    assert await waiting == 3


async def test_what_nobody_takes_is_let_go_and_says_so_to_whoever_takes_it_at_last(
    threads: Threads, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_UNREAD_S", 0.05)
    places, taken = asyncio.Semaphore(1), []

    async def read() -> None:
        async with Snapshot(source.portions(), threads, places) as snapshot:
            async for portion in snapshot:
                with snapshot.unread():
                    assert await let_go(source)
                    async with places:  # so is its place
                        taken.append(portion)

    with pytest.raises(DeadlineExceeded):
        await read()
    assert len(taken) == 1
    assert not places.locked()


async def test_what_is_taken_in_time_is_not_let_go(
    threads: Threads, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_UNREAD_S", 0.0)
    async with Snapshot(source.portions(), threads, asyncio.Semaphore(1)) as snapshot:
        async for _ in snapshot:
            with snapshot.unread():
                assert not source.closed.is_set()
    assert source.closed.is_set()


async def test_what_takes_too_long_in_all_is_let_go(
    threads: Threads, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WHOLE_S", 0.05)

    async def read() -> None:
        async with Snapshot(source.portions(), threads, asyncio.Semaphore(1)) as snapshot:
            async for _ in snapshot:
                await asyncio.sleep(0.06)  # time passes; nothing is waited for

    with pytest.raises(DeadlineExceeded):
        await read()
    assert source.closed.is_set()


async def test_whoever_goes_while_a_thread_reads_leaves_nothing_behind(
    threads: Threads, source: Source
) -> None:
    places = asyncio.Semaphore(1)
    source.open.clear()

    async def read() -> None:
        async with Snapshot(source.portions(), threads, places) as snapshot:
            async for _ in snapshot:
                pass

    reading = asyncio.ensure_future(read())
    assert await asyncio.to_thread(source.inside.wait, SECONDS)
    reading.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.wait([reading], timeout=0.05)
    assert not source.closed.is_set()
    source.open.set()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert source.closed.is_set()
    assert not places.locked()
