"""An upload that finds its bytes as the orphan of a crash, just before they are deleted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import google_crc32c
import pytest

from registry_grpc.domain.errors import BlobBeingDeleted, StorageUnavailable
from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.services.garbage import Ages
from registry_grpc.transport.convert.record import record_digest
from tests.support.interrupted import InterruptedStore
from tests.support.services import NAMESPACE, LocalRegistry, digest_of

TRY_AGAIN = (BlobBeingDeleted, StorageUnavailable)
DATA = b"published before a crash, and never recorded"


@pytest.fixture
def facts(database_url: str) -> Iterator[SqlDatabase]:
    """An empty database."""
    with open_database(database_url, digest=record_digest) as database:
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
    blobs = [(digest_of(data), data) for data in (DATA, b"nothing happens to it")]
    refused, stored = registry.batches.store(NAMESPACE, blobs)

    assert isinstance(refused, TRY_AGAIN)
    assert stored is None
    assert registry.batches.store(NAMESPACE, blobs) == [None, None]
    registry.register(*(data for _, data in blobs))
    assert registry.stored() == {digest for digest, _ in blobs}
