"""Indexes that a database lacks are built by `migrate`, while others write."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import Engine, text

from registry_grpc.domain.errors import DatabaseUnavailable
from registry_grpc.persistence.database import open_database
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.index_building import unbuilt_indexes
from registry_grpc.persistence.migrate import is_current, migrate
from tests.contract.database_examples import START, a_model

SECONDS = 60
INDEX = "ix_models_live"
# Until it waits for others, the index that it builds is not in the catalog of other sessions.
_BUILDING = (
    "SELECT pid FROM pg_stat_progress_create_index "
    "WHERE datname = current_database() AND phase LIKE 'waiting for %'"
)
_INVALID = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
pytestmark = pytest.mark.direct
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A migrated database without one of its indexes."""
    engines = open_engines(database_url)
    with engines.writers.begin() as connection:
        connection.execute(text(f"DROP INDEX {INDEX}"))
    yield engines.writers
    engines.dispose()


def unbuilt(engine: Engine) -> list[str]:
    with engine.begin() as connection:
        return [str(index.name) for index in unbuilt_indexes(connection)]


def within(condition: Callable[[], bool]) -> None:
    """Wait until it is so."""
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


@contextmanager
def old_transaction(url: str) -> Iterator[psycopg.Connection]:
    """A transaction that has written to the table, for which a build has to wait."""
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE models SET owner = 'ann'")
        yield connection


@contextmanager
def building(url: str) -> Iterator[psycopg.Connection]:
    """A migration that waits within its build for an older transaction; yields another session."""
    with (
        psycopg.connect(url, autocommit=True) as observer,
        ThreadPoolExecutor(1) as threads,
        old_transaction(url) as older,
    ):
        done = threads.submit(migrate, url)
        within(lambda: observer.execute(_BUILDING).fetchone() is not None)
        yield observer
        older.rollback()
        if (error := done.exception(SECONDS)) is not None:
            raise error


def test_an_index_that_is_missing_is_built(engine: Engine, database_url: str) -> None:
    assert unbuilt(engine) == [INDEX]
    assert is_current(database_url)
    migrate(database_url)
    assert unbuilt(engine) == []


@on_postgresql
def test_others_write_to_a_table_while_an_index_of_it_is_built(
    engine: Engine, database_url: str
) -> None:
    with building(database_url), open_database(database_url) as database:
        with database.change(lambda: START) as transaction:
            transaction.models.add(a_model())
        assert unbuilt(engine) == [INDEX]
    assert unbuilt(engine) == []


@on_postgresql
def test_a_build_that_was_killed_is_completed_by_the_next_migration(
    engine: Engine, database_url: str
) -> None:
    def kill(observer: psycopg.Connection) -> None:
        (pid,) = observer.execute(_BUILDING).fetchone() or (0,)
        observer.execute("SELECT pg_terminate_backend(%s)", [pid])
        within(lambda: observer.execute(_BUILDING).fetchone() is None)

    with pytest.raises(DatabaseUnavailable), building(database_url) as observer:
        kill(observer)
    with engine.begin() as connection:
        assert connection.scalar(text(_INVALID)) == 1
    assert unbuilt(engine) == [INDEX]
    migrate(database_url)
    assert unbuilt(engine) == []
    with engine.begin() as connection:
        assert connection.scalar(text(_INVALID)) == 0


@on_postgresql
def test_another_migration_waits_for_a_build_and_neither_fails(
    engine: Engine, database_url: str
) -> None:
    began = threading.Event()

    def migrate_too() -> None:
        began.set()
        migrate(database_url)

    with ThreadPoolExecutor(1) as threads:
        with building(database_url):
            other = threads.submit(migrate_too)
            assert began.wait(SECONDS)
            assert not other.done()
        other.result(SECONDS)
    assert unbuilt(engine) == []
