"""The kind of fault that an error of a driver shows, and the reason that the driver gives."""

import errno
import os
import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from registry_grpc.domain.database_fault import DatabaseFault, FaultKind
from registry_grpc.domain.secret import HIDDEN
from registry_grpc.persistence import refused_connections, sqlite_codes, sqlstate

# As PEP 249 names them in every driver; importing psycopg for two names would slow all starts.
_OUTAGES: Final = frozenset({"OperationalError", "InterfaceError"})
_MOST: Final = 400
_SECRETS: Final = re.compile(r"(password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]+)", re.IGNORECASE)
_FILE_FAULTS: Final[Mapping[int | None, FaultKind]] = {
    errno.EROFS: FaultKind.READ_ONLY,
    errno.ENOSPC: FaultKind.FULL,
    errno.EDQUOT: FaultKind.FULL,
}
_SPACES: Final = re.compile(r"\s+")


def fault_kind(error: BaseException) -> FaultKind | None:
    """Return what is wrong with the database; None for an error of another kind."""
    if isinstance(error, sqlite3.Error):
        return sqlite_codes.fault_kind(error)
    code = getattr(error, "sqlstate", None)
    if sqlstate.is_code(code):
        return sqlstate.fault_kind(code)
    if _OUTAGES.isdisjoint(kind.__name__ for kind in type(error).__mro__):
        return None
    return refused_connections.fault_kind(str(error))


def fault_of(error: BaseException, url: URL) -> DatabaseFault | None:
    """Return the fault of the database at `url`; None for an error of another kind."""
    kind = fault_kind(error)
    if kind is None:
        return None
    if not isinstance(error, sqlite3.Error):
        if kind is FaultKind.LOGIN and refused_connections.demands_tls(str(error), url):
            kind = FaultKind.ENCRYPTION
        return DatabaseFault(kind, reason_of(error, url))
    if kind is FaultKind.MISSING:
        return file_fault(str(url.database))
    return DatabaseFault(kind, f"{url.database}: {reason_of(error, url)}")


def file_fault(path: str, error: OSError | None = None) -> DatabaseFault:
    """Return why the file of a database cannot be opened. error: of an attempt, if one is known."""
    error = error or _opening(Path(path))
    missing = isinstance(error, FileNotFoundError | NotADirectoryError)
    kind = FaultKind.MISSING if missing else _FILE_FAULTS.get(error.errno if error else None)
    kind = kind or FaultKind.PERMISSION
    return DatabaseFault(kind, f"{path}: {error.strerror if error else 'it cannot be opened'}")


def _opening(path: Path) -> OSError | None:
    """Return the system's error when the file is opened as SQLite does it."""
    try:
        if not path.exists() and path.parent.is_dir() and not os.access(path.parent, os.W_OK):
            return PermissionError(errno.EACCES, "its folder cannot be written")
        os.close(os.open(path, os.O_RDWR))
    except OSError as error:
        return error
    return None


def reason_of(error: BaseException, url: URL) -> str:
    """Return the driver's reason as one line, without the values of rows and without secrets."""
    diagnostics = getattr(error, "diag", None)
    # Other parts of the server's message contain values of rows.
    text = getattr(diagnostics, "message_primary", None) or str(error)
    code = getattr(error, "sqlstate", None)
    text = without_secrets(_SPACES.sub(" ", text).strip(), url)
    if len(text) > _MOST:
        text = f"{text[:_MOST]}…"
    return f"{text} (SQLSTATE {code})" if sqlstate.is_code(code) else text


def without_secrets(text: str, url: URL) -> str:
    """Return the text without the passwords of a database's URL."""
    given = [url.password, *(value for key, value in url.query.items() if "password" in key)]
    for secret in given:
        if isinstance(secret, str) and secret:
            # As a whole word, or a password of one letter would hide every such letter.
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
    return _SECRETS.sub(rf"\1{HIDDEN}", text)
