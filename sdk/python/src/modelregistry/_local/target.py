"""The folder that a pull replaces, atomically where possible, and the free space of its disk."""

import ctypes
import errno
import os
import shutil
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from modelregistry._local import in_place
from modelregistry._local.folder_attributes import keep_attributes, restore_mode
from modelregistry._local.folder_tree import remove_tree, sync_folder, sync_tree
from modelregistry._local.mounts import mounts_within
from modelregistry._local.stages import NEW, OLD, opened_stage, remove_left, stage_path
from modelregistry.errors import TargetRefused

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_TAKEN: Final = frozenset({errno.ENOTEMPTY, errno.EEXIST})
_FIXED: Final = frozenset({errno.EBUSY, errno.EXDEV, errno.EACCES, errno.EPERM, errno.EROFS})
"""Errors of a rename for a folder that stays where it is: a mount point, one of an image layer."""


class Target:
    """A folder, and a hidden folder, `stage`, which receives its replacement.

    Inside the `with` block `stage` exists, and `publish` gives its files to the target. The end of
    the block removes the stage, or the files that it replaced. The beginning of the block removes
    stages of processes that were killed.

    The stage lies beside the target. `publish` guarantees that it is synced before it gets the
    target's name, and that a reader of the target finds all of the old files or all of the new
    ones. Where the system can exchange two names (Linux, on all its usual file systems), the target
    exists at every moment. Elsewhere an existing target is renamed first: a reader may find no
    folder for an instant, and if the process dies in that instant, the old files are in the hidden
    folder beside it. The replacement has the mode, the group, the ACL and the other attributes of
    the folder that it replaces.

    A target that cannot be replaced as a whole, because it is a mount point or its parent cannot be
    written, has its stage inside, and `publish` moves one file after the other: see `in_place`.
    """

    def __init__(self, target: Path) -> None:
        self.path = _resolved(target)
        _check_replaceable(self.path)
        self._exit = ExitStack()
        self._inside = False
        self.stage = self.path

    def __enter__(self) -> Self:
        """Create the stage; raise TargetRefused where none can be."""
        with ExitStack() as stack:
            present = self.path.is_dir()
            mounts = mounts_within(self.path) if present else []
            if any(mount != self.path for mount in mounts):
                message = f"{mounts[-1]} is mounted inside {self.path}; pull removes no mount"
                raise TargetRefused(message)
            if self.path in mounts or not self._stage_beside(stack, present=present):
                self._stage_inside(stack)
            self._exit = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._exit.close()

    def _stage_beside(self, stack: ExitStack, *, present: bool) -> bool:
        """Create the stage beside the target; return False when it has to be inside."""
        parent, name = self.path.parent, self.path.name
        try:
            if not present:
                parent.mkdir(parents=True, exist_ok=True)
            remove_left(parent, name, NEW)
            self.stage = stack.enter_context(opened_stage(parent, name))
        except OSError as error:
            if present:
                return False
            message = f"{self.path} cannot be created: {parent}: {error.strerror}"
            raise TargetRefused(message) from error
        if present and not keep_attributes(self.path, self.stage):
            return not os.access(self.path, os.W_OK | os.X_OK)
        return True

    def _stage_inside(self, stack: ExitStack) -> None:
        remove_left(self.path, in_place.STAGE_NAME, NEW)
        try:
            in_place.check_writable(self.path)
            self.stage = stack.enter_context(opened_stage(self.path, in_place.STAGE_NAME))
        except OSError as error:
            message = f"{self.path} cannot be written: {error.strerror}"
            raise TargetRefused(message) from error
        self._inside = True

    def publish(self) -> None:
        """Give the target the files of the stage in place of its own."""
        if self._inside:
            in_place.fill(self.stage, self.path)
            return
        sync_tree(self.stage)
        while not self._replace():
            pass  # another pull created or removed the target meanwhile
        with suppress(OSError):  # the folder above may be one that cannot be read
            sync_folder(self.path.parent)
        remove_left(self.path.parent, self.path.name, OLD)

    def _replace(self) -> bool:
        if not self.path.exists():
            return self._move()
        with suppress(FileNotFoundError):
            restore_mode(self.path, self.stage)
        return _exchange(self.stage, self.path) or self._replace_in_two_steps()

    def _move(self) -> bool:
        try:
            self.stage.rename(self.path)
        except OSError as error:
            if error.errno in _TAKEN:
                return False
            raise
        return True

    def _replace_in_two_steps(self) -> bool:
        old = stage_path(self.path.parent, self.path.name, OLD)
        try:
            self.path.rename(old)
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno not in _FIXED:
                raise
            in_place.fill(self.stage, self.path)
            return True
        try:
            moved = self._move()
        except OSError:
            old.rename(self.path)
            raise
        remove_tree(old)
        return moved


def _resolved(target: Path) -> Path:
    try:
        return target.resolve()
    except RuntimeError as error:
        message = f"{target} is a loop of symbolic links"
        raise TargetRefused(message) from error
    except FileNotFoundError as error:
        message = f"{target} is relative to a working directory that was removed"
        raise TargetRefused(message) from error


def _check_replaceable(path: Path) -> None:
    if path.exists() and not path.is_dir():
        message = f"{path} is a file; pull replaces a folder"
        raise TargetRefused(message)
    # Without a working or a home directory there is none to protect.
    for protected in (Path.cwd, Path.home):
        with suppress(FileNotFoundError, RuntimeError):
            keep = protected()
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


def has_room(folder: Path, size: int) -> bool:
    """Return whether the disk of a folder, which must exist, has `size` bytes free."""
    return size <= shutil.disk_usage(folder).free


def check_room(folder: Path, size: int) -> None:
    """Raise TargetRefused unless the disk of a folder has `size` bytes free."""
    if not has_room(folder, size):
        free = shutil.disk_usage(folder).free
        message = f"{size:,} bytes are to come, and the disk of {folder.parent} has {free:,} free"
        raise TargetRefused(message)
