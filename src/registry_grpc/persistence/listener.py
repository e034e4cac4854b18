"""Waits for commits of any process: implements `services.ports.log.Listener`.

PostgreSQL notifies (`advance_log` does it, on commit); SQLite is polled.
"""

import selectors
import socket
import threading
import time
from sqlite3 import Connection as SqliteConnection
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, cast

from sqlalchemy import Connection, Engine

from registry_grpc.domain.errors import DatabaseUnavailable
from registry_grpc.persistence.failures import is_outage
from registry_grpc.persistence.sqlite_file import file_at

if TYPE_CHECKING:
    from psycopg import Connection as PostgresConnection  # not loaded with SQLite

CHANNEL = "registry_changes"
_POLL_SECONDS = 0.025


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
            except Exception as error:
                self._disconnect()
                if is_outage(error):
                    raise DatabaseUnavailable from error
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
    """LISTEN, and a socket that ends a running `wait`."""

    def __init__(self) -> None:
        self._alarm, self._waker = socket.socketpair()

    def begin(self, connection: Connection) -> None:
        """Take note of commits from now on."""
        connection.exec_driver_sql(f"LISTEN {CHANNEL}")

    def wait(self, connection: Connection, deadline: float) -> bool:
        """Return True after a commit; False at the deadline or after `wake`."""
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
