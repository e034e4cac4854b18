"""The handler of watches on a real log: database, broadcaster, and the change between them."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

import pytest
import pytest_asyncio

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import (
    InvalidRequest,
    NamespaceNotFound,
    RevisionCompacted,
    RevisionNotReached,
    ServerDraining,
    WatchTooSlow,
)
from registry_grpc.domain.principal import Principal, Role
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.services.log_follower import LogFollower
from registry_grpc.services.lookup_cache import LookupCache
from registry_grpc.services.watch import Watches
from registry_grpc.transport import watch as module
from registry_grpc.transport.call import Call
from registry_grpc.transport.log_fanout import LogFanout
from registry_grpc.transport.read_cache import Reply
from registry_grpc.transport.threads import Threads
from registry_grpc.transport.watch import WatchHandlers
from registry_grpc.transport.watch_broadcaster import WatchBroadcaster
from tests.contract.database_examples import START, stored_model
from tests.support.history import new_history
from tests.support.log import CREDIT, FRAUD

SECONDS = 10
NAMESPACE = "namespaces/default"
CALL = Call("Watch", Principal("ann", Role.READER), "1")
OURS, THEIRS = f"{NAMESPACE}/models/ours", f"{NAMESPACE}/models/theirs"
Watch = AsyncGenerator[Reply, None]


@dataclass
class Place:
    """A handler with a log that is followed when a test says so."""

    database: SqlDatabase
    threads: Threads
    age: float = 0.0

    def __post_init__(self) -> None:
        self.broadcaster = WatchBroadcaster()
        fanout = LogFanout(asyncio.get_running_loop(), LookupCache[bytes](0), self.broadcaster)
        self.tail = LogFollower(self.database, [fanout], time.monotonic, new_history)
        watches = Watches(self.database)
        self.handlers = WatchHandlers(
            watches, self.broadcaster, self.threads, lambda: self.age, snapshots=2
        )

    def watch(self, **wanted: object) -> "aclosing[Watch]":
        request = pb.WatchRequest(**{"parent": NAMESPACE, **wanted})  # type: ignore[arg-type]
        return aclosing(self.handlers.Watch(CALL, request))

    def commit(self, *names: str) -> int:
        """Record a change of these resources; its revision."""
        with self.database.change(lambda: START) as transaction:
            changes = [Change("model.create", name, "ann", None, None) for name in names]
            transaction.record(changes)
            return transaction.revision

    def bookmark(self, revision: int) -> pb.WatchResponse:
        """The message that says how far it is."""
        return pb.WatchResponse(revision=revision, history_id=self.broadcaster.history)

    async def follow(self) -> None:
        """Let the broadcaster hear of all there is."""
        await asyncio.to_thread(self.tail.catch_up)
        await asyncio.sleep(0)

    async def watched(self, count: int = 1) -> None:
        """Return when so many have subscribed."""
        async with asyncio.timeout(SECONDS):
            while len(self.broadcaster) < count:  # noqa: ASYNC110 - the broadcaster has no event
                await asyncio.sleep(0)


@pytest_asyncio.fixture
async def place(database: SqlDatabase) -> AsyncIterator[Place]:
    threads = Threads("test", 4, 100)
    made = Place(database, threads)
    yield made
    made.tail.close()
    await asyncio.to_thread(threads.close)


async def one(watch: Watch) -> pb.WatchResponse:
    """The next message."""
    async with asyncio.timeout(SECONDS):
        message = await anext(watch)
    return message if isinstance(message, pb.WatchResponse) else read(message)


def read(message: Reply) -> pb.WatchResponse:
    assert isinstance(message, bytes)
    return pb.WatchResponse.FromString(message)


async def revisions(watch: Watch, count: int) -> list[int]:
    """Of the next messages."""
    return [(await one(watch)).revision for _ in range(count)]


async def test_the_first_message_says_behind_which_revision_it_begins(place: Place) -> None:
    for _ in range(3):
        place.commit(OURS)
    await place.follow()
    for start, expected in ((0, 3), (1, 0), (3, 2), (4, 3)):
        async with place.watch(start_revision=start) as watch:
            assert await one(watch) == place.bookmark(expected)


async def test_what_is_wanted_comes_from_the_log_and_then_as_it_happens(place: Place) -> None:
    for _ in range(300):  # twice as many are wanted: more than is read at once
        place.commit(THEIRS, OURS, OURS)
        place.commit(THEIRS)
    await place.follow()
    async with place.watch(start_revision=1, models=[OURS]) as watch:
        assert (await one(watch)).revision == 0
        found = [await one(watch) for _ in range(300)]
        place.commit(THEIRS)
        last = place.commit(OURS)
        waiting = asyncio.ensure_future(one(watch))
        await asyncio.sleep(0)
        await place.follow()
        found.append(await waiting)
    assert [message.revision for message in found] == [*range(1, 600, 2), last]
    assert {tuple(event.index for event in message.events) for message in found[:-1]} == {(1, 2)}


async def test_what_is_committed_and_not_yet_followed_comes_once(place: Place) -> None:
    await place.follow()
    for _ in range(3):
        place.commit(OURS)
    async with place.watch(start_revision=2) as watch:
        assert (await one(watch)).revision == 1  # the broadcaster is at 0
        waiting = asyncio.ensure_future(revisions(watch, 3))
        await place.watched()
        await place.follow()
        place.commit(OURS)
        await place.follow()
        assert await waiting == [2, 3, 4]


async def test_who_lags_behind_what_the_hub_keeps_reads_the_log_to_where_it_begins(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry_grpc.transport.watch_broadcaster._RECENT", 3)
    await place.follow()
    async with place.watch(start_revision=1) as watch:
        await one(watch)
        for _ in range(10):
            place.commit(OURS)
        await place.follow()
        assert await revisions(watch, 10) == list(range(1, 11))
        place.commit(OURS)
        await place.follow()
        assert await revisions(watch, 1) == [11]
        assert len(place.broadcaster) == 1
    assert len(place.broadcaster) == 0


async def test_bookmarks_say_how_far_it_is_while_nothing_wanted_happens(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_IDLE_S", 0.02)
    await place.follow()
    async with place.watch(models=[OURS]) as watch:
        assert await one(watch) == place.bookmark(0)
        assert await one(watch) == place.bookmark(0)
        place.commit(THEIRS)
        await place.follow()
        assert await one(watch) == place.bookmark(1)


async def test_a_bookmark_is_not_behind_what_was_sent(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_IDLE_S", 0.02)
    place.commit(OURS)
    await place.follow()
    for _ in range(3):
        place.commit(OURS)  # of which the broadcaster has yet to hear
    async with place.watch() as watch:
        assert await revisions(watch, 3) == [4, 4, 4]


async def test_no_bookmark_is_sent_while_it_cannot_be_known_that_nothing_happened(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_IDLE_S", 0.01)
    await place.follow()
    async with place.watch() as watch:
        await one(watch)
        place.age = 1.0
        waiting = asyncio.ensure_future(one(watch))
        done, _ = await asyncio.wait([waiting], timeout=0.1)
        assert not done
        place.age = 0.0
        assert await waiting == place.bookmark(0)


async def test_the_present_state_is_followed_by_all_that_changed_since(place: Place) -> None:
    for name in ("ours", "theirs"):
        stored_model(place.database, name)
    place.commit(OURS)
    await place.follow()
    async with place.watch(initial_state=True) as watch:
        state = await one(watch)
        place.commit(OURS)  # while the state is being sent
        await place.follow()
        complete = await one(watch)
        place.commit(THEIRS)
        await place.follow()
        assert await revisions(watch, 2) == [2, 3]
    assert (state.revision, state.initial_state_complete) == (1, False)
    assert [event.name for event in state.events] == [NAMESPACE, OURS, THEIRS]
    assert {(event.action, event.revision) for event in state.events} == {("state", 1)}
    assert not any(event.HasField("before") for event in state.events)
    expected = place.bookmark(1)
    expected.initial_state_complete = True
    assert complete == expected


async def test_a_server_that_drains_sends_everybody_away_with_where_to_go_on(
    place: Place,
) -> None:
    place.commit(OURS)
    await place.follow()
    async with place.watch() as watch, place.watch(start_revision=1) as late:
        assert (await one(watch)).revision == 1
        waiting = asyncio.ensure_future(one(watch))
        assert (await one(late)).revision == 0  # and has not subscribed
        await place.watched()
        await place.broadcaster.drain()
        for ended, resume in ((waiting, "2"), (asyncio.ensure_future(one(late)), "1")):
            with pytest.raises(ServerDraining) as away:
                await ended
            assert away.value.metadata == {"resume_revision": resume}
    assert len(place.broadcaster) == 0


async def test_one_who_is_cut_goes_on_from_where_he_is_told(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry_grpc.transport.subscription._MAX_MESSAGES", 2)
    await place.follow()
    async with place.watch() as watch:
        await one(watch)
        place.commit(OURS)
        waiting = asyncio.ensure_future(one(watch))
        await place.watched()
        await place.follow()
        assert (await waiting).revision == 1
        for _ in range(5):  # and no client reads
            place.commit(OURS)
        await place.follow()
        with pytest.raises(WatchTooSlow) as cut:
            await one(watch)
    async with place.watch(start_revision=int(cut.value.metadata["resume_revision"])) as watch:
        assert await revisions(watch, 6) == [1, 2, 3, 4, 5, 6]


async def test_what_cannot_be_watched_is_refused(place: Place) -> None:
    for _ in range(5):
        place.commit(OURS)
    with place.database.write() as transaction:
        transaction.log.compact(3)
    await place.follow()
    for wanted, refusal in (
        ({"start_revision": 3}, RevisionCompacted),
        ({"start_revision": 7}, RevisionNotReached),
        ({"parent": "namespaces/nowhere"}, NamespaceNotFound),
        ({"parent": "namespaces/nowhere", "initial_state": True}, NamespaceNotFound),
        ({"start_revision": 4, "initial_state": True}, InvalidRequest),
        ({"models": [FRAUD, CREDIT]}, InvalidRequest),
    ):
        async with place.watch(**wanted) as watch:
            with pytest.raises(refusal):
                await one(watch)
    async with place.watch(start_revision=4) as watch:
        assert await revisions(watch, 3) == [3, 4, 5]
