"""Watches across crashes and reconnects: every change once, in order, in whole transactions."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from modelregistry.v1 import lookup_service_pb2 as pb
from tests.support.content import NAMESPACE
from tests.support.databases import Kind
from tests.support.faults.amount import LONG, amount, randomness
from tests.support.faults.crew import Crew, crew_of, until
from tests.support.faults.watcher import Index, Watcher
from tests.support.faults.writer import Acknowledged, Writer

WRITERS = 4
CHANGES = amount(240, 40_000) // WRITERS  # of each writer
KILLS = amount(1, 20)
CATCH_UP = amount(60, 600)  # seconds
MODELS = [f"{NAMESPACE}/models/{name}-{number}" for name in ("fraud", "credit") for number in "12"]
WATCHED = [
    pb.WatchRequest(parent="namespaces/-"),
    pb.WatchRequest(parent=NAMESPACE),
    pb.WatchRequest(parent="namespaces/-", models=MODELS[1:3]),
    pb.WatchRequest(parent=NAMESPACE, models=MODELS[:1], name_prefixes=[f"{MODELS[3]}/aliases/"]),
    pb.WatchRequest(parent=NAMESPACE, name_prefixes=[f"{NAMESPACE}/models/fraud-"]),
]


@dataclass(frozen=True)
class Place:
    """Where it happens; those that are not `always` only in the long form."""

    kind: Kind
    servers: int
    workers: int
    always: bool

    @property
    def name(self) -> str:
        return f"{self.kind}, {self.servers} x {self.workers}"


PLACES = [
    Place("sqlite", 1, 1, always=False),
    Place("sqlite", 1, 2, always=True),
    Place("postgresql", 1, 1, always=False),
    Place("postgresql", 1, 2, always=False),
    Place("postgresql", 2, 1, always=True),
]
HERE = [place for place in PLACES if LONG or place.always]


@pytest.fixture
def crew(request: pytest.FixtureRequest, tmp_path: Path, database_url: str) -> Iterator[Crew]:
    """Servers; parametrize it with a place."""
    place: Place = request.param
    with crew_of(tmp_path, database_url, servers=place.servers, workers=place.workers) as running:
        yield running


def in_places(test: object) -> object:
    """Run a test in each place."""
    mark = pytest.mark.parametrize(
        "database_kind,crew",
        [pytest.param(place.kind, place, id=place.name) for place in HERE],
        indirect=True,
    )
    return mark(test)


@pytest.mark.timeout(3_600)
@in_places
def test_every_watcher_is_told_all_he_asked_for_once_and_in_order(crew: Crew) -> None:
    random = randomness("watch")
    writers = [
        Writer(crew, name.rpartition("/")[2], random, Acknowledged(), at=n % len(crew.servers))
        for n, name in enumerate(MODELS)
    ]
    for writer in writers:
        writer.prepare()
    # Half of them come from the beginning, half from where it is when they come.
    watchers = [
        Watcher(crew, with_start(wanted, start), Random(random.random()), most)  # noqa: S311
        for wanted in WATCHED
        for start, most in ((1, 40), (0, 400))
    ]
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(writers) + len(watchers)))
        for watcher in watchers:
            stack.callback(watcher.stop)
        watching = [pool.submit(watcher.run) for watcher in watchers]
        until(lambda: failed(watching) or all(watcher.upto >= 0 for watcher in watchers))
        writing = [pool.submit(writer.run, CHANGES) for writer in writers]
        for kill in range(KILLS):
            until_made(writers, (kill + 1) * WRITERS * CHANGES // (KILLS + 1), writing, watching)
            crew.kill(random)
        for work in writing:
            work.result()
        log = crew.log()
        due = [watcher.due(log) for watcher in watchers]
        until(lambda: failed(watching) or have_seen(watchers, due), CATCH_UP)
        for watcher in watchers:
            watcher.stop()
        for work in watching:
            work.result()
    for watcher, events in zip(watchers, due, strict=True):
        assert watcher.seen == events
    # All of that happened.
    revisions = [event.revision for event in log if event.index == 0]
    assert all(later == earlier + 1 for earlier, later in pairwise(revisions))
    assert len(revisions) >= WRITERS * CHANGES
    assert any(event.index for event in log)
    assert sum(watcher.cuts for watcher in watchers) > len(watchers)


def with_start(wanted: pb.WatchRequest, start: int) -> pb.WatchRequest:
    request = pb.WatchRequest(start_revision=start)
    request.MergeFrom(wanted)
    return request


def until_made(writers: list[Writer], count: int, *works: "list[Future[None]]") -> None:
    """Return when so many changes were made, or a thread failed."""
    begun = [work for some in works for work in some]
    until(lambda: failed(begun) or sum(writer.done for writer in writers) >= count, 3_000)


def failed(works: "list[Future[None]]") -> bool:
    """Whether a thread failed, so that the test fails at once."""
    return any(work.done() and work.exception() for work in works)


def have_seen(watchers: list[Watcher], due: list[list[Index]]) -> bool:
    """Whether all of them have seen as much as they must."""
    return all(len(one.seen) >= len(events) for one, events in zip(watchers, due, strict=True))
