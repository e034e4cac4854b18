"""Where uploads are open: taking staged bytes up, noting how far they are durable, letting go.

Where an upload stands is in the database: the durable offset, the running hashes at that offset and
what the blob store needs to go on, stored together and guarded by the epoch. So any process goes on
where another was killed. What is kept in this process between calls only saves work.
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
_NOBODY = 0


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
        # Held, and nobody writes: their last bytes are not durable yet (a bucket takes them in
        # chunks), and another process would ask the client for those again. Longest idle first.
        self._idle: OrderedDict[UUID, Staging] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """How many uploads this process has files or sessions open for."""
        with self._lock:
            return len(self._held)

    def open(self, upload: Upload, *, whole: bool = False) -> tuple[Upload, Staging]:
        """Return the staging to go on with, and the upload as it is then.

        A writer goes on from the last checkpoint, because that is what its client was told. With
        `whole` (to commit) what was received behind it in this process counts too. An earlier
        writer of this process is fenced. When what was staged is lost, the upload starts again from
        0 in its next session. Raises StorageUnavailable, UploadFenced.
        """
        uuid = upload.name.uuid
        with self._lock:
            held = self._held.get(uuid)
            self._idle.pop(uuid, None)
        # Held since another process wrote to it: it is not what it was.
        if held is not None and whole and held.belongs_to(upload.epoch - 1):
            held.fence(upload.epoch)
            return upload, held
        if held is not None:
            self._let_go(uuid, held)
        try:
            staging = self._resume(upload)
        except SessionLost:
            upload = self.restart(upload)
            staging = self._stage(upload)
        with self._lock:
            self._held[uuid] = staging
        return upload, staging

    def note(self, upload: Upload, staging: Staging) -> int:
        """Make durable what can be, remember it and return its offset; raises UploadFenced."""
        point = staging.checkpoint(upload.epoch)
        committed, expire_time = staging.noted
        if point.offset > committed:
            # Only progress keeps an upload alive.
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
        staging.noted = point.offset, expire_time
        return point.offset

    def require_ours(self, upload: Upload) -> None:
        """Raise UploadFenced when the upload has ended, or a later writer took it over."""
        with self._database.read() as tx:
            stored = tx.uploads.get(upload.name)
        if stored is None or stored.epoch != upload.epoch:
            raise UploadFenced(str(upload.name))

    def leave(self, upload: Upload, staging: Staging) -> None:
        """Note what is durable; release what is, keep at hand what is not."""
        durable = staging.received
        try:
            durable = self.note(upload, staging)
        except UploadFenced:
            if not staging.belongs_to(upload.epoch):
                return  # a later writer of this process has it, or it has ended
            # Otherwise a writer of another process has it.
        except (SessionLost, RegistryError):
            pass  # the last checkpoint stands
        except BaseException:
            self._let_go(upload.name.uuid, staging)
            raise
        if durable == staging.received:
            self._let_go(upload.name.uuid, staging)
            return
        with self._lock:
            self._idle[upload.name.uuid] = staging
            coldest = next(iter(self._idle.items())) if len(self._idle) > _IDLE else None
        if coldest is not None:
            self._let_go(*coldest)

    def lost(self, upload: Upload, staging: Staging) -> None:
        """Start an upload again whose staged bytes vanished under its writer."""
        self.close(upload, staging)
        self.restart(upload)

    def restart(self, upload: Upload) -> Upload:
        """Return the upload as it is from now on: at 0, in its next session."""
        again = replace(
            upload, committed=0, session=upload.session + 1, checkpoint=b"", store_state=b""
        )
        with self._database.write() as tx:
            store_upload(tx, again, upload.epoch)
        if upload.store_state:
            self._drop_staged(upload)
        return again

    def require_stored(self, blob: Blob) -> None:
        """Raise StorageUnavailable when bytes that were just recorded are not there any more.

        To be asked in the transaction that writes the row, after it, if anything was marked since
        the claim (see `recording`): from then on no collection takes them.
        """
        if not is_stored(self._store, blob):
            raise StorageUnavailable

    def close(self, upload: Upload, staging: Staging) -> None:
        """Drop the bytes of an upload that has just ended."""
        staging.fence(_NOBODY)
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
        """End an upload whose time is over and drop its bytes; False if it made progress."""
        ended = replace(upload, state=UploadState.EXPIRED, epoch=upload.epoch + 1)
        with self._database.write(frees=True) as tx:
            if not tx.uploads.update(ended, epoch=upload.epoch):
                return False
        self.drop(upload)
        return True

    def _drop_staged(self, upload: Upload) -> None:
        # What cannot be dropped now, because another process still has it in its hands or the
        # store is away, is a leftover of an ended upload: the next collection drops it.
        name = upload.name
        with suppress(StorageUnavailable):
            self._store.drop_staged(name.namespace, str(name.uuid), upload.store_state)

    def _forget(self, uuid: UUID) -> None:
        with self._lock:
            self._held.pop(uuid, None)
            self._idle.pop(uuid, None)

    def _let_go(self, uuid: UUID, staging: Staging) -> None:
        staging.fence(_NOBODY)
        self._forget(uuid)
        staging.release()

    def _stage(self, upload: Upload) -> Staging:
        name = upload.name
        staged = self._store.stage(name.namespace, upload.digest, str(name.uuid), upload.size)
        return Staging(upload, staged, RunningHash.start(self._hashing))

    def _resume(self, upload: Upload) -> Staging:
        if upload.committed == 0:
            if upload.store_state:
                self._drop_staged(upload)  # begun, but nothing of it is durable
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
        # The state was saved by another release, or could not be: hash what is stored again.
        name = upload.name
        pieces = self._store.staged_bytes(name.namespace, str(name.uuid), upload.committed)
        if pieces is None:
            raise SessionLost
        return RunningHash.over(self._hashing, pieces)
