"""The meaning of SQLite's result codes, as two tables.

SQLite has one exception of Python for "busy" and "no such table": only the codes distinguish them.
Source: https://sqlite.org/rescode.html.
"""

import sqlite3
from collections.abc import Mapping
from typing import Final

from registry_grpc.domain.database_fault import FaultKind

_PRIMARY: Final = 0xFF
_FAULTS: Final[Mapping[int, FaultKind]] = {
    # An extended code, or a primary one.
    sqlite3.SQLITE_BUSY: FaultKind.BUSY,
    sqlite3.SQLITE_CANTOPEN: FaultKind.MISSING,  # or the process may not open it
    sqlite3.SQLITE_CORRUPT: FaultKind.DAMAGED,
    sqlite3.SQLITE_FULL: FaultKind.FULL,
    sqlite3.SQLITE_INTERRUPT: FaultKind.BUSY,
    sqlite3.SQLITE_IOERR: FaultKind.FAILED,
    sqlite3.SQLITE_IOERR_SHMSIZE: FaultKind.FULL,  # the shared memory file cannot grow
    sqlite3.SQLITE_LOCKED: FaultKind.BUSY,
    sqlite3.SQLITE_NOMEM: FaultKind.BUSY,
    sqlite3.SQLITE_NOTADB: FaultKind.NO_DATABASE,
    sqlite3.SQLITE_PERM: FaultKind.PERMISSION,
    sqlite3.SQLITE_PROTOCOL: FaultKind.BUSY,
    sqlite3.SQLITE_READONLY: FaultKind.READ_ONLY,
}
# These failures of COMMIT have not written a whole commit record to the WAL. An I/O error may have:
# then recovery of the WAL applies the commit, unless it is overwritten before.
_ROLLED_BACK: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_READONLY,
    }
)
_CLOSED: Final = "closed database"


def fault_kind(error: sqlite3.Error) -> FaultKind | None:
    """Return what is wrong with the database; None for a mistake in a statement or its data."""
    code = _code(error)
    # A connection that was closed under its user, as at the end of a server, has no code.
    closed = FaultKind.UNREACHABLE if _CLOSED in str(error) else None
    return _FAULTS.get(code) or _FAULTS.get(code & _PRIMARY) or closed


def is_rolled_back(error: sqlite3.Error) -> bool:
    """Return whether this error, raised by COMMIT, says that nothing was committed."""
    return _code(error) & _PRIMARY in _ROLLED_BACK


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
