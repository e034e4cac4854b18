"""Recording denied requests, on real databases: bounded, in order, and without delaying calls."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from typing_extensions import override

from registry_grpc.domain.denied_request import DeniedRequestEntry
from registry_grpc.domain.errors import CommitUnknown, DatabaseUnavailable
from registry_grpc.domain.trail import Selection, Span
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.transaction import SqlTransaction
from registry_grpc.services.denied_request import (
    MOST_WAITING,
    OF_ALL,
    OF_AN_ACTOR,
    DeniedRequestRecorder,
)
from tests.contract.database_examples import START, a_denied_request
from tests.support.costs import took_less

SECONDS = 20.0


class Unreliable(SqlDatabase):
    """A database whose writes a test lets wait or fail."""

    def __init__(self, url: str) -> None:
        super().__init__(open_engines(url))
        self.failure: Exception | None = None
        self.unanswered = 0  # commits that happen and are not answered
        self.attempts = 0
        self.open = threading.Event()
        self.open.set()

    @override
    @contextmanager
    def write(self, *, frees: bool = False) -> Iterator[SqlTransaction]:
        self.attempts += 1
        assert self.open.wait(SECONDS)
        if self.failure is not None:
            raise self.failure
        with super().write(frees=frees) as transaction:
            yield transaction
        if self.unanswered:
            self.unanswered -= 1
            raise CommitUnknown

    def recorded(self) -> Sequence[DeniedRequestEntry]:
        with self.read() as transaction:
            return transaction.denied_requests.entries(Selection(), Span(), 10_000)


@dataclass
class Elapsed:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Lost:
    counts: list[int] = field(default_factory=list)

    def __call__(self, count: int) -> None:
        self.counts.append(count)

    @property
    def total(self) -> int:
        return sum(self.counts)


@pytest.fixture
def database(database_url: str) -> Iterator[Unreliable]:
    with Unreliable(database_url) as opened:
        yield opened


def within(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until, "it did not come to be"
        time.sleep(0.01)


@contextmanager
def recording(
    database: SqlDatabase, lost: Lost, elapsed: Elapsed
) -> Iterator[DeniedRequestRecorder]:
    recorder = DeniedRequestRecorder(database, elapsed, lost)
    recorder.start()
    with closing(recorder):
        yield recorder


def note(recorder: DeniedRequestRecorder, count: int, actor: str = "eve") -> None:
    for number in range(count):
        moment = START + timedelta(seconds=number)
        recorder.note(a_denied_request(actor=actor, time=moment, message=f"{actor} {number}"))


def test_what_is_noted_is_recorded_soon_and_in_order(database: Unreliable) -> None:
    lost = Lost()
    with recording(database, lost, Elapsed()) as recorder:
        note(recorder, 50)
        within(lambda: len(database.recorded()) == 50)
    found = database.recorded()
    assert [denied.request.message for denied in found] == [f"eve {n}" for n in range(50)]
    assert (lost.total, {denied.omitted for denied in found}) == (0, {0})


def test_closing_writes_what_waits(database: Unreliable) -> None:
    database.open.clear()
    with recording(database, Lost(), Elapsed()) as recorder:
        note(recorder, 10)
        within(lambda: database.attempts > 0)
        note(recorder, 10)
        database.open.set()
    assert len(database.recorded()) == 20


def test_noting_waits_for_nothing(database: Unreliable) -> None:
    database.open.clear()
    with recording(database, Lost(), Elapsed()) as recorder:
        note(recorder, 1)
        within(lambda: database.attempts > 0)
        began = time.monotonic()
        note(recorder, 5_000)
        assert took_less(time.monotonic() - began, SECONDS / 10, time.monotonic)
        database.open.set()


def test_of_a_flood_the_beginning_is_recorded_and_the_rest_counted(database: Unreliable) -> None:
    lost, elapsed = Lost(), Elapsed()
    with recording(database, lost, elapsed) as recorder:
        note(recorder, 5_000)
        note(recorder, 3, actor="ann")  # others are still heard
        within(lambda: len(database.recorded()) == OF_AN_ACTOR.burst + 3)
        assert lost.total == 5_000 - OF_AN_ACTOR.burst
        elapsed.seconds += 1
        note(recorder, 1)
        within(lambda: len(database.recorded()) == OF_AN_ACTOR.burst + 4)
    omitted = [denied.omitted for denied in database.recorded()]
    assert sum(omitted) == lost.total


def test_a_flood_of_many_is_bounded_too(database: Unreliable) -> None:
    lost = Lost()
    with recording(database, lost, Elapsed()) as recorder:
        for actor in range(100):
            note(recorder, 50, actor=f"actor-{actor}")
    assert len(database.recorded()) == OF_ALL.burst
    assert lost.total == 5_000 - OF_ALL.burst


def test_while_the_database_is_away_calls_wait_so_far_as_there_is_room(
    database: Unreliable,
) -> None:
    database.failure = DatabaseUnavailable()
    lost, elapsed = Lost(), Elapsed()
    with recording(database, lost, elapsed) as recorder:
        for actor in range(100):
            elapsed.seconds += 60  # no caller exceeds its allowance
            note(recorder, 20, actor=f"actor-{actor}")
        within(lambda: database.attempts > 1)
        assert lost.total == 2_000 - MOST_WAITING
        database.failure = None
        within(lambda: len(database.recorded()) == MOST_WAITING)
    found = database.recorded()
    assert [denied.omitted for denied in found if denied.omitted] == [2_000 - MOST_WAITING]
    assert found[-1].request.actor == "actor-49"


def test_a_commit_without_an_answer_is_looked_for_and_not_repeated(database: Unreliable) -> None:
    database.unanswered = 1
    lost = Lost()
    with recording(database, lost, Elapsed()) as recorder:
        note(recorder, 7)
        within(lambda: database.attempts > 0)
        note(recorder, 5, actor="ann")
        within(lambda: len(database.recorded()) == 12)
    messages = [denied.request.message for denied in database.recorded()]
    assert messages == [f"eve {n}" for n in range(7)] + [f"ann {n}" for n in range(5)]
    assert lost.total == 0


def test_a_commit_that_failed_without_an_answer_is_repeated(database: Unreliable) -> None:
    database.failure = CommitUnknown()
    with recording(database, Lost(), Elapsed()) as recorder:
        note(recorder, 7)
        within(lambda: database.attempts > 0)
        database.failure = None
        within(lambda: len(database.recorded()) == 7)


def test_closing_while_the_database_is_away_ends_and_says_what_is_lost(
    database: Unreliable, caplog: pytest.LogCaptureFixture
) -> None:
    database.failure = DatabaseUnavailable()
    lost = Lost()
    with recording(database, lost, Elapsed()) as recorder:
        note(recorder, 7)
    assert lost.total == 7
    assert "7 denied requests were not recorded: the database is unavailable" in caplog.text


def test_a_failure_nobody_thought_of_is_told_and_stops_nothing(
    database: Unreliable, caplog: pytest.LogCaptureFixture
) -> None:
    database.failure = RuntimeError("cannot be")
    lost = Lost()
    with recording(database, lost, Elapsed()) as recorder:
        note(recorder, 2)
        within(lambda: lost.total == 2)
        database.failure = None
        note(recorder, 1)
        within(lambda: len(database.recorded()) == 1)
    assert "could not be recorded" in caplog.text
    assert [denied.omitted for denied in database.recorded()] == [2]


def test_what_comes_after_the_end_is_counted(database: Unreliable) -> None:
    lost = Lost()
    with recording(database, lost, Elapsed()) as recorder:
        pass
    note(recorder, 1)
    assert lost.total == 1
    assert database.recorded() == []
