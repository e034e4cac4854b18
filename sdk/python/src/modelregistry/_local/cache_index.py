"""What the cache holds, how long ago each was used, and what gives way: bookkeeping in SQLite."""

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
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
class Entry:
    """A file of the cache: its digest, and the state of the file when it was last found right."""

    digest: str
    state: str


class CacheIndex:
    """The files in a folder, complete or growing, which together never exceed `max_bytes`.

    A digest is reserved with its whole size before its first byte is written to `growing`, which is
    locked; it is kept once its file has moved to `path`. Room is made by removing what was used
    longest ago, except what some process is receiving just now. If the index is lost it is made
    again of the files that are there. Raises OSError and sqlite3.Error.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._file = folder / "cache-1.sqlite"
        self._max_bytes = max_bytes

    def path(self, digest: str) -> Path:
        """Return where a complete file is."""
        name = _file_name(digest)
        return self._folder / "blobs" / name[:2] / name

    def growing(self, digest: str) -> Path:
        """Return where a file is while it is received; whoever writes to it has it locked."""
        return self._folder / "partial" / _file_name(digest)

    def unpacked(self, digest: str) -> Path:
        """Return where a small file is while it is written."""
        return self.growing(digest).with_suffix(".small")

    def use(self, digests: Sequence[str]) -> dict[str, Entry]:
        """Return those that are kept, by digest, and count them as used now."""
        with self._change() as database:
            found = {}
            for digest in digests:
                query = "SELECT state FROM entries WHERE digest = ? AND state != ''"
                row = database.execute(query, (digest,)).fetchone()
                if row:
                    found[digest] = Entry(digest, row[0])
            now = _next(database)  # a counter, not a clock: those jump
            rows = [(now, digest) for digest in found]
            database.executemany("UPDATE entries SET used = ? WHERE digest = ?", rows)
        return found

    def reserve(self, sizes: Sequence[tuple[str, int]]) -> bool:
        """Make room for these digests of so many bytes; tell whether there is.

        What is kept of them is removed: it is about to be replaced.
        """
        with self._change() as database:
            return self._reserve(database, sizes)

    def keep(self, entry: Entry) -> None:
        """Record that this one is complete and in its place, or was found right there."""
        with self._change() as database:
            row = (entry.state, entry.digest)
            database.execute("UPDATE entries SET state = ? WHERE digest = ?", row)

    def write(self, sizes: Sequence[tuple[str, int]], write: Callable[[], Iterable[Entry]]) -> None:
        """Have small files written and record them; nothing is written if there is no room.

        Everything waits meanwhile, so nobody can take the room away.
        """
        # Recorded first: if this process dies while it writes, what it wrote is counted.
        if not self.reserve(sizes):
            return
        with self._change() as database:
            if self._reserve(database, sizes):
                rows = [(entry.state, entry.digest) for entry in write()]
                database.executemany("UPDATE entries SET state = ? WHERE digest = ?", rows)

    def drop(self, digest: str) -> None:
        """Remove one: its files first, so that what is forgotten is gone."""
        with self._change() as database:
            self._remove(database, digest)

    def _reserve(self, database: sqlite3.Connection, sizes: Sequence[tuple[str, int]]) -> bool:
        spared = {digest for digest, _ in sizes}
        known = {
            digest
            for digest in spared
            if database.execute("SELECT 1 FROM entries WHERE digest = ?", (digest,)).fetchone()
        }
        for digest in known:
            self.path(digest).unlink(missing_ok=True)
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
            return False  # nothing is thrown away for what cannot be had
        for digest, size in old:
            if excess > 0 and self._remove(database, digest):
                excess -= size
        return excess <= 0

    def _remove(self, database: sqlite3.Connection, digest: str) -> bool:
        """Remove one and tell whether it could be: not while somebody receives it."""
        growing = self.growing(digest)
        if growing.exists():
            handle = open_locked(growing)
            if handle is None:
                return False
            growing.unlink(missing_ok=True)
            close(handle)
        self.unpacked(digest).unlink(missing_ok=True)
        self.path(digest).unlink(missing_ok=True)
        database.execute("DELETE FROM entries WHERE digest = ?", (digest,))
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
        """List again what is there: a state of `?` matches no file, so each is hashed when used."""
        for folder, state in (("partial", ""), ("blobs", "?")):
            for path in (self._folder / folder).rglob("*"):
                if path.is_file() and _DIGEST.fullmatch(f"sha256:{path.stem}"):
                    row = (f"sha256:{path.stem}", path.stat().st_size, state)
                    database.execute("INSERT OR IGNORE INTO entries VALUES (?, ?, 0, ?)", row)
        self._make_room(database, set())


def _file_name(digest: str) -> str:
    """Return the hexadecimal part; ContentMismatch for what is no digest: it would be a path."""
    if _DIGEST.fullmatch(digest) is None:
        message = f"not a digest: {digest[:80]!r}"
        raise ContentMismatch(message)
    return digest.removeprefix("sha256:")


def _next(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT coalesce(max(used), 0) + 1 FROM entries").fetchone()[0])
