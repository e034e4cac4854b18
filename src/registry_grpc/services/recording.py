"""Recording what was just published: no row ever names bytes that are gone.

Bytes may go between their publication and their record: the orphan of a crash that is published
again, or what somebody else recorded meanwhile and let go. To ask the store once more while the
rows are written would be safe, and hold the database for as many requests as there are blobs. But
a collection leaves a trace before it takes anything: it marks it, in the database. So

1. note how many marks there are,
2. claim: what is marked is being deleted, and is refused,
3. publish: the bytes are there,
4. write the rows, then look at the marks again. If there are as many, nothing that was there at 3
   was taken, and from now on its row keeps it. If there are more, something was, perhaps of ours:
   undo the rows and go on from 1, with a look into the store in place of 3.
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
    """Leaves a transaction, and nothing of it happened: something was marked meanwhile."""


def is_stored(store: BlobStore, blob: Blob) -> bool:
    """Whether the store has these very bytes now; raises StorageUnavailable."""
    found = store.stat(blob.namespace, blob.digest)
    return found is not None and found.generation == blob.generation


class BlobRecords:
    """Writes the rows of blobs, many at once, and asks the store nothing meanwhile."""

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
        """Record blobs that were claimed, then published; return for each that cannot be, why.

        marks: how many there were before the claims. Raises StorageUnavailable when the store
        cannot be asked, or collections mark something again and again; and QuotaExceeded, which
        leaves all of them without a row, to be collected in their time.
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
        raise StorageUnavailable

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
        # One that is held now was recorded by somebody else, and has its lease.
        refused: dict[Digest, RegistryError] = {}
        for blob in blobs:
            claim = claims[blob.digest]
            if claim is Claim.DELETING:
                refused[blob.digest] = BlobBeingDeleted(str(blob.digest))
            elif claim is Claim.ABSENT and not is_stored(self._store, blob):
                refused[blob.digest] = StorageUnavailable()
        return refused
