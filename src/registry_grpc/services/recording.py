"""Recording of published blobs: no row ever references deleted bytes.

Bytes may be deleted between their publication and their record: the orphan of a crash that is
published again, or a blob that another writer recorded and that expired meanwhile. Checking the
store again while the rows are written would be safe, but block the database for one request per
blob. But a collection marks a blob in the database before it deletes it, and increments the
namespace's deletion counter. So

1. read the deletion counter,
2. claim: a marked blob is being deleted, and is rejected,
3. publish: the bytes exist,
4. write the rows, then read the counter again. If it is unchanged, no blob that existed at 3
   was deleted, and from now on its row keeps it. If it has increased, some blob was, maybe one of
   these: undo the rows and continue at 1, with a check of the store instead of 3.
"""

from collections.abc import Mapping, Sequence

from registry_grpc.domain.blob import Blob, Claim
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import BlobBeingDeleted, RegistryError, StorageUnavailable
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.services.ports.blobstore import BlobStore
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database
from registry_grpc.services.quota import require_room_for

_ROUNDS = 5


class _MarkedError(Exception):
    """Rolls a transaction back: a blob was marked meanwhile."""


def is_stored(store: BlobStore, blob: Blob) -> bool:
    """Return whether the store has this object now; raises StorageUnavailable."""
    found = store.stat(blob.namespace, blob.digest)
    return found is not None and found.generation == blob.generation


class BlobRecords:
    """Writes the rows of many blobs, without requests to the store in the transaction."""

    def __init__(
        self, database: Database, store: BlobStore, limits: TransferLimits, clock: Clock
    ) -> None:
        self._database = database
        self._store = store
        self._limits = limits
        self._clock = clock

    def write(
        self, namespace: str, blobs: Sequence[Blob], counter: int
    ) -> Mapping[Digest, RegistryError]:
        """Record claimed and published blobs; return the error of each that cannot be recorded.

        counter: the deletion counter before the claims. Raises StorageUnavailable when the store
        is unavailable, or collections mark blobs repeatedly; and QuotaExceeded, which
        leaves all of them without a row, for a later collection.
        """
        wanted = sorted(blobs, key=lambda blob: blob.digest)
        refused: dict[Digest, RegistryError] = {}
        for _ in range(_ROUNDS):
            try:
                self._put(namespace, wanted, counter)
            except (_MarkedError, BlobBeingDeleted):
                counter, claims = self._claim(namespace, wanted)
                refused |= self._refused(wanted, claims)
                wanted = [
                    blob
                    for blob in wanted
                    if claims[blob.digest] is Claim.ABSENT and blob.digest not in refused
                ]
            else:
                return refused
        cause = "garbage collection marked the blobs of this call again and again"
        raise StorageUnavailable(cause)

    def _put(self, namespace: str, blobs: Sequence[Blob], counter: int) -> None:
        sizes = {blob.digest: blob.size for blob in blobs}
        with self._database.write() as tx:
            require_room_for(tx, namespace, self._limits, sizes, self._clock())
            tx.blobs.put_all(blobs)
            if tx.blobs.deletion_counter(namespace) != counter:
                raise _MarkedError

    def _claim(self, namespace: str, blobs: Sequence[Blob]) -> tuple[int, Mapping[Digest, Claim]]:
        until = max((blob.lease_until for blob in blobs), default=None)
        with self._database.write() as tx:
            counter = tx.blobs.deletion_counter(namespace)
            digests = [blob.digest for blob in blobs]
            claims = tx.blobs.claim_all(namespace, digests, until) if until else {}
        return counter, claims

    def _refused(
        self, blobs: Sequence[Blob], claims: Mapping[Digest, Claim]
    ) -> Mapping[Digest, RegistryError]:
        # One that exists now was recorded by another writer, and has its lease.
        refused: dict[Digest, RegistryError] = {}
        for blob in blobs:
            claim = claims[blob.digest]
            if claim is Claim.DELETING:
                refused[blob.digest] = BlobBeingDeleted(str(blob.digest))
            elif claim is Claim.ABSENT and not is_stored(self._store, blob):
                cause = f"{blob.digest} was stored, and is missing in the blob store"
                refused[blob.digest] = StorageUnavailable(cause)
        return refused
