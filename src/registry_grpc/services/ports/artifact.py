"""The ports to the tables of blobs and uploads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from registry_grpc.domain.blob import Blob, Claim, Upload
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.names import UploadName


class Blobs(Protocol):
    """The blobs of namespaces.

    A blob that no version needs is condemned, later marked as being deleted, and removed after its
    bytes. While it is being deleted it counts as absent.
    """

    def get(self, namespace: str, digests: Sequence[Digest]) -> Mapping[Digest, Blob]:
        """Return the blobs of the namespace with these digests that are not being deleted."""

    def held(self, namespace: str, digests: Sequence[Digest]) -> Mapping[Digest, int]:
        """Return the sizes of the blobs that `get` would return; cheaper for many digests."""

    def withheld(self, namespace: str, digests: Sequence[Digest]) -> Mapping[Digest, str]:
        """Return the blobs that only revoked versions reference, with the name of one such version.

        Blobs that no version or a usable version references are not returned.
        """

    def sizes(self, namespace: str, sizes: Sequence[int]) -> frozenset[int]:
        """Return those of the sizes that a blob of the namespace has, also one being deleted."""

    def used(self, namespace: str) -> int:
        """Return the sum of the sizes of all blobs of the namespace, in bytes."""

    def claim(self, namespace: str, digest: Digest, until: datetime) -> Claim:
        """Lease a blob until then: HELD (leased, no longer condemned), ABSENT or DELETING."""

    def claim_all(
        self, namespace: str, digests: Sequence[Digest], until: datetime
    ) -> Mapping[Digest, Claim]:
        """Claim many, in a fixed order, so that two batches cannot deadlock."""

    def deletion_counter(self, namespace: str) -> int:
        """Return how many blobs of the namespace were ever marked as being deleted.

        The count includes all transactions that are committed at the call. Bytes are removed only
        after they are marked. So a blob exists still if it was not being deleted after a first
        call, and a second call, after `put`, returns the same count.
        """

    def put(self, blob: Blob) -> None:
        """Store a blob; of an existing one only the lease is extended.

        Put several in one transaction in the order of their digests, to avoid deadlocks. Ends a
        condemnation; raises BlobBeingDeleted for one that is being deleted.
        """

    def put_all(self, blobs: Sequence[Blob]) -> None:
        """Put many, in any order; raises BlobBeingDeleted if one is being deleted."""

    def extend(self, namespace: str, digests: Sequence[Digest], until: datetime) -> None:
        """Extend leases to `until` and end condemnations; never shortens a lease.

        Blobs that are absent or being deleted are skipped.
        """

    def condemn(self, now: datetime, limit: int) -> Sequence[Blob]:
        """Condemn blobs whose lease has ended and that no live version references; return those.

        A live version is one that is not deleted, of any model. Blobs that are condemned or being
        deleted are skipped. Must be called in a change, which no registration overlaps.
        """

    def mark_deleting(
        self, condemned_before: datetime, now: datetime, limit: int
    ) -> Sequence[Blob]:
        """Mark as being deleted the blobs condemned before that moment that are still not needed.

        A blob that a lease or version needs again is no longer condemned. Returns all that are
        being deleted now, also from earlier calls. Must be called in a change.
        """

    def add_orphan(self, orphan: Blob) -> bool:
        """Record stored bytes without a row as a blob being deleted; return False if it had one.

        Must be called in a change.
        """

    def remove(self, namespace: str, digest: Digest) -> bool:
        """Remove the row of a blob that is being deleted; return whether this call removed it.

        Of concurrent transactions that remove it, one returns True; the others wait for its end.
        """

    def page(
        self, after: tuple[str, Digest] | None, limit: int, namespace: str | None = None
    ) -> Sequence[Blob]:
        """Return blobs after `after`, by (namespace, digest), except those being deleted."""


class Uploads(Protocol):
    """The uploads of namespaces."""

    def get(self, name: UploadName) -> Upload | None:
        """Return an upload, or None."""

    def add(self, upload: Upload) -> None:
        """Store a new upload."""

    def update(self, upload: Upload, *, epoch: int) -> bool:
        """Store an upload, except its immutable fields, if the stored epoch is `epoch`.

        Name, size, creator and create_time are immutable. Returns whether it was stored: False
        means another writer took the upload over.
        """

    def open_totals(
        self, namespace: str, fresh_from: datetime | None = None, creator: str | None = None
    ) -> tuple[int, int]:
        """Return how many open uploads the namespace has, and the sum of their sizes in bytes.

        Uploads with an expire_time before `fresh_from` are idle: they are not counted, and only
        their committed bytes are added. creator: only uploads of this principal.
        """

    def page(
        self, namespace: str, after: UUID | None, limit: int, open_at: datetime | None
    ) -> Sequence[Upload]:
        """Return uploads after `after`, by id, which is by age.

        open_at: only those that are open and do not expire before that moment.
        """

    def unwritten(self) -> int:
        """Return how many bytes of all open uploads, of all namespaces, are not durable yet."""

    def hold(self) -> None:
        """Lock the totals of uploads until the end of the transaction."""

    def coming(self, namespace: str) -> Sequence[tuple[Digest | None, int]]:
        """Return the digest, or None, and the size of each open upload of the namespace."""

    def overdue(self, now: datetime, limit: int) -> Sequence[Upload]:
        """Return open uploads whose expire_time has passed, oldest first."""

    def forget(self, ended_before: datetime) -> int:
        """Remove ended uploads with an expire_time before that moment; return their number."""
