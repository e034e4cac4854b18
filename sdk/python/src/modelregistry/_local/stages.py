"""The hidden folders in which pulls prepare files, and the removal of those that were left."""

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from modelregistry._local.folder_tree import remove_tree

NEW: Final = "new"
OLD: Final = "old"


_SHOWN_BYTES: Final = 128
"""Of the name of a target, so that the name of a stage is not too long for a file system."""
_USUAL: Final = 0o777
_PRIVATE: Final = 0o700
"""The permissions of a stage, without those that the umask removes."""


def stage_path(folder: Path, name: str, role: str) -> Path:
    """Return the path of a stage in `folder` for the target `name`; no other stage has it."""
    return folder / f".{_short(name)}.{secrets.token_hex(4)}.{role}"


def _short(name: str) -> str:
    return os.fsdecode(os.fsencode(name)[:_SHOWN_BYTES])


def stage_pattern(name: str, role: str) -> re.Pattern[str]:
    """Return the pattern of the names of stages."""
    return re.compile(re.escape(f".{_short(name)}.") + r"[0-9a-f]{8}\." + role)


@contextmanager
def opened_stage(folder: Path, name: str, *, private: bool = False) -> Iterator[Path]:
    """Create a stage and lock it, so that no other process removes it; remove it at the end.

    private: no other user may read it. Raises OSError when the folder cannot be written.
    """
    stage, handle = _create(folder, name, _PRIVATE if private else _USUAL)
    try:
        yield stage
    finally:
        remove_tree(stage)  # published, it has another name, and this one has the old files
        os.close(handle)


def _create(folder: Path, name: str, mode: int) -> tuple[Path, int]:
    while True:
        stage = stage_path(folder, name, NEW)
        stage.mkdir(mode)
        try:
            handle = os.open(stage, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue  # another process took it for a leftover before it was locked
        if _lock(handle) is not False and _is_at(handle, stage):
            return stage, handle
        os.close(handle)


def remove_left(folder: Path, name: str, role: str, *, only_own: bool = False) -> None:
    """Remove the stages that processes left behind when they were killed.

    A stage that a process has locked stays, and so does one on a file system without locks.
    only_own: so do those of other users, who could replace them while they are removed.
    """
    pattern = stage_pattern(name, role)
    with suppress(OSError), os.scandir(folder) as listing:
        left = [Path(entry.path) for entry in listing if pattern.fullmatch(entry.name)]
        for stage in left:
            _remove_unlocked(stage, only_own=only_own)


def _remove_unlocked(stage: Path, *, only_own: bool) -> None:
    with suppress(OSError):
        handle = os.open(stage, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            is_removable = not only_own or os.fstat(handle).st_uid == os.geteuid()
            if is_removable and _lock(handle) and _is_at(handle, stage):
                remove_tree(stage)
        finally:
            os.close(handle)


def _lock(handle: int) -> bool | None:
    """Lock a folder; False when another process has locked it, None where there are no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False
