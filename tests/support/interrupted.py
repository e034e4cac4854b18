"""A blob store that runs a function between a publication and the next step of its caller."""

from collections.abc import Callable, Sequence
from uuid import UUID

from typing_extensions import override

from registry_grpc.domain.blob import Blob
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import RegistryError
from registry_grpc.services.ports.blobstore import SmallBlob, StagedBlob, StoredBlob
from registry_grpc.storage.filesystem import FilesystemBlobStore


class StagedThenInterrupted(StagedBlob):
    """Staged bytes; something happens between their publication and what the caller does next."""

    def __init__(self, staged: StagedBlob, then: Callable[[], object]) -> None:
        self._staged = staged
        self._then = then

    @override
    def write(self, data: bytes) -> None:
        self._staged.write(data)

    @override
    def flush(self) -> int:
        return self._staged.flush()

    @override
    def publish(self, digest: Digest, crc32c: int) -> StoredBlob:
        stored = self._staged.publish(digest, crc32c)
        self._then()
        return stored

    @override
    def discard(self) -> None:
        self._staged.discard()

    @override
    def release(self) -> None:
        self._staged.release()

    @override
    def state(self) -> bytes:
        return self._staged.state()


class InterruptedStore(FilesystemBlobStore):
    """Files. `then` happens once, right after the next publication or copy.

    asked: called at each `stat`. before_copy: before each copy.
    """

    then: Callable[[], object] | None = None
    asked: Callable[[], object] | None = None
    before_copy: Callable[[], object] | None = None

    @override
    def stage(self, namespace: str, digest: Digest | None, upload_id: str, size: int) -> StagedBlob:
        staged = super().stage(namespace, digest, upload_id, size)
        return StagedThenInterrupted(staged, self._once)

    @override
    def store_all(
        self, namespace: str, batch: UUID, blobs: Sequence[SmallBlob]
    ) -> Sequence[StoredBlob | RegistryError]:
        first = super().store_all(namespace, batch, blobs[:1])
        self._once()
        return [*first, *super().store_all(namespace, batch, blobs[1:])]

    @override
    def copy_all(
        self, target: str, batch: UUID, blobs: Sequence[Blob]
    ) -> Sequence[StoredBlob | RegistryError]:
        if self.before_copy is not None:
            self.before_copy()
        found = super().copy_all(target, batch, blobs)
        self._once()
        return found

    @override
    def resume(
        self,
        namespace: str,
        digest: Digest | None,
        upload_id: str,
        size: int,
        state: bytes,
        offset: int,
    ) -> StagedBlob:
        staged = super().resume(namespace, digest, upload_id, size, state, offset)
        return StagedThenInterrupted(staged, self._once)

    @override
    def stat(self, namespace: str, digest: Digest) -> StoredBlob | None:
        if self.asked is not None:
            self.asked()
        return super().stat(namespace, digest)

    def _once(self) -> None:
        then, self.then = self.then, None
        if then is not None:
            then()
