# Generated from _async/fetching.py by scripts/generate_sync.py: never edit this.
"""The files of a pull: from the cache, in batches, or one by one."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelregistry._convert.blobs import contents_from_message
from modelregistry._convert.limits import Limits, limits_from_message
from modelregistry._local.blob_cache import BlobCache, DownloadLease
from modelregistry._local.cache_index import CachedFile
from modelregistry._local.copying import finish_path
from modelregistry._local.incoming import (
    CheckedBytes,
    CheckedFile,
    checked_bytes,
    mismatch,
    write_bytes,
)
from modelregistry._local.target import check_room
from modelregistry._local.transfer import OtherDownload, ProgressCounter, batches, is_large
from modelregistry._sync.concurrency import Scope, run_blocking
from modelregistry._sync.connection import Connection
from modelregistry._sync.downloads import pieces
from modelregistry._sync.receiving import Receiver
from modelregistry.errors import NotImplementedYet
from modelregistry.progress import Progress
from modelregistry.types import FileEntry
from modelregistry.v1 import artifact_service_pb2 as pb

_AT_ONCE: Final = 4
_BUSY_S: Final = 0.2
_STUCK_S: Final = 10.0
"""Another process that downloads nothing for so long may have stopped: do not wait for it."""


@dataclass(frozen=True, slots=True)
class _Download:
    """A file to download."""

    entry: FileEntry

    @property
    def size(self) -> int:
        """Bytes."""
        return self.entry.size_bytes


class Fetcher:
    """Downloads the files of a version into a folder."""

    def __init__(
        self,
        connection: Connection,
        parent: str,
        progress: Progress,
        cache: BlobCache,
        *,
        link: bool,
    ) -> None:
        self._connection = connection
        self._parent = parent
        self._progress = progress
        self._cache = cache
        self._link = link
        self._scope = Scope(_AT_ONCE)
        self._receiver = Receiver(connection, parent, self._scope)
        self._batches = True

    def fetch(self, entries: Sequence[FileEntry], folder: Path) -> None:
        """Write files, whose digests differ, checked and synced.

        Raises ContentMismatch when received bytes differ from the manifest, and TargetRefused
        before the first download when there is too little room.
        """
        cached = run_blocking(self._cache.find, [entry.digest for entry in entries])

        def copy(entry: FileEntry) -> FileEntry | None:
            copied = self._copied(cached.get(entry.digest), entry, folder)
            return None if copied else entry

        lacking = [entry for entry in self._scope.map(copy, entries) if entry is not None]
        if not lacking:
            return
        run_blocking(self._check_room, lacking, folder)
        limits = self._limits()
        groups = batches(
            [_Download(entry) for entry in lacking],
            max_bytes=limits.max_batch_bytes,
            max_blobs=limits.max_batch_blobs,
        )

        def fetch(group: tuple[_Download, ...]) -> None:
            if is_large(group[0], max_bytes=limits.max_batch_bytes):
                self._fetch_large(group[0].entry, folder)
            else:
                self._fetch_small([download.entry for download in group], folder)

        self._scope.map(fetch, groups)

    def _check_room(self, entries: Sequence[FileEntry], folder: Path) -> None:
        check_room(folder, sum(map(self._missing_bytes, entries)))

    def _missing_bytes(self, entry: FileEntry) -> int:
        return self._cache.missing_bytes(entry.digest, entry.size_bytes)

    def _limits(self) -> Limits:
        request = pb.GetTransferLimitsRequest(parent=self._parent)
        method = self._connection.stubs.artifacts.GetTransferLimits
        return limits_from_message(self._connection.unary(method, request))

    def _copied(self, cached: CachedFile | None, entry: FileEntry, folder: Path) -> bool:
        if cached is None:
            return False
        target = folder / entry.path
        if not run_blocking(self._copy_checked, cached, entry, target):
            return False
        self.settled(entry)
        return True

    def settled(self, entry: FileEntry) -> None:
        """Report that a file is complete."""
        self._progress.advance(entry.size_bytes)
        self._progress.file_done(entry.path)

    def _copy_checked(self, cached: CachedFile, entry: FileEntry, target: Path) -> bool:
        copied = self._copy(cached, target)
        if copied and (size := target.stat().st_size) != entry.size_bytes:
            raise mismatch(entry, f"the blob has {size} bytes, not {entry.size_bytes}")
        return copied

    def _copy(self, cached: CachedFile, target: Path) -> bool:
        return self._cache.copy_to(cached, target, link=self._link)

    def _fetch_large(self, entry: FileEntry, folder: Path) -> None:
        target = folder / entry.path
        counter = ProgressCounter(self._progress.advance)
        other = OtherDownload(_STUCK_S)
        while True:
            with ExitStack() as stack:
                lease = run_blocking(self._lease, stack, entry)
                if self._copied(lease.cached, entry, folder):
                    return
                if not lease.busy or other.is_stuck(self._missing_bytes(entry)):
                    if not self._through_cache(entry, lease, target, counter):
                        run_blocking(check_room, folder, entry.size_bytes)
                        self._receiver.receive(entry, target, counter)
                        run_blocking(finish_path, target)
                    break
            # Another process is downloading it, for both.
            self._scope.sleep(_BUSY_S)
        counter.advance_to(entry.size_bytes)
        self._progress.file_done(entry.path)

    def _through_cache(
        self, entry: FileEntry, lease: DownloadLease, target: Path, counter: ProgressCounter
    ) -> bool:
        """Download a file into the cache and copy it; return False where the cache fails."""
        if lease.path is None:
            return False
        try:
            received = self._receiver.receive(entry, lease.path, counter)
        except OSError as error:
            run_blocking(self._cache.fail, error, entry.digest)
            return False
        return run_blocking(self._deliver, received, lease, target)

    def _lease(self, stack: ExitStack, entry: FileEntry) -> DownloadLease:
        # Entered in the thread that takes it, so that a cancelled task releases it too.
        return stack.enter_context(self._cache.lease(entry.digest, entry.size_bytes))

    def _deliver(self, received: CheckedFile, lease: DownloadLease, target: Path) -> bool:
        cached = self._cache.commit(received, lease)
        return (cached is not None and self._copy(cached, target)) or lease.copy_to(target)

    def _fetch_small(self, entries: Sequence[FileEntry], folder: Path) -> None:
        blobs = self._read_batch(entries)
        stored = run_blocking(_store, entries, blobs, folder)
        run_blocking(self._cache.store, stored)
        for entry in entries:
            self.settled(entry)

    def _read_batch(self, entries: Sequence[FileEntry]) -> Mapping[str, bytes]:
        wanted = [entry for entry in entries if entry.size_bytes]
        digests = [entry.digest for entry in wanted]
        if self._batches and len(digests) > 1:
            request = pb.BatchReadBlobsRequest(parent=self._parent, digests=digests)
            method = self._connection.stubs.artifacts.BatchReadBlobs
            try:
                reply = self._connection.unary(method, request)
                return contents_from_message(reply, digests)
            except NotImplementedYet:
                self._batches = False  # an older registry
        return {entry.digest: self._read(entry) for entry in wanted}

    def _read(self, entry: FileEntry) -> bytes:
        request = pb.ReadBlobRequest(parent=self._parent, digest=entry.digest)
        read = bytearray()
        for data in pieces(self._connection, request, self._scope, entry.size_bytes):
            read += data
        return bytes(read)


def _store(
    entries: Sequence[FileEntry], blobs: Mapping[str, bytes], folder: Path
) -> list[CheckedBytes]:
    """Hash and write files; return the checked bytes."""
    stored = []
    for entry in entries:
        blob = checked_bytes(entry, blobs.get(entry.digest, b""))
        write_bytes(folder / entry.path, blob.data)
        stored.append(blob)
    return stored
