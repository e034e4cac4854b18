"""A restored database, on both databases: a new history, detected or declared; garbage is kept."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from registry_grpc.domain.change import Event
from registry_grpc.domain.history import Position
from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.services.history import Histories
from registry_grpc.services.log_follower import LogFollower, LogListener
from registry_grpc.transport.convert.record import record_digest
from tests.contract.database_examples import START, a_change, a_model
from tests.support.history import new_history
from tests.support.restored import go_back
from tests.support.services import LocalRegistry, local_registry

A_DAY = timedelta(hours=25)
CHANGE = a_change(a_model())


@dataclass
class Restarts(LogListener):
    """Notes the positions at which the log became another one."""

    positions: list[Position] = field(default_factory=list)

    @override
    def advance(self, events: Sequence[Event], revision: int) -> None:
        pass

    @override
    def restart(self, position: Position) -> None:
        self.positions.append(position)


@pytest.fixture
def registry(database_url: str, tmp_path: Path) -> Iterator[LocalRegistry]:
    with local_registry(database_url, tmp_path / "blobs") as opened:
        yield opened


def change(database: SqlDatabase, count: int = 1, later: int = 0) -> None:
    for number in range(count):
        moment = START + timedelta(hours=later, seconds=number)
        with database.change(lambda moment=moment: moment) as transaction:
            transaction.record([CHANGE])


def head(database: SqlDatabase) -> Position:
    with database.read() as transaction:
        return transaction.head


def held(database: SqlDatabase) -> bool:
    with database.read() as transaction:
        return transaction.log.held


def follower(database: SqlDatabase, heard: Restarts) -> LogFollower:
    tail = LogFollower(database, [heard], lambda: 0.0, new_history)
    tail.catch_up()
    return tail


def test_a_database_is_made_with_a_history_and_collects(database: SqlDatabase) -> None:
    assert len(head(database).history) == 16
    assert not held(database)


def test_a_shorter_log_is_found_and_begins_a_new_history(
    database: SqlDatabase, database_url: str
) -> None:
    change(database, 5)
    before, heard = head(database), Restarts()
    with closing(follower(database, heard)) as tail:
        go_back(database_url, 2)
        tail.catch_up()
        now = head(database)
    assert heard.positions == [before, now]
    assert now.history != before.history
    assert now.revision == 2
    assert held(database)


def test_a_log_that_was_set_back_and_grew_beyond_is_found(
    database: SqlDatabase, database_url: str
) -> None:
    """At no moment did the process see that it was shorter."""
    change(database, 5)
    before, heard = head(database), Restarts()
    with closing(follower(database, heard)) as tail:
        go_back(database_url, 2)
        change(database, 7, later=1)
        tail.catch_up()
    assert heard.positions == [before, head(database)]
    assert heard.positions[1].history != before.history
    assert heard.positions[1].revision == 9


def test_a_log_that_was_set_back_and_is_as_long_again_is_found(
    database: SqlDatabase, database_url: str
) -> None:
    change(database, 5)
    heard = Restarts()
    with closing(follower(database, heard)) as tail:
        go_back(database_url, 2)
        change(database, 3, later=1)
        tail.catch_up()
    assert len(heard.positions) == 2


def test_several_processes_that_find_it_begin_one_history(
    database: SqlDatabase, database_url: str
) -> None:
    change(database, 5)
    crowd = [Restarts() for _ in range(4)]
    with ExitStack() as stack:
        tails = [stack.enter_context(closing(follower(database, each))) for each in crowd]
        go_back(database_url, 2)
        together = threading.Barrier(len(tails))

        def look(tail: LogFollower) -> None:
            together.wait()
            tail.catch_up()

        with ThreadPoolExecutor(len(tails)) as pool:
            list(pool.map(look, tails))
        now = head(database)
    assert {tuple(each.positions[1:]) for each in crowd} == {(now,)}


def test_a_history_that_was_left_is_never_gone_back_to(
    database: SqlDatabase, database_url: str
) -> None:
    """The same backup is restored again: its history id is back, and its log is another one."""
    change(database, 3)
    first, heard = head(database), Restarts()
    with closing(follower(database, heard)) as tail:
        Histories(database, new_history).begin()
        tail.catch_up()
        go_back(database_url, 3, history=first.history)
        tail.catch_up()
        now = head(database)
    assert [each.history for each in heard.positions] == [
        first.history,
        heard.positions[1].history,
        now.history,
    ]
    assert len({each.history for each in heard.positions}) == 3


def test_a_change_that_waited_for_the_new_history_has_it(database_url: str) -> None:
    with open_database(database_url, digest=record_digest) as database:
        change(database)
        begun = Histories(database, new_history).begin()
        assert begun.head.history != begun.before
        with database.change(lambda: START) as transaction:
            assert transaction.head == begun.head


def test_nothing_is_collected_until_it_is_released(registry: LocalRegistry) -> None:
    histories = Histories(registry.database, new_history)
    registry.push(b"registered after the backup, and so unknown")
    registry.clock.forward(A_DAY)
    histories.begin()
    found = registry.collect()
    assert found.held
    assert found.condemned == found.deleted == found.orphans == []
    assert registry.collect(dry_run=True).condemned
    assert histories.release()
    assert not histories.release()
    released = registry.collect()
    assert not released.held
    assert released.condemned


def test_a_restore_between_two_steps_of_a_collection_ends_it(registry: LocalRegistry) -> None:
    registry.push(b"condemned before the restore")
    registry.clock.forward(A_DAY)
    assert registry.collect().condemned
    registry.clock.forward(A_DAY)
    Histories(registry.database, new_history).begin()
    assert registry.collect().held
    assert registry.stored()


def test_a_log_that_only_grows_keeps_its_history(database: SqlDatabase) -> None:
    heard = Restarts()
    with closing(follower(database, heard)) as tail:
        for _ in range(3):
            change(database, 2)
            tail.catch_up()
    assert len(heard.positions) == 1
