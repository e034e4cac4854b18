"""Copies of blobs in another namespace: rows, quota and leases of its own, and no transfer.

The blobs of a version are copied before its copy is registered, as if they had been uploaded. They
have leases: a registration that fails leaves them to garbage collection, and a repeat finds them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from registry_grpc.domain.blob import Blob, Claim
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import BlobBeingDeleted, BlobNotFound, RegistryError
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.domain.manifest import FileEntry
from registry_grpc.domain.work import current_work
from registry_grpc.services.ports.blobstore import BlobStore, StoredBlob
from registry_grpc.services.ports.clock import Clock, Ids
from registry_grpc.services.ports.database import Database
from registry_grpc.services.quota import require_room_for
from registry_grpc.services.recording import BlobRecords

_AT_ONCE = 500


class BlobCopies:
    """Copies blobs between namespaces."""

    def __init__(
        self, database: Database, store: BlobStore, clock: Clock, ids: Ids, limits: TransferLimits
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._ids = ids
        self._limits = limits
        self._records = BlobRecords(database, store, limits, clock)

    def ensure(self, source: str, target: str, files: Sequence[FileEntry]) -> None:
        """Make the blobs of these files of the source namespace exist in the target one, leased.

        Those that the target has need no copy. Raises QuotaExceeded before anything is copied,
        NamespaceNotFound, BlobNotFound when the source namespace lacks one, BlobBeingDeleted,
        BlobCorrupt, StorageUnavailable, StorageFull. What was copied until then is kept.
        """
        if source == target:
            return  # the source itself keeps them
        sizes = {file.digest: file.size for file in files}
        with self._database.write() as tx:
            require_room_for(tx, target, self._limits, sizes, self._clock())
        digests = sorted(sizes)
        for start in range(0, len(digests), _AT_ONCE):
            current_work().require_wanted()
            self._copy(source, target, {d: sizes[d] for d in digests[start : start + _AT_ONCE]})

    def _copy(self, source: str, target: str, sizes: Mapping[Digest, int]) -> None:
        """Claim, publish and record some; see `recording` for this order."""
        until = self._clock() + self._limits.blob_lease
        with self._database.write() as tx:
            counter = tx.blobs.deletion_counter(target)
            claims = tx.blobs.claim_all(target, list(sizes), until)
            absent = [digest for digest, claim in claims.items() if claim is Claim.ABSENT]
            originals = tx.blobs.get(source, absent)
        for digest, claim in claims.items():
            if claim is Claim.DELETING:
                raise BlobBeingDeleted(str(digest))
            if claim is Claim.ABSENT and digest not in originals:
                raise BlobNotFound(str(digest))
        blobs = list(originals.values())
        found = self._store.copy_all(target, self._ids(), blobs) if blobs else []
        rows = [self._row(target, *pair) for pair in zip(blobs, found, strict=True)]
        for error in self._records.write(target, rows, counter).values():
            raise error

    def _row(self, target: str, original: Blob, stored: StoredBlob | RegistryError) -> Blob:
        if isinstance(stored, RegistryError):
            raise stored
        now = self._clock()
        return replace(
            original,
            namespace=target,
            generation=stored.generation,
            create_time=now,
            lease_until=now + self._limits.blob_lease,
            condemned_time=None,
        )
