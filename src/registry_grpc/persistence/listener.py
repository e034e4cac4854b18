"""Waits for commits of any process: implements `services.ports.log.Listener`.

PostgreSQL notifies (`advance_log` does it, on commit). SQLite is polled, and so is PostgreSQL
behind a pooler.
"""

import logging
import selectors
import socket
import threading
import time
from sqlite3 import Connection as SqliteConnection
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, cast

from sqlalchemy import Connection, Engine, select

from registry_grpc.domain.errors import DatabaseReadOnly, DatabaseUnavailable
from registry_grpc.persistence.faults import fault_of
from registry_grpc.persistence.log_tables import revision_counter
from registry_grpc.persistence.postgresql_session import is_pooled
from registry_grpc.persistence.sqlite_file import file_at

if TYPE_CHECKING:
    from psycopg import Connection as PostgresConnection  # not loaded with SQLite

CHANNEL = "registry_changes"
_POLL_SECONDS = 0.025
_POOLED_SECONDS = 0.1
_POLLS = (
    "the database is behind a pooler, which passes no notifications on: the log is polled every "
    "%s s; --listen-database with the address of PostgreSQL itself avoids that"
)
_log = logging.getLogger(__name__)


class Signals(Protocol):
    """The signals of one kind of database; used by one thread at a time, except `wake`."""

    def begin(self, connection: Connection) -> None:
        """Take note of commits from now on."""

    def wait(self, connection: Connection, deadline: float) -> bool:
        """Return True after a commit; False at the deadline or after `wake`."""

    def wake(self) -> None:
        """Make `wait` return, now or the next time."""

    def close(self) -> None:
        """Release all resources."""


class SqlListener:
    """Waits on its own connection."""

    def __init__(self, engine: Engine, signals: Signals) -> None:
        self._engine = engine
        self._signals = signals
        self._connection: Connection | None = None
        self._in_use = threading.Lock()
        self._closing = threading.Lock()
        self._closed = False

    def wait(self, seconds: float) -> bool:
        """Block until there may have been a commit, or for so many seconds."""
        deadline = time.monotonic() + seconds
        with self._in_use:
            if self._closed:
                return False
            try:
                if self._connection is None:
                    self._connection = self._engine.connect()
                    self._signals.begin(self._connection)
                    return True
                return self._signals.wait(self._connection, deadline)
            except DatabaseReadOnly as error:
                self._disconnect()  # a standby accepts no LISTEN
                raise DatabaseUnavailable(fault=error.fault) from error
            except Exception as error:
                self._disconnect()
                fault = fault_of(error, self._engine.url)
                if fault is not None:
                    raise DatabaseUnavailable(fault=fault) from error
                raise

    def close(self) -> None:
        """Close the connection and end a running `wait`."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._signals.wake()
            with self._in_use:
                self._disconnect()
                self._signals.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


class PostgresSignals:
    """LISTEN, and a socket that ends a running `wait`. Behind a pooler the log is polled."""

    def __init__(self) -> None:
        self._alarm, self._waker = socket.socketpair()
        self._seen: tuple[object, ...] | None = None
        self._warned = False

    def begin(self, connection: Connection) -> None:
        """Take note of commits from now on."""
        if not is_pooled(connection.connection.driver_connection):
            self._seen = None
            connection.exec_driver_sql(f"LISTEN {CHANNEL}")
            return
        if not self._warned:
            _log.warning(_POLLS, _POOLED_SECONDS)
            self._warned = True
        self._seen = _newest(connection)

    def wait(self, connection: Connection, deadline: float) -> bool:
        """Return True after a commit; False at the deadline or after `wake`."""
        if self._seen is not None:
            return self._poll(connection, deadline)
        driver = cast("PostgresConnection", connection.connection.driver_connection)
        # Not select(): a server with many streams has file descriptors beyond its 1,024.
        with selectors.DefaultSelector() as selector:
            selector.register(driver, selectors.EVENT_READ)
            selector.register(self._alarm, selectors.EVENT_READ)
            while ready := selector.select(max(0.0, deadline - time.monotonic())):
                if any(key.fileobj is self._alarm for key, _ in ready):
                    return False
                if _notified(driver):
                    return True
        return False

    def _poll(self, connection: Connection, deadline: float) -> bool:
        while (found := _newest(connection)) == self._seen:
            left = deadline - time.monotonic()
            with selectors.DefaultSelector() as selector:
                selector.register(self._alarm, selectors.EVENT_READ)
                if left <= 0 or selector.select(min(left, _POOLED_SECONDS)):
                    return False
        self._seen = found
        return True

    def wake(self) -> None:
        """Make `wait` return, now or the next time."""
        self._waker.send(b"!")

    def close(self) -> None:
        """Close the sockets."""
        self._alarm.close()
        self._waker.close()


class SqliteSignals:
    """Polls `data_version`, which changes with each commit of another connection."""

    def __init__(self) -> None:
        self._woken = threading.Event()
        self._seen = 0
        self._file = (0, 0)

    def begin(self, connection: Connection) -> None:
        """Take note of commits from now on."""
        self._file = file_at(str(connection.engine.url.database))
        self._seen = _data_version(connection)

    def wait(self, connection: Connection, deadline: float) -> bool:
        """Return True after a commit; False at the deadline or after `wake`."""
        while (found := _data_version(connection)) == self._seen:
            left = deadline - time.monotonic()
            if left <= 0 or self._woken.wait(min(left, _POLL_SECONDS)):
                self._require_file(connection)
                return False
        self._seen = found
        return True

    def _require_file(self, connection: Connection) -> None:
        # Another file may have come to the path, as in a restore: it needs another connection.
        if file_at(str(connection.engine.url.database)) != self._file:
            raise DatabaseUnavailable

    def wake(self) -> None:
        """Make `wait` return, now or the next time."""
        self._woken.set()

    def close(self) -> None:
        """Do nothing: there are no resources to release."""


def _newest(connection: Connection) -> tuple[object, ...]:
    counter = revision_counter.c
    return tuple(connection.execute(select(counter.revision, counter.history)).one())


def _notified(driver: "PostgresConnection") -> bool:
    """Read all received data; return whether a notification was among it."""
    driver.pgconn.consume_input()
    found = False
    while driver.pgconn.notifies() is not None:
        found = True
    return found


def _data_version(connection: Connection) -> int:
    # With the driver: SQLAlchemy would begin a transaction, and costs more than the question.
    driver = cast("SqliteConnection", connection.connection.driver_connection)
    version: int = driver.execute("PRAGMA data_version").fetchone()[0]
    return version
