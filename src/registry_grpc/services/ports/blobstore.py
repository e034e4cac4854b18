"""The port to blob stores, implemented by `registry_grpc.storage`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from registry_grpc.domain.blob import Blob
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.secret import Secret

ObserveRequest = Callable[[str, str, float], None]
"""Called after each request of a store to its service: the HTTP method, the status (`error` without
a reply) and the seconds until the reply."""


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A published blob in a store.

    size: bytes. crc32c: Castagnoli checksum, None if the store has none.
    generation: identifies this object; 0 if the store has no generations.
    """

    size: int
    crc32c: int | None
    generation: int


class StagedBlob(Protocol):
    """Staged bytes of an upload, invisible until published. Used by one thread at a time."""

    def write(self, data: bytes) -> None:
        """Append. May buffer. Raises StorageUnavailable, StorageFull or SessionLost."""

    def flush(self) -> int:
        """Make as many bytes durable as possible now; return the durable offset in bytes."""

    def publish(self, digest: Digest, crc32c: int) -> StoredBlob:
        """Make the bytes visible under the digest (the one given to `stage`, if any), durably.

        The caller has checked size and SHA-256. `crc32c` is the checksum of all written bytes;
        stores that can check it do so (a mismatch raises BlobCorrupt, and nothing becomes visible).
        If the digest is published already, the existing blob is kept and returned.
        """

    def discard(self) -> None:
        """Delete the staged bytes and free their resources. Idempotent, also after publish."""

    def release(self) -> None:
        """Release resources of this process (files, locks); staged bytes remain for `resume`."""

    def state(self) -> bytes:
        """Return the state that `resume` needs, besides names and offset.

        It is a secret. It may change with `flush`: call it again afterwards.
        """


class SessionLost(Exception):
    """Some or all staged bytes are lost: start again from 0."""


@dataclass(frozen=True, slots=True)
class SmallBlob:
    """A whole blob in memory. The caller has checked the digest; crc32c: of the data."""

    digest: Digest
    data: bytes
    crc32c: int


@dataclass(frozen=True, slots=True)
class SignedUrl:
    """A URL that allows reading one object without a token until it expires: a secret."""

    url: Secret
    expire_time: datetime


class BlobStore(Protocol):
    """Stores blobs by (namespace, digest).

    A blob becomes visible with `publish`, atomically and durably. Publishing a digest twice, also
    concurrently, has no effect. A blob never changes. Staged bytes that are not published are never
    visible. Namespaces are isolated from each other.
    """

    @property
    def late_digest(self) -> bool:
        """Whether bytes can be staged before their digest is known."""

    def stage(self, namespace: str, digest: Digest | None, upload_id: str, size: int) -> StagedBlob:
        """Begin writing `size` bytes that will be published under `digest`.

        Bytes of an earlier `stage` of this upload are deleted. A store that is not `late_digest`
        requires the digest.
        """

    def store_all(
        self, namespace: str, batch: UUID, blobs: Sequence[SmallBlob]
    ) -> Sequence[StoredBlob | RegistryError]:
        """Store small blobs of different digests; return the stored blob or an error for each.

        Equivalent to staging each, as an upload with an id derived from the new id `batch`, and
        publishing it, but cheaper. Returned blobs are visible and durable; already published ones
        are kept. No bytes are visible before they are durable. A blob with an error is either
        wholly visible or not at all. `staged` lists everything that a crash leaves.
        """

    def copy_all(
        self, target: str, batch: UUID, blobs: Sequence[Blob]
    ) -> Sequence[StoredBlob | RegistryError]:
        """Copy published blobs into the namespace `target`; return the copy or an error for each.

        The bytes do not pass through this process where the store can avoid it. The blobs have
        different digests; `batch` is a new id, as of `store_all`. Returned copies are visible and
        durable, have the size and, if the store has checksums, the crc32c of the blob, and are
        deleted separately; already published ones are kept. BlobNotFound for one that is not
        published, also for another generation.
        """

    def resume(
        self,
        namespace: str,
        digest: Digest | None,
        upload_id: str,
        size: int,
        state: bytes,
        offset: int,
    ) -> StagedBlob:
        """Continue with staged bytes of this or another process, from a durable offset.

        `state` and `offset` are results of `state` and `flush` at one time, not necessarily the
        latest: the caller writes bytes after `offset` again, and they must be the same. Another
        process that still writes is locked out, or its writes have no effect. Raises SessionLost,
        StorageUnavailable.
        """

    def staged_bytes(self, namespace: str, upload_id: str, length: int) -> Iterator[bytes] | None:
        """Yield the first `length` staged bytes of an upload; None if unsupported."""

    def drop_staged(self, namespace: str, upload_id: str, state: bytes) -> None:
        """Delete the staged bytes of an upload of any process, if any.

        Raises StorageUnavailable, also while another process writes to it.
        """

    def staged(self) -> Iterator[tuple[str, str, datetime]]:
        """Yield (namespace, upload id, time of the last write) of staged uploads, if known."""

    def published(self) -> Iterator[tuple[str, Digest, StoredBlob, datetime]]:
        """Yield (namespace, digest, blob, time of publication) of all published blobs."""

    def sign(
        self,
        namespace: str,
        digest: Digest,
        *,
        generation: int,
        valid_for: timedelta,
        now: datetime,
    ) -> SignedUrl | None:
        """Return a URL to read this object from; None if the store cannot sign."""

    def stat(self, namespace: str, digest: Digest) -> StoredBlob | None:
        """Return the blob with the digest, or None."""

    def read(
        self, namespace: str, digest: Digest, *, generation: int, offset: int, length: int
    ) -> Iterator[bytes]:
        """Yield exactly `length` bytes from `offset`, in pieces of at most 1 MiB.

        Raises BlobNotFound (also for another generation), StorageUnavailable, or BlobCorrupt when
        the blob is too short. The caller checks offset and length against size.
        """

    def delete(self, namespace: str, digest: Digest, *, generation: int) -> None:
        """Remove the blob, if it exists with this generation."""

    def check(self) -> None:
        """Raise StorageUnavailable or StorageFull if bytes cannot be stored now."""
