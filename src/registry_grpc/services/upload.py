"""Use cases of uploads: begin, write, commit, abort.

The bytes of an open upload and the state of their hash are held by this process: an upload survives
a lost stream, and starts again from byte 0, with the next session number, when its server is gone.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from registry_grpc.domain.blob import Upload, UploadState
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import (
    DigestMismatch,
    LimitExceeded,
    UploadFenced,
    UploadIncomplete,
    UploadNotFound,
    UploadNotOpen,
)
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.domain.names import UploadName
from registry_grpc.services.blob import Blobs
from registry_grpc.services.mutation import Mutation, Mutations
from registry_grpc.services.ports.blobstore import BlobStore
from registry_grpc.services.ports.clock import Clock, Ids
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import require_namespace
from registry_grpc.services.staging import Staging


class Uploads:
    """Bytes on their way in. Methods may be called from any thread."""

    def __init__(
        self,
        database: Database,
        mutations: Mutations,
        store: BlobStore,
        blobs: Blobs,
        clock: Clock,
        ids: Ids,
        limits: TransferLimits,
    ) -> None:
        self._database = database
        self._mutations = mutations
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._ids = ids
        self._limits = limits
        self._stagings: dict[UUID, Staging] = {}
        self._lock = threading.Lock()

    def begin(self, call: Mutation[Upload], namespace: str, digest: Digest, size: int) -> bytes:
        """Begin an upload, COMMITTED at once when the namespace has the blob.

        Raises LimitExceeded or NamespaceNotFound.
        """
        if size > self._limits.max_blob:
            raise LimitExceeded("blob size in bytes", self._limits.max_blob, size)

        def act(tx: Transaction) -> Upload:
            require_namespace(tx, namespace)
            now = self._clock()
            held = tx.blobs.get(namespace, [digest]).get(digest)
            there = held is not None and held.size == size
            upload = Upload(
                name=UploadName(namespace, self._ids()),
                digest=digest,
                size=size,
                state=UploadState.COMMITTED if there else UploadState.OPEN,
                creator=call.actor.name,
                create_time=now,
                expire_time=now + self._limits.upload_ttl,
                committed=size if there else 0,
                already_existed=there,
            )
            tx.uploads.add(upload)
            if there:
                tx.blobs.extend(namespace, [digest], now + self._limits.blob_lease)
            return upload

        return self._mutations.write(call, act)

    def get(self, name: UploadName) -> Upload:
        """Return where it stands; raises UploadNotFound."""
        with self._database.write() as tx:
            upload = self._require(tx, name)
            if upload.state is UploadState.OPEN:
                upload = self._present(tx, upload)
        return upload

    @contextmanager
    def writing(self, name: UploadName) -> Iterator["UploadWriter"]:
        """Take an upload over from earlier writers and write to it.

        On leaving, however that happens, what was received is made durable and noted. Raises
        UploadNotFound or UploadNotOpen.
        """
        with self._database.write() as tx:
            found = self._require_open(tx, name)
            upload = replace(self._present(tx, found), epoch=found.epoch + 1)
            self._store_state(tx, upload, found.epoch)
        staging = self._staging(upload)
        staging.fence(upload.epoch)
        writer = UploadWriter(self, staging, upload)
        try:
            yield writer
        finally:
            writer.flush_if_mine()

    def note(self, upload: Upload, committed: int) -> None:
        """Remember how much is durable; raises UploadFenced."""
        expire = self._clock() + self._limits.upload_ttl
        with self._database.write() as tx:
            current = self._require_open(tx, upload.name)
            if current.epoch != upload.epoch:
                raise UploadFenced(str(upload.name))
            noted = replace(current, committed=committed, expire_time=expire)
            self._store_state(tx, noted, upload.epoch)

    def commit(self, name: UploadName) -> Upload:
        """Check size and SHA-256, then make the blob visible. A repeat answers the same.

        Raises UploadNotFound, UploadNotOpen, UploadIncomplete or DigestMismatch.
        """
        with self._database.read() as tx:
            upload = self._require(tx, name)
        if upload.state is UploadState.COMMITTED:
            return upload
        with self._database.write() as tx:
            found = self._require_open(tx, name)
            upload = replace(self._present(tx, found), epoch=found.epoch + 1)
            self._store_state(tx, upload, found.epoch)
        staging = self._staging(upload)
        staging.fence(upload.epoch)
        return self._publish(upload, staging)

    def abort(self, name: UploadName) -> Upload:
        """End an upload and drop its bytes. A repeat answers the same.

        Raises UploadNotFound, or UploadNotOpen when it was committed.
        """
        with self._database.write() as tx:
            upload = self._require(tx, name)
            if upload.state is UploadState.COMMITTED:
                raise UploadNotOpen(str(name), upload.state)
            if upload.state is not UploadState.OPEN:
                return upload
            ended = replace(upload, state=UploadState.ABORTED, epoch=upload.epoch + 1)
            self._store_state(tx, ended, upload.epoch)
        self._drop(upload)
        return ended

    def _publish(self, upload: Upload, staging: Staging) -> Upload:
        if staging.received != upload.size:
            raise UploadIncomplete(str(upload.name), staging.received, upload.size)
        actual = staging.digest()
        if actual != upload.digest:
            self._end(replace(upload, state=UploadState.REJECTED))
            raise DigestMismatch(str(upload.digest), str(actual))
        stored = staging.publish()
        namespace = upload.name.namespace
        done = replace(upload, state=UploadState.COMMITTED, committed=upload.size)
        with self._database.write() as tx:
            tx.blobs.put(self._blobs.blob(namespace, upload.digest, stored, staging.crc32c))
            self._store_state(tx, done, upload.epoch)
        self._drop(upload)
        return done

    def _end(self, upload: Upload) -> None:
        with self._database.write() as tx:
            self._store_state(tx, upload, upload.epoch)
        self._drop(upload)

    def _require(self, tx: Transaction, name: UploadName) -> Upload:
        upload = tx.uploads.get(name)
        if upload is None:
            raise UploadNotFound(str(name))
        expired = upload.state is UploadState.OPEN and upload.expire_time < self._clock()
        return replace(upload, state=UploadState.EXPIRED) if expired else upload

    def _require_open(self, tx: Transaction, name: UploadName) -> Upload:
        upload = self._require(tx, name)
        if upload.state is not UploadState.OPEN:
            raise UploadNotOpen(str(name), upload.state)
        return upload

    def _present(self, tx: Transaction, upload: Upload) -> Upload:
        """Return the upload as far as this process can go on with it: from 0 if it cannot."""
        if upload.committed == 0 or upload.name.uuid in self._stagings:
            return upload
        lost = replace(upload, committed=0, session=upload.session + 1)
        self._store_state(tx, lost, upload.epoch)
        return lost

    def _store_state(self, tx: Transaction, upload: Upload, epoch: int) -> None:
        if not tx.uploads.update(upload, epoch=epoch):
            raise UploadFenced(str(upload.name))

    def _staging(self, upload: Upload) -> Staging:
        with self._lock:
            staging = self._stagings.get(upload.name.uuid)
            if staging is None:
                namespace, uuid = upload.name.namespace, upload.name.uuid
                staged = self._store.stage(namespace, upload.digest, str(uuid), upload.size)
                staging = self._stagings[uuid] = Staging(upload, staged)
        return staging

    def _drop(self, upload: Upload) -> None:
        with self._lock:
            staging = self._stagings.pop(upload.name.uuid, None)
        if staging is not None:
            staging.discard()


class UploadWriter:
    """The right to append to one upload, until a later writer takes it."""

    def __init__(self, uploads: Uploads, staging: Staging, upload: Upload) -> None:
        self._uploads = uploads
        self._staging = staging
        self._upload = upload

    @property
    def received(self) -> int:
        """Bytes received and hashed."""
        return self._staging.received

    def write(self, offset: int, data: bytes, crc32c: int) -> None:
        """Append a chunk; raises what `Staging.write` raises."""
        self._staging.write(self._upload.epoch, offset, data, crc32c)

    def flush(self) -> int:
        """Make durable what can be, note it, and return the durable offset; raises UploadFenced."""
        committed = self._staging.flush(self._upload.epoch)
        self._uploads.note(self._upload, committed)
        return committed

    def flush_if_mine(self) -> None:
        """Flush, unless another writer took the upload over or it has ended."""
        try:
            self.flush()
        except (UploadFenced, UploadNotOpen):
            return
