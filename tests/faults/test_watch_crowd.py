"""Many watchers of one server: all receive all changes, without delaying each other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as pb
from modelregistry.v1 import model_pb2
from tests.support.content import NAMESPACE, a_model, a_version
from tests.support.faults.amount import amount
from tests.support.faults.crowd import Onlooker, stubs_for, until
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected

CROWD = amount(200, 1_000)
MODEL = f"{NAMESPACE}/models/fraud"
LONG_TEXTS = f"{NAMESPACE}/models/texts"
TEXT = "x" * 64_000
UPDATES = 300  # of which each is sent twice, before and after: 38 MB


@dataclass
class Gathering:
    """A server with a model, and a crowd that watches it."""

    server: RegistryProcess
    stubs: Stubs
    crowd: list[Onlooker]
    watching: "list[asyncio.Task[None]]"

    def move(self, number: int) -> int:
        """Move the alias; the revision."""
        request = catalog.SetAliasRequest(
            name=f"{MODEL}/aliases/champion", version=f"fraud/{number}"
        )
        return int(self.stubs.SetAlias(request, wait_for_ready=True).revision)

    async def all_told(self, revision: int, seconds: float = 30) -> None:
        """Return when all watchers have received it."""
        await until(lambda: all(one.upto >= revision for one in self.crowd), seconds)

    def watch(self) -> None:
        """Let all of them watch from where they are."""
        self.watching += [asyncio.create_task(one.watch()) for one in self.crowd]

    async def ended(self) -> None:
        """Return when no watch goes on."""
        async with asyncio.timeout(30):
            await asyncio.gather(*self.watching)
        self.watching.clear()


@pytest.fixture
def server(own_registry: RegistryProcess) -> RegistryProcess:
    own_registry.options = ("--gc-every", "0")
    return own_registry.start()


@asynccontextmanager
async def gathered(server: RegistryProcess) -> AsyncIterator[Gathering]:
    """Let a crowd watch a model, and wait until all of them do."""
    with connected(server.target) as stubs:
        for number in range(2):
            a_version(stubs, a_model(stubs, "fraud") if not number else MODEL)
        async with stubs_for(server.target, CROWD) as made:
            request = pb.WatchRequest(parent=NAMESPACE, models=[MODEL])
            place = Gathering(server, stubs, [Onlooker(stub, request) for stub in made], [])
            place.watch()
            await until(lambda: all(one.upto >= 0 for one in place.crowd))
            try:
                yield place
            finally:
                for task in place.watching:
                    task.cancel()
                await asyncio.gather(*place.watching, return_exceptions=True)


async def test_all_are_told_of_a_move_at_once(server: RegistryProcess) -> None:
    async with gathered(server) as place:
        revisions = []
        for number in (1, 2, 1):
            revisions.append(place.move(number))
            await place.all_told(revisions[-1])
        assert {tuple(one.seen) for one in place.crowd} == {tuple(revisions)}


async def stop(server: RegistryProcess) -> None:
    await asyncio.to_thread(server.stop)


async def kill(server: RegistryProcess) -> None:
    await asyncio.to_thread(server.kill)


@pytest.mark.parametrize("end", [stop, kill])
async def test_when_the_server_comes_back_all_come_back_at_once_and_miss_nothing(
    server: RegistryProcess, end: Callable[[RegistryProcess], Awaitable[None]]
) -> None:
    async with gathered(server) as place:
        first = place.move(1)
        await place.all_told(first)
        place.move(2)
        place.move(1)  # whom this reaches before the end is open
        await end(server)
        await place.ended()
        for one in place.crowd:
            if one.end is not None:
                assert (one.end.code, one.end.reason) == ("UNAVAILABLE", "SERVER_DRAINING")
                assert int(one.end.metadata["resume_revision"]) == one.upto + 1
        assert end is kill or all(one.end for one in place.crowd)
        await asyncio.to_thread(server.restart)
        place.watch()
        place.move(2)
        last = place.move(1)
        await place.all_told(last)
        assert {tuple(one.seen) for one in place.crowd} == {tuple(range(first, last + 1))}


async def test_one_who_does_not_read_is_cut_and_the_others_notice_nothing(
    server: RegistryProcess,
) -> None:
    async with gathered(server) as place, stubs_for(server.target, 2) as (_, stub):
        a_model(place.stubs, "texts")
        request = pb.WatchRequest(parent=NAMESPACE, models=[LONG_TEXTS])
        slow = stub.Watch(request)
        first = (await anext(aiter(slow))).revision
        for number in range(UPDATES):
            await asyncio.to_thread(update, place.stubs, number)
            if not number % (UPDATES // 5):
                await place.all_told(place.move(1 + number % 2), 10)
        last = place.move(2)
        await place.all_told(last, 10)
        behind = Onlooker(stub, request, upto=first)
        await behind.take(slow)
        assert behind.end is not None
        assert (behind.end.code, behind.end.reason) == ("RESOURCE_EXHAUSTED", "WATCH_TOO_SLOW")
        assert behind.end.metadata == {"resume_revision": str(behind.upto + 1)}
        assert 0 < len(behind.seen) < UPDATES
        going_on = asyncio.create_task(behind.watch())
        await until(lambda: len(behind.seen) >= UPDATES)
        going_on.cancel()
        assert len(behind.seen) == len(set(behind.seen)) == UPDATES
        assert behind.seen == sorted(behind.seen)
        assert not any(one.end for one in place.crowd)


def update(stubs: Stubs, number: int) -> None:
    """Change a long text."""
    model = model_pb2.Model(name=LONG_TEXTS, description=f"{number} {TEXT}")
    request = catalog.UpdateModelRequest(model=model, update_mask=FieldMask(paths=["description"]))
    stubs.UpdateModel(request)
