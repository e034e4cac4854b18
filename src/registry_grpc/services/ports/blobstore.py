"""The port to the bytes: implemented by `registry_grpc.storage`, checked by its contract suite."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import RegistryError
from registry_grpc.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """What a store says about published bytes.

    size: bytes. crc32c: Castagnoli checksum, None where the store keeps none.
    generation: pins this very object; 0 where the store knows no generations.
    """

    size: int
    crc32c: int | None
    generation: int


class StagedBlob(Protocol):
    """Bytes on their way in, invisible until published. Used by one thread at a time."""

    def write(self, data: bytes) -> None:
        """Append. May buffer. Raises StorageUnavailable, StorageFull or SessionLost."""

    def flush(self) -> int:
        """Make durable what can be made durable now and return the durable offset in bytes."""

    def publish(self, digest: Digest, crc32c: int) -> StoredBlob:
        """Make the bytes visible under the digest (that given to `stage` if one was), durably.

        The caller has checked size and SHA-256; `crc32c` is that of all bytes written and is
        checked by stores that can (a mismatch raises BlobCorrupt and nothing becomes visible).
        If the digest is published already, the existing blob is kept and returned.
        """

    def discard(self) -> None:
        """Drop the staged bytes and everything held for them. Harmless twice and after publish."""

    def release(self) -> None:
        """Let go of what this process holds (files, locks); the staged bytes stay for `resume`."""

    def state(self) -> bytes:
        """Return what `resume` needs to find these bytes again, besides names and offset. A secret.

        May change with `flush`; ask again after it.
        """


class SessionLost(Exception):
    """The staged bytes cannot be found any more, or not all of them: start again from 0."""


@dataclass(frozen=True, slots=True)
class SmallBlob:
    """A blob that is at hand as a whole. The caller has checked the digest; crc32c: of the data."""

    digest: Digest
    data: bytes
    crc32c: int


@dataclass(frozen=True, slots=True)
class SignedUrl:
    """An address that allows reading one object without a token until it expires: a secret."""

    url: Secret
    expire_time: datetime


class BlobStore(Protocol):
    """Bytes under (namespace, digest).

    A blob is visible only after `publish`, whole or not at all, and survives a crash after it.
    Publishing a digest twice, also concurrently, is harmless. A blob never changes.
    Leaving a staged blob without publishing leaves nothing visible.
    Namespaces never see each other's blobs.
    """

    @property
    def late_digest(self) -> bool:
        """Whether bytes can be staged before their digest is known."""

    def stage(self, namespace: str, digest: Digest | None, upload_id: str, size: int) -> StagedBlob:
        """Begin writing `size` bytes that will be published under `digest`.

        What an earlier stage of this upload left is dropped. A store that is not `late_digest`
        needs the digest.
        """

    def store_all(
        self, namespace: str, batch: UUID, blobs: Sequence[SmallBlob]
    ) -> Sequence[StoredBlob | RegistryError]:
        """Store small blobs of different digests, and return for each what is stored, or why not.

        As if each were staged, as an upload whose id is made of `batch`, a new one, and published;
        but for less. What this returns as stored is visible and durable; what is published already
        is kept. No bytes are visible before they are durable. Of what was refused nothing is
        visible, or all of it. A crash leaves nothing else behind than `staged` tells.
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
        """Go on with staged bytes of this or another process, from a durable offset.

        `state` and `offset` are what `state` and `flush` returned together, or earlier ones: bytes
        behind `offset` that the store has nevertheless are written again by the caller, and must
        be the same. A process that still writes to them is shut out, or its writes are harmless.
        Raises SessionLost, StorageUnavailable.
        """

    def staged_bytes(self, namespace: str, upload_id: str, length: int) -> Iterator[bytes] | None:
        """Yield the first `length` staged bytes of an upload; None where the store cannot."""

    def drop_staged(self, namespace: str, upload_id: str, state: bytes) -> None:
        """Drop what is staged for an upload of whatever process. Harmless when there is nothing.

        Raises StorageUnavailable, also while another process writes to it.
        """

    def staged(self) -> Iterator[tuple[str, str, datetime]]:
        """Yield (namespace, upload id, time of the last write) of what is staged, where known."""

    def published(self) -> Iterator[tuple[str, Digest, StoredBlob, datetime]]:
        """Yield (namespace, digest, blob, time of publication) of everything published."""

    def sign(
        self,
        namespace: str,
        digest: Digest,
        *,
        generation: int,
        valid_for: timedelta,
        now: datetime,
    ) -> SignedUrl | None:
        """Return an address to read this very object from; None where the store cannot sign."""

    def stat(self, namespace: str, digest: Digest) -> StoredBlob | None:
        """Return what is stored under the digest, or None."""

    def read(
        self, namespace: str, digest: Digest, *, generation: int, offset: int, length: int
    ) -> Iterator[bytes]:
        """Yield exactly `length` bytes from `offset`, in pieces of at most 1 MiB.

        Raises BlobNotFound (also when the generation is another one), StorageUnavailable, or
        BlobCorrupt when the store ends early. The caller checks offset and length against size.
        """

    def delete(self, namespace: str, digest: Digest, *, generation: int) -> None:
        """Remove the blob if it still has this generation. Harmless when it is gone."""

    def check(self) -> None:
        """Return if bytes could be stored now; raise StorageUnavailable or StorageFull."""
