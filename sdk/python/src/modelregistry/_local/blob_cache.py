"""The local cache: blobs of earlier pulls, copied to targets without a call to the registry."""

import logging
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from modelregistry._local.cache_failure import FAILURES, is_trusted, warn
from modelregistry._local.cache_index import CachedFile, CacheIndex
from modelregistry._local.cache_settings import CacheSettings
from modelregistry._local.copying import backdate, copied, link_to
from modelregistry._local.hashing import sha256_of
from modelregistry._local.incoming import CheckedBytes, CheckedFile
from modelregistry._local.shared_files import close, open_locked
from modelregistry._local.target import has_room

_LOG: Final = logging.getLogger("modelregistry")
_CACHED_MODE: Final = 0o444
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
Result = TypeVar("Result")


@dataclass(slots=True)
class DownloadLease:
    """The right to download one blob into the cache, until the end of the `with` block.

    Without a `path` the caller cannot download into the cache: another process is downloading the
    blob (`busy`), another process has just finished (`cached`), or there is no room.
    """

    path: Path | None
    handle: int | None
    busy: bool = False
    cached: CachedFile | None = None

    def copy_to(self, target: Path) -> bool:
        """Copy the downloaded file, wherever it is now; return False when that fails."""
        if self.handle is None:
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        return copied(self.handle, target)

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
    """Blobs by digest: shared between processes, bounded in bytes, verified on use.

    The cache accepts only bytes that this process hashed against that digest: CheckedBytes and
    CheckedFile. It never returns bytes that may be damaged, and it never fails a pull: the first
    failure logs a warning, and then the cache behaves like one that is empty and full. It does not
    sync its files; a file that was not verified since the machine started is hashed at its next
    use. In the folder of another user each file is hashed at each use.
    """

    def __init__(self, home: CacheSettings) -> None:
        self._folder = home.folder
        self._index = CacheIndex(home.folder, home.max_bytes)
        self._off = home.max_bytes == 0
        self._full = home.verify == "full" or not is_trusted(home.folder)

    def find(self, digests: Sequence[str]) -> Mapping[str, CachedFile]:
        """Return the cached files among these, by digest, and record that they are used now."""
        return self._guarded(lambda: self._index.find(digests), {})

    def copy_to(self, entry: CachedFile, target: Path, *, link: bool) -> bool:
        """Copy a cached file to `target` and sync it; return False when that fails.

        Then no part of the copy is left, and a download shows what was at fault.

        The copy shares the blocks of the cached file where the file system supports reflinks. With
        `link` it is a read-only hard link instead: a program that writes to it all the same damages
        the cache too.
        """
        source = self._guarded(lambda: self._opened(entry), None)
        if source is None:
            return False
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            path = self._index.path(entry.digest)
            return (link and link_to(target, path, source)) or copied(source, target)
        finally:
            os.close(source)

    def _opened(self, entry: CachedFile) -> int | None:
        """Open and verify a cached file; remove one that is damaged."""
        try:
            handle = os.open(self._index.path(entry.digest), os.O_RDONLY)
        except FileNotFoundError:
            return None
        trusted = _state(handle) == entry.state and not self._full
        if trusted:
            return handle
        if _digest(handle) == entry.digest:
            self._index.record(CachedFile(entry.digest, _state(handle)))
            return handle
        os.close(handle)
        _LOG.warning("the cache had a damaged copy of %s; downloading it again", entry.digest)
        self._index.remove(entry.digest)
        return None

    def store(self, blobs: Sequence[CheckedBytes]) -> None:
        """Store small blobs, if there is room."""
        contents = {blob.digest: blob.data for blob in blobs}
        sizes = [(digest, len(data)) for digest, data in contents.items()]

        def write(digest: str) -> CachedFile:
            return self._write(digest, contents[digest])

        self._guarded(lambda: self._index.write_small(sizes, write), None)

    def _write(self, digest: str, data: bytes) -> CachedFile:
        path = self._index.small_path(digest)
        with path.open("wb") as stream:
            stream.write(data)
            stream.flush()
            return self._in_place(digest, path, stream.fileno())

    def fail(self, error: OSError, digest: str) -> None:
        """Record that the download of a blob into the cache failed, and free its disk space."""
        self._guarded(lambda: self._index.partial_path(digest).unlink(missing_ok=True), None)
        self._failed(error)

    def lease(self, digest: str, size: int) -> DownloadLease:
        """Return a lease to download a blob; its file may have a part of the bytes already."""
        return self._guarded(lambda: self._lease(digest, size), DownloadLease(None, None))

    def missing_bytes(self, digest: str, size: int) -> int:
        """Return how many bytes of a blob of this size are still to be downloaded."""
        return max(0, size - self._guarded(lambda: self._partial_size(digest), 0))

    def _partial_size(self, digest: str) -> int:
        try:
            return self._index.partial_path(digest).stat().st_size
        except FileNotFoundError:
            return 0

    def _lease(self, digest: str, size: int) -> DownloadLease:
        partial = self._index.partial_path(digest)
        partial.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = open_locked(partial)
        if handle is None:
            return DownloadLease(None, None, busy=True)
        entry = self._index.find([digest]).get(digest)
        if entry is not None and (cached := self._opened(entry)) is not None:
            partial.unlink(missing_ok=True)
            os.close(cached)
            close(handle)
            return DownloadLease(None, None, cached=entry)
        if not has_room(partial.parent, size - partial.stat().st_size):
            close(handle)  # the part stays, because there may be room later
            return DownloadLease(None, None)
        # Locked first: another process may evict a reserved file that has no lock.
        if self._index.reserve([(digest, size)]):
            return DownloadLease(partial, handle)
        partial.unlink(missing_ok=True)
        close(handle)
        return DownloadLease(None, None)

    def commit(self, received: CheckedFile, lease: DownloadLease) -> CachedFile | None:
        """Add the downloaded file of a lease to the cache; return None where that fails."""

        def move() -> CachedFile | None:
            if lease.path is None or lease.handle is None:
                return None
            entry = self._in_place(received.digest, lease.path, lease.handle)
            self._index.record(entry)
            return entry

        return self._guarded(move, None)

    def _in_place(self, digest: str, path: Path, handle: int) -> CachedFile:
        place = self._index.path(digest)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        backdate(handle)
        path.rename(place)
        os.fchmod(handle, _CACHED_MODE)
        return CachedFile(digest, _state(handle))

    def remove(self, digest: str) -> None:
        """Remove a file, if it is cached."""
        self._guarded(lambda: self._index.remove(digest), None)

    def _guarded(self, work: Callable[[], Result], otherwise: Result) -> Result:
        if self._off:
            return otherwise
        try:
            return work()
        except FAILURES as error:
            self._failed(error)
            return otherwise

    def _failed(self, error: OSError | sqlite3.Error) -> None:
        warn(self._folder, error)
        # A damaged index was removed, and the next call creates a new one.
        self._off = isinstance(error, (OSError, sqlite3.OperationalError))


def _state(handle: int) -> str:
    """Return a text that changes with the file, and with a restart that may lose bytes."""
    status = os.fstat(handle)
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ino} {_boot()}"


def _boot() -> str:
    try:
        return _BOOT.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _digest(handle: int) -> str:
    with os.fdopen(os.dup(handle), "rb") as stream:
        stream.seek(0)
        return sha256_of(stream)
