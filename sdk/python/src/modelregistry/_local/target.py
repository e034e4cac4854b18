"""The folder that a pull replaces, as a whole or not at all, and the room on its disk."""

import ctypes
import os
import secrets
import shutil
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from modelregistry.errors import TargetRefused

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


class Target:
    """A folder, and a hidden one beside it in which its replacement grows.

    Used as a context manager: `stage` is there inside the block, `publish` puts it in place, and
    leaving the block removes whatever was not put in place, or was replaced.

    What `publish` promises: the stage is on disk, synced, before it gets the target's name; whoever
    opens the target finds all of the old files or all of the new ones. Where the system can
    exchange two names (Linux, on all its usual file systems) there is no moment without a target.
    Elsewhere a target that exists is renamed away first: a reader may find no folder for an
    instant, and if the process dies in that instant the old files are in the hidden folder beside
    it.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.resolve()
        _check_replaceable(self.path)
        self.stage = self._beside("new")

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.stage.mkdir()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # After a publish by exchange the stage holds the old files.
        shutil.rmtree(self.stage, ignore_errors=True)

    def publish(self) -> None:
        """Put the stage in the target's place."""
        _sync_tree(self.stage)
        if not self.path.exists():
            self.stage.rename(self.path)
        elif not _exchange(self.stage, self.path):
            self._replace_in_two_steps()
        _sync_folder(self.path.parent)

    def _replace_in_two_steps(self) -> None:
        old = self._beside("old")
        self.path.rename(old)
        try:
            self.stage.rename(self.path)
        except OSError:
            old.rename(self.path)
            raise
        shutil.rmtree(old, ignore_errors=True)

    def _beside(self, role: str) -> Path:
        return self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.{role}")


def _check_replaceable(path: Path) -> None:
    if path.exists() and not path.is_dir():
        message = f"{path} is a file; pull replaces a folder"
        raise TargetRefused(message)
    for keep in (Path.cwd(), Path.home()):
        if keep.is_relative_to(path):
            message = f"pull replaces the whole folder, and {path} is or contains {keep}"
            raise TargetRefused(message)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step; return False where that cannot be done."""
    if sys.platform != "linux":
        return False
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    names = os.fsencode(one), os.fsencode(other)
    return bool(renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0)


def _sync_tree(folder: Path) -> None:
    for inner, _, _ in os.walk(folder):
        _sync_folder(Path(inner))


def _sync_folder(folder: Path) -> None:
    # The names in a folder are on disk only once the folder is synced too.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def has_room(folder: Path, size: int) -> bool:
    """Tell whether so many bytes more fit on the disk of a folder, which must exist."""
    return size <= shutil.disk_usage(folder).free


def check_room(folder: Path, size: int) -> None:
    """Raise TargetRefused unless so many bytes more fit on the disk of a folder."""
    if not has_room(folder, size):
        free = shutil.disk_usage(folder).free
        message = f"{size:,} bytes are to come, and the disk of {folder.parent} has {free:,} free"
        raise TargetRefused(message)
