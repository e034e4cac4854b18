"""Sessions of PostgreSQL that work behind a pooler, which lends another one to each transaction.

So nothing is set for a session: not in the startup message, which a pooler rejects, and not by SET.
Every transaction sets its own limits. Prepared statements belong to a session too; connections
through a pooler make none.
"""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from registry_grpc.domain.work import current_work
from registry_grpc.persistence.statement_work import CALL_TIMEOUT

STATEMENT_TIMEOUT: Final = timedelta(seconds=60)
"""The limit of statements that no call waits for, and of a pause within a transaction."""
_PID = b"SELECT pg_backend_pid()"


def limit_transactions(engine: Engine, lock_wait: timedelta) -> None:
    """Set the limits of each transaction of an engine, and of engines made of it with options.

    A statement of a read that a call waits for is limited by CALL_TIMEOUT.
    """

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        reads = bool(connection.get_execution_options().get("postgresql_readonly"))
        if not reads:
            # After a read SQLAlchemy would ask for READ WRITE, an error of its own on a standby.
            _driver(connection).read_only = None
        called = reads and current_work().allowed is not None
        limits = {
            "lock_timeout": lock_wait,
            "statement_timeout": CALL_TIMEOUT if called else STATEMENT_TIMEOUT,
            "idle_in_transaction_session_timeout": STATEMENT_TIMEOUT,
        }
        # One message of the simple protocol.
        statement = "; ".join(
            f"SET LOCAL {name} = {limit // timedelta(milliseconds=1)}"
            for name, limit in limits.items()
        )
        connection.exec_driver_sql(statement)


def prepare_nothing_behind_poolers(engine: Engine) -> None:
    """Turn prepared statements off for connections of an engine that lead to a pooler."""

    @event.listens_for(engine, "connect")
    def _connected(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        driver: Any = connection
        if is_pooled(driver):
            driver.prepare_threshold = None


def is_pooled(driver: Any) -> bool:  # noqa: ANN401 - psycopg's, which is not imported here
    """Return whether a connection without a transaction leads to a pooler.

    A pooler gives its clients keys of its own for cancelling; PostgreSQL's have the process id.
    """
    pid = driver.pgconn.exec_(_PID).get_value(0, 0)
    return pid is None or int(pid) != driver.pgconn.backend_pid


def _driver(connection: Connection) -> Any:  # noqa: ANN401 - psycopg's, which is not imported here
    return connection.connection.driver_connection
