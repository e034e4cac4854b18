"""Translation of driver errors to errors of the registry.

Their texts stay in this package. The outcome of a transaction depends on the time of the error.
Before COMMIT is sent nothing was changed. During COMMIT that holds for replies that state it;
without a reply the outcome is unknown. After COMMIT nothing can fail.
"""

import select
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    ExceptionContext,
    Index,
    PrimaryKeyConstraint,
    RootTransaction,
    Table,
    UniqueConstraint,
    event,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from registry_grpc.domain.database_fault import DatabaseFault, FaultKind
from registry_grpc.domain.errors import (
    CommitUnknown,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnavailable,
    RegistryError,
)
from registry_grpc.persistence import sqlite_codes, sqlstate
from registry_grpc.persistence.faults import fault_kind, fault_of
from registry_grpc.persistence.schema import METADATA
from registry_grpc.persistence.statement_work import ended_by_work

_POSTGRESQL_CANCELED = "57014"
_UNIQUE_PREFIX = "UNIQUE constraint failed: "
_WARNING = "WARNING"
_WARNINGS = "registry-warnings"
# What callers learn of a fault: its reason, and nothing of the database itself.
_OTHERS: Mapping[FaultKind, type[DatabaseFull | DatabaseReadOnly]] = {
    FaultKind.FULL: DatabaseFull,
    FaultKind.READ_ONLY: DatabaseReadOnly,
}
_IN_ERROR = 3  # psycopg.pq.TransactionStatus.INERROR


def watch(engine: Engine) -> None:
    """Make every statement of `engine` raise DatabaseUnavailable while it is unavailable.

    Also DatabaseFull when its disk is full, DatabaseReadOnly when it accepts no changes, and the
    error of the call's work if that ended the statement.
    """
    event.listen(engine, "handle_error", _replacement, retval=True)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _hear_warnings)


def _hear_warnings(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    heard: list[str] = []
    entry.info[_WARNINGS] = heard

    def hear(diagnostic: Any) -> None:  # noqa: ANN401 - psycopg's, which is not imported here
        if diagnostic.severity_nonlocalized == _WARNING:
            heard.append(str(diagnostic.sqlstate))

    connection.add_notice_handler(hear)


def _close_lost_cursor(context: ExceptionContext) -> None:
    # SQLAlchemy leaves it open with its connection; one that reads in portions warns of that when
    # it is deleted. Without a connection closing it sends nothing.
    execution = context.execution_context
    if context.is_disconnect and execution is not None and execution.cursor is not None:
        execution.cursor.close()


def _replacement(context: ExceptionContext) -> BaseException | None:
    _close_lost_cursor(context)
    # The pool tests a connection before it lends it, and replaces it quietly when that fails.
    if context.is_pre_ping:
        return None
    canceled = getattr(context.original_exception, "sqlstate", None) == _POSTGRESQL_CANCELED
    ended = ended_by_work(context.connection, canceled=canceled)
    if ended is not None:
        return ended
    fault = fault_of(context.original_exception, context.engine.url) if context.engine else None
    if fault is None:
        return None
    if fault.kind is FaultKind.READ_ONLY and context.dialect.name == "postgresql":
        # After a fail-over the address leads to another server: other connections lead there.
        context.is_disconnect = True
    return _OTHERS.get(fault.kind, DatabaseUnavailable)(fault=fault)


@contextmanager
def begun(engine: Engine) -> Iterator[tuple[Connection, RootTransaction]]:
    """Open a connection and begin a transaction, which ends with the block as SQLAlchemy's do.

    Raises DatabaseUnavailable when no connection becomes free in time, and when one is lost while
    it gets its settings: SQLAlchemy translates the errors of statements only.
    """
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(engine.connect())
            transaction = stack.enter_context(connection.begin())
        except PoolTimeout as error:
            reason = "no connection of this process became free in time"
            raise DatabaseUnavailable(fault=DatabaseFault(FaultKind.BUSY, reason)) from error
        except SQLAlchemyError:
            raise  # of a statement: translated, or no outage
        except Exception as error:
            fault = fault_of(error, engine.url)
            if fault is None:
                raise
            raise DatabaseUnavailable(fault=fault) from error
        yield connection, transaction


def is_outage(error: BaseException) -> bool:
    """Return whether an error of a driver means that the database is unavailable."""
    return fault_kind(error) is not None


def commit(connection: Connection, transaction: RootTransaction) -> None:
    """Commit; raise CommitUnknown if the outcome is unknown.

    Every other error means that nothing was committed.
    """
    _require_usable(connection)
    warnings: list[str] = connection.info.get(_WARNINGS, [])
    warnings.clear()
    try:
        transaction.commit()
    except (RegistryError, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error.__cause__
        if cause is None or is_rolled_back(cause):
            raise
        fault = fault_of(cause, connection.engine.url)
        raise _unknown(str(fault or type(cause).__name__)) from error
    if warnings:
        # COMMIT was cancelled while it waited for a standby: a fail-over may lose it.
        raise _unknown("COMMIT was cancelled while it waited for a standby")


def _unknown(cause: str) -> CommitUnknown:
    error = CommitUnknown()
    error.cause = cause
    return error


def is_rolled_back(error: BaseException) -> bool:
    """Return whether a driver's error, raised by COMMIT, says that nothing was committed."""
    if isinstance(error, sqlite3.Error):
        return sqlite_codes.is_rolled_back(error)
    code = getattr(error, "sqlstate", None)
    diagnostics = getattr(error, "diag", None)
    severity = getattr(diagnostics, "severity_nonlocalized", None) or ""
    return sqlstate.is_rolled_back(code, severity) if sqlstate.is_code(code) else False


def _is_lost(raw: Any) -> bool:  # noqa: ANN401 - a driver's connection
    """Return whether PostgreSQL has ended a session, by a message or by closing it."""
    wire = getattr(raw, "pgconn", None)
    if wire is None:
        return False
    try:
        poll = select.poll()
        poll.register(wire.socket, select.POLLIN)
        while poll.poll(0):
            wire.consume_input()
    except Exception as error:
        if is_outage(error):
            return True
        raise
    return False


def _require_usable(connection: Connection) -> None:
    # No COMMIT is sent on a connection that is known to be lost: then the outcome is known.
    raw = connection.connection.driver_connection  # PendingRollbackError when it was given up
    if getattr(raw, "closed", False) or _is_lost(raw):
        lost = DatabaseFault(FaultKind.UNREACHABLE, "the connection was lost before COMMIT")
        raise DatabaseUnavailable(fault=lost)
    information = getattr(raw, "info", None)
    if information is not None and information.transaction_status == _IN_ERROR:
        # PostgreSQL rolls such a COMMIT back, and the driver does not report it.
        message = "a statement of this transaction failed, and the transaction went on"
        raise RuntimeError(message)


@contextmanager
def refusing(constraint: str, refusal: RegistryError) -> Iterator[None]:
    """Raise `refusal` when the body violates the unique or primary key `constraint`."""
    try:
        yield
    except IntegrityError as error:
        if _violated(error) == constraint:
            raise refusal from error
        raise


def _violated(error: IntegrityError) -> str | None:
    """Return the name of the constraint: from PostgreSQL, or by the columns from SQLite."""
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        name: str | None = diagnostics.constraint_name
        return name
    return _by_columns().get(str(error.orig).removeprefix(_UNIQUE_PREFIX))


@cache
def _by_columns() -> Mapping[str, str]:
    return {
        ", ".join(f"{table.name}.{column.name}" for column in constraint.columns): str(
            constraint.name
        )
        for table in METADATA.tables.values()
        for constraint in _unique_keys(table)
    }


def _unique_keys(table: Table) -> Iterator[UniqueConstraint | PrimaryKeyConstraint | Index]:
    yield table.primary_key
    yield from (index for index in table.indexes if index.unique)
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield constraint
