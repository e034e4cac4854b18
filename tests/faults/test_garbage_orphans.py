"""An upload that finds its bytes stored already, as the orphan of a crash, just before they go."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import google_crc32c
import pytest
from typing_extensions import override

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import BlobBeingDeleted, StorageUnavailable
from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.services.garbage import Ages
from registry_grpc.services.ports.blobstore import StagedBlob, StoredBlob
from registry_grpc.storage.filesystem import FilesystemBlobStore
from tests.support.services import NAMESPACE, LocalRegistry, digest_of

TRY_AGAIN = (BlobBeingDeleted, StorageUnavailable)
DATA = b"published before a crash, and never recorded"


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
    """Files; `then` happens once, right after the next publication."""

    then: Callable[[], object] | None = None

    @override
    def stage(self, namespace: str, digest: Digest | None, upload_id: str, size: int) -> StagedBlob:
        staged = super().stage(namespace, digest, upload_id, size)
        return StagedThenInterrupted(staged, self._once)

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

    def _once(self) -> None:
        then, self.then = self.then, None
        if then is not None:
            then()


@pytest.fixture
def facts(database_url: str) -> Iterator[SqlDatabase]:
    """An empty database."""
    with open_database(database_url) as database:
        yield database


@pytest.fixture
def registry(facts: SqlDatabase, tmp_path: Path) -> LocalRegistry:
    """A registry with an orphan that is three days old, collected while it is published again."""
    store = InterruptedStore(tmp_path / "blobs")
    crashed = store.stage(NAMESPACE, digest_of(DATA), "crashed", len(DATA))
    crashed.write(DATA)
    crashed.publish(digest_of(DATA), google_crc32c.value(DATA))
    crashed.discard()
    made = LocalRegistry(facts, store, tmp_path / "blobs")
    made.clock.now = datetime.now(UTC) + timedelta(days=3)
    store.then = lambda: made.garbage.collect(Ages())
    return made


def test_an_upload_never_records_an_orphan_that_was_just_collected(registry: LocalRegistry) -> None:
    with pytest.raises(TRY_AGAIN):
        registry.push(DATA)

    registry.push(DATA)

    registry.register(DATA)
    assert registry.stored() == {digest_of(DATA)}


def test_a_batch_never_records_an_orphan_that_was_just_collected(registry: LocalRegistry) -> None:
    with pytest.raises(TRY_AGAIN):
        registry.batches.store(NAMESPACE, [(digest_of(DATA), DATA)])

    assert registry.batches.store(NAMESPACE, [(digest_of(DATA), DATA)]) == [None]

    registry.register(DATA)
    assert registry.stored() == {digest_of(DATA)}
