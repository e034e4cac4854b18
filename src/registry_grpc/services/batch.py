"""The use case of small blobs: many in one call, each on its own."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import google_crc32c

from registry_grpc.domain.blob import Blob, Claim
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import (
    BlobBeingDeleted,
    DigestMismatch,
    RegistryError,
    StorageUnavailable,
)
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.services.blob import require_at_most
from registry_grpc.services.ports.blobstore import BlobStore, SessionLost
from registry_grpc.services.ports.clock import Clock, Ids
from registry_grpc.services.ports.database import Database
from registry_grpc.services.quota import require_room_for
from registry_grpc.services.recording import Records

Small = tuple[Digest, bytes]


@dataclass(frozen=True, slots=True)
class _Claimed:
    """What became of the claims of those that were not held; marks: how many there were before."""

    claims: Mapping[Digest, Claim]
    marks: int


class Batches:
    """Stores small blobs."""

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
        self._records = Records(database, store, limits)

    def store(self, namespace: str, blobs: Sequence[Small]) -> Sequence[RegistryError | None]:
        """Store small blobs; return for each why it was not stored, or None.

        Raises LimitExceeded, QuotaExceeded or NamespaceNotFound, which concern them all.
        """
        require_at_most("blobs", self._limits.max_batch_blobs, len(blobs))
        total = sum(len(data) for _, data in blobs)
        require_at_most("bytes of data", self._limits.max_batch, total)
        claimed = self._claim(namespace, blobs)
        stored: dict[Digest, Blob] = {}
        answers = [self._answer(namespace, blob, claimed.claims, stored) for blob in blobs]
        refused = self._records.write(namespace, list(stored.values()), claimed.marks)
        return [
            answer or refused.get(digest)
            for answer, (digest, _) in zip(answers, blobs, strict=True)
        ]

    def _claim(self, namespace: str, blobs: Sequence[Small]) -> _Claimed:
        # Claimed before anything is stored: what is there stays, what is just going is refused.
        until = self._clock() + self._limits.blob_lease
        sizes = {digest: len(data) for digest, data in blobs}
        digests = sorted(sizes)
        with self._database.write() as tx:
            require_room_for(tx, namespace, self._limits, sizes)
            marks = tx.blobs.marks(namespace)
            held = tx.blobs.get(namespace, digests)
            tx.blobs.extend(namespace, sorted(held), until)
            claims = {
                digest: tx.blobs.claim(namespace, digest, until)
                for digest in digests
                if digest not in held
            }
        return _Claimed(claims, marks)

    def _answer(
        self,
        namespace: str,
        blob: Small,
        claims: Mapping[Digest, Claim],
        stored: dict[Digest, Blob],
    ) -> RegistryError | None:
        digest, data = blob
        try:
            actual = Digest(hashlib.sha256(data).hexdigest())
            if actual != digest:
                raise DigestMismatch(str(digest), str(actual))
            claim = claims.get(digest, Claim.HELD)
            if claim is Claim.DELETING:
                raise BlobBeingDeleted(str(digest))
            if claim is Claim.ABSENT and digest not in stored:
                stored[digest] = self._store_one(namespace, digest, data)
        except RegistryError as error:
            return error
        return None

    def _store_one(self, namespace: str, digest: Digest, data: bytes) -> Blob:
        crc32c = google_crc32c.value(data)
        staged = self._store.stage(namespace, digest, str(self._ids()), len(data))
        try:
            staged.write(data)
            published = staged.publish(digest, crc32c)
        except SessionLost as error:
            raise StorageUnavailable from error
        finally:
            staged.discard()
        now = self._clock()
        return Blob(
            namespace=namespace,
            digest=digest,
            size=published.size,
            crc32c=crc32c,
            generation=published.generation,
            create_time=now,
            lease_until=now + self._limits.blob_lease,
            blocks=(crc32c,) if data else (),
        )
