"""Disk operations: typed errors, and names that survive a power failure."""

import ctypes
import errno
import os
import re
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from registry_grpc.domain.errors import RegistryError, StorageFull, StorageUnavailable
from registry_grpc.storage.private import FOLDER_MODE

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_SYNC_FILE_RANGE_WRITE: Final = 2  # sync_file_range(2): Linux only

# It syncs the size with the bytes, but not times, which are not needed. Not on every system.
sync_data: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
_system = ctypes.CDLL(None, use_errno=True)
_sync_file_range = getattr(_system, "sync_file_range", None)
if _sync_file_range is not None:
    _sync_file_range.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]

# syncfs(2) is Linux only. fstatfs(2) fills a structure that begins with the file system type.
_syncfs = getattr(_system, "syncfs", None) if sys.platform == "linux" else None
_statfs = getattr(_system, "fstatfs", None) if sys.platform == "linux" else None
_STATFS_BYTES: Final = 512  # more than on any system
_SYNCED_AT_ONCE: Final = frozenset({0xEF53, 0x58465342, 0x9123683E})  # ext2 to ext4, XFS, Btrfs
_SYNCFS_REPORTS: Final = (5, 8)


def begin_sync(descriptor: int, offset: int, length: int) -> None:
    """Start writing these bytes to disk without waiting, if the system supports it.

    A later `sync_data` then has less to wait for: with a stream of 1 GiB that is synced every
    32 MiB it waited 0.3 s in total, with this 0.07 s. It guarantees nothing by itself.
    """
    if _sync_file_range is not None:
        _sync_file_range(descriptor, offset, length, _SYNC_FILE_RANGE_WRITE)


def syncs_at_once(folder: int) -> bool:
    """Return whether `sync_all` is reliable on the file system of an open folder.

    It must write everything, wait for it, and report errors, also of earlier writes: Linux from
    5.8 on, with file systems that are known to do so.
    """
    if _statfs is None or _syncfs is None or not _reports_errors():
        return False
    state = ctypes.create_string_buffer(_STATFS_BYTES)
    if _statfs(folder, state):
        return False
    return ctypes.c_long.from_buffer(state).value in _SYNCED_AT_ONCE


def sync_all(folder: int) -> None:
    """Make all writes to a file system since the folder was opened durable.

    Bytes and names, of any writer. Call it only if `syncs_at_once` is true.
    """
    if _syncfs is None or _syncfs(folder):
        number = ctypes.get_errno() or errno.ENOSYS
        raise OSError(number, os.strerror(number))


def _reports_errors() -> bool:
    version = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return version is not None and (int(version[1]), int(version[2])) >= _SYNCFS_REPORTS


def as_storage_error(error: OSError) -> RegistryError:
    """Return StorageFull when the disk, a quota or a size limit is exhausted, else Unavailable."""
    if isinstance(error, BlockingIOError):
        return StorageUnavailable("another process writes to this upload")
    where = "" if error.filename is None else f": {error.filename}"
    cause = f"{error.strerror or type(error).__name__}{where}"
    return StorageFull(cause=cause) if error.errno in _FULL else StorageUnavailable(cause)


@contextmanager
def disk() -> Iterator[None]:
    """Convert OSError inside the block into StorageFull or StorageUnavailable."""
    try:
        yield
    except OSError as error:
        raise as_storage_error(error) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def paths_below(folder: Path, levels: int) -> Iterator[Path]:
    """Yield the paths exactly `levels` below a folder, by name; nothing if it does not exist.

    Raises StorageUnavailable for a folder that cannot be read.
    """
    if not levels:
        yield folder
        return
    with disk():
        try:
            inside = sorted(folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return
    for path in inside:
        yield from paths_below(path, levels - 1)


class DurableFolders:
    """Folders whose names are known to survive a power failure.

    The root and the folders in it are created once. Where they disappear later, a volume has
    probably been unmounted, and bytes must not go into what is below it: FileNotFoundError.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: set[Path] = set()

    def ensure(self, folder: Path) -> None:
        """Create the folder and its parents, and sync each name once, even if it existed."""
        if self._is_present(folder):
            return
        if folder == self._root:
            if not folder.is_dir():
                folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
                sync_folder(folder.parent)
        else:
            self.ensure(folder.parent)
            folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
            sync_folder(folder.parent)
        self._known.add(folder)

    def _is_present(self, folder: Path) -> bool:
        """Return whether a folder was made and is there; raise when one at the top has gone."""
        if folder not in self._known:
            return False
        if folder.is_dir():
            return True
        if self._root in {folder, folder.parent}:
            raise FileNotFoundError(errno.ENOENT, "it has disappeared", str(folder))
        return False

    def make(self, folders: Collection[Path]) -> frozenset[Path]:
        """Create folders below the root; return the folders whose names must be synced.

        Call `made` after that. Many folders need few syncs this way.
        """
        unsynced: set[Path] = set()
        for folder in folders:
            self._make(folder, unsynced)
        return frozenset(unsynced)

    def made(self, folders: Collection[Path]) -> None:
        """Record that the names of these folders and their parents are durable."""
        self._known.update(folders)

    def _make(self, folder: Path, unsynced: set[Path]) -> None:
        if self._is_present(folder):
            return
        if folder == self._root:
            self.ensure(folder)
            return
        if folder.parent not in unsynced:
            self._make(folder.parent, unsynced)
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
        unsynced.add(folder.parent)
