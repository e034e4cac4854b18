"""The ports to the tables of bytes: which blobs there are, which uploads run."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from registry_grpc.domain.blob import Blob, Claim, Upload
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.names import UploadName


class Blobs(Protocol):
    """Which bytes a namespace holds.

    A blob that nothing needs is condemned, later marked as being deleted, and removed once its
    bytes are gone. While it is being deleted it counts as absent.
    """

    def get(self, namespace: str, digests: Sequence[Digest]) -> Mapping[Digest, Blob]:
        """Return those of the digests that the namespace holds and is not deleting."""

    def held(self, namespace: str, digests: Sequence[Digest]) -> Mapping[Digest, int]:
        """Return the sizes of those that `get` would return: less to carry when they are many."""

    def withheld(self, namespace: str, digests: Sequence[Digest]) -> Mapping[Digest, str]:
        """Return those that only revoked versions name, with the name of one that does.

        A blob that no version names, and one that a version names which may be used, is not.
        """

    def sizes(self, namespace: str, sizes: Sequence[int]) -> frozenset[int]:
        """Return those of the sizes that some blob has (one being deleted counts too)."""

    def used(self, namespace: str) -> int:
        """Return the sum of the sizes of all blobs of the namespace, in bytes."""

    def claim(self, namespace: str, digest: Digest, until: datetime) -> Claim:
        """Keep a blob until then: HELD (leased, no longer condemned), ABSENT or DELETING."""

    def claim_all(
        self, namespace: str, digests: Sequence[Digest], until: datetime
    ) -> Mapping[Digest, Claim]:
        """Claim many, in one order everywhere, so that two batches never wait for each other."""

    def deletion_counter(self, namespace: str) -> int:
        """Return how many blobs of the namespace were ever marked as being deleted.

        A transaction sees the marks of all that ended before it asks. Bytes go only after they were
        marked: whoever asks first, finds a blob there that is not being deleted, and later, having
        put it, finds as many marks, knows that it is there still.
        """

    def put(self, blob: Blob) -> None:
        """Store it; when it is there already only its lease is extended.

        Put several in one transaction in the order of their digests, lest two wait for each other.
        Lifts a condemnation; raises BlobBeingDeleted for one that is being deleted.
        """

    def put_all(self, blobs: Sequence[Blob]) -> None:
        """Put many, in any order; raises BlobBeingDeleted if one is being deleted."""

    def extend(self, namespace: str, digests: Sequence[Digest], until: datetime) -> None:
        """Extend leases to `until` and lift condemnations; never shortens a lease.

        Those that are absent or being deleted are passed over.
        """

    def condemn(self, now: datetime, limit: int) -> Sequence[Blob]:
        """Condemn blobs whose lease has ended and that no live version names; return those.

        A live version is one that is not deleted, of whatever model. Only blobs that are neither
        condemned nor being deleted. To be called in a change, which no registration overlaps.
        """

    def doom(self, condemned_before: datetime, now: datetime, limit: int) -> Sequence[Blob]:
        """Mark as being deleted what was condemned before that moment and still is not needed.

        What is needed again, by lease or version, is reprieved instead. Returns what is being
        deleted now, also from earlier calls. To be called in a change.
        """

    def disown(self, orphan: Blob) -> bool:
        """Record stored bytes that no row knows as a blob being deleted, unless there is a row.

        Returns whether there was none. To be called in a change.
        """

    def remove(self, namespace: str, digest: Digest) -> bool:
        """Forget a blob that is being deleted; return whether there was one, and it was us.

        Of several transactions that remove it one is told so; the others wait for its end.
        """

    def page(
        self, after: tuple[str, Digest] | None, limit: int, namespace: str | None = None
    ) -> Sequence[Blob]:
        """Return those behind `after`, by (namespace, digest), without those being deleted."""


class Uploads(Protocol):
    """Which bytes are coming."""

    def get(self, name: UploadName) -> Upload | None:
        """Return it, or None."""

    def add(self, upload: Upload) -> None:
        """Store a new one."""

    def update(self, upload: Upload, *, epoch: int) -> bool:
        """Store all but what `add` fixed for ever, if the stored epoch is `epoch`.

        Fixed are name, size, creator and create_time. Returns whether it was: False means another
        writer took the upload over.
        """

    def open_totals(
        self, namespace: str, fresh_from: datetime | None = None, creator: str | None = None
    ) -> tuple[int, int]:
        """Return how many open uploads the namespace has, and the sum of their sizes in bytes.

        Those whose expire_time lies before `fresh_from` are idle: they are not counted, and of
        their sizes only what is committed. creator: of these alone.
        """

    def page(
        self, namespace: str, after: UUID | None, limit: int, open_at: datetime | None
    ) -> Sequence[Upload]:
        """Return uploads behind `after`, by id, which is by age.

        open_at: only those that are open and do not expire before that moment.
        """

    def unwritten(self) -> int:
        """Return what all open uploads, of all namespaces, still have to make durable, in bytes."""

    def hold(self) -> None:
        """Wait for others who hold, and keep those who come later waiting, to the end."""

    def coming(self, namespace: str) -> Sequence[tuple[Digest | None, int]]:
        """Return digest, where it was stated, and size of each open upload of the namespace."""

    def overdue(self, now: datetime, limit: int) -> Sequence[Upload]:
        """Return open uploads whose expire_time has passed, oldest first."""

    def forget(self, ended_before: datetime) -> int:
        """Remove ended uploads whose expire_time lies before that moment; return how many."""
