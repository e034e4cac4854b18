"""Files and folders that belong to the server's user alone, whatever the umask is."""

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
RESERVE_ENDING: Final = ".reserve"
"""What is added to the name of a database for its reserve."""
_BESIDE: Final = ("-wal", "-shm", "-journal")  # SQLite's own


def make_database_file(path: Path) -> None:
    """Make an empty file for a new database, and its folder; what exists stays.

    SQLite gives the files beside a database the mode of the database.
    """
    if not path.parent.is_dir():
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))


def database_files(path: Path) -> Sequence[Path]:
    """Return the SQLite database, and what lies beside it."""
    return [path.with_name(path.name + ending) for ending in ("", *_BESIDE, RESERVE_ENDING)]


def tighten_database(path: Path) -> Iterator[str]:
    """Take the rights of others to a database away; yield a warning for each that stays."""
    for each in database_files(path):
        yield from _tighten(each, FILE_MODE)


def tighten_folder(folder: Path, ours: Collection[str]) -> Iterator[str]:
    """Take the rights of others to a folder away; yield a warning where they stay.

    ours: the names that a folder of the registry's own can have in it. A folder with anything else
    in it serves something else as well, and keeps its mode.
    """
    try:
        if not folder.stat().st_mode & _OTHERS:
            return
        foreign = sorted(path.name for path in folder.iterdir() if path.name not in ours)
    except FileNotFoundError:
        return
    if foreign:
        yield (
            f"other users may enter {folder}, which keeps its mode because it holds "
            f"{foreign[0]!r} as well: give the registry a folder of its own, or chmod 700 it"
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
        yield f"other users have rights to {path} ({error.strerror}): chmod {mode:o} {path}"
