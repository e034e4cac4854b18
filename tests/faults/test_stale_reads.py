"""No lookup is older than the acknowledged changes, at any server and after any crash."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from registry_grpc.domain.change import Event
from tests.support.databases import Kind
from tests.support.faults.amount import LONG, amount, randomness
from tests.support.faults.crew import Crew, crew_of, own_connection, until
from tests.support.faults.history import History
from tests.support.faults.reader import LookupAnswer, Reader
from tests.support.faults.route_history import RouteHistory
from tests.support.faults.route_reader import RouteAnswer, RouteReader, batch
from tests.support.faults.route_writer import RouteWriter
from tests.support.faults.writer import Acknowledged, Writer
from tests.support.stubs import Stubs

MODELS = ["fraud", "credit"]
ROUTED = "routed"
CHANGES = amount(50, 10_000)  # of each writer
KILLS = amount(1, 10)
PER_CONNECTION = 40
PAST = amount(20, 1_000)
AnyReader = Reader | RouteReader

PLACES: list[tuple[Kind, int, int, bool]] = [
    ("sqlite", 1, 1, False),
    ("sqlite", 1, 2, True),
    ("postgresql", 1, 1, False),
    ("postgresql", 1, 2, False),
    ("postgresql", 2, 1, True),
]
"""Database, servers, processes of each; whether also in the short form."""


@pytest.fixture
def crew(request: pytest.FixtureRequest, tmp_path: Path, database_url: str) -> Iterator[Crew]:
    """Servers; parametrize it with how many there are, and of how many processes."""
    servers, workers = request.param
    with crew_of(tmp_path, database_url, servers=servers, workers=workers) as running:
        yield running


@dataclass
class Lookups:
    """The writers and readers. own: replies to writers after their own changes.

    others: connections, some of which lead to other processes than a writer's.
    """

    crew: Crew
    random: Random
    others: list[Stubs] = field(default_factory=list)
    acknowledged: Acknowledged = field(default_factory=Acknowledged)
    own: list[AnyReader] = field(default_factory=list)

    def writers(self) -> list[Writer]:
        """Return writers that have set everything once, each with a reader of its own."""
        made: list[Writer] = []
        for number, model in enumerate([*MODELS, ROUTED]):
            kind, at = RouteWriter if model == ROUTED else Writer, number % len(self.crew.servers)
            writer = kind(self.crew, model, self.random, self.acknowledged, at=at)
            writer.prepare()
            writer.run(10)
            self.read_own(writer, self.route_reader() if model == ROUTED else self.reader())
            made.append(writer)
        return made

    def read_own(self, writer: Writer, reader: AnyReader) -> None:
        """Let a writer read behind each change: from the process that acknowledged it without
        asking for its revision, and from whichever by asking.
        """
        self.own.append(reader)
        kills = self.crew.kills

        def read_back(stubs: Stubs, revision: int) -> None:
            nonlocal kills
            reader.ask(reader.random.choice(self.others), revision, revision)
            # Behind a kill the connection may lead to another process than the acknowledgement
            # came from.
            there = len(reader.answers)
            if kills == self.crew.kills and not kills % 2:
                reader.ask(stubs, revision, 0)
                if kills != self.crew.kills:
                    del reader.answers[there:]
            kills = self.crew.kills

        writer.after = read_back

    def reader(self) -> Reader:
        """Return one who has read nothing yet."""
        return Reader(MODELS, Random(self.random.random()))  # noqa: S311 - hides nothing

    def route_reader(self) -> RouteReader:
        """Return one of routes."""
        return RouteReader(ROUTED, Random(self.random.random()))  # noqa: S311 - hides nothing

    def read_anywhere(self, reader: AnyReader, writing: "list[Future[None]]") -> None:
        """Ask whichever process for no less than what was acknowledged by any."""
        while not all(work.done() for work in writing):
            server = reader.random.choice(self.crew.servers)
            with own_connection(server.target) as stubs:
                for _ in range(PER_CONNECTION):
                    owed = self.acknowledged.newest()
                    reader.ask(stubs, owed, owed)

    def read_there(self, reader: AnyReader, writing: "list[Future[None]]") -> None:
        """Ask the only process of a server, for no less than what it has acknowledged itself."""
        while not all(work.done() for work in writing):
            at = reader.random.randrange(len(self.crew.servers))
            with own_connection(self.crew.servers[at].target) as stubs:
                for _ in range(PER_CONNECTION):
                    reader.ask(stubs, self.acknowledged.newest(at), 0)


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize(
    "database_kind,crew",
    [
        pytest.param(kind, (servers, workers), id=f"{kind}, {servers} x {workers}")
        for kind, servers, workers, always in PLACES
        if LONG or always
    ],
    indirect=True,
)
def test_no_answer_is_older_than_what_was_acknowledged(crew: Crew) -> None:
    random = randomness("stale reads")
    lookups = Lookups(crew, random)
    writers = lookups.writers()
    readers: list[AnyReader] = [
        *(lookups.reader(), lookups.route_reader()),
        *(lookups.reader(), lookups.route_reader()),
    ]
    with ExitStack() as stack:
        for server in crew.servers * 4:
            lookups.others.append(stack.enter_context(own_connection(server.target)))
        pool = stack.enter_context(ThreadPoolExecutor(len(writers) + len(readers)))
        writing = [pool.submit(writer.run, CHANGES) for writer in writers]
        ways = [lookups.read_anywhere] * 2
        ways += [lookups.read_there if crew.workers == 1 else lookups.read_anywhere] * 2
        reading = [
            pool.submit(way, reader, writing) for way, reader in zip(ways, readers, strict=True)
        ]
        for kill in range(KILLS):
            due = (kill + 1) * len(writers) * CHANGES // (KILLS + 1)
            until_made(writers, due, [*writing, *reading])
            crew.kill(random)
        for work in (*writing, *reading):
            work.result()
    log = crew.log()
    history, routes = History(log), RouteHistory(log)
    answers_of_all: list[LookupAnswer | RouteAnswer] = []
    wrong: list[str] = []
    for reader in (*readers, *lookups.own):
        answers_of_all += reader.answers
        if isinstance(reader, RouteReader):
            wrong += [one.wrong(routes) for one in reader.answers]
        else:
            wrong += [one.wrong(history) for one in reader.answers]
    assert list(filter(None, wrong)) == []
    # Only a machine that stands still for seconds makes them say that they may be old.
    assert sum(one.aged for one in answers_of_all) < len(answers_of_all) / 20
    check_past(crew, random, log, routes)
    assert all(len(reader.answers) > CHANGES / 2 for reader in readers)
    assert all(reader.answers for reader in lookups.own)


def check_past(crew: Crew, random: Random, log: list[Event], routes: RouteHistory) -> None:
    """Compare the routes of moments in the past, asked of all servers, with the log."""
    changes = [event for event in log if "/routes/" in event.change.name]
    for event in random.sample(changes, min(PAST, len(changes))):
        moment = Timestamp()
        moment.FromDatetime(event.time)
        for server in crew.servers:
            with own_connection(server.target) as stubs:
                answers = batch(stubs, ROUTED, event.revision, 0, moment)
            assert list(filter(None, (one.wrong(routes) for one in answers))) == []


def until_made(writers: list[Writer], count: int, works: "list[Future[None]]") -> None:
    """Return when so many changes were made, or a thread failed."""

    def failed() -> bool:
        return any(work.done() and work.exception() for work in works)

    until(lambda: failed() or sum(writer.done for writer in writers) >= count, 3_000)
