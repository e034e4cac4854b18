"""The open uploads of this process: resume, checkpoint and release of staged bytes.

The state of an upload is in the database: the durable offset, the running hashes at that offset and
the state of the blob store, stored together and guarded by the epoch. So any process can resume
after another was killed. State that this process keeps between calls only saves work.
"""

import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from registry_grpc.domain.blob import Blob, Upload, UploadState
from registry_grpc.domain.errors import RegistryError, StorageUnavailable, UploadFenced
from registry_grpc.services.ports.blobstore import BlobStore, SessionLost
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.hashing import Hashing
from registry_grpc.services.recording import is_stored
from registry_grpc.services.running_hash import RunningHash
from registry_grpc.services.staging import Staging

_IDLE = 32
_NO_WRITER = 0


def store_upload(tx: Transaction, upload: Upload, epoch: int) -> None:
    """Store an upload whose stored epoch is `epoch`; raises UploadFenced when it is not."""
    if not tx.uploads.update(upload, epoch=epoch):
        raise UploadFenced(str(upload.name))


class StagingArea:
    """The uploads that this process has open. Methods may be called from any thread."""

    def __init__(
        self, database: Database, store: BlobStore, hashing: Hashing, clock: Clock, ttl: timedelta
    ) -> None:
        self._database = database
        self._store = store
        self._hashing = hashing
        self._clock = clock
        self._ttl = ttl
        self._held: dict[UUID, Staging] = {}
        # Open uploads without a writer: their last bytes are not durable yet (a bucket stores
        # chunks), and another process would need them again. Longest idle first.
        self._idle: OrderedDict[UUID, Staging] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """The number of uploads with open files or sessions in this process."""
        with self._lock:
            return len(self._held)

    def open(self, upload: Upload, *, whole: bool = False) -> tuple[Upload, Staging]:
        """Return the staging to resume, and the upload as of then.

        A writer resumes at the last checkpoint, which its client knows. With `whole` (to commit)
        bytes received after it in this process count too. An earlier writer of this process is
        fenced. When the staged bytes are lost, the upload starts again from 0 in its next session.
        Raises StorageUnavailable, UploadFenced.
        """
        uuid = upload.name.uuid
        with self._lock:
            held = self._held.get(uuid)
            self._idle.pop(uuid, None)
        # If another process wrote to it since, its state is outdated.
        if held is not None and whole and held.belongs_to(upload.epoch - 1):
            held.fence(upload.epoch)
            return upload, held
        if held is not None:
            self._supersede(uuid, held, upload.store_state)
        try:
            staging = self._resume(upload)
        except SessionLost:
            upload = self.restart(upload)
            staging = self._stage(upload)
        with self._lock:
            self._held[uuid] = staging
        return upload, staging

    def note(self, upload: Upload, staging: Staging) -> int:
        """Make bytes durable, store and return their offset; raises UploadFenced."""
        point = staging.checkpoint(upload.epoch)
        committed, expire_time = staging.noted
        if point.offset > committed:
            # Only progress extends the lifetime of an upload.
            expire_time = self._clock() + self._ttl
        noted = replace(
            upload,
            committed=point.offset,
            checkpoint=point.hashes,
            store_state=point.store_state,
            expire_time=expire_time,
        )
        with self._database.write() as tx:
            store_upload(tx, noted, upload.epoch)
        staging.noted, staging.stored_state = (point.offset, expire_time), point.store_state
        return point.offset

    def require_ours(self, upload: Upload) -> None:
        """Raise UploadFenced when the upload has ended, or a later writer took it over."""
        with self._database.read() as tx:
            stored = tx.uploads.get(upload.name)
        if stored is None or stored.epoch != upload.epoch:
            raise UploadFenced(str(upload.name))

    def leave(self, upload: Upload, staging: Staging) -> None:
        """Store the durable offset; release the upload if all its bytes are durable."""
        durable = staging.received
        try:
            durable = self.note(upload, staging)
        except UploadFenced:
            # A later writer has it, or it has ended. One of this process has fenced it already.
            if staging.belongs_to(upload.epoch):
                self._supersede(upload.name.uuid, staging, staging.stored_state)
            return
        except (SessionLost, RegistryError):
            pass  # the last checkpoint remains valid
        except BaseException:
            self._release(upload.name.uuid, staging)
            raise
        if durable == staging.received:
            self._release(upload.name.uuid, staging)
            return
        with self._lock:
            self._idle[upload.name.uuid] = staging
            coldest = next(iter(self._idle.items())) if len(self._idle) > _IDLE else None
        if coldest is not None:
            self._release(*coldest)

    def lost(self, upload: Upload, staging: Staging) -> None:
        """Restart an upload whose staged bytes were lost."""
        self.close(upload, staging)
        self.restart(upload)

    def restart(self, upload: Upload) -> Upload:
        """Return the restarted upload: at 0, in its next session."""
        again = replace(
            upload, committed=0, session=upload.session + 1, checkpoint=b"", store_state=b""
        )
        with self._database.write() as tx:
            store_upload(tx, again, upload.epoch)
        if upload.store_state:
            self._drop_staged(upload)
        return again

    def require_stored(self, blob: Blob) -> None:
        """Raise StorageUnavailable when newly recorded bytes do not exist any more.

        Call it in the transaction that writes the row, after it, if the deletion counter increased
        since the claim (see `recording`): from then on no collection deletes them.
        """
        if not is_stored(self._store, blob):
            cause = f"{blob.digest} was stored, and is missing in the blob store"
            raise StorageUnavailable(cause)

    def close(self, upload: Upload, staging: Staging) -> None:
        """Drop the bytes of an ended upload."""
        staging.fence(_NO_WRITER)
        self._forget(upload.name.uuid)
        staging.discard()

    def drop(self, upload: Upload) -> None:
        """Drop the bytes of an upload that ended without its writer."""
        with self._lock:
            staging = self._held.get(upload.name.uuid)
        if staging is not None:
            self.close(upload, staging)
        self._drop_staged(upload)

    def expire(self, upload: Upload) -> bool:
        """End an expired upload and drop its bytes; False if it made progress."""
        ended = replace(upload, state=UploadState.EXPIRED, epoch=upload.epoch + 1)
        with self._database.write(frees=True) as tx:
            if not tx.uploads.update(ended, epoch=upload.epoch):
                return False
        self.drop(upload)
        return True

    def _drop_staged(self, upload: Upload) -> None:
        # Bytes that cannot be dropped now, because another process uses them or the store is
        # unavailable, are a leftover that the next collection drops.
        name = upload.name
        with suppress(StorageUnavailable):
            self._store.drop_staged(name.namespace, str(name.uuid), upload.store_state)

    def _forget(self, uuid: UUID) -> None:
        with self._lock:
            self._held.pop(uuid, None)
            self._idle.pop(uuid, None)

    def _release(self, uuid: UUID, staging: Staging) -> None:
        staging.fence(_NO_WRITER)
        self._forget(uuid)
        staging.release()

    def _supersede(self, uuid: UUID, staging: Staging, stored_state: bytes) -> None:
        staging.fence(_NO_WRITER)
        self._forget(uuid)
        staging.supersede(stored_state)

    def _stage(self, upload: Upload) -> Staging:
        name = upload.name
        staged = self._store.stage(name.namespace, upload.digest, str(name.uuid), upload.size)
        return Staging(upload, staged, RunningHash.start(self._hashing))

    def _resume(self, upload: Upload) -> Staging:
        if upload.committed == 0:
            if upload.store_state:
                self._drop_staged(upload)  # begun, but without durable bytes
            return self._stage(upload)
        running = self._running(upload)
        name = upload.name
        staged = self._store.resume(
            name.namespace,
            upload.digest,
            str(name.uuid),
            upload.size,
            upload.store_state,
            upload.committed,
        )
        return Staging(upload, staged, running)

    def _running(self, upload: Upload) -> RunningHash:
        running = RunningHash.load(self._hashing, upload.checkpoint)
        if running is not None and running.offset == upload.committed:
            return running
        # The state is of another release, or missing: hash the stored bytes again.
        name = upload.name
        pieces = self._store.staged_bytes(name.namespace, str(name.uuid), upload.committed)
        if pieces is None:
            raise SessionLost
        return RunningHash.over(self._hashing, pieces)
