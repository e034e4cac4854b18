"""Bytes that are on their way in through this process, and what they hash to so far."""

import hashlib
import threading

import google_crc32c

from registry_grpc.domain.blob import Upload
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import ChunkCorrupt, OffsetMismatch, UploadFenced, UploadTooLong
from registry_grpc.services.ports.blobstore import StagedBlob, StoredBlob


class Staging:
    """The staged bytes of one upload with their running SHA-256 and crc32c.

    One writer at a time: `fence` gives the right to write to a new epoch and takes it from all
    earlier ones. Methods may be called from any thread.
    """

    def __init__(self, upload: Upload, staged: StagedBlob) -> None:
        self._name = str(upload.name)
        self._size = upload.size
        self._staged = staged
        self._epoch = upload.epoch
        self._lock = threading.Lock()
        self._sha256 = hashlib.sha256()
        self._crc32c = 0
        self.received = 0

    def fence(self, epoch: int) -> None:
        """Let only the writer with this epoch write from now on."""
        with self._lock:
            self._epoch = epoch

    def write(self, epoch: int, offset: int, data: bytes, crc32c: int) -> None:
        """Append a chunk; raises UploadFenced, OffsetMismatch, UploadTooLong, ChunkCorrupt.

        A refused chunk leaves everything as it was.
        """
        with self._lock:
            if epoch != self._epoch:
                raise UploadFenced(self._name)
            if offset != self.received:
                raise OffsetMismatch(self._name, self.received, offset)
            if offset + len(data) > self._size:
                raise UploadTooLong(self._name, self._size)
            if google_crc32c.value(data) != crc32c:
                raise ChunkCorrupt(self._name, offset)
            self._staged.write(data)
            self._sha256.update(data)
            self._crc32c = google_crc32c.extend(self._crc32c, data)
            self.received += len(data)

    def flush(self, epoch: int) -> int:
        """Make durable what can be and return the durable offset; raises UploadFenced."""
        with self._lock:
            if epoch != self._epoch:
                raise UploadFenced(self._name)
            return self._staged.flush()

    def digest(self) -> Digest:
        """Return what the bytes received so far hash to."""
        return Digest(self._sha256.hexdigest())

    @property
    def crc32c(self) -> int:
        """The crc32c of the bytes received so far."""
        return self._crc32c

    def publish(self) -> StoredBlob:
        """Make the bytes visible; the caller has checked size and digest."""
        with self._lock:
            return self._staged.publish(self._crc32c)

    def discard(self) -> None:
        """Drop the bytes."""
        with self._lock:
            self._staged.discard()
