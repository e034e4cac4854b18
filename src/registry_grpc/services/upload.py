"""Use cases of uploads: begin, write, commit, abort. See `staging_area` for their durability."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import RLock
from uuid import UUID

from registry_grpc.domain.blob import Blob, Claim, Upload, UploadState
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import (
    BlobBeingDeleted,
    BlobCorrupt,
    DigestMismatch,
    StorageUnavailable,
    UploadIncomplete,
    UploadNotFound,
    UploadNotOpen,
)
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.domain.names import UploadName
from registry_grpc.domain.page import Key, Page, Query
from registry_grpc.domain.violations import invalid
from registry_grpc.services.blob_space import BlobSpace
from registry_grpc.services.listing import Listed, listed, text_of
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.blobstore import SessionLost, StoredBlob
from registry_grpc.services.ports.clock import Clock, Ids
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.quota import is_idle, require_upload
from registry_grpc.services.reading import require_namespace
from registry_grpc.services.staging import Staging
from registry_grpc.services.staging_area import StagingArea, store_upload

CHECKPOINT_BYTES = 32 * 1_024 * 1_024
_LOST = "the blob store lost the bytes of this upload, which starts again"


class Uploads:
    """Begins, lists, commits and aborts uploads. Methods may be called from any thread.

    late_digest: whether the blob store accepts bytes before their digest is known.
    """

    def __init__(
        self,
        database: Database,
        mutations: Mutations,
        area: StagingArea,
        clock: Clock,
        ids: Ids,
        limits: TransferLimits,
        space: BlobSpace,
        *,
        late_digest: bool,
    ) -> None:
        self._database = database
        self._mutations = mutations
        self._area = area
        self._clock = clock
        self._ids = ids
        self._limits = limits
        self._space = space
        self._late_digest = late_digest

    def begin(
        self, call: Mutation[Upload], namespace: str, digest: Digest | None, size: int
    ) -> Done[Upload]:
        """Begin an upload; it is COMMITTED immediately when the namespace has the blob.

        Raises NamespaceNotFound, InvalidRequest when the store needs the digest first, and what
        `require_upload` raises, and StorageFull.
        """
        if digest is None and not self._late_digest:
            raise invalid("blob.digest", "is required: this blob store needs it first")

        def act(tx: Transaction) -> Upload:
            now = self._clock()
            require_namespace(tx, namespace)
            exists = digest is not None and self._held(tx, namespace, digest, size)
            if not exists:
                require_upload(tx, namespace, self._limits, size, call.actor.name, now)
                self._space.require(tx, size, promised=True)
            upload = Upload(
                name=UploadName(namespace, self._ids()),
                digest=digest,
                size=size,
                state=UploadState.COMMITTED if exists else UploadState.OPEN,
                creator=call.actor.name,
                create_time=now,
                expire_time=now + self._limits.upload_ttl,
                committed=size if exists else 0,
                already_existed=exists,
            )
            tx.uploads.add(upload)
            return upload

        return self._space.freeing_space(lambda: self._mutations.write(call, act))

    def get(self, name: UploadName) -> Upload:
        """Return an upload; raises UploadNotFound."""
        with self._database.read() as tx:
            return self._require(tx, name)

    def list(
        self,
        query: Query,
        page: Page,
        namespace: str,
        *,
        ended: bool = False,
    ) -> Listed[Upload]:
        """Return a page of open uploads, oldest first; ended: also ended ones.

        Raises NamespaceNotFound.
        """
        now = self._clock()

        def rows(after: Key | None, limit: int) -> Sequence[Upload]:
            found = tx.uploads.page(namespace, _uid_of(after), limit, None if ended else now)
            return [self._as_of_now(upload) for upload in found]

        with self._database.read() as tx:
            require_namespace(tx, namespace)
            return listed(query, page, tx.head, rows, lambda row: (row.name.uuid.hex,))

    def writer(self, name: UploadName) -> "UploadWriter":
        """Take an upload over from earlier writers; close the writer at the end in any case.

        An idle upload reserves its declared size again. Raises UploadNotFound, UploadNotOpen,
        StorageUnavailable, and then what `require_upload` raises.
        """
        upload, staging = self._area.open(self._take_over(name, reserve=True))
        return UploadWriter(self._area, staging, upload)

    def commit(self, name: UploadName, digest: Digest | None) -> Upload:
        """Check size and SHA-256, then make the blob visible. Idempotent.

        Raises UploadNotFound, UploadNotOpen, UploadIncomplete, DigestMismatch, BlobBeingDeleted,
        or InvalidRequest without a digest, or with two different ones.
        """
        upload = self.get(name)
        wanted = _agreed(upload, digest)
        if upload.state is UploadState.COMMITTED:
            return upload
        upload, staging = self._area.open(self._take_over(name), whole=True)
        try:
            return self._publish(upload, staging, wanted)
        except SessionLost as error:
            self._area.lost(upload, staging)
            raise StorageUnavailable(_LOST) from error
        except BlobCorrupt:
            # Corrupted on the way into the store, or other bytes exist there: send them again.
            self._area.lost(upload, staging)
            raise
        finally:
            self._area.leave(upload, staging)

    def abort(self, name: UploadName) -> Upload:
        """End an upload and drop its bytes. Idempotent.

        Raises UploadNotFound, or UploadNotOpen when it was committed.
        """
        with self._database.write(frees=True) as tx:
            upload = self._require(tx, name)
            if upload.state is UploadState.COMMITTED:
                raise UploadNotOpen(str(name), upload.state)
            if upload.state is not UploadState.OPEN:
                return upload
            ended = replace(upload, state=UploadState.ABORTED, epoch=upload.epoch + 1)
            store_upload(tx, ended, upload.epoch)
        self._area.drop(upload)
        return ended

    def _held(self, tx: Transaction, namespace: str, digest: Digest, size: int) -> bool:
        held = tx.blobs.get(namespace, [digest]).get(digest)
        until = self._clock() + self._limits.blob_lease
        return (
            held is not None
            and held.size == size
            and tx.blobs.claim(namespace, digest, until) is Claim.HELD
        )

    def _take_over(self, name: UploadName, *, reserve: bool = False) -> Upload:
        with self._database.write() as tx:
            found = self._require(tx, name)
            if found.state is not UploadState.OPEN:
                raise UploadNotOpen(str(name), found.state)
            taken = replace(found, epoch=found.epoch + 1)
            now = self._clock()
            if reserve and is_idle(found, self._limits, now):
                rest = found.size - found.committed
                require_upload(tx, name.namespace, self._limits, rest, found.creator, now)
                taken = replace(taken, expire_time=now + self._limits.upload_ttl)
            store_upload(tx, taken, found.epoch)
        return taken

    def _publish(self, upload: Upload, staging: Staging, digest: Digest) -> Upload:
        if staging.received != upload.size:
            raise UploadIncomplete(str(upload.name), staging.received, upload.size)
        actual = staging.digest()
        if actual != digest:
            self._end(replace(upload, state=UploadState.REJECTED), staging)
            raise DigestMismatch(str(digest), str(actual))
        exists, counter = self._claim(upload, digest)
        stored = None if exists else staging.publish(digest)
        done = replace(
            upload,
            state=UploadState.COMMITTED,
            digest=digest,
            committed=upload.size,
            already_existed=exists,
        )
        return self._end(done, staging, stored, counter)

    def _claim(self, upload: Upload, digest: Digest) -> tuple[bool, int]:
        # Claimed before anything is published: a claimed blob cannot be collected meanwhile.
        until = self._clock() + self._limits.blob_lease
        with self._database.write() as tx:
            counter = tx.blobs.deletion_counter(upload.name.namespace)
            claim = tx.blobs.claim(upload.name.namespace, digest, until)
        if claim is Claim.DELETING:
            raise BlobBeingDeleted(str(digest))
        return claim is Claim.HELD, counter

    def _end(
        self,
        upload: Upload,
        staging: Staging,
        stored: StoredBlob | None = None,
        counter: int = 0,
    ) -> Upload:
        ended = replace(upload, epoch=upload.epoch + 1, checkpoint=b"")
        with self._database.write() as tx:
            if stored is not None and upload.digest is not None:
                blob = self._blob(upload.name.namespace, upload.digest, staging, stored)
                # May raise BlobBeingDeleted: an orphan of a crash had no row at the claim,
                # and is being collected.
                tx.blobs.put(blob)
                if tx.blobs.deletion_counter(blob.namespace) != counter:
                    self._area.require_stored(blob)
            store_upload(tx, ended, upload.epoch)
        self._area.close(upload, staging)
        return ended

    def _blob(self, namespace: str, digest: Digest, staging: Staging, stored: StoredBlob) -> Blob:
        now = self._clock()
        return Blob(
            namespace=namespace,
            digest=digest,
            size=stored.size,
            crc32c=staging.crc32c,
            generation=stored.generation,
            create_time=now,
            lease_until=now + self._limits.blob_lease,
            blocks=staging.blocks(),
        )

    def _require(self, tx: Transaction, name: UploadName) -> Upload:
        upload = tx.uploads.get(name)
        if upload is None:
            raise UploadNotFound(str(name))
        return self._as_of_now(upload)

    def _as_of_now(self, upload: Upload) -> Upload:
        overdue = upload.state is UploadState.OPEN and upload.expire_time < self._clock()
        return replace(upload, state=UploadState.EXPIRED) if overdue else upload


class UploadWriter:
    """The right to append to one upload, until a later writer takes it."""

    def __init__(self, area: StagingArea, staging: Staging, upload: Upload) -> None:
        self._area = area
        self._staging = staging
        self._upload = upload
        self._noted = staging.received
        # A stream that is cancelled twice is closed while a thread may still write to it.
        self._lock = RLock()

    @property
    def received(self) -> int:
        """Bytes received and hashed."""
        return self._staging.received

    def write(self, offset: int, data: bytes, crc32c: int) -> None:
        """Append a chunk; raises what `Staging.write` raises, StorageUnavailable for SessionLost.

        Every CHECKPOINT_BYTES the received bytes are made durable.
        """
        with self._lock:
            with self._while_stored():
                self._staging.write(self._upload.epoch, offset, data, crc32c)
            if self.received - self._noted >= CHECKPOINT_BYTES:
                self.flush()

    def flush(self) -> int:
        """Make bytes durable, store and return the durable offset; raises UploadFenced."""
        with self._lock, self._while_stored():
            self._noted = self.received
            return self._area.note(self._upload, self._staging)

    def check(self) -> None:
        """Raise UploadFenced when a later writer, of any process, took the upload over."""
        self._area.require_ours(self._upload)

    def close(self) -> None:
        """Store the durable offset and release. Harmless after another writer took over."""
        with self._lock:
            self._area.leave(self._upload, self._staging)

    @contextmanager
    def _while_stored(self) -> Iterator[None]:
        """Restart the upload when the store has lost its bytes."""
        try:
            yield
        except SessionLost as error:
            self._area.lost(self._upload, self._staging)
            raise StorageUnavailable(_LOST) from error
        except BlobCorrupt:
            self._area.lost(self._upload, self._staging)
            raise


def _agreed(upload: Upload, digest: Digest | None) -> Digest:
    if upload.digest is not None and digest is not None and upload.digest != digest:
        raise invalid("digest", f"is not {upload.digest}, which was stated at the beginning")
    agreed = upload.digest or digest
    if agreed is None:
        raise invalid("digest", "is required: it was not stated at the beginning")
    return agreed


def _uid_of(key: Key | None) -> UUID | None:
    text = text_of(key)
    if text is None:
        return None
    try:
        return UUID(hex=text)
    except ValueError:
        raise invalid(
            "page_token", "is not a token of this query; start from the first page"
        ) from None
