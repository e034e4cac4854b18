"""Files that several processes share: advisory locks, and small SQLite databases."""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from modelregistry._local import interruption


def open_locked(path: Path) -> int | None:
    """Open or create a file and lock it; return None while another handle has it locked.

    `close` releases the lock, and so does the end of the process.
    """
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _lock(handle):
                os.close(handle)
                return None
            if _is_still(handle, path):
                return handle
        except OSError:
            os.close(handle)
            raise
        # The previous holder renamed or removed it: another file has the name now, or none.
        os.close(handle)


def close(handle: int) -> None:
    """Unlock and close the file."""
    # Explicitly, because a forked child may hold the descriptor, and with it the lock.
    fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(handle: int, path: Path) -> bool:
    try:
        present = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(handle), present)


_TIMEOUT_S: Final = 20.0
_POLL_S: Final = 0.1
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


@contextmanager
def transaction(path: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """Run the block as one exclusive transaction among all threads and processes.

    `schema` (one idempotent statement) creates the table. An exception from the block rolls the
    transaction back. Raises OSError or sqlite3.Error when the file cannot be used, or stays locked
    for 20 seconds; a damaged file is removed first, so that the next call creates a new one. Raises
    Cancelled when the work is stopped while it waits.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        # One connection for each transaction: threads and forks share none.
        with closing(sqlite3.connect(path, timeout=_POLL_S, isolation_level=None)) as database:
            # A loss of power may lose it; files that depend on it are verified when they are used.
            database.execute("PRAGMA synchronous = OFF")
            _begin(database)
            database.execute(schema)
            yield database
            database.execute("COMMIT")
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
        raise


def _begin(database: sqlite3.Connection) -> None:
    """Begin; wait in short steps, because SQLite's own wait ignores an interrupt."""
    until = time.monotonic() + _TIMEOUT_S
    while True:
        try:
            database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > until:
                raise
            interruption.check()
        else:
            break
    # A commit waits only for transactions that are about to begin.
    database.execute(f"PRAGMA busy_timeout = {int(1000 * _TIMEOUT_S)}")
