"""Whole folders: listed, synced and removed, however deep they are."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

RECOVERED: Final = "lost+found"
"""The folder at the root of an ext4 file system, which belongs to that file system."""


def walk(folder: Path) -> Iterator[tuple[Path, list[os.DirEntry[str]]]]:
    """Yield each folder, the given one first, with its entries; links are not followed.

    It omits `lost+found` at the top. Without recursion, because a tree may be deeper than Python's
    stack. Raises OSError.
    """
    waiting = [folder]
    while waiting:
        inner = waiting.pop()
        with os.scandir(inner) as listing:
            entries = [entry for entry in listing if inner != folder or entry.name != RECOVERED]
        yield inner, entries
        waiting += [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Add a path to an OSError of the block that has none, so that its message names the file."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = os.fspath(path)
        raise


def sync_tree(folder: Path) -> None:
    """Sync a folder and those in it; their files are synced already."""
    for inner, _ in walk(folder):
        sync_folder(inner)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with naming(folder):
            os.fsync(handle)
    finally:
        os.close(handle)


def remove_tree(folder: Path) -> None:
    """Remove a folder and all in it, as far as that is possible; nothing for what is no folder.

    Folders move up into the first one before they are emptied: no path grows too long to be used.
    """
    if folder.is_symlink() or not folder.is_dir():
        return
    _open_up(folder)
    waiting = [folder]
    for inner in waiting:
        for entry in _entries(inner):
            path = Path(entry.path)
            with suppress(OSError):
                if not entry.is_dir(follow_symlinks=False):
                    path.unlink()
                    continue
                _open_up(path)
                moved = folder / f".{len(waiting)}.{secrets.token_hex(4)}.removed"
                path.rename(moved)  # a mount point refuses, and what it has stays
                waiting.append(moved)
    for inner in reversed(waiting):
        with suppress(OSError):
            inner.rmdir()


def _open_up(folder: Path) -> None:
    with suppress(OSError):
        folder.chmod(stat.S_IRWXU)  # it may be read-only


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(folder) as listing:
        return list(listing)
    return []
