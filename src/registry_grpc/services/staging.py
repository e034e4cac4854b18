"""The staged bytes and running hashes of an upload, with one writer at a time."""

import threading
from collections import deque
from dataclasses import dataclass

import google_crc32c

from registry_grpc.domain.blob import Upload
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import ChunkCorrupt, OffsetMismatch, UploadFenced, UploadTooLong
from registry_grpc.services.ports.blobstore import StagedBlob, StoredBlob
from registry_grpc.services.running_hash import RunningHash


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state to resume from: `offset` durable bytes, and their `hashes`."""

    offset: int
    hashes: bytes
    store_state: bytes


class Staging:
    """The staged bytes of one upload.

    `fence` grants a new epoch the right to write and revokes that of all earlier ones. Methods may
    be called from any thread.
    """

    def __init__(self, upload: Upload, staged: StagedBlob, running: RunningHash) -> None:
        self._name = str(upload.name)
        self._size = upload.size
        self._staged = staged
        self._epoch = upload.epoch
        self._lock = threading.Lock()
        self._running = running
        self.noted = upload.committed, upload.expire_time
        """The durable offset that was last stored, and the expire time since then."""
        self.stored_state = upload.store_state
        """The state of the blob store that was last stored."""
        # Stores make bytes durable up to their own boundaries: hashes are kept for each chunk.
        self._saved = deque([(running.offset, running.save())])

    @property
    def received(self) -> int:
        """Bytes received and hashed."""
        return self._running.offset

    def fence(self, epoch: int) -> None:
        """Allow only the writer with this epoch to write from now on."""
        with self._lock:
            self._epoch = epoch

    def belongs_to(self, epoch: int) -> bool:
        """Return whether the writer with this epoch may write."""
        with self._lock:
            return self._epoch == epoch

    def write(self, epoch: int, offset: int, data: bytes, crc32c: int) -> None:
        """Append a chunk; raises UploadFenced, OffsetMismatch, UploadTooLong, ChunkCorrupt.

        A rejected chunk changes nothing. After SessionLost and errors of the store resume from the
        last checkpoint.
        """
        with self._lock:
            self._require(epoch)
            if offset != self.received:
                raise OffsetMismatch(self._name, self.received, offset)
            if offset + len(data) > self._size:
                raise UploadTooLong(self._name, self._size)
            if google_crc32c.value(data) != crc32c:
                raise ChunkCorrupt(self._name, offset)
            self._staged.write(data)
            self._running.update(data, crc32c)
            self._saved.append((self.received, self._running.save()))

    def checkpoint(self, epoch: int) -> Checkpoint:
        """Make bytes durable and return a checkpoint; raises UploadFenced."""
        with self._lock:
            self._require(epoch)
            durable = self._staged.flush()
            while len(self._saved) > 1 and self._saved[1][0] <= durable:
                self._saved.popleft()
            offset, hashes = self._saved[0]
            return Checkpoint(offset, hashes, self._staged.state())

    def digest(self) -> Digest:
        """Return the SHA-256 of the bytes received so far."""
        return self._running.digest()

    @property
    def crc32c(self) -> int:
        """The crc32c of the bytes received so far."""
        return self._running.crc32c

    def blocks(self) -> tuple[int, ...]:
        """Return the crc32c of each block received so far."""
        return self._running.blocks()

    def publish(self, digest: Digest) -> StoredBlob:
        """Make the bytes visible; the caller has checked size and digest."""
        with self._lock:
            return self._staged.publish(digest, self.crc32c)

    def discard(self) -> None:
        """Drop the bytes."""
        with self._lock:
            self._staged.discard()

    def release(self) -> None:
        """Release files and locks; the durable bytes stay."""
        with self._lock:
            self._staged.release()

    def supersede(self, stored_state: bytes) -> None:
        """Release it to a later writer, which resumes from the stored state.

        A session whose address was never stored is ended: no one else could.
        """
        with self._lock:
            if self._staged.state() in {b"", stored_state}:
                self._staged.release()
            else:
                self._staged.discard()

    def _require(self, epoch: int) -> None:
        if epoch != self._epoch:
            raise UploadFenced(self._name)
