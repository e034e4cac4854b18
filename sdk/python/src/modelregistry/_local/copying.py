"""Copies of files, which share blocks on the disk where the file system supports that."""

import ctypes
import fcntl
import os
import sys
import time
from pathlib import Path
from typing import Final

from modelregistry._local import interruption
from modelregistry._local.folder_tree import naming

_FICLONE: Final = 0x40049409
_FILE_MODE: Final = 0o644
_BACK_NS: Final = 3_000_000_000
_PORTION: Final = 16 << 20
_READ: Final = 1 << 20
_SYNC_FILE_RANGE_WRITE: Final = 2  # sync_file_range(2): Linux only
_sync_file_range: Final = getattr(ctypes.CDLL(None), "sync_file_range", None)
if _sync_file_range is not None:
    _sync_file_range.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]


def copy_into(source: int, target: Path) -> bool:
    """Copy an open file to `target`, which must not exist, with mode 0644, and sync it.

    Returns whether the copy shares the blocks of the original, and so takes no room.
    """
    handle = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, _FILE_MODE)
    try:
        with naming(target):
            shared = _share(source, handle)
            if not shared:
                _copy(source, handle)
            finish_file(handle)
    finally:
        os.close(handle)
    return shared


def copied(source: int, target: Path) -> bool:
    """Copy an open file like `copy_into`; return False, and leave nothing, when that fails."""
    try:
        copy_into(source, target)
    except OSError:
        target.unlink(missing_ok=True)
        return False
    return True


def finish_file(handle: int) -> None:
    """Set the mode and time of a file that this process wrote, and sync it."""
    os.fchmod(handle, _FILE_MODE)
    backdate(handle)
    os.fsync(handle)


def start_writeback(handle: int, offset: int, length: int) -> None:
    """Ask the system to start writing these bytes to the disk, where it supports that.

    Nothing is guaranteed, but a sync that follows takes less time.
    """
    if _sync_file_range is not None:
        _sync_file_range(handle, offset, length, _SYNC_FILE_RANGE_WRITE)


def finish_path(path: Path) -> None:
    """Do the same as `finish_file` to a closed file."""
    handle = os.open(path, os.O_RDWR)
    try:
        finish_file(handle)
    finally:
        os.close(handle)


def backdate(handle: int) -> None:
    """Set the modification time back by 3 seconds, so that a change made at once is visible."""
    moment = time.time_ns() - _BACK_NS
    os.utime(handle, ns=(moment, moment))


def link_to(target: Path, path: Path, source: int) -> bool:
    """Make `target` a hard link to `path` if that is still the open file; return whether it is."""
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
            start_writeback(target, done, count)
            done += count
            interruption.check()
    except OSError:
        done = 0  # these file systems do not support it; a real error occurs again below
    if done < size or sys.platform != "linux":
        with os.fdopen(os.dup(source), "rb") as reader, os.fdopen(os.dup(target), "wb") as writer:
            reader.seek(0)
            writer.seek(0)
            while data := reader.read(_READ):
                writer.write(data)
                interruption.check()
