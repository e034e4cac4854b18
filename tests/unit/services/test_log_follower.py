"""The tail on real databases: every transaction is handed on once, in order, as soon as may be."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text
from typing_extensions import override

from registry_grpc.domain.change import Event
from registry_grpc.domain.errors import DatabaseUnavailable
from registry_grpc.domain.history import Position
from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.persistence.engine import Engines, open_engines
from registry_grpc.persistence.migrate import migrate
from registry_grpc.persistence.transaction import SqlTransaction
from registry_grpc.services.log_follower import LogFollower, LogListener
from registry_grpc.transport.convert.record import record_digest
from tests.contract.database_examples import START, a_change, a_model
from tests.support.costs import took_less
from tests.support.history import new_history
from tests.support.postgres_away import own_postgres, stopped

SECONDS = 20
SOON = 5.0
CHANGE = a_change(a_model())


@dataclass
class Heard(LogListener):
    """Records the events it receives. fails: the number of deliveries that fail."""

    revisions: list[int] = field(default_factory=list)
    events: list[tuple[int, int]] = field(default_factory=list)
    restarts: list[int] = field(default_factory=list)
    upto: int = 0
    fails: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    @override
    def advance(self, events: Sequence[Event], revision: int) -> None:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("cannot be taken")
        assert events[0].revision == self.upto + 1
        assert events[-1].revision == revision
        with self.changed:
            self.events += [(event.revision, event.index) for event in events]
            self.revisions = [one for one, index in self.events if index == 0]
            self.upto = revision
            self.changed.notify_all()

    @override
    def restart(self, position: Position) -> None:
        with self.changed:
            self.restarts.append(position.revision)
            self.upto = position.revision
            self.changed.notify_all()

    def wait(self, condition: Callable[[], bool], seconds: float = SECONDS) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, seconds), f"it is at {self.upto}"

    def wait_for(self, revision: int, seconds: float = SECONDS) -> None:
        self.wait(lambda: self.upto == revision, seconds)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@contextmanager
def following(database: SqlDatabase, heard: Heard) -> Iterator[LogFollower]:
    with closing(LogFollower(database, [heard], time.monotonic, new_history)) as tail:
        tail.start()
        yield tail


def change(database: SqlDatabase, count: int = 1) -> int:
    """Commit a transaction of so many changes; its revision."""
    with database.change(lambda: START) as transaction:
        transaction.record([CHANGE] * count)
        return transaction.revision


def test_it_begins_at_the_newest_revision(database: SqlDatabase, heard: Heard) -> None:
    change(database, 3)
    with following(database, heard):
        assert heard.restarts == [1]
        change(database)
        heard.wait(lambda: heard.upto == 2)
    assert (heard.restarts, heard.events) == ([1], [(2, 0)])


def test_whoever_writes_everything_is_handed_on_once_and_before_it_is_said(
    database: SqlDatabase, database_url: str, heard: Heard
) -> None:
    writers, each = 6, 40
    elsewhere = open_database(database_url, digest=record_digest)

    def here(number: int) -> None:
        for count in range(each):
            revision = change(database, 1 + (number + count) % 3)
            tail.catch_up()
            assert heard.upto >= revision

    def there(number: int) -> None:
        for count in range(each):
            change(elsewhere, 1 + (number + count) % 3)

    with elsewhere, following(database, heard) as tail, ThreadPoolExecutor(writers) as pool:
        for work in [pool.submit((here, there)[n % 2], n) for n in range(writers)]:
            work.result(SECONDS)
        heard.wait_for(writers * each)
    with database.read() as transaction:
        recorded = [(event.revision, event.index) for event in transaction.log.events(0, 10_000)]
    assert heard.events == recorded
    assert heard.restarts == [0]


def test_a_backlog_is_handed_on_in_portions_of_whole_transactions(
    database: SqlDatabase, heard: Heard
) -> None:
    with closing(LogFollower(database, [heard], time.monotonic, new_history)) as tail:
        tail.catch_up()
        for count in (300, 300, 1, 700, 2):
            change(database, count)
        tail.catch_up()
    assert heard.upto == 5
    assert heard.revisions == [1, 2, 3, 4, 5]
    assert len(heard.events) == len(set(heard.events)) == 1_303


def test_what_others_write_is_heard_soon_by_itself(
    database: SqlDatabase, database_url: str, heard: Heard
) -> None:
    with open_database(database_url, digest=record_digest) as elsewhere, following(database, heard):
        for revision in range(1, 6):
            began = time.monotonic()
            change(elsewhere)
            heard.wait_for(revision, SOON)
            assert took_less(time.monotonic() - began, 1.0, time.monotonic)


class Observed(SqlDatabase):
    """Counts reads; the next one stops behind its snapshot while `hold` is not set."""

    def __init__(self, engines: Engines) -> None:
        super().__init__(engines, digest=record_digest)
        self.reads = 0
        self.hold = threading.Event()
        self.hold.set()
        self.held = threading.Event()

    @override
    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        with super().read() as transaction:
            self.reads += 1
            if not self.hold.is_set():
                transaction.revision  # noqa: B018 - begins the snapshot
                self.held.set()
                assert self.hold.wait(SECONDS)
            yield transaction


@pytest.fixture
def observed(database_url: str) -> Iterator[Observed]:
    with Observed(open_engines(database_url, pool_size=64)) as opened:
        yield opened


def test_a_read_that_began_before_a_commit_does_not_serve_whoever_made_it(
    observed: Observed, heard: Heard
) -> None:
    with (
        closing(LogFollower(observed, [heard], time.monotonic, new_history)) as tail,
        ThreadPoolExecutor(2) as pool,
    ):
        tail.catch_up()
        observed.hold.clear()
        early = pool.submit(tail.catch_up)
        assert observed.held.wait(SECONDS)
        revision = change(observed)
        late = pool.submit(tail.catch_up)
        assert not late.done()
        observed.hold.set()
        early.result(SECONDS)
        late.result(SECONDS)
        assert heard.upto == revision


def test_many_who_wait_are_served_by_one_read(observed: Observed, heard: Heard) -> None:
    crowd = 20
    with (
        closing(LogFollower(observed, [heard], time.monotonic, new_history)) as tail,
        ThreadPoolExecutor(40) as pool,
    ):
        tail.catch_up()
        observed.hold.clear()
        first = pool.submit(tail.catch_up)
        assert observed.held.wait(SECONDS)
        for _ in range(crowd):
            change(observed)
        before, arrived = observed.reads, threading.Semaphore(0)

        def arrive() -> None:
            arrived.release()
            tail.catch_up()

        waiting = [pool.submit(arrive) for _ in range(crowd)]
        assert all(arrived.acquire(timeout=SECONDS) for _ in range(crowd))
        observed.hold.set()
        for work in (first, *waiting):
            work.result(SECONDS)
    assert heard.revisions == list(range(1, crowd + 1))
    # The first of the crowd reads; those who came to the turn before it are served by that.
    assert observed.reads - before <= crowd // 2


def test_a_log_that_went_back_is_begun_anew(
    database: SqlDatabase, database_url: str, heard: Heard
) -> None:
    with following(database, heard) as tail:
        for _ in range(5):
            change(database)
        tail.catch_up()
        go_back(database_url, 2)
        heard.wait(lambda: heard.restarts == [0, 2])
        change(database)
        heard.wait_for(3)
    assert heard.revisions == [1, 2, 3, 4, 5, 3]


def go_back(database_url: str, revision: int) -> None:
    """Forget what came behind a revision, as an older copy of the database would."""
    engines = open_engines(database_url)
    with engines.writers.begin() as connection:
        sqlite = connection.dialect.name == "sqlite"
        guard = "changes_keep_delete" if sqlite else "changes_keep_kept ON changes"
        connection.execute(text(f"DROP TRIGGER {guard}"))
        connection.execute(text("DELETE FROM changes WHERE revision > :r"), {"r": revision})
        order = "revision_counter_next" if sqlite else "revision_counter_next ON revision_counter"
        connection.execute(text(f"DROP TRIGGER IF EXISTS {order}"))
        connection.execute(text("UPDATE revision_counter SET revision = :r"), {"r": revision})
    engines.dispose()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_while_no_listener_can_connect_a_look_every_second_is_enough(
    database_url: str, heard: Heard
) -> None:
    # As when PostgreSQL gives no more connections: those that there are go on.
    here, nowhere = open_engines(database_url), open_engines("postgresql://127.0.0.1:1/nowhere")
    deaf = SqlDatabase(Engines(here.readers, here.writers, nowhere.listeners), digest=record_digest)
    with deaf, following(deaf, heard) as tail:
        for revision in range(1, 4):
            change(deaf)
            heard.wait_for(revision, SOON)
            assert tail.age_of(heard) == 0


def test_an_outage_is_told_by_age_and_nothing_is_missed(postgres_folder: Path) -> None:
    heard = Heard()
    with own_postgres(postgres_folder / "log-follower") as server:
        url = server.get_uri()
        migrate(url)
        with (
            open_database(url, digest=record_digest) as database,
            following(database, heard) as tail,
        ):
            change(database)
            tail.catch_up()
            assert tail.age_of(heard) == 0
            with stopped(server):
                until(lambda: tail.age_of(heard) > 0)
                tail.catch_up()  # it does not fail: the change before it is committed
                with pytest.raises(DatabaseUnavailable):
                    change(database)
            with open_database(url, digest=record_digest) as elsewhere:
                change(elsewhere)
            heard.wait_for(2)
            until(lambda: tail.age_of(heard) == 0)
    assert (heard.revisions, heard.restarts) == ([1, 2], [0])


def test_without_a_look_for_seconds_what_is_known_has_an_age(
    database: SqlDatabase, heard: Heard
) -> None:
    now = 100.0
    with closing(LogFollower(database, [heard], lambda: now, new_history)) as tail:
        tail.catch_up()
        for passed, age in [(0, 0), (2.9, 0), (3.1, 3.1), (60, 60)]:
            now = 100.0 + passed
            assert tail.age_of(heard) == pytest.approx(age)
        tail.catch_up()
        assert tail.age_of(heard) == 0


def test_what_cannot_be_handed_on_fails_no_change_and_is_tried_again(
    database: SqlDatabase, heard: Heard
) -> None:
    with following(database, heard) as tail:
        heard.fails = 2
        change(database)
        tail.catch_up()
        assert heard.fails < 2
        heard.wait(lambda: heard.revisions == [1])
        assert tail.age_of(heard) == 0


def test_one_who_cannot_take_the_news_is_known_to_be_behind(
    database: SqlDatabase, heard: Heard
) -> None:
    with closing(LogFollower(database, [heard], time.monotonic, new_history)) as tail:
        tail.catch_up()
        heard.fails = 1
        change(database)
        tail.catch_up()
        assert (heard.upto, tail.age_of(heard) > 0) == (0, True)
        tail.catch_up()
        assert (heard.upto, tail.age_of(heard)) == (1, 0)


def test_every_listener_has_everything_once_and_one_that_fails_delays_no_other(
    database: SqlDatabase,
) -> None:
    fast, slow = Heard(), Heard(fails=2)
    with closing(LogFollower(database, [slow, fast], time.monotonic, new_history)) as follower:
        follower.catch_up()
        for revision in (1, 2):
            change(database, 300)
            follower.catch_up()
            assert (fast.upto, slow.upto) == (revision, 0)
            assert follower.age_of(fast) == 0
            assert follower.age_of(slow) > 0
        change(database, 600)
        follower.catch_up()
        assert (slow.upto, follower.age_of(slow)) == (3, 0)
    assert slow.events == fast.events
    assert len(fast.events) == len(set(fast.events)) == 1_200
    assert fast.restarts == slow.restarts == [0]


def test_one_read_serves_all_listeners_at_a_position(observed: Observed) -> None:
    crowd = [Heard() for _ in range(5)]
    with closing(LogFollower(observed, crowd, time.monotonic, new_history)) as follower:
        follower.catch_up()
        change(observed)
        before = observed.reads
        follower.catch_up()
    assert observed.reads == before + 1
    assert [heard.revisions for heard in crowd] == [[1]] * 5


def test_every_listener_restarts_with_another_history(
    database: SqlDatabase, database_url: str
) -> None:
    fast, slow = Heard(), Heard(fails=1)
    with closing(LogFollower(database, [fast, slow], time.monotonic, new_history)) as follower:
        for _ in range(3):
            change(database)
        follower.catch_up()
        change(database)
        follower.catch_up()
        assert (fast.upto, slow.upto) == (4, 3)
        go_back(database_url, 2)
        follower.catch_up()
        assert (fast.restarts, slow.restarts) == ([3, 2], [3, 2])
        change(database)
        follower.catch_up()
        assert (fast.upto, slow.upto) == (3, 3)


def test_a_listener_that_was_not_given_has_no_age(database: SqlDatabase, heard: Heard) -> None:
    with following(database, heard) as follower, pytest.raises(LookupError):
        follower.age_of(Heard())


def test_once_closed_nothing_is_handed_on(database: SqlDatabase, heard: Heard) -> None:
    with following(database, heard) as tail:
        tail.close()
        change(database)
        tail.catch_up()
        assert heard.upto == 0
    assert not [one for one in threading.enumerate() if one.name == "log-follower"]


def until(condition: Callable[[], bool]) -> None:
    """Return when it is so; fail after a while."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.01)
