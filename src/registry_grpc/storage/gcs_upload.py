"""The upload of one blob into a bucket.

Bytes are sent in chunks as they arrive, except the last chunk, which is held back until `publish`:
the object becomes visible with its last byte, so a wrong upload never does. The last request
has the checksum of the whole object, and the session was begun on the condition that no
such object exists: the service itself rejects corrupted bytes and a second publisher.

Several writers of one session, sequential or concurrent, are harmless: they write the same
bytes, the service stores the missing ones, and the checksum covers all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from typing_extensions import override

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import BlobCorrupt, StorageUnavailable
from registry_grpc.services.ports.blobstore import SessionLost, StagedBlob, StoredBlob
from registry_grpc.storage.gcs_http import Backoff, GcsHttp, TransientGcsError
from registry_grpc.storage.gcs_session import (
    QUANTUM,
    AlreadyPublished,
    ChecksumRefused,
    ResumableSession,
)

_DAMAGED = "the bucket received other bytes than were sent"
_OTHER_BYTES = "the bucket has other bytes under this digest"


@dataclass(frozen=True, slots=True)
class Destination:
    """The object of an upload, and the operations on it."""

    digest: Digest
    size: int
    name: str
    start: Callable[[], ResumableSession]
    stat: Callable[[], StoredBlob | None]
    checksum: Callable[[StoredBlob], int]
    delete: Callable[[int], None]


class GcsStagedBlob(StagedBlob):
    """Keeps at most one chunk and one message in memory."""

    def __init__(self, destination: Destination, http: GcsHttp, chunk: int) -> None:
        """Send nothing yet. chunk: bytes, a multiple of QUANTUM."""
        self._destination = destination
        self._http = http
        self._chunk = chunk
        self._session: ResumableSession | None = None
        self._size = 0  # bytes written by the caller
        self._kept = 0  # bytes acknowledged by the session: fewer, or more after a resume
        self._buffer = bytearray()  # the bytes between the two
        self._taken = False  # the blob is published: nothing needs to be sent
        self._released = False

    def resume(self, state: bytes, offset: int) -> None:
        """Resume the session of an earlier writer; call it before anything else.

        Raises SessionLost when neither a session nor the published blob has the first `offset`
        bytes, StorageUnavailable when that is unknown.
        """
        self._size = offset
        if not state:
            if offset:  # without a session, bytes were durable only if the blob was published
                self._take(SessionLost())
            return
        session = ResumableSession(self._http, state.decode())
        try:
            kept = session.query()
            if isinstance(kept, int) and kept < offset:
                kept = session.query()  # a reply may have lost its Range header
        except (AlreadyPublished, ChecksumRefused, SessionLost) as error:
            self._take(error)
            return
        if isinstance(kept, StoredBlob):  # a writer crashed right after it published
            self._take(AlreadyPublished())
            return
        if not offset <= kept <= self._destination.size:
            raise SessionLost
        self._session, self._kept = session, kept

    @override
    def write(self, data: bytes) -> None:
        self._require_open()
        known = max(self._kept - self._size, 0)
        self._size += len(data)
        if self._taken:
            return
        self._buffer += memoryview(data)[known:]
        while len(self._buffer) > self._chunk:  # more than a chunk: never the last byte
            self._push(self._chunk)

    @override
    def flush(self) -> int:
        self._require_open()
        spare = max(len(self._buffer) - 1, 0) // QUANTUM * QUANTUM
        if spare:
            self._push(spare)
        return self._size if self._taken else min(self._kept, self._size)

    @override
    def publish(self, digest: Digest, crc32c: int) -> StoredBlob:
        if digest != self._destination.digest:
            message = f"the upload was begun for {self._destination.digest}, not for {digest}"
            raise ValueError(message)
        self._require_open()
        try:
            stored = None if self._taken else self._finish(crc32c)
        except (AlreadyPublished, SessionLost) as error:
            # A lost session may have ended with success, if its reply was lost.
            return self._existing(crc32c, error)
        except ChecksumRefused as error:
            raise BlobCorrupt(self._destination.name, _DAMAGED) from error
        if stored is None:
            return self._existing(crc32c, SessionLost())
        self._session, self._taken = None, True
        self._buffer.clear()
        if not self._is_ours(stored, crc32c):
            # Only reached if the service ignored the checksum.
            self._destination.delete(stored.generation)
            raise BlobCorrupt(self._destination.name, _DAMAGED)
        return stored

    @override
    def discard(self) -> None:
        if self._released:
            return
        self._buffer.clear()
        if self._session is not None:
            self._session.cancel()
            self._session = None

    @override
    def release(self) -> None:
        # Nothing else: this may be a newer writer's thread.
        self._released = True

    @override
    def state(self) -> bytes:
        session = self._session
        return b"" if session is None else session.address.encode()

    def _require_open(self) -> None:
        if self._released:
            cause = "another writer took this upload over"
            raise StorageUnavailable(cause)

    def _take(self, cause: Exception) -> None:
        """Use the published blob; raise SessionLost if there is none."""
        if self._destination.stat() is None:
            raise SessionLost from cause
        self._session, self._taken = None, True

    def _push(self, count: int) -> None:
        """Send the first `count` bytes of the buffer, except a rest smaller than QUANTUM."""
        target = self._kept + count
        backoff = self._http.backoff()
        try:
            while part := max(target - self._kept, 0) // QUANTUM * QUANTUM:
                with memoryview(self._buffer)[:part] as data:
                    progress = self._opened().put(self._kept, data)
                if isinstance(progress, StoredBlob):  # another writer of the session finished it
                    self._session, self._taken = None, True
                    self._buffer.clear()
                    return
                self._acknowledge(progress, backoff)
        except AlreadyPublished:
            self._taken = True
            self.discard()

    def _finish(self, crc32c: int) -> StoredBlob:
        backoff = self._http.backoff()
        while True:
            with memoryview(self._buffer) as data:
                progress = self._opened().finish(self._kept, data, crc32c)
            if isinstance(progress, StoredBlob):
                return progress
            self._acknowledge(progress, backoff)

    def _opened(self) -> ResumableSession:
        self._require_open()
        if self._session is None:
            self._session = self._destination.start()
        return self._session

    def _acknowledge(self, kept: int, backoff: Backoff) -> None:
        """Drop acknowledged bytes from the buffer; pause when there are none."""
        fresh = kept - self._kept
        if fresh < 0 or kept > self._destination.size:
            raise SessionLost
        if not fresh:
            message = "no bytes were stored"
            backoff.wait(TransientGcsError(message))
            return
        backoff.restart()
        del self._buffer[:fresh]  # more than the buffer has if another writer is ahead
        self._kept = kept

    def _is_ours(self, stored: StoredBlob, crc32c: int) -> bool:
        if stored.size != self._size:
            return False
        # A service that states no checksum is not believed: the object is read.
        found = self._destination.checksum(stored) if stored.crc32c is None else stored.crc32c
        return found == crc32c

    def _existing(self, crc32c: int, cause: Exception) -> StoredBlob:
        """Return the blob that is published already, if it has the same bytes.

        Raises SessionLost if there is none, BlobCorrupt if its bytes differ.
        """
        existing = self._destination.stat()
        if existing is None:
            # Another writer was faster, and its object was deleted since. The session repeats its
            # reply for ever, so only a new one can publish.
            raise SessionLost from cause
        if not self._is_ours(existing, crc32c):
            raise BlobCorrupt(self._destination.name, _OTHER_BYTES) from cause
        self._taken = True
        self.discard()
        return existing
