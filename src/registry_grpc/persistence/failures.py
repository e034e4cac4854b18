"""What the drivers raise, said in the registry's words. Their texts never leave this package."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import (
    Engine,
    ExceptionContext,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    event,
)
from sqlalchemy.exc import IntegrityError

from registry_grpc.domain.errors import DatabaseUnavailable, RegistryError
from registry_grpc.persistence.tables import METADATA

# SQLite has one exception for "busy" and "no such table": only the codes tell them apart.
_SQLITE_UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_INTERRUPT,
    }
)
_PRIMARY_CODE = 0xFF
# As PEP 249 names them in every driver; importing psycopg for two names would slow all starts.
_OUTAGES = frozenset({"OperationalError", "InterfaceError"})
_UNIQUE_PREFIX = "UNIQUE constraint failed: "


def watch(engine: Engine) -> None:
    """Make every statement of `engine` raise DatabaseUnavailable when the database is away."""
    event.listen(engine, "handle_error", _replacement, retval=True)


def _replacement(context: ExceptionContext) -> BaseException | None:
    # The pool tests a connection before it lends it, and replaces it quietly when that fails.
    if context.is_pre_ping or not is_outage(context.original_exception):
        return None
    return DatabaseUnavailable()


def is_outage(error: BaseException) -> bool:
    """Whether an error of a driver means that the database is away."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return code & _PRIMARY_CODE in _SQLITE_UNAVAILABLE
    return not _OUTAGES.isdisjoint(kind.__name__ for kind in type(error).__mro__)


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
    """Return the name of the constraint: PostgreSQL tells it, SQLite lists its columns."""
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        name: str | None = diagnostics.constraint_name
        return name
    return _BY_COLUMNS.get(str(error.orig).removeprefix(_UNIQUE_PREFIX))


def _by_columns() -> Mapping[str, str]:
    return {
        ", ".join(f"{table.name}.{column.name}" for column in constraint.columns): str(
            constraint.name
        )
        for table in METADATA.tables.values()
        for constraint in _unique_keys(table)
    }


def _unique_keys(table: Table) -> Iterator[UniqueConstraint | PrimaryKeyConstraint]:
    yield table.primary_key
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield constraint


_BY_COLUMNS = _by_columns()
