"""One blob on its way into a bucket.

Bytes are sent in chunks as they come, except the last chunk, which is held back until `publish`:
the object becomes visible with its last byte, so a wrong upload never does. The last request
carries the checksum of the whole object, and the session was begun on the condition that no
such object exists: the service itself refuses damage and a second publisher.
"""

from collections.abc import Callable
from dataclasses import dataclass

from typing_extensions import override

from registry_grpc.domain.errors import BlobCorrupt, StorageUnavailable
from registry_grpc.services.ports.blobstore import StagedBlob, StoredBlob
from registry_grpc.storage.gcs_http import Backoff, GcsHttp, GcsTrouble
from registry_grpc.storage.gcs_session import (
    QUANTUM,
    AlreadyPublished,
    ChecksumRefused,
    ResumableSession,
    SessionLost,
)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an upload goes, and what must be asked about that place."""

    name: str
    start: Callable[[], ResumableSession]
    stat: Callable[[], StoredBlob | None]
    delete: Callable[[int], None]


class GcsStagedBlob(StagedBlob):
    """Holds at most one chunk and one message in memory."""

    def __init__(self, destination: Destination, http: GcsHttp, chunk: int) -> None:
        """Send nothing yet. chunk: bytes, a multiple of QUANTUM."""
        self._destination = destination
        self._http = http
        self._chunk = chunk
        self._session: ResumableSession | None = None
        self._buffer = bytearray()
        self._kept = 0  # bytes that the session has acknowledged; the buffer follows them
        self._size = 0
        self._taken = False  # somebody else has published the blob: nothing need be sent

    @override
    def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._taken:
            return
        self._buffer += data
        while len(self._buffer) > self._chunk:  # more than a chunk: never the last byte
            self._push(self._chunk)

    @override
    def flush(self) -> int:
        spare = max(len(self._buffer) - 1, 0) // QUANTUM * QUANTUM
        if spare:
            self._push(spare)
        return self._size if self._taken else self._kept

    @override
    def publish(self, crc32c: int) -> StoredBlob:
        try:
            stored = None if self._taken else self._finish(crc32c)
        except (AlreadyPublished, SessionLost) as error:
            # A lost session may have ended because it succeeded and its answer did not reach us.
            return self._existing(crc32c, error)
        except ChecksumRefused as error:
            raise BlobCorrupt(self._destination.name) from error
        if stored is None:
            return self._existing(crc32c, AlreadyPublished())
        self._session = None
        self._buffer.clear()
        if (stored.size, stored.crc32c) != (self._size, crc32c):
            # Only a service that ignores the checksum sent to it gets here.
            self._destination.delete(stored.generation)
            raise BlobCorrupt(self._destination.name)
        return stored

    @override
    def discard(self) -> None:
        self._buffer.clear()
        if self._session is not None:
            self._session.cancel()
            self._session = None

    def _push(self, count: int) -> None:
        """Send the first `count` bytes of the buffer, but for a rest smaller than QUANTUM."""
        target = self._kept + count
        backoff = self._http.backoff()
        try:
            while part := (target - self._kept) // QUANTUM * QUANTUM:
                with memoryview(self._buffer)[:part] as data:
                    progress = self._opened().put(self._kept, data)
                self._acknowledge(progress, backoff)
        except AlreadyPublished:
            self._taken = True
            self.discard()
        except SessionLost as error:
            raise StorageUnavailable from error

    def _finish(self, crc32c: int) -> StoredBlob:
        backoff = self._http.backoff()
        while True:
            with memoryview(self._buffer) as data:
                progress = self._opened().finish(self._kept, data, crc32c)
            if isinstance(progress, StoredBlob):
                return progress
            self._acknowledge(progress, backoff)

    def _opened(self) -> ResumableSession:
        if self._session is None:
            self._session = self._destination.start()
        return self._session

    def _acknowledge(self, kept: int | StoredBlob, backoff: Backoff) -> None:
        """Forget the bytes that are kept; pause when that is none."""
        if isinstance(kept, StoredBlob):
            raise SessionLost  # it was not we who finished it
        fresh = kept - self._kept
        if not 0 <= fresh <= len(self._buffer):
            raise SessionLost
        if not fresh:
            message = "no bytes were kept"
            backoff.wait(GcsTrouble(message))
            return
        backoff.restart()
        del self._buffer[:fresh]
        self._kept = kept

    def _existing(self, crc32c: int, cause: Exception) -> StoredBlob:
        """Return the blob that is published already, if it has our bytes."""
        existing = self._destination.stat()
        if existing is None:
            raise StorageUnavailable from cause
        if (existing.size, existing.crc32c) != (self._size, crc32c):
            raise BlobCorrupt(self._destination.name) from cause
        self.discard()
        return existing
