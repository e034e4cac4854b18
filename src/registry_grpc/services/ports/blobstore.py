"""The port to the bytes: implemented by `registry_grpc.storage`, checked by its contract suite."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from registry_grpc.domain.digest import Digest


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
        """Append. May buffer. Raises StorageUnavailable or StorageFull."""

    def flush(self) -> int:
        """Make durable what can be made durable now and return the durable offset in bytes."""

    def publish(self, crc32c: int) -> StoredBlob:
        """Make the bytes visible under the digest given to `stage`, durably.

        The caller has checked size and SHA-256; `crc32c` is that of all bytes written and is
        checked by stores that can (a mismatch raises BlobCorrupt and nothing becomes visible).
        If the digest is published already, the existing blob is kept and returned.
        """

    def discard(self) -> None:
        """Drop the staged bytes and everything held for them. Harmless twice and after publish."""


class BlobStore(Protocol):
    """Bytes under (namespace, digest).

    A blob is visible only after `publish`, whole or not at all, and survives a crash after it.
    Publishing a digest twice, also concurrently, is harmless. A blob never changes.
    Leaving a staged blob without publishing leaves nothing visible.
    Namespaces never see each other's blobs.
    """

    def stage(self, namespace: str, digest: Digest, upload_id: str, size: int) -> StagedBlob:
        """Begin writing `size` bytes that will be published under `digest`."""

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
