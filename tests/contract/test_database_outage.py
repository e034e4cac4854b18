"""A database outage is reported as one, and the database is used again after it."""

import gc
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import psutil
import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError

from registry_grpc.domain.errors import DatabaseFull, DatabaseUnavailable
from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.migrate import current, migrate
from registry_grpc.persistence.sqlite_file import DatabaseFile
from registry_grpc.services.ports.database import Database
from registry_grpc.transport.convert.record import record_digest
from tests.contract.database_examples import START, a_blob, a_change, a_model, stored_model
from tests.support.databases import Postgres, PostgresServer, start_postgres
from tests.support.faults.small_disk import MIB, small_disk

_SHORT = timedelta(milliseconds=200)
_PASSWORD = "geheim"


@pytest.fixture
def own_server(postgres_folder: Path, tmp_path: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL that a test may kill."""
    server = start_postgres(postgres_folder / tmp_path.name)
    yield server
    server.cleanup()


def _kill(server: PostgresServer) -> None:
    pid = server.get_pid()
    assert pid is not None
    postmaster = psutil.Process(pid)
    family = [postmaster, *postmaster.children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=120)


def test_a_killed_database_is_unavailable_and_used_again_when_it_is_back(
    own_server: PostgresServer,
) -> None:
    url = own_server.get_uri()
    migrate(url)

    def killed_within() -> None:
        with database.change(lambda: START) as transaction:
            transaction.models.add(a_model("other"))
            _kill(own_server)
            with pytest.raises(DatabaseUnavailable):
                transaction.models.get(model.name)

    with open_database(url, wait=timedelta(seconds=5), digest=record_digest) as database:
        model = stored_model(database)
        with pytest.raises(DatabaseUnavailable):
            killed_within()
        with pytest.raises(DatabaseUnavailable), database.read() as transaction:
            transaction.models.get(model.name)
        own_server.ensure_postgres_running()
        with database.read() as transaction:
            page = transaction.models.page("default", None, None, 9, show_deleted=True)
        assert list(page) == [model]


def test_a_connection_that_is_lost_before_its_first_statement_is_an_outage(
    postgres: Postgres,
) -> None:
    def lose(connection: DBAPIConnection, *_: object) -> None:
        if losing:
            cast("Any", connection).pgconn.finish()

    losing: list[bool] = []
    with postgres.opened() as url, SqlDatabase(engines := open_engines(url)) as database:
        model = stored_model(database)
        for engine in (engines.readers, engines.writers):
            event.listen(engine, "checkout", lose)  # after the pool has tested the connection
        for begin in (database.read, database.write, lambda: database.change(lambda: START)):
            losing.append(True)
            with pytest.raises(DatabaseUnavailable), begin():
                pass
        with pytest.raises(DatabaseUnavailable):
            database.write_fault()
        losing.clear()
        with database.read() as transaction:
            assert transaction.models.get(model.name) == model


def test_a_killed_database_is_listened_to_when_it_is_back(own_server: PostgresServer) -> None:
    url, soon = own_server.get_uri(), 5.0
    migrate(url)
    with open_database(url, digest=record_digest) as database, database.listener() as listener:
        assert listener.wait(soon)
        _kill(own_server)
        for _ in range(2):
            with pytest.raises(DatabaseUnavailable):
                listener.wait(soon)
        own_server.ensure_postgres_running()
        assert listener.wait(soon)
        with database.change(lambda: START) as transaction:
            transaction.record([a_change(a_model())])
        assert listener.wait(soon)
        assert not listener.wait(0)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_connections_that_were_closed_while_idle_are_replaced_unnoticed(
    database: Database, database_url: str
) -> None:
    model = stored_model(database)
    _end_sessions(database_url)
    with database.read() as transaction:
        assert transaction.models.get(model.name) == model


def _end_sessions(database_url: str) -> None:
    engines = open_engines(database_url)
    with engines.writers.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engines.dispose()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_reading_in_portions_leaves_no_cursor_open_when_the_connection_is_lost(
    database: Database, database_url: str, recwarn: pytest.WarningsRecorder
) -> None:
    def read() -> None:
        with database.read() as transaction:
            _end_sessions(database_url)
            transaction.log.events(0, 1_000)

    with pytest.raises(DatabaseUnavailable):
        read()
    gc.collect()
    assert not recwarn.list


def test_a_change_that_waits_too_long_for_another_is_unavailable(database_url: str) -> None:
    with open_database(database_url, wait=_SHORT, digest=record_digest) as database:
        with database.change(lambda: START) as first:
            model = a_model()
            first.models.add(model)
            with pytest.raises(DatabaseUnavailable), database.change(lambda: START):
                pass
        with database.read() as transaction:
            assert transaction.models.get(model.name) == model


def test_a_transaction_that_waits_too_long_for_a_connection_is_unavailable(
    database_url: str,
) -> None:
    with open_database(database_url, pool_size=1, wait=_SHORT, digest=record_digest) as database:
        with (
            database.read() as transaction,
            pytest.raises(DatabaseUnavailable),
            database.read(),
        ):
            pass
        with database.read() as transaction:
            assert transaction.revision == 0


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_file_locked_by_another_process_is_unavailable_until_it_is_free(
    database_url: str,
) -> None:
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with open_database(database_url, wait=_SHORT, digest=record_digest) as database:
        with pytest.raises(DatabaseUnavailable), database.write():
            pass
        with database.read() as transaction:
            assert transaction.revision == 0
        other.execute("ROLLBACK")
        other.close()
        with database.write() as transaction:
            transaction.blobs.put(a_blob())


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    path.write_bytes(b"not a database" * 1_000)
    with pytest.raises(DatabaseUnavailable):
        current(f"sqlite:///{path}")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_file_that_another_one_replaced_is_left_at_once(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    file, backup = Path(database_url.removeprefix("sqlite:///")), tmp_path / "backup.db"
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(backup)) as copy:
        source.backup(copy)
    with database.change(lambda: START) as tx:
        tx.record([a_change(a_model())])
    with database.listener() as listener:
        assert listener.wait(0)
        for ending in ("-wal", "-shm"):
            Path(f"{file}{ending}").unlink(missing_ok=True)
        backup.replace(file)
        with database.read() as tx:
            assert tx.revision == 0
        with pytest.raises(DatabaseUnavailable):
            listener.wait(0)
        assert listener.wait(0)
        with database.change(lambda: START) as tx:
            tx.record([a_change(a_model())])
        assert listener.wait(20)
    # What was acknowledged is in the file that the next process opens.
    with open_database(database_url) as other, other.read() as tx:
        assert tx.revision == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_file_that_another_one_replaced_while_it_was_opened_is_left(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    del database  # it made the file
    file, backup = Path(database_url.removeprefix("sqlite:///")), tmp_path / "backup.db"
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(backup)) as copy:
        source.backup(copy)
    engine = create_engine(database_url)
    opened = list[object]()

    def open_in_between(
        _dialect: object, _entry: object, arguments: list[str], _: object
    ) -> object:
        opened.append(sqlite3.connect(arguments[0], check_same_thread=False))
        if len(opened) == 2:
            backup.replace(file)
        return opened[-1]

    DatabaseFile(str(file)).follow(engine)
    event.listen(engine, "do_connect", open_in_between)
    with engine.connect():  # from then on it knows the file
        pass
    engine.dispose()

    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE mark (id INTEGER)"))
    engine.dispose()

    assert len(opened) == 3
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT count(*) FROM mark").fetchone() == (0,)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_file_that_was_removed_is_unavailable_and_not_made_anew(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    file = Path(database_url.removeprefix("sqlite:///"))
    with database.read() as outer:
        assert outer.revision == 0
        kept = file.rename(tmp_path / "kept.db")
        for begin in (database.read, database.write, lambda: database.change(lambda: START)):
            with pytest.raises(DatabaseUnavailable), begin():
                pass
    assert not file.exists()
    kept.rename(file)
    with database.change(lambda: START) as tx:
        tx.record([a_change(a_model())])


def test_a_file_in_a_folder_that_is_missing_is_unavailable(tmp_path: Path) -> None:
    with (
        open_database(f"sqlite:///{tmp_path / 'missing' / 'registry.db'}") as database,
        pytest.raises(DatabaseUnavailable),
        database.read(),
    ):
        pass


def test_a_file_on_a_full_disk_is_full_and_goes_on_when_there_is_room(
    tmp_path: Path, sqlite_template: Path
) -> None:
    with small_disk(tmp_path, 16 * MIB) as disk:
        path = disk.folder / "registry.db"
        path.write_bytes(sqlite_template.read_bytes())
        with open_database(f"sqlite:///{path}", digest=record_digest) as database:
            model = stored_model(database)
            disk.fill(leave=0)
            with pytest.raises(DatabaseFull):
                _write_until_full(database)
            with database.read() as transaction:
                assert transaction.models.get(model.name) is not None
            disk.relieve()
            _write(database, 1)


def test_a_tablespace_on_a_full_disk_is_full_and_goes_on_when_there_is_room(
    own_server: PostgresServer, postgres_folder: Path
) -> None:
    url = own_server.get_uri()
    migrate(url)
    place = postgres_folder / "small"
    place.mkdir(mode=0o755)
    with small_disk(place, 16 * MIB) as disk:
        pid = own_server.get_pid()
        assert pid is not None
        process = psutil.Process(pid)
        os.chown(disk.folder, process.uids().real, process.gids().real)
        _move_changes_to(url, disk.folder)
        with open_database(url, digest=record_digest) as database:
            model = stored_model(database)
            disk.fill(leave=0)
            with pytest.raises(DatabaseFull):
                _write_until_full(database)
            with database.read() as transaction:
                assert transaction.models.get(model.name) is not None
            disk.relieve()
            _write(database, 1)
            _drop_all(url)


def _write_until_full(database: Database) -> None:
    for number in range(2_000):
        _write(database, number)


def _write(database: Database, number: int) -> None:
    with database.change(lambda: START) as transaction:
        long = replace(a_change(a_model(f"m{number}")), reason="x" * 8_000)
        transaction.record([long])


def _move_changes_to(url: str, folder: Path) -> None:
    engine = open_engines(url).listeners
    with engine.connect() as connection:
        connection.execute(text(f"CREATE TABLESPACE small LOCATION '{folder}'"))
        connection.execute(text("ALTER TABLE changes SET TABLESPACE small"))


def _drop_all(url: str) -> None:
    with open_engines(url).listeners.connect() as connection:
        connection.execute(text("ALTER TABLE changes SET TABLESPACE pg_default"))
        connection.execute(text("DROP TABLESPACE small"))


def test_a_server_that_is_not_there_is_unavailable_and_no_secret_is_told() -> None:
    url = f"postgresql://ann:{_PASSWORD}@127.0.0.1:1/registry"
    with (
        open_database(url) as database,
        pytest.raises(DatabaseUnavailable) as caught,
        database.read() as transaction,
    ):
        transaction.models.get(a_model().name)
    error: BaseException | None = caught.value
    assert "127.0.0.1" not in str(error)
    while error is not None:
        assert _PASSWORD not in str(error)
        error = error.__cause__


def test_a_missing_schema_is_a_mistake_and_not_an_outage(empty_database_url: str) -> None:
    with (
        open_database(empty_database_url) as database,
        pytest.raises(DBAPIError),
        database.read() as transaction,
    ):
        transaction.models.get(a_model().name)
