"""No lookup is older than the acknowledged changes, at any server and after any crash."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from tests.support.databases import Kind
from tests.support.faults.amount import LONG, amount, randomness
from tests.support.faults.crew import Crew, crew_of, own_connection, until
from tests.support.faults.history import History
from tests.support.faults.reader import Reader
from tests.support.faults.writer import Acknowledged, Writer
from tests.support.stubs import Stubs

MODELS = ["fraud", "credit"]
CHANGES = amount(50, 10_000)  # of each writer
KILLS = amount(1, 10)
PER_CONNECTION = 40

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
    own: list[Reader] = field(default_factory=list)

    def writer(self, number: int) -> Writer:
        """Return one who has set everything once."""
        at = number % len(self.crew.servers)
        made = Writer(self.crew, MODELS[number], self.random, self.acknowledged, at=at)
        made.prepare()
        made.run(10)
        return made

    def read_own(self, writer: Writer) -> None:
        """Let a writer read behind each change: from the process that acknowledged it without
        asking for its revision, and from whichever by asking.
        """
        reader = self.reader()
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

    def read_anywhere(self, reader: Reader, writing: "list[Future[None]]") -> None:
        """Ask whichever process for no less than what was acknowledged by any."""
        while not all(work.done() for work in writing):
            server = reader.random.choice(self.crew.servers)
            with own_connection(server.target) as stubs:
                for _ in range(PER_CONNECTION):
                    owed = self.acknowledged.newest()
                    reader.ask(stubs, owed, owed)

    def read_there(self, reader: Reader, writing: "list[Future[None]]") -> None:
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
    writers = [lookups.writer(number) for number in range(len(MODELS))]
    for writer in writers:
        lookups.read_own(writer)
    readers = [lookups.reader() for _ in range(3)]
    with ExitStack() as stack:
        for server in crew.servers * 4:
            lookups.others.append(stack.enter_context(own_connection(server.target)))
        pool = stack.enter_context(ThreadPoolExecutor(len(writers) + len(readers)))
        writing = [pool.submit(writer.run, CHANGES) for writer in writers]
        ways = [lookups.read_anywhere] * 2
        ways.append(lookups.read_there if crew.workers == 1 else lookups.read_anywhere)
        reading = [
            pool.submit(way, reader, writing) for way, reader in zip(ways, readers, strict=True)
        ]
        for kill in range(KILLS):
            due = (kill + 1) * len(MODELS) * CHANGES // (KILLS + 1)
            until_made(writers, due, [*writing, *reading])
            crew.kill(random)
        for work in (*writing, *reading):
            work.result()
    history = History(crew.log())
    answers_of_all = [one for reader in (*readers, *lookups.own) for one in reader.answers]
    assert [wrong for one in answers_of_all if (wrong := one.wrong(history))] == []
    # Only a machine that stands still for seconds makes them say that they may be old.
    assert sum(one.aged for one in answers_of_all) < len(answers_of_all) / 20
    assert all(len(reader.answers) > CHANGES / 2 for reader in readers)
    assert all(reader.answers for reader in lookups.own)


def until_made(writers: list[Writer], count: int, works: "list[Future[None]]") -> None:
    """Return when so many changes were made, or a thread failed."""

    def failed() -> bool:
        return any(work.done() and work.exception() for work in works)

    until(lambda: failed() or sum(writer.done for writer in writers) >= count, 3_000)
