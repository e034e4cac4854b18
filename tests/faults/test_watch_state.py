"""Watches that begin with the present state, and watches from compacted revisions."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as pb
from modelregistry.v1 import model_pb2
from registry_grpc.persistence.database import open_database
from registry_grpc.services.change import Changes
from tests.support.content import NAMESPACE, a_file, a_model
from tests.support.databases import KINDS
from tests.support.faults.amount import LONG, amount, randomness
from tests.support.faults.crew import Crew, crew_of, own_connection
from tests.support.faults.writer import Acknowledged, Writer
from tests.support.stubs import Stubs, connected, refused

VERSIONS = amount(510, 5_000)  # more than are read at once
CHANGES = amount(40, 2_000)
WATCHERS = amount(4, 20)
HERE = pytest.mark.parametrize("database_kind", KINDS if LONG else ["postgresql"], indirect=True)
State = dict[str, tuple[int, str]]
"""The state by resource name: the revision of the last change, and the target of an alias."""


@pytest.fixture
def crew(tmp_path: Path, database_url: str) -> Iterator[Crew]:
    with crew_of(tmp_path, database_url, servers=1, workers=1) as running:
        yield running


def apply(state: State, event: pb.ChangeEvent) -> None:
    """Take in an event as a reader of the contract does."""
    after = event.after
    kind = after.WhichOneof("resource")
    if kind is None or (kind == "version" and after.version.HasField("delete_time")):
        state.pop(event.name, None)
    elif kind == "alias":
        state[event.name] = (after.alias.revision, after.alias.version)
    elif kind == "version":
        state[event.name] = (after.version.revision, after.version.stage)
    elif kind == "model":
        state[event.name] = (after.model.revision, "")


def present(stubs: Stubs) -> tuple[State, int, Iterator[pb.WatchResponse]]:
    """Return what there is, its revision, and what comes behind it."""
    state: State = {}
    watch = stubs.Watch(pb.WatchRequest(parent=NAMESPACE, initial_state=True))
    for message in watch:
        if message.initial_state_complete:
            return state, message.revision, watch
        assert {event.action for event in message.events} <= {"state"}
        for event in message.events:
            assert event.name not in state
            assert event.revision == message.revision
            apply(state, event)
    raise AssertionError("it never was complete")


def follow(target: str, random: Random, last: list[int]) -> State:
    """Take the present state at some moment and all changes since, up to the last one."""
    with own_connection(target) as stubs:
        state, upto, watch = present(stubs)
        while not last or upto < last[0]:
            message = next(watch)
            assert message.revision >= upto
            upto = message.revision
            for event in message.events:
                apply(state, event)
            if random.random() < 0.02:
                # Like a watcher after compaction of its position: read the state again.
                watch.cancel()  # type: ignore[attr-defined]
                state, upto, watch = present(stubs)
        watch.cancel()  # type: ignore[attr-defined]
    return state


@HERE
@pytest.mark.timeout(600)
def test_the_state_and_what_changed_since_are_what_there_is_in_the_end(crew: Crew) -> None:
    random, target, last = randomness("watch state"), crew.servers[0].target, list[int]()
    writer = Writer(crew, "busy", random, Acknowledged())
    writer.prepare()
    with connected(target) as stubs:
        some_versions(stubs, VERSIONS)
        with ExitStack() as stack:
            pool = stack.enter_context(ThreadPoolExecutor(WATCHERS + 1))
            writing = pool.submit(writer.run, CHANGES)
            seeds = [Random(random.random()) for _ in range(WATCHERS)]  # noqa: S311 - hides nothing
            following = [pool.submit(follow, target, seed, last) for seed in seeds]
            writing.result()
            last.append(int(a_model_there(stubs, "last").revision))
            a_model_there(stubs, "wake")  # wakes watchers that began before the end was known
            found = [without_wake(work.result()) for work in following]
        in_the_end, _, watch = present(stubs)
        in_the_end = without_wake(in_the_end)
        watch.cancel()  # type: ignore[attr-defined]
        assert len(in_the_end) > VERSIONS
        assert found == [in_the_end] * WATCHERS
        check_listed(stubs, in_the_end)


def some_versions(stubs: Stubs, count: int) -> None:
    file, name = a_file(stubs), a_model(stubs, "large")
    for _ in range(count):
        stubs.RegisterVersion(catalog.RegisterVersionRequest(parent=name, files=[file]))


def a_model_there(stubs: Stubs, model: str) -> model_pb2.Model:
    """Make a change that all watchers receive."""
    request = catalog.CreateModelRequest(parent=NAMESPACE, model_id=model)
    made: model_pb2.Model = stubs.CreateModel(request)
    return made


def without_wake(state: State) -> State:
    return {name: what for name, what in state.items() if not name.endswith("/wake")}


def check_listed(stubs: Stubs, state: State) -> None:
    """The state is what is listed."""
    request = catalog.ListVersionsRequest(parent=f"{NAMESPACE}/models/busy", page_size=1_000)
    listed = {
        version.name: (version.revision, version.stage)
        for version in stubs.ListVersions(request).versions
    }
    aliases = catalog.ListAliasesRequest(parent=f"{NAMESPACE}/models/busy")
    listed |= {
        alias.name: (alias.revision, alias.version) for alias in stubs.ListAliases(aliases).aliases
    }
    busy = f"{NAMESPACE}/models/busy/"
    assert {name: what for name, what in state.items() if name.startswith(busy)} == listed


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_is_compacted_cannot_be_watched_and_whoever_is_there_already_goes_on(
    crew: Crew,
) -> None:
    with connected(crew.servers[0].target) as stubs:
        for number in range(5):
            a_model(stubs, f"before-{number}")
        there = stubs.Watch(pb.WatchRequest(parent=NAMESPACE, start_revision=1))
        assert next(there).revision == 0
        compacted = compact(crew)
        a_model(stubs, "after")
        assert compacted == 5
        early = pb.WatchRequest(parent=NAMESPACE, start_revision=compacted)
        found = refused(stubs.Watch, early)
        assert (found.code, found.reason) == ("OUT_OF_RANGE", "REVISION_COMPACTED")
        assert found.metadata == {"compacted_revision": "5", "revision": "6"}
        behind = pb.WatchRequest(parent=NAMESPACE, start_revision=compacted + 1)
        watch = stubs.Watch(behind)
        assert [next(watch).revision for _ in range(2)] == [5, 6]
        watch.cancel()
        # As is said there: the present state.
        state, revision, watch = present(stubs)
        watch.cancel()  # type: ignore[attr-defined]
        assert (len(state), revision) == (6, 6)
        assert [next(there).revision for _ in range(6)] == [1, 2, 3, 4, 5, 6]
        there.cancel()


def compact(crew: Crew) -> int:
    """Keep nothing of what has happened for watching."""
    with open_database(crew.database_url, pool_size=1) as database:
        return Changes(database).compact(datetime.now(UTC))


@HERE
def test_those_who_do_not_take_their_state_keep_nobody_else_out(crew: Crew) -> None:
    many, large = 40, 64_000
    with connected(crew.servers[0].target) as stubs:
        for number in range(200):  # 13 MB: more than is on its way unread
            model = model_pb2.Model(description="x" * large)
            request = catalog.CreateModelRequest(
                parent=NAMESPACE, model_id=f"large-{number}", model=model
            )
            stubs.CreateModel(request)
        with ExitStack() as stack:
            idle = []
            for _ in range(many):
                others = stack.enter_context(own_connection(crew.servers[0].target))
                watch = others.Watch(pb.WatchRequest(parent=NAMESPACE, initial_state=True))
                stack.callback(watch.cancel)
                idle.append(watch)
            next(idle[0])  # the first of them holds a place
            for number in range(20):
                listing = catalog.ListModelsRequest(parent=NAMESPACE, page_size=1)
                stubs.ListModels(listing, timeout=5)
                model_id = f"meanwhile-{number}"
                made = catalog.CreateModelRequest(parent=NAMESPACE, model_id=model_id)
                stubs.CreateModel(made, timeout=5)
