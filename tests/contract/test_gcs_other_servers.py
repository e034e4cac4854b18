"""Servers that speak the protocol of Google Cloud Storage and answer with less.

What is missing is tolerated where it can be found otherwise; size and checksum are always checked.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from registry_grpc.domain.errors import BlobCorrupt, StorageUnavailable
from registry_grpc.services.ports.blobstore import StoredBlob
from registry_grpc.storage.gcs import GcsBlobStore
from tests.support.blobstores import (
    CHUNK,
    IMPATIENT,
    NAMESPACE,
    digest_of,
    gcs_store,
    publish,
    read_all,
    store_all,
)
from tests.support.gcs_fake import GcsFake
from tests.support.gcs_fake_faults import AnswerWith, FlipBit, OmitFields, Step
from tests.support.gcs_fake_http import serving

DATA = bytes(range(256)) * (CHUNK // 256) + b"rest"
MANY = 50


@pytest.fixture
def fake() -> GcsFake:
    return GcsFake()


@pytest.fixture
def store(fake: GcsFake) -> Iterator[GcsBlobStore]:
    with serving(fake) as endpoint, gcs_store(endpoint, retry_policy=IMPATIENT) as made:
        yield made


def always(fake: GcsFake, fault: OmitFields | AnswerWith, *steps: Step) -> None:
    for step in steps or (Step.FINISH, Step.STAT, Step.LIST):
        fake.faults.order(step, fault, times=MANY)


@pytest.mark.parametrize("data", [b"", b"x", DATA], ids=["empty", "one byte", "chunks"])
@pytest.mark.parametrize("names", [("crc32c",), ("generation",), ("crc32c", "generation")])
def test_a_server_without_checksums_or_generations_stores_and_reads(
    fake: GcsFake, store: GcsBlobStore, data: bytes, names: tuple[str, ...]
) -> None:
    always(fake, OmitFields(names))
    found = publish(store, data)
    assert found.size == len(data)
    assert publish(store, data) == found
    assert read_all(store, data) == data
    [(_, digest, listed, _)] = store.published()
    assert (digest, listed) == (digest_of(data), found)
    store.delete(NAMESPACE, digest, generation=found.generation)
    assert fake.objects == {}


def test_an_empty_file_of_which_the_reply_has_no_size_is_stored(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    always(fake, OmitFields(("size",)))
    assert publish(store, b"").size == 0
    assert publish(store, b"").size == 0
    [one] = store_all(store, [b""])
    assert isinstance(one, StoredBlob)


def test_a_reply_without_a_size_is_not_believed_of_other_files(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    always(fake, OmitFields(("size",)))
    with pytest.raises(BlobCorrupt):
        publish(store, DATA)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"<html>", b'{"size": "many"}'])
def test_a_last_reply_that_cannot_be_read_is_settled_by_the_object(
    fake: GcsFake, store: GcsBlobStore, body: bytes
) -> None:
    always(fake, AnswerWith(body), Step.FINISH)
    assert publish(store, DATA).size == len(DATA)


def test_a_server_that_cannot_be_understood_gives_one_error_each_time(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    fake.faults.order(Step.FINISH, AnswerWith(b"<html>"))
    fake.faults.order(Step.STAT, AnswerWith(b"<html>"))
    with pytest.raises(StorageUnavailable) as caught:
        publish(store, DATA)
    assert "status 200" in caught.value.cause
    assert publish(store, DATA).size == len(DATA)


def test_bytes_that_were_damaged_are_found_without_a_checksum_of_the_server(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    fake.faults.order(Step.STAT, OmitFields(("crc32c",)))
    fake.faults.order(Step.FINISH, OmitFields(("crc32c",)))
    fake.faults.order(Step.MEDIA, FlipBit())
    with pytest.raises(BlobCorrupt):
        publish(store, DATA)


def test_an_object_without_a_time_is_never_old(fake: GcsFake, store: GcsBlobStore) -> None:
    publish(store, b"x")
    fake.faults.order(Step.LIST, OmitFields(("updated",)))
    [(_, _, _, updated)] = store.published()
    assert updated > datetime(9999, 1, 1, tzinfo=UTC)


def test_an_object_that_cannot_be_read_hides_no_others(
    fake: GcsFake, store: GcsBlobStore, caplog: pytest.LogCaptureFixture
) -> None:
    publish(store, b"x")
    name = next(iter(fake.objects))
    good = fake.objects[name].fields()
    bad = {**good, "size": "many"}
    body = json.dumps({"items": [bad, {}, good]}).encode()
    fake.faults.order(Step.LIST, AnswerWith(body))
    assert [digest for _, digest, _, _ in store.published()] == [digest_of(b"x")]
    assert len([line for line in caplog.messages if "cannot be read" in line]) == 2
