"""Files that move into a folder which cannot be replaced as a whole, such as a mounted volume."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from modelregistry._local.folder_tree import remove_tree, sync_tree, walk
from modelregistry._local.interruption import pause
from modelregistry._local.stages import NEW, stage_pattern
from modelregistry.errors import TargetRefused

STAGE_NAME: Final = "modelreg"
"""The name of stages inside a target: `.modelreg.0123abcd.new`."""
_STAGE: Final = stage_pattern(STAGE_NAME, NEW)
_LOCK_POLL_S: Final = 0.05


def check_writable(folder: Path) -> None:
    """Raise TargetRefused unless all folders of a target can be changed."""
    for inner, _ in _contents(folder):
        if not os.access(inner, os.W_OK | os.X_OK):
            message = f"{inner} cannot be written, and {folder} cannot be replaced as a whole"
            raise TargetRefused(message)


def fill(stage: Path, folder: Path) -> None:
    """Move the files of a stage into a folder, and then remove all other files from it.

    Each file is replaced atomically; the folder is not: a reader may find files of both versions
    meanwhile. A process that dies leaves a mixture, which the next pull completes. Raises OSError.
    """
    with _alone(folder):
        wanted = set()
        for inner, entries in walk(stage):
            place = folder / inner.relative_to(stage)
            _make_folder(place)
            present = {entry.name for entry in place.iterdir()}
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    target = place / entry.name
                    _clear(target, present)
                    Path(entry.path).rename(target)
                    wanted.add(target)
        sync_tree(folder)
        _remove_others(folder, wanted)


def _contents(folder: Path) -> Iterator[tuple[Path, list[os.DirEntry[str]]]]:
    """Yield the folders of a target, without the stages of this and other processes."""
    for inner, entries in walk(folder):
        top = inner.relative_to(folder).parts[:1]
        if not top or not _STAGE.fullmatch(top[0]):
            yield inner, entries


def _make_folder(place: Path) -> None:
    if place.is_symlink() or not place.is_dir():
        place.unlink(missing_ok=True)
        place.mkdir()


def _clear(target: Path, present: set[str]) -> None:
    """Remove what a rename would not replace."""
    if target.is_dir() and not target.is_symlink():
        remove_tree(target)
    elif target.name not in present and os.path.lexists(target):
        target.unlink()  # this file system takes it for one in another case


def _remove_others(folder: Path, wanted: set[Path]) -> None:
    folders = []
    for inner, entries in _contents(folder):
        folders.append(inner)
        for entry in entries:
            path = Path(entry.path)
            if not entry.is_dir(follow_symlinks=False) and path not in wanted:
                path.unlink(missing_ok=True)
    for inner in reversed(folders[1:]):
        with suppress(OSError):  # it has files
            inner.rmdir()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Lock a folder against other pulls into it, where its file system has locks."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while not _lock(handle):
            pause(_LOCK_POLL_S)
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
