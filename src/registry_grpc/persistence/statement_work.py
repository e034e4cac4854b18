"""The work of statements: a call that exceeds its work in the database is ended there.

SQLite runs in the call's own thread and calls a handler every `_STEPS` instructions of its virtual
machine: their CPU time counts as work of the call, so that a filter over many rows is bounded like
a schema over many values. PostgreSQL ends a statement by its time, see `CALL_TIMEOUT`, or when its
call is stopped, see `statement_cancel`.
"""

import time
from datetime import timedelta
from sqlite3 import Connection as SqliteConnection
from typing import cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from registry_grpc.domain.errors import DeadlineExceeded, LimitExceeded, RegistryError
from registry_grpc.domain.work import current_work

CALL_TIMEOUT = timedelta(seconds=5)
"""The limit of a statement with which a call reads from PostgreSQL."""
TIMEOUT_LIMIT = "milliseconds of one statement"

COUNT_WORK = "count_work"
"""A function of SQLite for statements with costly instructions: counts, and returns true."""

_STEPS = 1_000
_UNITS_PER_SECOND = 1_000_000
_STATE, _BEGUN = "statement_work", "statement_begun"


class StatementWork:
    """Counts the statements of one connection to SQLite.

    share: the fraction of their CPU time that counts. It is small for writes, whose cost follows
    from the size of the request, such as the files of a manifest.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._counted = 0.0
        self.ended: RegistryError | None = None

    def begin(self) -> None:
        """Record the start of a statement."""
        self._counted = time.thread_time()
        self.ended = None

    def count(self) -> int:
        """Count the work since the last call; return whether to end the statement."""
        now = time.thread_time()
        taken, self._counted = now - self._counted, now
        try:
            # A cursor that is read in another thread than it began in has no comparable time.
            current_work().take(max(taken, 0) * _UNITS_PER_SECOND * self._share)
        except RegistryError as error:
            self.ended = error
        return self.ended is not None

    def require(self) -> bool:
        """Count; raise the error of the work beyond its budget, which ends the statement."""
        self.count()
        if self.ended is not None:
            raise self.ended
        return True


def count_sqlite(engine: Engine, *, share: float = 1.0) -> None:
    """Count the statements of all connections of an engine as work of the calls that run them."""

    @event.listens_for(engine, "connect")
    def _connected(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        state = entry.info[_STATE] = StatementWork(share)
        driver = cast("SqliteConnection", connection)
        driver.set_progress_handler(state.count, _STEPS)
        driver.create_function(COUNT_WORK, 0, state.require)

    @event.listens_for(engine, "before_cursor_execute")
    def _begins(connection: Connection, *_: object) -> None:
        connection.info[_STATE].begin()


def count_postgresql(engine: Engine) -> None:
    """Count the time of all statements of an engine as waiting of the calls that run them."""

    @event.listens_for(engine, "before_cursor_execute")
    def _begins(connection: Connection, *_: object) -> None:
        connection.info[_BEGUN] = time.monotonic()

    @event.listens_for(engine, "after_cursor_execute")
    def _ends(connection: Connection, *_: object) -> None:
        taken = time.monotonic() - connection.info[_BEGUN]
        current_work().wait(taken * _UNITS_PER_SECOND)


def ended_by_work(connection: Connection | None, *, canceled: bool) -> RegistryError | None:
    """Return the error of a statement that was ended by its work; None for other causes.

    canceled: whether PostgreSQL canceled the statement, for any reason.
    """
    if connection is None or connection.invalidated:
        return None
    state: StatementWork | None = connection.info.get(_STATE)
    if state is not None:
        return state.ended
    if canceled and current_work().is_stopped:
        return DeadlineExceeded()
    begun: float | None = connection.info.get(_BEGUN)
    if not canceled or begun is None or current_work().allowed is None:
        return None
    taken = timedelta(seconds=time.monotonic() - begun)
    if taken < CALL_TIMEOUT:
        return None  # by an administrator
    milliseconds = timedelta(milliseconds=1)
    return LimitExceeded(TIMEOUT_LIMIT, CALL_TIMEOUT // milliseconds, taken // milliseconds)
