"""The local cache: blobs that were pulled before, given to targets without asking the registry."""

import hashlib
import logging
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from modelregistry._local.cache_index import CacheIndex, Entry
from modelregistry._local.cache_settings import CacheSettings
from modelregistry._local.copying import copy_into, is_link_to, set_back
from modelregistry._local.incoming import CheckedBytes, CheckedFile
from modelregistry._local.shared_files import close, open_locked
from modelregistry._local.target import has_room

_LOG: Final = logging.getLogger("modelregistry")
_KEPT_MODE: Final = 0o444
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
Result = TypeVar("Result")


@dataclass(slots=True)
class Seat:
    """The right to receive one blob in the cache, until the block is left.

    Without a `path` the blob cannot be received here: because another process is receiving it
    (`busy`), has just done so (`kept`), or because there is no room.
    """

    path: Path | None
    handle: int | None
    busy: bool = False
    kept: Entry | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.handle is not None:
            close(self.handle)
            self.handle = None


class BlobCache:
    """Blobs by digest, shared by processes, bounded, checked on use.

    It takes only what this process hashed against that very digest: CheckedBytes and CheckedFile.

    It never gives bytes that it has reason to doubt, and never fails a pull: where it cannot be
    used there is nothing in it and no room. It does not sync what it keeps; a file that has not
    been found right since the machine started is hashed when it is next used.
    """

    def __init__(self, home: CacheSettings) -> None:
        self._index = CacheIndex(home.folder, home.max_bytes)
        self._off = home.max_bytes == 0
        self._full = home.verify == "full"

    def use(self, digests: Sequence[str]) -> Mapping[str, Entry]:
        """Return which of these are here, by digest, and keep them from giving way for now."""
        return self._guarded(lambda: self._index.use(digests), {})

    def give(self, entry: Entry, target: Path, *, link: bool) -> bool:
        """Put the bytes of an entry at `target`, synced; False when they are not here after all.

        They are shared with the cache where the file system can share and separate again on write
        (reflinks), else copied. With `link` it is the cache's own file under a second name, read
        only: whoever writes to it all the same damages the cache too. OSError when the target
        cannot be written.
        """
        source = self._guarded(lambda: self._opened(entry), None)
        if source is None:
            return False
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            path = self._index.path(entry.digest)
            if not (link and is_link_to(target, path, source)):
                copy_into(source, target)
        finally:
            os.close(source)
        return True

    def _opened(self, entry: Entry) -> int | None:
        """Open the file of an entry, checked; drop one that is damaged."""
        try:
            handle = os.open(self._index.path(entry.digest), os.O_RDONLY)
        except FileNotFoundError:
            return None
        trusted = _state(handle) == entry.state and not self._full
        if trusted:
            return handle
        if _digest(handle) == entry.digest:
            self._index.keep(Entry(entry.digest, _state(handle)))
            return handle
        os.close(handle)
        _LOG.warning("the cache had a damaged copy of %s; it is fetched again", entry.digest)
        self._index.drop(entry.digest)
        return None

    def put(self, blobs: Sequence[CheckedBytes]) -> None:
        """Keep small blobs, if there is room."""
        sizes = [(blob.digest, len(blob.data)) for blob in blobs]

        def write() -> list[Entry]:
            return [self._write(blob.digest, blob.data) for blob in blobs]

        self._guarded(lambda: self._index.write(sizes, write), None)

    def _write(self, digest: str, data: bytes) -> Entry:
        path = self._index.unpacked(digest)
        with path.open("wb") as stream:
            stream.write(data)
            stream.flush()
            return self._in_place(digest, path, stream.fileno())

    def seat(self, digest: str, size: int) -> "Seat":
        """Return a place to receive a blob in, perhaps with a part of it from before."""
        return self._guarded(lambda: self._seat(digest, size), Seat(None, None))

    def lacking(self, digest: str, size: int) -> int:
        """Return how many bytes of a blob of this size have not been received here yet."""
        there = self._guarded(lambda: self._index.growing(digest).stat().st_size, 0)
        return max(0, size - there)

    def _seat(self, digest: str, size: int) -> "Seat":
        growing = self._index.growing(digest)
        growing.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = open_locked(growing)
        if handle is None:
            return Seat(None, None, busy=True)
        entry = self._index.use([digest]).get(digest)
        if entry is not None and (kept := self._opened(entry)) is not None:
            growing.unlink(missing_ok=True)
            os.close(kept)
            close(handle)
            return Seat(None, None, kept=entry)
        if not has_room(growing.parent, size - growing.stat().st_size):
            close(handle)  # what is there of it stays: there may be room another time
            return Seat(None, None)
        # Locked first: room that nobody is seen to use could be taken away again.
        if self._index.reserve([(digest, size)]):
            return Seat(growing, handle)
        growing.unlink(missing_ok=True)
        close(handle)
        return Seat(None, None)

    def adopt(self, received: CheckedFile, seat: "Seat") -> Entry | None:
        """Keep what was received in a seat; None where that fails."""

        def move() -> Entry | None:
            if seat.path is None or seat.handle is None:
                return None
            entry = self._in_place(received.digest, seat.path, seat.handle)
            self._index.keep(entry)
            return entry

        return self._guarded(move, None)

    def _in_place(self, digest: str, path: Path, handle: int) -> Entry:
        place = self._index.path(digest)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        set_back(handle)
        path.rename(place)
        os.fchmod(handle, _KEPT_MODE)
        return Entry(digest, _state(handle))

    def drop(self, digest: str) -> None:
        """Remove an entry, if there is one."""
        self._guarded(lambda: self._index.drop(digest), None)

    def _guarded(self, work: Callable[[], Result], otherwise: Result) -> Result:
        if self._off:
            return otherwise
        try:
            return work()
        except (OSError, sqlite3.Error) as error:
            _LOG.debug("the cache cannot be used: %s", error)
            return otherwise


def _state(handle: int) -> str:
    """Return what changes with a file, or with a restart that may have lost what was not synced."""
    status = os.fstat(handle)
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ino} {_boot()}"


def _boot() -> str:
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _digest(handle: int) -> str:
    with os.fdopen(os.dup(handle), "rb") as stream:
        stream.seek(0)
        return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
