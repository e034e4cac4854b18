"""An operator reads why a database cannot be used and what to do, and scripts see a code for it."""

import errno
import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from registry_grpc.domain.database_fault import FaultKind
from registry_grpc.domain.errors import DatabaseUnavailable
from registry_grpc.persistence.database import open_database
from registry_grpc.persistence.faults import file_fault
from registry_grpc.persistence.migrate import current
from tests.support.databases import Postgres
from tests.support.python import SERVER, run_python

PASSWORD = "geheim-7%2F"
PLAIN = "geheim-7/"


def assert_explained(url: str, kind: FaultKind, *reasons: str) -> None:
    """Assert that commands fail with one line of this kind, these reasons and no password."""
    for command in (("migrate",), ("token", "list")):
        done = run_python((*SERVER, *command, "--database", url))
        assert (done.returncode, done.stdout) == (kind.exit_code, ""), done.stderr
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"error: the registry's database {kind.summary}: ")
        assert line.endswith(kind.advice)
        assert all(reason in line for reason in reasons), line
        assert PASSWORD not in line
        assert PLAIN not in line


@pytest.fixture(scope="module")
def roles(postgres: Postgres) -> Iterator[Postgres]:
    """A server with roles that it rejects in several ways."""
    execute = postgres.execute
    with_password = "CREATE ROLE secretive LOGIN PASSWORD 'another'"
    execute(sql.SQL(with_password))
    execute(sql.SQL("CREATE ROLE rejected LOGIN"))
    execute(sql.SQL("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0"))
    execute(sql.SQL("CREATE ROLE powerless LOGIN"))
    file = postgres.server.pgdata / "pg_hba.conf"
    before = file.read_text()
    lines = "local all secretive scram-sha-256\nlocal all rejected reject\n"
    file.write_text(lines + before)
    execute(sql.SQL("SELECT pg_reload_conf()"))
    yield postgres
    file.write_text(before)
    execute(sql.SQL("SELECT pg_reload_conf()"))


def login(url: str, user: str) -> str:
    """Return the URL of a database for another user."""
    return url.replace("postgres:@", f"{user}:{PASSWORD}@", 1)


def test_a_login_that_the_server_rejects_is_told_from_a_server_that_is_away(
    roles: Postgres,
) -> None:
    with roles.opened() as url:
        assert_explained(login(url, "nobody"), FaultKind.LOGIN, 'role "nobody" does not exist')
        failed = 'password authentication failed for user "secretive"'
        assert_explained(login(url, "secretive"), FaultKind.LOGIN, failed)
        assert_explained(login(url, "rejected"), FaultKind.LOGIN, "pg_hba.conf rejects")
        crowded = 'too many connections for role "crowded"'
        assert_explained(login(url, "crowded"), FaultKind.BUSY, crowded)
        assert_explained(login(url, "powerless"), FaultKind.PERMISSION, "permission denied")
        missing = url.replace("/registry_", "/unregistered_")
        assert_explained(login(missing, "postgres"), FaultKind.MISSING, "does not exist")


def test_a_role_that_lost_its_rights_is_seen_before_a_change_fails(roles: Postgres) -> None:
    with roles.opened() as url:
        with open_database(url) as database:
            assert database.write_fault() is None
        with open_database(login(url, "powerless")) as database:
            fault = database.write_fault()
        assert fault is not None
        assert fault.kind is FaultKind.PERMISSION
        assert "powerless may not add to the log" in str(fault)


def test_a_file_of_a_read_only_file_system_is_read_only() -> None:
    for number, kind in (
        (errno.EROFS, FaultKind.READ_ONLY),
        (errno.ENOSPC, FaultKind.FULL),
        (errno.EACCES, FaultKind.PERMISSION),
    ):
        assert file_fault("registry.db", OSError(number, os.strerror(number))).kind is kind


def test_a_server_that_is_away_is_named() -> None:
    place = f"postgresql://ann:{PASSWORD}@127.0.0.1:1/registry"
    assert_explained(place, FaultKind.UNREACHABLE, "127.0.0.1", "port 1", "refused")
    name = f"postgresql://ann:{PASSWORD}@db.invalid/registry"
    assert_explained(name, FaultKind.UNREACHABLE, "db.invalid")


def test_a_server_without_tls_is_told_from_one_that_is_away() -> None:
    with _without_tls() as port:
        url = f"postgresql://ann:{PASSWORD}@127.0.0.1:{port}/registry?sslmode=require"
        assert_explained(url, FaultKind.ENCRYPTION, "server does not support SSL")


@contextmanager
def _without_tls() -> Iterator[int]:
    """Answer requests for TLS as PostgreSQL without a certificate does; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(8)
                    connection.sendall(b"N")

        thread = threading.Thread(target=answer)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_an_encoding_that_cannot_store_every_label_is_refused_before_anything_is_created(
    postgres: Postgres, encoding: str
) -> None:
    create = sql.SQL("CREATE DATABASE {} ENCODING {} LOCALE 'C' TEMPLATE template0")
    name = f"registry_{encoding.lower()}"
    postgres.execute(create.format(sql.Identifier(name), sql.Literal(encoding)))
    url = postgres.server.get_uri(name)
    try:
        assert_explained(url, FaultKind.UNSUITABLE, f"its encoding is {encoding}, not UTF8")
        with psycopg.connect(url) as connection:
            tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname='public'")
            assert tables.fetchone() == (0,)
    finally:
        postgres.drop(url)


def test_a_file_that_is_no_database_is_told_from_a_damaged_one(
    tmp_path: Path, sqlite_template: Path
) -> None:
    other, damaged = tmp_path / "notes.txt", tmp_path / "registry.db"
    other.write_bytes(b"not a database" * 1_000)
    assert_explained(f"sqlite:///{other}", FaultKind.NO_DATABASE, str(other))
    assert other.read_bytes() == b"not a database" * 1_000
    whole = sqlite_template.read_bytes()
    damaged.write_bytes(whole[:4_096] + b"\xff" * (len(whole) - 4_096))
    assert_explained(f"sqlite:///{damaged}", FaultKind.DAMAGED, str(damaged), "malformed")


def test_a_folder_that_is_missing_is_told_from_one_that_may_not_be_used(
    tmp_path: Path, sqlite_template: Path
) -> None:
    with (
        open_database(f"sqlite:///{tmp_path / 'missing' / 'registry.db'}") as database,
        pytest.raises(DatabaseUnavailable) as caught,
        database.read(),
    ):
        pass
    assert _kind(caught.value) is FaultKind.MISSING
    tmp_path.chmod(0o711)
    private = tmp_path / "private.db"
    private.write_bytes(sqlite_template.read_bytes())
    private.chmod(0o600)
    with _another_user(), pytest.raises(DatabaseUnavailable) as caught:
        current(f"sqlite:///{private}")
    assert _kind(caught.value) is FaultKind.PERMISSION
    with (
        _another_user(),
        open_database(f"sqlite:///{tmp_path / 'new.db'}") as database,
        pytest.raises(DatabaseUnavailable) as caught,
        database.write(),
    ):
        pass
    assert _kind(caught.value) is FaultKind.PERMISSION


def _kind(error: DatabaseUnavailable) -> FaultKind:
    assert error.fault is not None
    return error.fault.kind


@contextmanager
def _another_user() -> Iterator[None]:
    """Run as a user that owns no file of the test, which root can become."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_that_another_program_has_locked_is_busy(
    tmp_path: Path, sqlite_template: Path
) -> None:
    path = tmp_path / "registry.db"
    path.write_bytes(sqlite_template.read_bytes())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with (
            open_database(f"sqlite:///{path}") as database,
            pytest.raises(DatabaseUnavailable) as caught,
            database.write(),
        ):
            pass
    assert _kind(caught.value) is FaultKind.BUSY
    assert "locked" in caught.value.cause
