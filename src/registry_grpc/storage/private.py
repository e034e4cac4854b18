"""Files and folders that are private to the server's user, whatever the umask is."""

import errno
import os
import stat
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
RESERVE_ENDING: Final = ".reserve"
"""The suffix of a database's name for its reserve."""
_BESIDE: Final = ("-wal", "-shm", "-journal")  # SQLite's own


def make_database_file(path: Path) -> None:
    """Create an empty file for a new database, and its folder, if they do not exist.

    SQLite gives the files beside a database the mode of the database.
    """
    if not path.parent.is_dir():
        if path.parent.exists():
            raise NotADirectoryError(errno.ENOTDIR, "it is not a folder", str(path.parent))
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))


def database_files(path: Path) -> Sequence[Path]:
    """Return the SQLite database and the files beside it."""
    return [path.with_name(path.name + ending) for ending in ("", *_BESIDE, RESERVE_ENDING)]


def tighten_database(path: Path) -> Iterator[str]:
    """Remove other users' permissions from a database; yield a warning for each failure."""
    for each in database_files(path):
        yield from _tighten(each, FILE_MODE)


def tighten_folder(folder: Path, ours: Collection[str]) -> Iterator[str]:
    """Remove other users' permissions from a folder; yield a warning if they stay.

    ours: the names that the registry uses in the folder. A folder with other names has
    another purpose as well, and keeps its mode.
    """
    try:
        if not folder.stat().st_mode & _OTHERS:
            return
        foreign = sorted(path.name for path in folder.iterdir() if path.name not in ours)
    except FileNotFoundError:
        return
    if foreign:
        yield (
            f"other users can access {folder}, which keeps its mode because it also contains "
            f"{foreign[0]!r}: use a separate folder for the registry, or chmod 700 it"
        )
        return
    yield from _tighten(folder, FOLDER_MODE)


def _tighten(path: Path, mode: int) -> Iterator[str]:
    try:
        before = path.stat().st_mode
        if before & _OTHERS:
            path.chmod(mode)
    except FileNotFoundError:
        return
    except OSError as error:
        yield f"other users can access {path} ({error.strerror}): chmod {mode:o} {path}"
