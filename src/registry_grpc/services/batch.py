"""The use case of small blobs: many in one call, each with its own result."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import google_crc32c

from registry_grpc.domain.blob import Blob, Claim
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import (
    BlobBeingDeleted,
    DigestMismatch,
    RegistryError,
)
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.services.blob import require_at_most
from registry_grpc.services.blob_space import BlobSpace
from registry_grpc.services.ports.blobstore import BlobStore, SmallBlob, StoredBlob
from registry_grpc.services.ports.clock import Clock, Ids
from registry_grpc.services.ports.database import Database
from registry_grpc.services.quota import require_room_for
from registry_grpc.services.recording import BlobRecords

Small = tuple[Digest, bytes]


@dataclass(frozen=True, slots=True)
class _Claimed:
    """The results of the claims; counter: the deletion counter before them."""

    claims: Mapping[Digest, Claim]
    counter: int


class Batches:
    """Stores small blobs."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        clock: Clock,
        ids: Ids,
        limits: TransferLimits,
        space: BlobSpace,
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._ids = ids
        self._limits = limits
        self._space = space
        self._records = BlobRecords(database, store, limits, clock)

    def store(self, namespace: str, blobs: Sequence[Small]) -> Sequence[RegistryError | None]:
        """Store small blobs; return for each its error, or None.

        Raises LimitExceeded, QuotaExceeded, StorageFull or NamespaceNotFound for the whole batch.
        """
        require_at_most("blobs", self._limits.max_batch_blobs, len(blobs))
        total = sum(len(data) for _, data in blobs)
        require_at_most("bytes of data", self._limits.max_batch, total)
        claimed = self._space.freeing_space(lambda: self._claim(namespace, blobs))
        whole, damaged = _checked(blobs)
        absent = [blob for blob in whole if claimed.claims[blob.digest] is Claim.ABSENT]
        stored, unstored = self._stored(namespace, absent)
        refused = self._records.write(namespace, stored, claimed.counter)
        deleting = {
            digest: BlobBeingDeleted(str(digest))
            for digest, claim in claimed.claims.items()
            if claim is Claim.DELETING
        }
        later = {**deleting, **unstored, **refused}
        return [
            wrong or later.get(digest) for wrong, (digest, _) in zip(damaged, blobs, strict=True)
        ]

    def _claim(self, namespace: str, blobs: Sequence[Small]) -> _Claimed:
        # Claimed before anything is stored: existing blobs stay, those being deleted are rejected.
        until = self._clock() + self._limits.blob_lease
        sizes = {digest: len(data) for digest, data in blobs}
        with self._database.write() as tx:
            require_room_for(tx, namespace, self._limits, sizes, self._clock())
            counter = tx.blobs.deletion_counter(namespace)
            claims = tx.blobs.claim_all(namespace, list(sizes), until)
            absent = (digest for digest, claim in claims.items() if claim is Claim.ABSENT)
            self._space.require(tx, sum(sizes[digest] for digest in absent))
            return _Claimed(claims, counter)

    def _stored(
        self, namespace: str, blobs: Sequence[SmallBlob]
    ) -> tuple[Sequence[Blob], Mapping[Digest, RegistryError]]:
        found = self._store.store_all(namespace, self._ids(), blobs) if blobs else []
        stored: list[Blob] = []
        unstored: dict[Digest, RegistryError] = {}
        now = self._clock()
        for blob, one in zip(blobs, found, strict=True):
            if isinstance(one, RegistryError):
                unstored[blob.digest] = one
            else:
                stored.append(_row(namespace, blob, one, now, now + self._limits.blob_lease))
        return stored, unstored


def _checked(
    blobs: Sequence[Small],
) -> tuple[Sequence[SmallBlob], Sequence[DigestMismatch | None]]:
    """Return the distinct valid blobs; and for each blob its digest mismatch, if any."""
    whole: dict[Digest, SmallBlob] = {}
    damaged: list[DigestMismatch | None] = []
    for digest, data in blobs:
        actual = hashlib.sha256(data).hexdigest()
        if actual != digest.hex:
            damaged.append(DigestMismatch(str(digest), str(Digest(actual))))
            continue
        damaged.append(None)
        if digest not in whole:
            whole[digest] = SmallBlob(digest, data, google_crc32c.value(data))
    return list(whole.values()), damaged


def _row(
    namespace: str, blob: SmallBlob, stored: StoredBlob, now: datetime, lease_until: datetime
) -> Blob:
    return Blob(
        namespace=namespace,
        digest=blob.digest,
        size=stored.size,
        crc32c=blob.crc32c,
        generation=stored.generation,
        create_time=now,
        lease_until=lease_until,
        blocks=(blob.crc32c,) if blob.data else (),
    )
