"""Small blobs are recorded, on both databases, while collections remove the same and other ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry_grpc.domain.blob import Blob
from registry_grpc.domain.errors import BlobBeingDeleted, StorageUnavailable
from registry_grpc.persistence.database import SqlDatabase, open_database
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import START, a_blob, a_namespace
from tests.support.interrupted import InterruptedStore
from tests.support.services import NAMESPACE, LocalRegistry, digest_of

CONTENTS = [f"small {number}".encode() for number in range(40)]
SMALL = [(digest_of(data), data) for data in CONTENTS]
STORED = [None] * len(SMALL)


@pytest.fixture
def facts(database_url: str) -> Iterator[SqlDatabase]:
    """An empty database, whose locks are not waited for."""
    with open_database(database_url) as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> InterruptedStore:
    """Files."""
    return InterruptedStore(tmp_path / "blobs")


@pytest.fixture
def registry(facts: SqlDatabase, store: InterruptedStore, tmp_path: Path) -> LocalRegistry:
    """The use cases."""
    return LocalRegistry(facts, store, tmp_path / "blobs")


def _disown(database: Database, text: str, namespace: str = NAMESPACE) -> None:
    with database.change(lambda: START) as transaction:
        assert transaction.blobs.add_orphan(a_blob(text, namespace=namespace))


def test_a_batch_asks_the_store_for_nothing_once_it_is_published(
    registry: LocalRegistry, store: InterruptedStore
) -> None:
    asked: list[None] = []
    store.asked = lambda: asked.append(None)

    assert registry.batches.store(NAMESPACE, SMALL) == STORED

    assert asked == []
    assert registry.stored() == {digest for digest, _ in SMALL}
    assert registry.blobs.missing(NAMESPACE, [(digest, len(data)) for digest, data in SMALL]) == []


def test_a_batch_beside_a_collection_asks_again_and_lets_others_write_meanwhile(
    registry: LocalRegistry, store: InterruptedStore
) -> None:
    asked: list[int] = []

    def write() -> None:
        with registry.database.write() as transaction:
            asked.append(transaction.uploads.forget(START))

    store.then = lambda: _disown(registry.database, "something else")
    store.asked = write

    assert registry.batches.store(NAMESPACE, SMALL) == STORED

    assert len(asked) == len(SMALL)
    assert registry.blobs.missing(NAMESPACE, [(digest, len(data)) for digest, data in SMALL]) == []


def test_a_collection_in_another_namespace_costs_a_batch_nothing(
    registry: LocalRegistry, store: InterruptedStore
) -> None:
    with registry.database.change(lambda: START) as transaction:
        transaction.namespaces.add(a_namespace())
    asked: list[None] = []
    store.then = lambda: _disown(registry.database, "something else", "risk")
    store.asked = lambda: asked.append(None)

    assert registry.batches.store(NAMESPACE, SMALL) == STORED

    assert asked == []


def test_what_was_marked_and_is_still_there_is_refused_alone(
    registry: LocalRegistry, store: InterruptedStore
) -> None:
    digest, data = SMALL[0]
    orphan = Blob(NAMESPACE, digest, len(data), 0, 0, START, START)

    def mark() -> None:
        with registry.database.change(lambda: START) as transaction:
            assert transaction.blobs.add_orphan(orphan)

    store.then = mark

    refused, *others = registry.batches.store(NAMESPACE, SMALL)

    assert isinstance(refused, BlobBeingDeleted)
    assert others == STORED[1:]


def test_what_somebody_else_recorded_meanwhile_is_stored(
    registry: LocalRegistry, store: InterruptedStore
) -> None:
    def beside() -> None:
        _disown(registry.database, "something else")
        assert registry.batches.store(NAMESPACE, SMALL) == STORED

    store.then = beside

    assert registry.batches.store(NAMESPACE, SMALL) == STORED

    assert registry.blobs.missing(NAMESPACE, [(digest, len(data)) for digest, data in SMALL]) == []


def test_collections_that_never_end_are_not_waited_for(
    registry: LocalRegistry, store: InterruptedStore
) -> None:
    marked: list[str] = []

    def mark() -> None:
        marked.append(f"orphan {len(marked)}")
        _disown(registry.database, marked[-1])

    store.then = store.asked = mark

    with pytest.raises(StorageUnavailable):
        registry.batches.store(NAMESPACE, SMALL[:3])

    with registry.database.read() as transaction:
        assert transaction.blobs.get(NAMESPACE, [digest for digest, _ in SMALL]) == {}
