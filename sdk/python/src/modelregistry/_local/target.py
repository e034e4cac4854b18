"""The folder that a pull replaces atomically, and the free space of its disk."""

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
    """A folder, and a hidden folder beside it, `stage`, which receives its replacement.

    Inside the `with` block `stage` exists, and `publish` moves it to the target's name. The end of
    the block removes the stage if it was not published, or the folder that it replaced.

    `publish` guarantees that the stage is synced before it gets the target's name, and that a
    reader of the target finds all of the old files or all of the new ones. Where the system can
    exchange two names (Linux, on all its usual file systems), the target exists at every moment.
    Elsewhere an existing target is renamed first: a reader may find no folder for an instant, and
    if the process dies in that instant, the old files are in the hidden folder beside it.
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
        """Replace the target with the stage."""
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
    """Exchange two names in one step; return False where the system does not support that."""
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
    # The names in a folder are durable only after a sync of the folder.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def has_room(folder: Path, size: int) -> bool:
    """Return whether the disk of a folder, which must exist, has `size` bytes free."""
    return size <= shutil.disk_usage(folder).free


def check_room(folder: Path, size: int) -> None:
    """Raise TargetRefused unless the disk of a folder has `size` bytes free."""
    if not has_room(folder, size):
        free = shutil.disk_usage(folder).free
        message = f"{size:,} bytes are to come, and the disk of {folder.parent} has {free:,} free"
        raise TargetRefused(message)
