"""The index of the cache in SQLite: which files it has, when each was last used, what it evicts."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelregistry._local.shared_files import close, open_locked, transaction
from modelregistry.errors import ContentMismatch

_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS entries (digest TEXT PRIMARY KEY, size INTEGER NOT NULL, "
    "used INTEGER NOT NULL, state TEXT NOT NULL) WITHOUT ROWID"
)
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_PUT: Final = (
    "INSERT INTO entries VALUES (?, ?, ?, '') "
    "ON CONFLICT (digest) DO UPDATE SET size = excluded.size, used = excluded.used, state = ''"
)


@dataclass(frozen=True, slots=True)
class CachedFile:
    """A file of the cache: its digest, and the state of the file when it was last verified."""

    digest: str
    state: str


class CacheIndex:
    """The complete and partial files of a folder, which together never exceed `max_bytes`.

    The index reserves the whole size of a file before its first byte is written to `partial_path`,
    under a lock, and records the file once it has moved to `path`. To make room it evicts the least
    recently used files, except those that a process is receiving. If the index is lost, it is
    rebuilt from the files of the folder. Raises OSError and sqlite3.Error.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._file = folder / "cache-1.sqlite"
        self._max_bytes = max_bytes

    def path(self, digest: str) -> Path:
        """Return the path of a complete file."""
        name = _file_name(digest)
        return self._folder / "blobs" / name[:2] / name

    def partial_path(self, digest: str) -> Path:
        """Return the path of a file that is being received; its writer holds the lock on it."""
        return self._folder / "partial" / _file_name(digest)

    def small_path(self, digest: str) -> Path:
        """Return the path of a small file that is being written."""
        return self.partial_path(digest).with_suffix(".small")

    def find(self, digests: Sequence[str]) -> dict[str, CachedFile]:
        """Return the complete files among these, by digest, and record that they are used now."""
        with self._change() as database:
            found = {}
            for digest in digests:
                query = "SELECT state FROM entries WHERE digest = ? AND state != ''"
                row = database.execute(query, (digest,)).fetchone()
                if row:
                    found[digest] = CachedFile(digest, row[0])
            now = _next(database)  # a counter, because clocks jump
            rows = [(now, digest) for digest in found]
            database.executemany("UPDATE entries SET used = ? WHERE digest = ?", rows)
        return found

    def reserve(self, sizes: Sequence[tuple[str, int]]) -> bool:
        """Reserve room for digests with their sizes in bytes; return whether there is room.

        It removes complete files of these digests, which the caller is about to replace.
        """
        with self._change() as database:
            return self._reserve(database, sizes)

    def record(self, file: CachedFile) -> None:
        """Record that a file is complete and at its path, or was verified there."""
        with self._change() as database:
            row = (file.state, file.digest)
            database.execute("UPDATE entries SET state = ? WHERE digest = ?", row)

    def write_small(
        self, sizes: Sequence[tuple[str, int]], write: Callable[[str], CachedFile]
    ) -> None:
        """Write small files by calling `write` with each digest, and record them.

        It writes none without room for all, and skips those that a process is receiving. Other
        changes wait meanwhile, so no other process can take the room.
        """
        # Reserved in a change of its own: if this process dies while it writes, the bytes count.
        if not self.reserve(sizes):
            return
        with self._change() as database:
            if self._reserve(database, sizes):
                free = [digest for digest, _ in sizes if self._remove_partial(digest)]
                rows = [(file.state, file.digest) for file in map(write, free)]
                database.executemany("UPDATE entries SET state = ? WHERE digest = ?", rows)

    def remove(self, digest: str) -> None:
        """Remove a file, from the disk first, so that a file without an entry never remains."""
        with self._change() as database:
            self._delete(database, digest)

    def _reserve(self, database: sqlite3.Connection, sizes: Sequence[tuple[str, int]]) -> bool:
        spared = {digest for digest, _ in sizes}
        known = {
            digest
            for digest in spared
            if database.execute("SELECT 1 FROM entries WHERE digest = ?", (digest,)).fetchone()
        }
        for digest in known:
            self.path(digest).unlink(missing_ok=True)
            self.small_path(digest).unlink(missing_ok=True)  # of a process that died
        now = _next(database)
        database.executemany(_PUT, [(digest, size, now) for digest, size in sizes])
        if self._make_room(database, spared):
            return True
        fresh = [(digest,) for digest in spared - known]
        database.executemany("DELETE FROM entries WHERE digest = ?", fresh)
        return False

    def _make_room(self, database: sqlite3.Connection, spared: set[str]) -> bool:
        def total() -> int:
            row = database.execute("SELECT coalesce(sum(size), 0) FROM entries").fetchone()
            return int(row[0])

        excess = total() - self._max_bytes
        if excess <= 0:
            return True
        rows = database.execute("SELECT digest, size FROM entries ORDER BY used").fetchall()
        old = [(digest, size) for digest, size in rows if digest not in spared]
        if sum(size for _, size in old) < excess:
            return False  # evicting everything would not make enough room
        for digest, size in old:
            if excess > 0 and self._delete(database, digest):
                excess -= size
        return excess <= 0

    def _delete(self, database: sqlite3.Connection, digest: str) -> bool:
        """Remove a file; return False while a process is receiving it."""
        if not self._remove_partial(digest):
            return False
        self.small_path(digest).unlink(missing_ok=True)
        self.path(digest).unlink(missing_ok=True)
        database.execute("DELETE FROM entries WHERE digest = ?", (digest,))
        return True

    def _remove_partial(self, digest: str) -> bool:
        """Remove a partial file, if there is one; return False while a process is receiving it."""
        partial = self.partial_path(digest)
        if partial.exists():
            handle = open_locked(partial)
            if handle is None:
                return False
            partial.unlink(missing_ok=True)
            close(handle)
        return True

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        fresh = not self._file.exists()
        (self._folder / "partial").mkdir(mode=0o700, parents=True, exist_ok=True)
        with transaction(self._file, _SCHEMA) as database:
            if fresh:
                self._recount(database)
            yield database

    def _recount(self, database: sqlite3.Connection) -> None:
        """Rebuild the index; the state `?` matches no file, so each is hashed when it is used."""
        for folder, state in (("partial", ""), ("blobs", "?")):
            for path in (self._folder / folder).rglob("*"):
                if path.is_file() and _DIGEST.fullmatch(f"sha256:{path.stem}"):
                    row = (f"sha256:{path.stem}", path.stat().st_size, state)
                    database.execute("INSERT OR IGNORE INTO entries VALUES (?, ?, 0, ?)", row)
        self._make_room(database, set())


def _file_name(digest: str) -> str:
    """Return the hexadecimal part; ContentMismatch for other text, which could be any path."""
    if _DIGEST.fullmatch(digest) is None:
        message = f"not a digest: {digest[:80]!r}"
        raise ContentMismatch(message)
    return digest.removeprefix("sha256:")


def _next(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT coalesce(max(used), 0) + 1 FROM entries").fetchone()[0])
