"""Garbage collection in two phases, which never deletes a referenced blob.

1. Expired uploads end, and their bytes are deleted.
2. *Mark*: a blob without a lease and without a live version is marked for deletion.
3. *Delete*: a blob that was marked for `grace` and is still unreferenced is marked as being
   deleted; then its object is deleted by generation, then its row. A crash in between leaves the
   mark, and the next collection continues there.
4. Objects without a row (a crash between publication and record) are deleted when they are older
   than `orphan_age`, in the same way: first they get a row that marks them as being deleted.
5. Staged bytes without an open upload are deleted.

Blobs are marked in changes, which no registration overlaps; an upload claims a blob before it
relies on it. So a registration never references a blob that is deleted. The deletion counter counts
the marks: `recording` relies on a mark before each deletion.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from registry_grpc.domain.blob import Blob, UploadState
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import StorageUnavailable
from registry_grpc.domain.names import NamespaceName, UploadName
from registry_grpc.services.ports.blobstore import BlobStore, StoredBlob
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.staging_area import StagingArea

_AT_ONCE = 500
_Listed = tuple[str, Digest, StoredBlob, datetime]
_FORGET_UPLOADS_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """Minimum ages for deletion. grace: between marking and deleting a blob."""

    grace: timedelta = timedelta(hours=1)
    orphan_age: timedelta = timedelta(hours=48)


@dataclass(slots=True)
class Collected:
    """The result of a collection (or of a dry run), by canonical names, and the freed bytes.

    held: only overdue uploads were ended, because the database was restored from a backup.
    """

    expired_uploads: list[str] = field(default_factory=list)
    condemned: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    freed_bytes: int = 0
    held: bool = False

    def counts(self) -> dict[str, int]:
        """Return the counts and the bytes."""
        return {
            "expired_uploads": len(self.expired_uploads),
            "condemned": len(self.condemned),
            "deleted": len(self.deleted),
            "orphans": len(self.orphans),
            "leftovers": len(self.leftovers),
            "freed_bytes": self.freed_bytes,
        }


class _UndoError(Exception):
    """Rolls a transaction back."""


class _HeldError(Exception):
    """Ends a collection: the database was restored, maybe meanwhile."""


class Garbage:
    """Collects garbage. Concurrent collections, in any processes, are safe."""

    def __init__(
        self, database: Database, store: BlobStore, area: StagingArea, clock: Clock
    ) -> None:
        self._database = database
        self._store = store
        self._area = area
        self._clock = clock

    def collect(self, ages: Ages, *, dry_run: bool = False) -> Collected:
        """Do all phases once; with `dry_run` only report what they would do.

        After a restore of the database collection is suspended until it is released: only overdue
        uploads end. See `services.history`.
        """
        report = Collected()
        self._expire(report, dry_run=dry_run)
        try:
            self._collect_bytes(report, ages, dry_run=dry_run)
        except _HeldError:
            report.held = True
        return report

    def _collect_bytes(self, report: Collected, ages: Ages, *, dry_run: bool) -> None:
        self._delete(report, ages, dry_run=dry_run)
        self._condemn(report, dry_run=dry_run)
        self._orphans(report, ages, dry_run=dry_run)
        self._leftovers(report, ages, dry_run=dry_run)
        if not dry_run:
            with self._database.write(frees=True) as tx:
                tx.uploads.forget(self._clock() - _FORGET_UPLOADS_AFTER)

    def _expire(self, report: Collected, *, dry_run: bool) -> None:
        while True:
            with self._database.read() as tx:
                overdue = tx.uploads.overdue(self._clock(), _all_or(dry_run))
            for upload in overdue:
                if dry_run or self._area.expire(upload):
                    report.expired_uploads.append(str(upload.name))
            if len(overdue) < _AT_ONCE or dry_run:
                return

    def _condemn(self, report: Collected, *, dry_run: bool) -> None:
        while True:
            with self._change(dry_run=dry_run) as tx:
                found = tx.blobs.condemn(self._clock(), _all_or(dry_run))
            report.condemned.extend(_name(blob) for blob in found)
            if len(found) < _AT_ONCE or dry_run:
                return

    def _delete(self, report: Collected, ages: Ages, *, dry_run: bool) -> None:
        while True:
            now = self._clock()
            with self._change(dry_run=dry_run) as tx:
                deleting = tx.blobs.mark_deleting(now - ages.grace, now, _all_or(dry_run))
            gone = [blob for blob in deleting if dry_run or self._removed(blob)]
            report.deleted.extend(_name(blob) for blob in gone)
            report.freed_bytes += sum(blob.size for blob in gone)
            if len(deleting) < _AT_ONCE or dry_run:
                return

    def _removed(self, blob: Blob) -> bool:
        # The transaction that deletes the object locks and removes the row: a concurrent one
        # finds no row, and never deletes bytes that were stored again since.
        with self._database.write(frees=True) as tx:
            _require_released(tx)
            if not tx.blobs.remove(blob.namespace, blob.digest):
                return False
            self._store.delete(blob.namespace, blob.digest, generation=blob.generation)
        return True

    def _orphans(self, report: Collected, ages: Ages, *, dry_run: bool) -> None:
        old = self._clock() - ages.orphan_age
        listed = (found for found in self._store.published() if found[3] <= old)
        while batch := list(islice(listed, _AT_ONCE)):
            for namespace, digest, stored in self._unknown(batch):
                self._orphan(report, namespace, digest, stored, dry_run=dry_run)

    def _unknown(self, batch: Sequence[_Listed]) -> Iterator[tuple[str, Digest, StoredBlob]]:
        by_namespace: dict[str, list[Digest]] = {}
        for namespace, digest, _, _ in batch:
            by_namespace.setdefault(namespace, []).append(digest)
        with self._database.read() as tx:
            known = {ns: tx.blobs.get(ns, digests) for ns, digests in by_namespace.items()}
        for namespace, digest, stored, _ in batch:
            if digest not in known[namespace]:
                yield namespace, digest, stored

    def _orphan(
        self,
        report: Collected,
        namespace: str,
        digest: Digest,
        stored: StoredBlob,
        *,
        dry_run: bool,
    ) -> None:
        now = self._clock()
        orphan = Blob(
            namespace, digest, stored.size, stored.crc32c or 0, stored.generation, now, now
        )
        with self._change(dry_run=dry_run) as tx:
            added = tx.blobs.add_orphan(orphan)
        if added and (dry_run or self._removed(orphan)):
            report.orphans.append(_name(orphan))
            report.freed_bytes += orphan.size

    def _leftovers(self, report: Collected, ages: Ages, *, dry_run: bool) -> None:
        now = self._clock()
        for namespace, upload_id, written in self._store.staged():
            if written > now - ages.orphan_age:
                continue  # small blobs are staged briefly without an upload
            name = UploadName(namespace, UUID(upload_id))
            with self._database.read() as tx:
                upload = tx.uploads.get(name)
            if upload is not None and upload.state is UploadState.OPEN:
                continue
            if dry_run or self._dropped(namespace, upload_id):
                report.leftovers.append(str(name))

    def _dropped(self, namespace: str, upload_id: str) -> bool:
        try:
            self._store.drop_staged(namespace, upload_id, b"")
        except StorageUnavailable:
            return False  # a process still writes to it; the next collection retries
        return True

    @contextmanager
    def _change(self, *, dry_run: bool) -> Iterator[Transaction]:
        with suppress(_UndoError), self._database.change(self._clock, frees=True) as tx:
            if not dry_run:
                _require_released(tx)
            yield tx
            if dry_run:
                raise _UndoError


def _require_released(tx: Transaction) -> None:
    if tx.log.held:
        raise _HeldError


def _all_or(dry_run: bool) -> int:  # noqa: FBT001 - the one thing it depends on
    # A dry run is rolled back, so the next batch would be the same.
    return 10**9 if dry_run else _AT_ONCE


def _name(blob: Blob) -> str:
    return f"{NamespaceName(blob.namespace)}/blobs/{blob.digest}"
