"""Bring a database to the schema of this release, one process at a time.

Tables change in one transaction. Indexes are built after it, so that on PostgreSQL they do not
block writers: see `persistence.index_building`.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, text

from registry_grpc.domain.database_fault import DatabaseFault, FaultKind
from registry_grpc.domain.errors import DatabaseUnavailable
from registry_grpc.persistence.database_url import sqlite_path
from registry_grpc.persistence.engine import BUSY_TIMEOUT, WAIT, Engines, open_engines
from registry_grpc.persistence.index_building import build_indexes, unbuilt_indexes
from registry_grpc.persistence.postgresql_session import is_pooled
from registry_grpc.persistence.schema_range import SchemaState, head, read_state
from registry_grpc.persistence.suitability import require_suitable

# Any number that no other lock of this database has.
_LOCK = 7_236_411_905_114
_TURN = timedelta(minutes=1)
_POLL_SECONDS = 0.05
_LOCK_TIMEOUT = "5s"
_STATEMENT_TIMEOUT = "5min"


def schema_state(url: str) -> SchemaState:
    """Return what the database states of its schema.

    Raises DatabaseUnavailable, and ValueError for a URL that is none of ours. A SQLite file that
    is missing or empty has no schema; it is not touched.
    """
    file = sqlite_path(url)
    if file is not None and _is_empty(file):
        return SchemaState(None)
    with _engines(url) as engines, engines.readers.begin() as connection:
        require_suitable(connection)
        return read_state(connection)


def current(url: str) -> str | None:
    """Return the database's revision, None when it has no schema; raises like `schema_state`."""
    return schema_state(url).revision


def is_current(url: str) -> bool:
    """Whether the database has the newest schema of this release; raises like `schema_state`."""
    return current(url) == head()


def migrate(url: str) -> None:
    """Bring the schema to `head`, all of it or nothing; then build the indexes that are missing.

    A call after one that was killed while it built indexes completes them. Raises like
    `schema_state`, ValueError when a newer release has migrated the database, and TimeoutError, on
    SQLite as for a busy file, when another process migrates it for longer than a minute.
    """
    # The turn of a process on SQLite is the one transaction that writes.
    with _engines(url, busy=_TURN) as engines:
        if _is_complete(engines):
            return
        # Alembic takes a tenth of a second to load, and every start but the first is complete.
        from registry_grpc.persistence.upgrade import upgrade  # noqa: PLC0415

        with _turn(engines) as session:
            with engines.writers.begin() as connection:
                _limit(connection)
                _require_known(read_state(connection))
                upgrade(connection)
                if session is None:
                    build_indexes(connection)
            if session is not None:
                build_indexes(session)


def create_if_missing(url: str) -> bool:
    """Create the schema in a database that has none; return whether it did. Raises like `migrate`.

    A database with an older schema is left alone: migrating is a decision.
    """
    if current(url) is not None:
        return False
    migrate(url)
    return True


def _is_empty(file: Path) -> bool:
    try:
        return file.stat().st_size == 0
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False  # the connection reports why it cannot be read


@contextmanager
def _engines(url: str, busy: timedelta = BUSY_TIMEOUT) -> Iterator[Engines]:
    engines = open_engines(url, pool_size=1, wait=max(WAIT, busy), busy=busy)
    try:
        yield engines
    finally:
        engines.dispose()


def _is_complete(engines: Engines) -> bool:
    with engines.readers.begin() as connection:
        require_suitable(connection)
        return read_state(connection).revision == head() and not unbuilt_indexes(connection)


def _require_known(state: SchemaState) -> None:
    if state.is_newer:
        message = (
            f"the database has the schema {str(state.revision)[:80]!r} of a newer release; this "
            f"one knows schemas up to {head()!r}"
        )
        raise ValueError(message)


@contextmanager
def _turn(engines: Engines) -> Iterator[Connection | None]:
    """Hold the migration lock of PostgreSQL; yield its session, which has no transaction.

    Yields None on SQLite, where a transaction that writes excludes all others.
    """
    if engines.writers.dialect.name != "postgresql":
        yield None
        return
    deadline = time.monotonic() + _TURN.total_seconds()
    with engines.listeners.connect() as session:
        if is_pooled(session.connection.driver_connection):
            reason = "migrations need one session, and the address leads to a pooler"
            raise DatabaseUnavailable(fault=DatabaseFault(FaultKind.POOLER, reason))
        # Asked again and again: CREATE INDEX CONCURRENTLY waits for all running statements, and so
        # would wait for another process that waits for this lock.
        while not session.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}):
            if time.monotonic() > deadline:
                message = "another process migrates this database; run it again when that is done"
                raise TimeoutError(message)
            time.sleep(_POLL_SECONDS)
        yield session  # the lock ends with the session


def _limit(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # A migration that waits for a table makes every other caller wait behind it.
        connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET LOCAL statement_timeout = '{_STATEMENT_TIMEOUT}'"))
