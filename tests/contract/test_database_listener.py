"""The promises of `Listener`: it reports every commit with a short delay, and survives outages."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from registry_grpc.domain.errors import DatabaseUnavailable
from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.migrate import migrate
from registry_grpc.services.ports.database import Database
from registry_grpc.services.ports.log import Listener
from registry_grpc.transport.convert.record import record_digest
from tests.contract.database_examples import START, a_change, a_model

_SOON = 5.0
_LONG = 60.0
_SHORT = 0.05
_CHANGE = """
import sys
from tests.contract.test_database_listener import change
from registry_grpc.persistence.database import open_database
from registry_grpc.transport.convert.record import record_digest
with open_database(sys.argv[1], digest=record_digest) as database:
    change(database)
"""


def change(database: Database) -> None:
    with database.change(lambda: START) as transaction:
        transaction.record([a_change(a_model())])


@pytest.fixture
def listener(database: SqlDatabase) -> Iterator[Listener]:
    """One that listens already."""
    with database.listener() as opened:
        assert opened.wait(_SOON)
        yield opened


@contextmanager
def waiting(listener: Listener) -> Iterator[list[bool]]:
    """Wait in a thread meanwhile; its answer is there at the end, which must come soon."""
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(listener.wait(_LONG)))
    thread.start()
    yield answers
    thread.join(_SOON)
    assert not thread.is_alive()


def test_the_first_wait_says_that_something_may_have_happened(database: Database) -> None:
    with database.listener() as listener:
        assert listener.wait(_LONG)
        assert not listener.wait(0)


def test_nothing_happens_and_the_time_passes(listener: Listener) -> None:
    before = time.monotonic()
    assert not listener.wait(_SHORT)
    assert _SHORT <= time.monotonic() - before < _SOON


def test_a_change_wakes_who_waits(database: Database, listener: Listener) -> None:
    for _ in range(3):
        with waiting(listener) as answers:
            change(database)
        assert answers == [True]


def test_changes_since_the_last_wait_are_told_each_once_at_most(
    database: Database, listener: Listener
) -> None:
    change(database)
    change(database)
    assert listener.wait(_SOON)
    listener.wait(10 * _SHORT)  # PostgreSQL may deliver the second behind the first
    assert not listener.wait(_SHORT)


def test_each_listener_is_told(database: Database, listener: Listener) -> None:
    with database.listener() as other:
        assert other.wait(_SOON)
        change(database)
        assert listener.wait(_SOON)
        assert other.wait(_SOON)


def test_a_change_that_fails_is_not_told(database: Database, listener: Listener) -> None:
    def failing() -> None:
        with database.change(lambda: START) as transaction:
            transaction.record([a_change(a_model())])
            raise TimeoutError

    with pytest.raises(TimeoutError):
        failing()
    assert not listener.wait(_SHORT)


def test_another_process_wakes_who_waits(database_url: str, listener: Listener) -> None:
    with waiting(listener) as answers:
        subprocess.run([sys.executable, "-c", _CHANGE, database_url], check=True)
    assert answers == [True]


def test_close_wakes_who_waits(listener: Listener) -> None:
    with waiting(listener) as answers:
        listener.close()
    assert answers == [False]


def test_after_close_a_wait_returns_at_once_whatever_happens(
    database: Database, listener: Listener
) -> None:
    listener.close()
    listener.close()
    change(database)
    before = time.monotonic()
    assert not listener.wait(_LONG)
    assert time.monotonic() - before < _SOON


def test_one_that_never_waited_can_be_closed(database: Database) -> None:
    listener = database.listener()
    listener.close()
    assert not listener.wait(_LONG)


def test_many_who_close_at_once_close_once(listener: Listener) -> None:
    with waiting(listener) as answers:
        threads = [threading.Thread(target=listener.close) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(_SOON)
    assert answers == [False]


def test_listening_takes_no_connection_from_transactions(database_url: str) -> None:
    with (
        open_database(database_url, pool_size=1, digest=record_digest) as database,
        database.listener() as first,
        database.listener() as second,
    ):
        assert first.wait(_SOON)
        assert second.wait(_SOON)
        change(database)
        assert first.wait(_SOON)
        assert second.wait(_SOON)


def test_a_file_in_a_folder_that_is_missing_is_unavailable_until_it_is_there(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "later"
    url = f"sqlite:///{folder / 'registry.db'}"
    opened = open_database(url, digest=record_digest)
    with opened as database, database.listener() as listener:
        with pytest.raises(DatabaseUnavailable):
            listener.wait(_SHORT)
        folder.mkdir()
        migrate(url)
        assert listener.wait(_SOON)
        change(database)
        assert listener.wait(_SOON)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.direct
def test_a_connection_that_was_cut_is_unavailable_and_made_again(
    database: Database, database_url: str, listener: Listener
) -> None:
    engines = open_engines(database_url)
    with engines.writers.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engines.dispose()
    with pytest.raises(DatabaseUnavailable):
        listener.wait(_SOON)
    assert listener.wait(_SOON)
    change(database)
    assert listener.wait(_SOON)
    assert not listener.wait(_SHORT)
