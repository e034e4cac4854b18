"""Digests of files by their state, so that each file is hashed once and not for each transfer."""

import os
import sqlite3
import stat
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from modelregistry._local.cache_failure import FAILURES, is_trusted, warn
from modelregistry._local.files import HashedFile, LocalFile, hash_file
from modelregistry._local.folder_tree import walk
from modelregistry._local.shared_files import transaction
from modelregistry.errors import FileChanged
from modelregistry.types import FileEntry

_NS: Final = 1_000_000_000
_SETTLED_NS: Final = 2 * _NS
"""A file that was modified less than this before it was read may change without a new time."""
MAX_ROWS: Final = 100_000

_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS hashes (path TEXT PRIMARY KEY, digest TEXT NOT NULL, "
    "size INTEGER, mtime INTEGER, ctime INTEGER, inode TEXT, device TEXT, used INTEGER) "
    "WITHOUT ROWID"
)
_FIND: Final = (
    "SELECT digest FROM hashes WHERE path = ? AND size = ? AND mtime = ? AND ctime = ? "
    "AND inode = ? AND device = ?"
)
_KEEP: Final = "INSERT OR REPLACE INTO hashes VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_BOUND: Final = (
    "DELETE FROM hashes WHERE path IN (SELECT path FROM hashes ORDER BY used LIMIT "
    "max(0, (SELECT count(*) FROM hashes) - ?))"
)

_Identity: TypeAlias = tuple[int, int, int, str, str]


class HashCache:
    """Digests of files by path, size, times, inode and device.

    Processes share it, and its number of rows is bounded. A cache that is lost or cannot be written
    only costs time: the first failure logs a warning, and then it is not used. Neither is one that
    belongs to another user, who could make a file pass for another one.
    """

    def __init__(self, folder: Path, max_rows: int = MAX_ROWS) -> None:
        self._folder = folder
        self._path = folder / "hashes-1.sqlite"
        self._max_rows = max_rows
        self._off = not is_trusted(folder)

    def find(self, files: Iterable[LocalFile]) -> dict[str, HashedFile]:
        """Return, by name, the files that have not changed since they were hashed."""
        found: dict[str, HashedFile] = {}
        if self._off:
            return found
        try:
            with transaction(self._path, _SCHEMA) as database:
                for file in files:
                    identity = _identity(file)
                    row = identity and database.execute(_FIND, (_key(file), *identity)).fetchone()
                    if row:
                        found[file.name] = HashedFile(file, row[0])
                now = time.time_ns()
                used = [(now, _key(item.file)) for item in found.values()]
                database.executemany("UPDATE hashes SET used = ? WHERE path = ?", used)
        except FAILURES as error:
            self._failed(error)
        return found

    def record(self, hashed: Iterable[HashedFile], *, begun_ns: int) -> None:
        """Record digests of files read after `begun_ns`, except recently modified files."""
        now, rows = time.time_ns(), []
        for item in hashed:
            identity = _identity(item.file)
            if identity and item.file.state[0] < begun_ns - _SETTLED_NS:
                rows.append((_key(item.file), item.digest, *identity, now))
        if self._off or not rows:
            return
        try:
            with transaction(self._path, _SCHEMA) as database:
                database.executemany(_KEEP, rows)
                database.execute(_BOUND, (self._max_rows,))
        except FAILURES as error:
            self._failed(error)

    def _failed(self, error: OSError | sqlite3.Error) -> None:
        warn(self._folder, error)
        # A damaged file was removed, and the next call creates a new one.
        self._off = isinstance(error, (OSError, sqlite3.OperationalError))


def _key(file: LocalFile) -> str:
    # SQLite stores only paths that are valid Unicode.
    return os.fsencode(file.path).decode(errors="backslashreplace")


def _identity(file: LocalFile) -> _Identity | None:
    """Return values that change with the file; None when it has changed since it was found."""
    try:
        status = file.path.stat()
    except OSError:
        return None
    if LocalFile.of(file.path, file.name, status) != file:
        return None
    # With the change time, which no program can set. As text, because an inode may need 64 bits.
    times = status.st_mtime_ns, status.st_ctime_ns
    return status.st_size, *times, str(status.st_ino), str(status.st_dev)


def folder_matches(
    folder: Path, files: Sequence[FileEntry], hashes: HashCache, *, full: bool
) -> bool:
    """Return whether a folder has exactly these files with exactly these bytes.

    A file that was hashed before and has not changed since is read again only with `full`.
    """
    try:
        present = _present(folder, {entry.path: entry.size_bytes for entry in files})
        if present is None:
            return False
        known = {} if full else hashes.find(present.values())
        return _agree(files, present, known, hashes)
    except (OSError, FileChanged):
        return False


def _agree(
    files: Sequence[FileEntry],
    present: dict[str, LocalFile],
    known: dict[str, HashedFile],
    hashes: HashCache,
) -> bool:
    wanted = {entry.path: entry.digest for entry in files}
    if any(item.digest != wanted[name] for name, item in known.items()):
        return False
    begun, fresh = time.time_ns(), []
    for name, file in present.items():
        if name not in known:
            fresh.append(hash_file(file))
            if fresh[-1].digest != wanted[name]:
                return False
    hashes.record(fresh, begun_ns=begun)
    return True


def _present(folder: Path, sizes: dict[str, int]) -> dict[str, LocalFile] | None:
    """Return the files of the folder; None when their names or sizes differ."""
    found: dict[str, LocalFile] = {}
    for inner, entries in walk(folder):
        prefix = inner.relative_to(folder)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                continue
            status = entry.stat(follow_symlinks=False)
            file = LocalFile.of(Path(entry.path), (prefix / entry.name).as_posix(), status)
            if not stat.S_ISREG(status.st_mode) or sizes.get(file.name) != file.size:
                return None
            found[file.name] = file
    return found if len(found) == len(sizes) else None


def hashed_files(stage: Path, folder: Path, files: Sequence[FileEntry]) -> list[HashedFile]:
    """Return the verified files of a stage, with the paths that they are about to have."""
    return [
        HashedFile(
            LocalFile.of(folder / entry.path, entry.path, (stage / entry.path).stat()),
            entry.digest,
        )
        for entry in files
    ]


def record_hashes(hashed: Sequence[HashedFile], hashes: HashCache) -> None:
    """Record the digests of files that were just written, with their times set back.

    Those that another process has replaced since then are omitted.
    """
    hashes.record(hashed, begun_ns=time.time_ns())
