"""Verification of stored blobs against their digests."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from registry_grpc.domain.blob import Blob
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import BlobCorrupt, BlobNotFound
from registry_grpc.services.ports.blobstore import BlobStore
from registry_grpc.services.ports.database import Database

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Verified:
    """The result for one blob. problem: '' if its checksum matches."""

    namespace: str
    digest: Digest
    size: int
    problem: str


class Verification:
    """Verifies blobs."""

    def __init__(self, database: Database, store: BlobStore) -> None:
        self._database = database
        self._store = store

    def verify(self, namespace: str | None = None) -> Iterator[Verified]:
        """Read every blob (of a namespace) and yield the results; raises StorageUnavailable."""
        after = None
        while True:
            with self._database.read() as tx:
                blobs = tx.blobs.page(after, _AT_ONCE, namespace)
            for blob in blobs:
                problem = self._problem(blob)
                if problem and self._collected(blob):
                    continue
                yield Verified(blob.namespace, blob.digest, blob.size, problem)
            if not blobs:
                return
            after = (blobs[-1].namespace, blobs[-1].digest)

    def _collected(self, blob: Blob) -> bool:
        with self._database.read() as tx:
            return blob.digest not in tx.blobs.get(blob.namespace, [blob.digest])

    def _problem(self, blob: Blob) -> str:
        total = hashlib.sha256()
        try:
            for piece in self._store.read(
                blob.namespace,
                blob.digest,
                generation=blob.generation,
                offset=0,
                length=blob.size,
            ):
                total.update(piece)
        except BlobNotFound:
            return "missing"
        except BlobCorrupt:
            return "too short"
        actual = total.hexdigest()
        return "" if actual == blob.digest.hex else f"checksum mismatch: {actual}"
