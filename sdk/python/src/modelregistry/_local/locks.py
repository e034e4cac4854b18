"""Locks between processes: advisory, on an open file, gone with the process that held them."""

import fcntl
import os
from pathlib import Path


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
