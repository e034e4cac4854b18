"""The upload of one blob into a folder: a staged file, finally linked to its published name."""

import errno
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from threading import Lock

from typing_extensions import override

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import BlobCorrupt
from registry_grpc.services.ports.blobstore import StagedBlob, StoredBlob
from registry_grpc.storage import layout
from registry_grpc.storage.disk import DurableFolders, begin_sync, disk, sync_data, sync_folder

_log = logging.getLogger(__name__)
_BEGIN_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class UploadPaths:
    """The paths of an upload: staged and published. digest: None while not known."""

    root: Path
    namespace: str
    upload_id: str
    digest: Digest | None = None

    @property
    def path(self) -> Path:
        """The staged file."""
        return self.root / layout.upload_key(self.namespace, self.upload_id)

    @property
    def beside(self) -> Path:
        """The copy of the staged file, while it is written."""
        return self.root / layout.upload_copy_key(self.namespace, self.upload_id)

    def target(self, digest: Digest) -> Path:
        """Return the published name; ValueError for another digest than the upload's own."""
        if self.digest not in {None, digest}:
            message = f"the upload was begun for {self.digest}, not for {digest}"
            raise ValueError(message)
        return self.root / layout.blob_key(self.namespace, digest)


class StagedFile(StagedBlob):
    """A staged file that is locked by its writer.

    Once released, by its owner or by a newer writer, every call raises.
    """

    def __init__(
        self, file: FileIO, paths: UploadPaths, folders: DurableFolders, *, size: int = 0
    ) -> None:
        """Take over an open, locked file that is positioned after its first `size` bytes."""
        # A newer writer releases the file from its own thread: without the lock, the descriptor of
        # a running write could by then belong to another file.
        self._lock = Lock()
        self._file = file
        self._paths = paths
        self._folders = folders
        self._size = size
        self._begun = size
        self._synced = -1
        self._named = False

    @override
    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        with self._open_file() as file:
            while rest:  # a nearly full disk may write fewer bytes
                written = file.write(rest)
                self._size += written
                rest = rest[written:]
            if self._size - self._begun >= _BEGIN_BYTES:
                begin_sync(file.fileno(), self._begun, self._size - self._begun)
                self._begun = self._size

    @override
    def flush(self) -> int:
        with self._open_file() as file:
            self._sync(file)
            if not self._named:
                sync_folder(self._paths.path.parent)
                self._named = True
            return self._size

    @override
    def publish(self, digest: Digest, crc32c: int) -> StoredBlob:
        target = self._paths.target(digest)
        with self._open_file() as file:
            self._sync(file)
            self._folders.ensure(target.parent)
            with suppress(FileExistsError):
                # Unlike rename, link never replaces. The lock makes the path ours.
                os.link(self._paths.path, target)
            # The process that linked it may have crashed before this line: without it, a power
            # failure could undo a name that we are about to report as published.
            sync_folder(target.parent)
            stored = stored_file(target.stat())
            size = self._size
        if stored.size != size:
            raise BlobCorrupt(layout.blob_name(self._paths.namespace, digest))
        return stored

    @override
    def discard(self) -> None:
        with self._lock:
            if self._file.closed:
                return
            with self._file:
                try:
                    # Before closing: without the lock the path may belong to another writer.
                    self._paths.path.unlink(missing_ok=True)
                except OSError as error:
                    _log.warning("could not remove the staged file %s: %s", self._paths.path, error)

    @override
    def release(self) -> None:
        with self._lock:
            self._file.close()

    @override
    def state(self) -> bytes:
        return b""

    @contextmanager
    def _open_file(self) -> Iterator[FileIO]:
        with self._lock, disk():
            if self._file.closed:
                message = "released, or taken over by a newer writer"
                raise OSError(errno.EBADF, message)
            yield self._file

    def _sync(self, file: FileIO) -> None:
        if self._synced != self._size:
            sync_data(file.fileno())
            self._synced = self._size


def stored_file(state: os.stat_result) -> StoredBlob:
    """Return the facts that a file has about its blob: only its size."""
    return StoredBlob(size=state.st_size, crc32c=None, generation=0)
