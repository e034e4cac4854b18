"""Bytes of an open file under a new name: shared where the file system can, else copied."""

import ctypes
import fcntl
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Final

_FICLONE: Final = 0x40049409
_FILE_MODE: Final = 0o644
_BACK_NS: Final = 3_000_000_000
_PORTION: Final = 16 << 20
_SYNC_FILE_RANGE_WRITE: Final = 2  # sync_file_range(2): Linux only
_sync_file_range: Final = getattr(ctypes.CDLL(None), "sync_file_range", None)
if _sync_file_range is not None:
    _sync_file_range.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]


def copy_into(source: int, target: Path) -> bool:
    """Make `target`, which must not exist, a copy of the open file, synced; its mode is 0644.

    Returns whether it shares the disk's blocks with the other, and so takes no room.
    """
    handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, _FILE_MODE)
    try:
        shared = _share(source, handle)
        if not shared:
            _copy(source, handle)
        settle(handle)
    finally:
        os.close(handle)
    return shared


def settle(handle: int) -> None:
    """Finish a file that this process wrote: set its mode and time, and sync it."""
    os.fchmod(handle, _FILE_MODE)
    set_back(handle)
    os.fsync(handle)


def begin_write_out(handle: int, offset: int, length: int) -> None:
    """Let the system begin to write these bytes to the disk, where it can be told so.

    It promises nothing, but a sync that follows finds less left to wait for.
    """
    if _sync_file_range is not None:
        _sync_file_range(handle, offset, length, _SYNC_FILE_RANGE_WRITE)


def settle_path(path: Path) -> None:
    """Do that to a file that is closed."""
    handle = os.open(path, os.O_RDWR)
    try:
        settle(handle)
    finally:
        os.close(handle)


def set_back(handle: int) -> None:
    """Set the modification time a little back, so that a change that follows at once shows."""
    moment = time.time_ns() - _BACK_NS
    os.utime(handle, ns=(moment, moment))


def is_link_to(target: Path, path: Path, source: int) -> bool:
    """Make `target` a hard link to `path` if that still is the open file; tell whether it is."""
    try:
        target.hardlink_to(path)
    except OSError:
        return False  # another file system, too many links, or gone
    if os.path.samestat(target.stat(), os.fstat(source)):
        return True
    target.unlink()
    return False


def _share(source: int, target: int) -> bool:
    if sys.platform != "linux":
        return False
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True


def _copy(source: int, target: int) -> None:
    size, done = os.fstat(source).st_size, 0
    try:
        while sys.platform == "linux" and done < size:
            count = os.copy_file_range(source, target, min(_PORTION, size - done), done, done)
            if not count:
                break
            begin_write_out(target, done, count)
            done += count
    except OSError:
        done = 0  # not between these two file systems; a real trouble shows again below
    if done < size or sys.platform != "linux":
        with os.fdopen(os.dup(source), "rb") as reader, os.fdopen(os.dup(target), "wb") as writer:
            reader.seek(0)
            writer.seek(0)
            shutil.copyfileobj(reader, writer, 1024 * 1024)
