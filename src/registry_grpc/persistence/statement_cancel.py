"""Cancelling statements of PostgreSQL when no caller waits for them any more.

SQLite needs none of this: it runs in the call's own thread, which is stopped at its next count.
"""

import logging
import threading
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from registry_grpc.domain.work import current_work

_log = logging.getLogger(__name__)
_TIMEOUT = timedelta(seconds=5)
_STATE = "statement_cancel"


class StatementCancel:
    """Cancels what one session executes, and only while it does.

    PostgreSQL cancels whatever the session does when the request arrives. So the end of a statement
    waits for a request that is on its way: it can reach no later statement, and no COMMIT.
    """

    def __init__(self, raw: Any) -> None:  # noqa: ANN401 - psycopg's, which is not imported here
        self._raw = raw
        self._lock = threading.Lock()
        self._running = False

    def begin(self) -> None:
        """Note that a statement begins; raises DeadlineExceeded when its call was stopped."""
        with self._lock:
            self._running = True
        try:
            current_work().waits_for(self.cancel)
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Note that it has ended."""
        current_work().waits_for(None)
        with self._lock:
            self._running = False

    def cancel(self) -> None:
        """Cancel the statement from a thread of its own: the event loop, which calls, never waits.

        When the request cannot be sent, the statement ends by its timeout.
        """
        threading.Thread(target=self._cancel, name="statement-cancel", daemon=True).start()

    def _cancel(self) -> None:
        with self._lock:
            if not self._running:
                return
            try:
                self._raw.cancel_safe(timeout=_TIMEOUT.total_seconds())
            except Exception as error:  # noqa: BLE001 - whatever the driver raises
                _log.warning("a statement could not be cancelled: %s", type(error).__name__)


def cancel_with_calls(engine: Engine) -> None:
    """Cancel the statements of an engine when the calls that run them are stopped."""

    @event.listens_for(engine, "connect")
    def _connected(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info[_STATE] = StatementCancel(connection)

    @event.listens_for(engine, "before_cursor_execute")
    def _begins(connection: Connection, *_: object) -> None:
        connection.info[_STATE].begin()

    @event.listens_for(engine, "after_cursor_execute")
    def _ends(connection: Connection, *_: object) -> None:
        connection.info[_STATE].end()

    @event.listens_for(engine, "handle_error")
    def _failed(context: ExceptionContext) -> None:
        connection = context.connection
        if connection is not None and not connection.invalidated:
            connection.info[_STATE].end()
