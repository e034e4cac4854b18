"""The promises of `Consumers`: leases that one process has at a time, and cursors under them."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from registry_grpc.domain.consumer import Consumer, Lease
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.services.lease import LeaseLost, Leases
from registry_grpc.services.ports.database import Database
from tests.support.history import HISTORY, OTHER_HISTORY, at

HOUR = timedelta(hours=1)
ENDED = timedelta()
SECONDS = 60
NAME = "hooks/audit"


def take(database: Database, holder: str, duration: timedelta = HOUR) -> Lease | None:
    with database.write() as tx:
        return tx.consumers.take(NAME, holder, duration)


def test_a_lease_is_taken_once_until_it_ends(database: Database) -> None:
    assert take(database, "one", HOUR) == Lease(NAME, "one", 1)
    assert take(database, "other") is None
    assert take(database, "one") is None
    with database.read() as tx:
        assert list(tx.consumers.leased()) == [NAME]


def test_a_lease_that_has_ended_is_taken_with_a_higher_epoch(database: Database) -> None:
    assert take(database, "one", ENDED) == Lease(NAME, "one", 1)
    with database.read() as tx:
        assert list(tx.consumers.leased()) == []
    assert take(database, "other") == Lease(NAME, "other", 2)


def test_a_lease_ends_by_itself(database: Database) -> None:
    assert take(database, "one", timedelta(milliseconds=300)) is not None
    assert take(database, "other") is None
    until(lambda: take(database, "other") == Lease(NAME, "other", 2))


def test_a_lease_that_was_taken_while_the_clock_was_a_year_ahead_has_ended(
    database: Database,
) -> None:
    assert take(database, "one", timedelta(days=365)) is not None
    with database.read() as tx:
        assert list(tx.consumers.leased()) == []
    assert take(database, "other") == Lease(NAME, "other", 2)


def test_of_many_who_take_a_lease_at_once_one_gets_it(database: SqlDatabase) -> None:
    for epoch in range(1, 6):
        with ThreadPoolExecutor(16) as threads:
            taken = list(threads.map(lambda n: take(database, f"{n}"), range(16)))
        (lease,) = [one for one in taken if one is not None]
        assert lease.epoch == epoch
        with database.write() as tx:
            assert tx.consumers.release(lease)


def test_renewing_extends_what_a_process_has_and_nothing_else(database: Database) -> None:
    mine = take(database, "one", ENDED)
    with database.write() as tx:
        tx.consumers.take("other", "other", ENDED)
        assert list(tx.consumers.renew("one", HOUR)) == [mine]
        assert list(tx.consumers.leased()) == [NAME]
        assert list(tx.consumers.renew("nothing", HOUR)) == []


def test_a_lease_that_another_process_took_is_not_renewed(database: Database) -> None:
    assert take(database, "one", ENDED)
    assert take(database, "other")
    with database.write() as tx:
        assert list(tx.consumers.renew("one", HOUR)) == []


def test_a_lease_that_is_given_back_is_taken_at_once(database: Database) -> None:
    lease = take(database, "one")
    assert lease is not None
    with database.write() as tx:
        assert tx.consumers.release(lease)
        assert not tx.consumers.release(lease)
        assert list(tx.consumers.renew("one", HOUR)) == []
    assert take(database, "other") == Lease(NAME, "other", 2)


def test_a_cursor_moves_under_the_newest_epoch_alone(database: Database) -> None:
    first = take(database, "one", ENDED)
    assert first is not None
    with database.write() as tx:
        assert tx.consumers.advance(first, at(3))  # as long as no other process took it
    second = take(database, "other")
    assert second is not None
    with database.write() as tx:
        assert not tx.consumers.advance(first, at(4))
        assert not tx.consumers.release(first)
        assert tx.consumers.get(NAME) == Consumer(NAME, at(3, HISTORY), 2)
        assert tx.consumers.advance(second, at(1, OTHER_HISTORY))
        assert tx.consumers.get(NAME) == Consumer(NAME, at(1, OTHER_HISTORY), 2)
        assert tx.consumers.get("unknown") is None


def test_an_epoch_that_a_restored_database_gives_again_is_no_right(database: Database) -> None:
    assert take(database, "one") == Lease(NAME, "one", 1)
    with database.write() as tx:
        assert not tx.consumers.advance(Lease(NAME, "another", 1), at(9))
        assert not tx.consumers.release(Lease(NAME, "another", 1))


# --- the leases of a process -----------------------------------------------------------------


class Process:
    """A process with a clock that a test moves."""

    def __init__(self, database: Database, holder: str, *names: str) -> None:
        self.now = 100.0
        self.leases = Leases(database, names, holder, lambda: self.now, HOUR)

    def names(self) -> list[str]:
        return sorted(lease.name for lease in self.leases.held)


def test_what_one_process_has_the_other_takes_when_it_is_given_back(database: Database) -> None:
    one, other = Process(database, "one", "a", "b"), Process(database, "other", "b", "c")
    one.leases.keep()
    other.leases.keep()
    assert (one.names(), other.names()) == (["a", "b"], ["c"])
    one.leases.release()
    assert one.names() == []
    other.leases.keep()
    assert other.names() == ["b", "c"]
    assert {lease.name: lease.epoch for lease in other.leases.held} == {"b": 2, "c": 1}
    one.leases.keep()
    assert one.names() == []


def test_nothing_runs_under_a_lease_that_this_process_may_have_lost(database: Database) -> None:
    process = Process(database, "one", "a")
    process.leases.keep()
    (lease,) = process.leases.held
    assert process.leases.run(lease, sum, [1, 2]) == 3
    process.now += HOUR.total_seconds()
    assert process.names() == []
    with pytest.raises(LeaseLost):
        process.leases.run(lease, sum, [1, 2])
    process.leases.keep()
    assert process.leases.run(lease, sum, [1, 2]) == 3  # no other process took it meanwhile


def test_a_lease_that_another_process_took_is_lost_and_not_kept(database: Database) -> None:
    one = Process(database, "one", NAME)
    one.leases.keep()
    (lease,) = one.leases.held
    with database.write() as tx:
        tx.consumers.release(lease)
    assert take(database, "other") == Lease(NAME, "other", 2)
    one.leases.keep()
    assert one.names() == []
    with pytest.raises(LeaseLost):
        one.leases.run(lease, sum, [])


def test_many_processes_have_each_lease_once(database: SqlDatabase) -> None:
    names = [f"task-{number}" for number in range(8)]
    crowd = [Process(database, f"{number}", *names) for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda process: process.leases.keep(), crowd))
    assert sorted(name for process in crowd for name in process.names()) == names


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
