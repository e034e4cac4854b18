"""Use cases of blobs: which are missing, small ones in, bytes out."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import google_crc32c

from registry_grpc.domain.blob import Blob
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import (
    BlobCorrupt,
    BlobNotFound,
    DigestMismatch,
    LimitExceeded,
    ReadOutOfRange,
    RegistryError,
)
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.services.ports.blobstore import BlobStore, StoredBlob
from registry_grpc.services.ports.clock import Clock, Ids
from registry_grpc.services.ports.database import Database
from registry_grpc.services.reading import require_namespace


@dataclass(frozen=True, slots=True)
class Reading:
    """A blob being read. size: of the whole blob. offset: where `pieces` begin."""

    size: int
    offset: int
    pieces: Iterator[bytes]


class Blobs:
    """Find, store and read bytes under their digest."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        clock: Clock,
        ids: Ids,
        limits: TransferLimits,
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._ids = ids
        self._limits = limits

    def missing(
        self, namespace: str, wanted: Sequence[tuple[Digest, int]]
    ) -> Sequence[tuple[Digest, int]]:
        """Return those that the namespace lacks in that size; extend the lease of the others.

        Raises LimitExceeded or NamespaceNotFound.
        """
        _require("blobs", self._limits.max_find_missing, len(wanted))
        with self._database.write() as tx:
            require_namespace(tx, namespace)
            held = tx.blobs.get(namespace, list({digest: None for digest, _ in wanted}))
            missing: dict[tuple[Digest, int], None] = {}
            present: dict[tuple[Digest, int], None] = {}
            for digest, size in wanted:
                found = digest in held and held[digest].size == size
                (present if found else missing)[digest, size] = None
            until = self._clock() + self._limits.blob_lease
            tx.blobs.extend(namespace, sorted({digest for digest, _ in present}), until)
        return list(missing)

    def store_batch(
        self, namespace: str, blobs: Sequence[tuple[Digest, bytes]]
    ) -> Sequence[RegistryError | None]:
        """Store small blobs; return for each why it was not stored, or None.

        Raises LimitExceeded or NamespaceNotFound, which concern them all.
        """
        _require("blobs", self._limits.max_batch_blobs, len(blobs))
        _require("bytes of data", self._limits.max_batch, sum(len(data) for _, data in blobs))
        with self._database.read() as tx:
            require_namespace(tx, namespace)
        stored: list[Blob] = []
        answers: list[RegistryError | None] = []
        for digest, data in blobs:
            try:
                stored.append(self._store_one(namespace, digest, data))
                answers.append(None)
            except RegistryError as error:
                answers.append(error)
        with self._database.write() as tx:
            # In one order everywhere, so that two batches never wait for each other.
            for blob in sorted(stored, key=lambda blob: blob.digest):
                tx.blobs.put(blob)
        return answers

    def _store_one(self, namespace: str, digest: Digest, data: bytes) -> Blob:
        actual = Digest(hashlib.sha256(data).hexdigest())
        if actual != digest:
            raise DigestMismatch(str(digest), str(actual))
        crc32c = google_crc32c.value(data)
        staged = self._store.stage(namespace, digest, str(self._ids()), len(data))
        try:
            staged.write(data)
            return self.blob(namespace, digest, staged.publish(crc32c), crc32c)
        finally:
            staged.discard()

    def blob(self, namespace: str, digest: Digest, stored: StoredBlob, crc32c: int) -> Blob:
        """Return the record of a blob that was just published."""
        now = self._clock()
        lease = now + self._limits.blob_lease
        return Blob(namespace, digest, stored.size, crc32c, stored.generation, now, lease)

    def read(self, namespace: str, digest: Digest, offset: int, length: int) -> Reading:
        """Return the pieces from `offset`, `length` bytes or (0) all the rest.

        Raises NamespaceNotFound, BlobNotFound or ReadOutOfRange now; BlobCorrupt and
        StorageUnavailable while reading.
        """
        with self._database.read() as tx:
            require_namespace(tx, namespace)
            blob = tx.blobs.get(namespace, [digest]).get(digest)
        if blob is None:
            raise BlobNotFound(str(digest))
        if offset > blob.size:
            raise ReadOutOfRange(str(digest), offset, blob.size)
        rest = blob.size - offset
        return Reading(
            blob.size, offset, self._pieces(blob, offset, min(length, rest) if length else rest)
        )

    def _pieces(self, blob: Blob, offset: int, length: int) -> Iterator[bytes]:
        try:
            yield from self._store.read(
                blob.namespace,
                blob.digest,
                generation=blob.generation,
                offset=offset,
                length=length,
            )
        except BlobNotFound as error:
            # The database knows this blob: that the store does not is damage, not absence.
            raise BlobCorrupt(str(blob.digest)) from error


def _require(limit: str, allowed: int, given: int) -> None:
    if given > allowed:
        raise LimitExceeded(limit, allowed, given)
