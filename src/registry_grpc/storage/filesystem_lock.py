"""Files with an exclusive lock for one writer, across processes.

The holder of the lock of a staged file owns its path as well: no other process removes or replaces
it. The lock ends only with its process: a file with a running writer in another process is never
taken over (BlockingIOError), because two writers in one file would publish a mixture.
"""

import fcntl
import os
from io import FileIO
from pathlib import Path

from registry_grpc.services.ports.blobstore import SessionLost
from registry_grpc.storage.disk import sync_data
from registry_grpc.storage.private import FILE_MODE

_PIECE = 1024 * 1024  # bytes copied at once


def open_new(path: Path) -> FileIO:
    """Open an empty file for one writer, replacing a leftover of a crash."""
    while True:
        file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE), "r+")
        try:
            state = _locked(file)
            if _names(path, state):
                if state.st_size == 0 and state.st_nlink == 1:
                    return file
                # A leftover of a crash. Never truncated: it may be linked as a published blob.
                path.unlink(missing_ok=True)
        except BaseException:
            file.close()
            raise
        file.close()


def open_again(path: Path, beside: Path, offset: int, size: int) -> FileIO:
    """Open a file with `offset` verified bytes, and truncate the rest.

    size: the final size in bytes. beside: path for a copy. Raises SessionLost
    when the file, or some of its verified bytes, are missing.
    """
    try:
        file = FileIO(os.open(path, os.O_RDWR | os.O_CLOEXEC), "r+")
    except FileNotFoundError as error:
        raise SessionLost from error
    try:
        state = _locked(file)
        if not _names(path, state) or state.st_size < offset:
            raise SessionLost  # noqa: TRY301 (the file is closed in any case)
        if state.st_nlink > 1 and offset < size:
            # Also linked as a published blob: it must not be written to.
            return _copied(file, path, beside, offset)
        if state.st_nlink == 1:
            file.truncate(offset)
        file.seek(offset)
    except BaseException:
        file.close()
        raise
    return file


def remove(path: Path) -> None:
    """Remove a file without a running writer (else BlockingIOError), if it exists."""
    try:
        file = FileIO(os.open(path, os.O_RDWR | os.O_CLOEXEC), "r+")
    except FileNotFoundError:
        return
    with file:
        if _names(path, _locked(file)):
            path.unlink(missing_ok=True)


def _locked(file: FileIO) -> os.stat_result:
    fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    return os.fstat(file.fileno())


def _names(path: Path, state: os.stat_result) -> bool:
    """Return whether the path still refers to this file: its last writer may have discarded it."""
    try:
        return os.path.samestat(path.stat(), state)
    except FileNotFoundError:
        return False


def _copied(source: FileIO, path: Path, beside: Path, length: int) -> FileIO:
    """Replace a file by a copy of its first bytes, and return it open at their end."""
    copy = open_new(beside)
    try:
        at = 0
        while at < length:
            at += copy.write(os.pread(source.fileno(), min(_PIECE, length - at), at))
        sync_data(copy.fileno())
        beside.rename(path)
    except BaseException:
        copy.close()
        raise
    source.close()
    return copy
