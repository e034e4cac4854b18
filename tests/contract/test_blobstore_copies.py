"""Copies of published blobs in another namespace, by every implementation of the port."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import google_crc32c
import pytest

from registry_grpc.domain.blob import Blob
from registry_grpc.domain.errors import BlobCorrupt, BlobNotFound, RegistryError
from registry_grpc.services.ports.blobstore import BlobStore, StoredBlob
from registry_grpc.storage.filesystem import FilesystemBlobStore
from tests.support import blobstores
from tests.support.blobstores import (
    CHUNK,
    NAMESPACE,
    Bench,
    digest_of,
    gcs_store,
    on_every_kind,
    publish,
    read_all,
)
from tests.support.gcs_fake import GcsFake
from tests.support.gcs_fake_faults import (
    AnswerAfter,
    AnswerWith,
    DropReply,
    OmitFields,
    SomebodyElseDeletes,
    Step,
)
from tests.support.gcs_fake_http import serving

TARGET = "search"
EXCLUDED = {
    "gcs-emulator": {
        "test_a_copy_never_replaces_what_is_published": "it ignores ifGenerationMatch",
        "test_another_generation_is_not_copied": "it ignores sourceGeneration",
    }
}

bench = blobstores.bench
store = blobstores.store
emulator = blobstores.emulator


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    on_every_kind(metafunc, EXCLUDED)


def row(data: bytes, stored: StoredBlob, namespace: str = NAMESPACE) -> Blob:
    """Return the blob as the database has it."""
    now, crc32c = datetime.now(UTC), google_crc32c.value(data)
    return Blob(namespace, digest_of(data), len(data), crc32c, stored.generation, now, now)


def published(store: BlobStore, data: bytes) -> Blob:
    """Publish bytes in the source namespace."""
    return row(data, publish(store, data))


def copied(store: BlobStore, *blobs: Blob) -> list[StoredBlob | RegistryError]:
    """Copy these blobs."""
    return list(store.copy_all(TARGET, uuid4(), blobs))


@pytest.mark.parametrize("size", [0, 1, CHUNK, 3 * CHUNK + 12345])
def test_a_copy_has_the_bytes_and_lives_on_its_own(bench: Bench, size: int) -> None:
    data = os.urandom(size)
    blob = published(bench.store, data)
    [copy] = copied(bench.store, blob)
    assert copy == bench.other.stat(TARGET, blob.digest)
    bench.store.delete(NAMESPACE, blob.digest, generation=blob.generation)
    assert bench.other.stat(NAMESPACE, blob.digest) is None
    assert read_all(bench.other, data, TARGET) == data
    assert bench.held() == []


def test_deleting_a_copy_leaves_the_blob(store: BlobStore) -> None:
    blob = published(store, b"weights")
    [copy] = copied(store, blob)
    assert isinstance(copy, StoredBlob)
    store.delete(TARGET, blob.digest, generation=copy.generation)
    assert read_all(store, b"weights") == b"weights"
    assert isinstance(copied(store, blob)[0], StoredBlob)
    assert read_all(store, b"weights", TARGET) == b"weights"


def test_many_are_copied_each_with_its_own_result(store: BlobStore) -> None:
    contents = [os.urandom(100 + number) for number in range(40)]
    blobs = [published(store, data) for data in contents]
    missing = replace(blobs[7], digest=digest_of(b"missing"))
    blobs[7] = missing
    found = copied(store, *blobs)
    assert isinstance(found[7], BlobNotFound)
    assert store.stat(TARGET, missing.digest) is None
    for number, (data, one) in enumerate(zip(contents, found, strict=True)):
        if number != 7:
            assert one == store.stat(TARGET, digest_of(data))
            assert read_all(store, data, TARGET) == data


def test_a_copy_never_replaces_what_is_published(store: BlobStore) -> None:
    blob, existing = published(store, b"weights"), publish(store, b"weights", TARGET)
    assert copied(store, blob) == [existing]
    assert copied(store, blob) == [existing]


def test_concurrent_copies_of_one_blob_all_succeed(store: BlobStore) -> None:
    data = os.urandom(CHUNK + 1)
    blob = published(store, data)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: copied(store, blob)[0], range(8)))
    assert {type(one) for one in found} == {StoredBlob}
    assert read_all(store, data, TARGET) == data


def test_another_generation_is_not_copied(store: BlobStore) -> None:
    blob = published(store, b"weights")
    [found] = copied(store, replace(blob, generation=blob.generation + 1))
    assert isinstance(found, BlobNotFound)
    assert store.stat(TARGET, blob.digest) is None


def test_a_blob_of_another_size_is_corrupt_and_not_copied_as_whole(store: BlobStore) -> None:
    blob = replace(published(store, b"weights"), size=8)
    assert isinstance(copied(store, blob)[0], BlobCorrupt)


@pytest.mark.parametrize("reason", [errno.EMLINK, errno.EXDEV])
def test_bytes_are_written_again_where_files_cannot_be_linked(
    reason: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, link = FilesystemBlobStore(tmp_path), os.link
    data = os.urandom(2 * CHUNK + 1)
    blob = published(store, data)

    def limited(source: Path, target: Path) -> None:
        if "blobs" in Path(source).parts:  # only staged files have a link left
            raise OSError(reason, os.strerror(reason))
        link(source, target)

    monkeypatch.setattr(os, "link", limited)
    assert isinstance(copied(store, blob)[0], StoredBlob)
    monkeypatch.undo()
    assert read_all(store, data, TARGET) == data
    assert list(store.staged()) == []


def test_a_bucket_that_copies_in_steps_is_asked_until_it_is_done() -> None:
    fake = GcsFake()
    fake.rewrite_steps = 4
    with serving(fake) as endpoint, gcs_store(endpoint) as store:
        blob = published(store, b"weights")
        assert copied(store, blob) == [store.stat(TARGET, blob.digest)]
    assert [one.step for one in fake.seen].count(Step.REWRITE) == 4


@pytest.mark.parametrize("fault", [DropReply(), AnswerAfter(503), OmitFields(("crc32c",))])
def test_a_copy_whose_reply_was_lost_is_found(fault: DropReply | AnswerAfter | OmitFields) -> None:
    fake = GcsFake()
    with serving(fake) as endpoint, gcs_store(endpoint) as store:
        blob = published(store, b"weights")
        fake.faults.order(Step.REWRITE, fault)
        assert copied(store, blob) == [store.stat(TARGET, blob.digest)]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"done": true}', b'{"done": true, "resource": 7}']
)
def test_a_bucket_that_answers_nonsense_is_unavailable(body: bytes) -> None:
    fake = GcsFake()
    with serving(fake) as endpoint, gcs_store(endpoint) as store:
        blob = published(store, b"weights")
        fake.faults.order(Step.REWRITE, AnswerWith(body))
        [found] = copied(store, blob)
        assert isinstance(found, RegistryError)
        assert found.reason == "STORAGE_UNAVAILABLE"


def test_a_source_that_is_deleted_meanwhile_is_not_found() -> None:
    fake = GcsFake()
    with serving(fake) as endpoint, gcs_store(endpoint) as store:
        blob = published(store, b"weights")
        fake.faults.order(Step.REWRITE, SomebodyElseDeletes())
        assert isinstance(copied(store, blob)[0], BlobNotFound)


def test_other_bytes_under_the_digest_are_reported() -> None:
    fake = GcsFake()
    with serving(fake) as endpoint, gcs_store(endpoint) as store:
        blob = published(store, b"weights")
        damaged = replace(blob, crc32c=blob.crc32c ^ 1)
        assert isinstance(copied(store, damaged)[0], BlobCorrupt)
