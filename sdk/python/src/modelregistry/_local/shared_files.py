"""Files that several processes share: advisory locks, and small SQLite databases."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final


def open_locked(path: Path) -> int | None:
    """Open a file, made if need be, and lock it; None while somebody else has it locked.

    `close` ends the lock, and so does the end of the process.
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
        # Whoever had it renamed or removed it meanwhile: what is locked is not what has the name.
        os.close(handle)


def close(handle: int) -> None:
    """Unlock and close the file."""
    # Said out loud: a forked child may have the descriptor still, and with it the lock.
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
        there = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(handle), there)


_PATIENCE_S: Final = 60.0


@contextmanager
def transaction(path: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """Run the block as one change, alone among all threads and processes.

    The file is made with `schema` (one statement, harmless when repeated) if it is not there. What
    the block raises undoes the change. Raises OSError or sqlite3.Error when the file cannot be
    used; one that is damaged is removed first, so that the next call starts anew.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        # A connection of its own for each change: nothing is carried into threads or forks.
        with closing(sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)) as database:
            # It may be lost with the power; what depends on it is checked when it is used.
            database.execute("PRAGMA synchronous = OFF")
            database.execute("BEGIN IMMEDIATE")
            database.execute(schema)
            yield database
            database.execute("COMMIT")
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
        raise
