"""The free space on the disks of database and blobs, and the reserve for recovery.

Freeing space needs space: a database appends to its log in order to delete. So there is a *reserve*
file with allocated blocks beside the database. When its disk is full, operations that free space
(garbage collection, aborting uploads, deleting versions) release the reserve first; all other
writes are rejected until the reserve exists again.
"""

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from typing_extensions import override

from registry_grpc.domain.errors import DatabaseFull
from registry_grpc.domain.limits import MIB
from registry_grpc.services.ports.space import Space
from registry_grpc.storage.private import FILE_MODE, RESERVE_ENDING

RESERVE: Final = 4 * MIB
"""The size of the reserve file: what SQLite writes until it restarts its log."""
FLOOR: Final = 1 * MIB
"""The bytes that ordinary writes leave free for concurrent ones."""
_FACTS: Final = 4 * MIB
"""The bytes that blobs leave free for a database on the same disk, above the floor."""
_BLOCK: Final = 512
"""The unit of `st_blocks`, whatever the file system's blocks are."""
_OURS: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class DiskSpace(Space):
    """Free space on file systems, by `statvfs`. Safe between threads and processes."""

    def __init__(self, database: Path | None, blobs: Path | None) -> None:
        """database: the SQLite file. blobs: the folder of the blobs. None: not on a local disk."""
        self._database = database
        self._blobs = blobs
        self._reserve = None
        if database is not None:
            self._reserve = Reserve(database.with_name(database.name + RESERVE_ENDING))

    @property
    @override
    def database_free(self) -> int | None:
        return None if self._database is None else _free(self._database.parent)

    @property
    @override
    def blobs_free(self) -> int | None:
        return None if self._blobs is None else _free(self._blobs)

    @property
    @override
    def blob_room(self) -> int | None:
        if self._blobs is None:
            return None
        if not _takes_files(self._blobs):
            return 0
        return max(0, _free(self._blobs) - self._kept_from_blobs(self._blobs))

    @property
    @override
    def database_is_full(self) -> bool:
        free = self.database_free
        return free is not None and free < self._floor()

    @property
    def reserve_held(self) -> bool:
        """Whether the reserve is allocated; true where the database is not on a local disk."""
        return self._reserve is None or self._reserve.held

    @override
    def require_database(self) -> None:
        free = self.database_free
        if free is not None and free < (floor := self._floor()):
            raise DatabaseFull(free, floor)

    @override
    def recover(self) -> None:
        free = self.database_free
        if self._reserve is not None and free is not None and free < FLOOR:
            self._reserve.release()

    @override
    def restore(self) -> None:
        free = self.database_free
        if self._reserve is None or free is None or self._reserve.held:
            return
        if free >= RESERVE + 2 * FLOOR:
            self._reserve.make()

    def _floor(self) -> int:
        held = self._reserve is None or self._reserve.held
        return FLOOR if held else FLOOR + RESERVE

    def _kept_from_blobs(self, blobs: Path) -> int:
        shared = self._database is not None and _same_disk(self._database.parent, blobs)
        return self._floor() + _FACTS if shared else FLOOR


class Reserve:
    """A file of `RESERVE` bytes with allocated blocks, or empty after its release."""

    def __init__(self, path: Path) -> None:
        """Use `path`; nothing is touched yet."""
        self._path = path

    @property
    def held(self) -> bool:
        """Whether the blocks are allocated: a copy of the file may have its size and no blocks."""
        try:
            state = self._path.lstat()
        except OSError:
            return False
        return stat.S_ISREG(state.st_mode) and state.st_blocks * _BLOCK >= RESERVE

    def release(self) -> None:
        """Free the blocks; without effect if it is not a regular file, such as a link."""
        try:
            file = os.open(self._path, os.O_WRONLY | _OURS)
        except OSError:
            return
        try:
            os.ftruncate(file, 0)
        except OSError:
            return
        finally:
            os.close(file)

    def make(self) -> None:
        """Allocate the blocks, unless another process does; without effect if there are too few."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | _OURS, FILE_MODE)
        except OSError:
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.posix_fallocate(file, 0, RESERVE)
        except BlockingIOError:
            return
        except OSError:
            with suppress(OSError):  # not a regular file
                os.ftruncate(file, 0)
        finally:
            os.close(file)


def _free(folder: Path) -> int:
    state = os.statvfs(_existing(folder))
    return state.f_bavail * state.f_frsize


def _takes_files(folder: Path) -> bool:
    state = os.statvfs(_existing(folder))
    # File systems that allocate inodes dynamically report none.
    return state.f_favail > 0 or state.f_files == 0


def _existing(folder: Path) -> Path:
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def _same_disk(one: Path, other: Path) -> bool:
    return _existing(one).stat().st_dev == _existing(other).stat().st_dev
