"""Upload streams that end at any moment: what they held comes back."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import google_crc32c
import psutil
import pytest
import pytest_asyncio

from modelregistry.v1 import artifact_service_pb2 as pb
from registry_grpc.domain.errors import DatabaseUnavailable
from registry_grpc.domain.names import UploadName
from registry_grpc.domain.principal import Principal, Role
from registry_grpc.persistence.engine import open_engines
from registry_grpc.storage.filesystem import FilesystemBlobStore
from registry_grpc.telemetry import Metrics
from registry_grpc.transport.byte_budget import ByteBudget
from registry_grpc.transport.call import Call
from registry_grpc.transport.threads import Threads
from registry_grpc.transport.upload import UploadHandlers
from tests.support.cancellation import cancelled_everywhere, until
from tests.support.pipeline import Switched
from tests.support.services import LocalRegistry

KIB = 1_024
DATA = bytes(range(256)) * 4 * 24  # of 24 KiB
CALL = Call("WriteUpload", Principal("tester", Role.WRITER), "1")

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def registry(database_url: str, tmp_path: Path) -> Iterator[LocalRegistry]:
    folder = tmp_path / "blobs"
    with Switched(open_engines(database_url)) as database:
        yield LocalRegistry(database, FilesystemBlobStore(folder), folder)


@pytest_asyncio.fixture
async def threads() -> AsyncIterator[Threads]:
    pool = Threads("transfer", 2, 100)
    yield pool
    await asyncio.to_thread(pool.close)


def message(offset: int, size: int, *, flush: bool = False) -> pb.WriteUploadRequest:
    data = DATA[offset : offset + size]
    crc32c = google_crc32c.value(data)
    return pb.WriteUploadRequest(offset=offset, data=data, crc32c=crc32c, flush=flush)


async def requests(
    name: UploadName, messages: Sequence[pb.WriteUploadRequest], *, then: asyncio.Event | None
) -> AsyncIterator[tuple[pb.WriteUploadRequest, bytes]]:
    for index, one in enumerate(messages):
        sent = pb.WriteUploadRequest()
        sent.CopyFrom(one)
        sent.name = "" if index else str(name)
        data = sent.data
        sent.ClearField("data")
        await asyncio.sleep(0)
        yield sent, data
    if then is not None:
        await then.wait()


def handlers(registry: LocalRegistry, threads: Threads, budget: ByteBudget) -> UploadHandlers:
    return UploadHandlers(registry.uploads, registry.limits, threads, budget, Metrics())


def open_files(registry: LocalRegistry) -> list[str]:
    """Return the files below the store that this process has open."""
    return [
        file.path
        for file in psutil.Process().open_files()
        if Path(file.path).is_relative_to(registry.folder)
    ]


async def check_nothing_held(registry: LocalRegistry, threads: Threads, budget: ByteBudget) -> None:
    await until(lambda: not threads.taken)
    assert budget.held == 0
    assert registry.area.held == 0
    assert open_files(registry) == []


@pytest.mark.parametrize("again", [None, 1, 2, 5])
async def test_a_stream_that_is_cancelled_at_any_await_holds_nothing(
    registry: LocalRegistry, threads: Threads, again: int | None
) -> None:
    budget = ByteBudget(20 * KIB, each=10 * KIB)
    handler = handlers(registry, threads, budget)
    messages = [message(at, 3 * KIB, flush=at % 6_144 == 0) for at in range(0, len(DATA), 3 * KIB)]

    async def work() -> object:
        name = registry.begin(DATA)
        chunks = requests(name, messages, then=None)
        committed = 0
        async with aclosing(handler.WriteUpload(CALL, chunks)) as replies:
            async for reply in replies:
                assert isinstance(reply, pb.WriteUploadResponse)
                committed = reply.committed_offset
        assert committed == len(DATA)
        return committed

    async def make() -> Coroutine[Any, Any, object]:
        return work()

    async def check(_: int) -> None:
        await check_nothing_held(registry, threads, budget)

    assert await cancelled_everywhere(make, check, again=again) > 30


async def test_a_chunk_that_waits_for_a_full_queue_is_given_back(
    registry: LocalRegistry, threads: Threads
) -> None:
    budget = ByteBudget(100 * KIB)
    handler = handlers(registry, threads, budget)
    # Six answers that are not read stop the storing, four empty chunks fill the queue.
    messages = [
        *(message(0, 0, flush=True) for _ in range(6)),
        *(message(0, 0) for _ in range(4)),
        message(0, 8 * KIB),
    ]
    chunks = requests(registry.begin(DATA), messages, then=asyncio.Event())
    stream = handler.WriteUpload(CALL, chunks)
    await anext(stream)
    await until(lambda: budget.held)

    await stream.aclose()

    await check_nothing_held(registry, threads, budget)


async def test_a_stream_whose_database_goes_away_closes_its_files(
    registry: LocalRegistry, threads: Threads
) -> None:
    budget = ByteBudget(100 * KIB)
    handler = handlers(registry, threads, budget)
    chunks = requests(
        registry.begin(DATA), [message(0, 0, flush=True), message(0, 8)], then=asyncio.Event()
    )
    stream = handler.WriteUpload(CALL, chunks)
    await anext(stream)
    assert registry.area.held == 1
    assert isinstance(registry.database, Switched)
    registry.database.away = True

    with pytest.raises(DatabaseUnavailable):
        await anext(stream)

    await stream.aclose()
    await check_nothing_held(registry, threads, budget)
