"""The promises of the blob store port, kept by every implementation."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import google_crc32c
import pytest

from registry_grpc.domain.errors import BlobCorrupt, BlobNotFound, RegistryError
from registry_grpc.services.ports.blobstore import BlobStore, SmallBlob, StoredBlob
from tests.support import blobstores
from tests.support.blobstores import (
    CHUNK,
    KIB,
    KINDS,
    NAMESPACE,
    QUANTUM,
    Bench,
    digest_of,
    finished,
    on_every_kind,
    publish,
    read_all,
    stage,
    staged,
    store_all,
)

# What an implementation cannot be asked, and why.
EXCLUDED = {
    "filesystem": {
        "test_a_damaged_upload_leaves_nothing_behind": "a file has no checksum to compare with",
        "test_a_wrong_crc32c_makes_nothing_visible": "a file has no checksum to compare with",
        "test_a_wrong_crc32c_refuses_that_small_blob_alone": "a file has no checksum",
        "test_the_stored_checksum_and_generation_are_told": "a file has neither",
        "test_another_generation_is_left_alone_by_delete": "a file has no generations",
    },
    "gcs-emulator": {
        "test_a_second_publisher_gets_the_blob_that_is_there": "it ignores ifGenerationMatch",
        "test_concurrent_publishers_of_one_digest_all_succeed": "it ignores ifGenerationMatch",
        "test_small_blobs_never_replace_what_is_published": "it ignores ifGenerationMatch",
        "test_small_blobs_that_are_stored_several_times_at_once_all_succeed": "the same",
        "test_another_generation_is_left_alone_by_delete": "it ignores ifGenerationMatch",
        "test_reading_another_generation_finds_nothing": "it ignores generation",
        "test_discarding_leaves_nothing_behind": "it cannot cancel an upload session",
        "test_an_upload_that_lost_the_race_leaves_nothing_behind": "it ignores ifGenerationMatch",
        "test_a_damaged_upload_leaves_nothing_behind": "it cannot cancel an upload session",
    },
}

SIZES = [
    pytest.param(size, id=name)
    for name, size in {
        "empty": 0,
        "one": 1,
        "quantum-1": QUANTUM - 1,
        "quantum": QUANTUM,
        "quantum+1": QUANTUM + 1,
        "chunk-1": CHUNK - 1,
        "chunk": CHUNK,
        "chunk+1": CHUNK + 1,
        "three-chunks": 3 * CHUNK,
        "three-chunks-and-a-bit": 3 * CHUNK + 12345,
    }.items()
]


bench = blobstores.bench
store = blobstores.store
emulator = blobstores.emulator


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    on_every_kind(metafunc, EXCLUDED)


def test_every_exclusion_names_a_test() -> None:
    named = {test for tests in EXCLUDED.values() for test in tests}
    assert named <= {name for name in globals() if name.startswith("test_")}
    assert EXCLUDED.keys() <= set(KINDS)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("piece", [100 * KIB, 1024 * KIB])
def test_what_goes_in_comes_out(store: BlobStore, size: int, piece: int) -> None:
    data = os.urandom(size)
    stored = finished(staged(store, data, piece), data)
    assert stored.size == size
    assert store.stat(NAMESPACE, digest_of(data)) == stored
    assert read_all(store, data) == data


def test_a_blob_is_invisible_until_published(store: BlobStore) -> None:
    data = os.urandom(2 * CHUNK + 5)
    upload = stage(store, data)
    for start in range(0, len(data), 100 * KIB):
        upload.write(data[start : start + 100 * KIB])
        assert store.stat(NAMESPACE, digest_of(data)) is None
    upload.flush()
    assert store.stat(NAMESPACE, digest_of(data)) is None
    with pytest.raises(BlobNotFound):
        list(store.read(NAMESPACE, digest_of(data), generation=0, offset=0, length=1))
    finished(upload, data)
    assert store.stat(NAMESPACE, digest_of(data)) is not None


def test_flush_tells_a_durable_offset_that_never_passes_what_was_written(store: BlobStore) -> None:
    data = os.urandom(CHUNK + QUANTUM + 7)
    upload = stage(store, data)
    assert upload.flush() == 0
    offsets = []
    for start in range(0, len(data), 150 * KIB):
        upload.write(data[start : start + 150 * KIB])
        offsets.append(upload.flush())
        assert offsets[-1] <= start + 150 * KIB
    assert offsets == sorted(offsets)
    assert len(data) - offsets[-1] <= QUANTUM
    finished(upload, data)
    assert read_all(store, data) == data


def test_the_stored_checksum_and_generation_are_told(store: BlobStore) -> None:
    stored = publish(store, b"weights")
    assert stored.crc32c == google_crc32c.value(b"weights")
    assert stored.generation > 0


def test_a_wrong_crc32c_makes_nothing_visible(store: BlobStore) -> None:
    data = os.urandom(CHUNK + 1)
    upload = staged(store, data)
    with pytest.raises(BlobCorrupt):
        upload.publish(digest_of(data), google_crc32c.value(data) ^ 1)
    assert store.stat(NAMESPACE, digest_of(data)) is None


def test_a_damaged_upload_leaves_nothing_behind(bench: Bench) -> None:
    upload = staged(bench.store, b"weights")
    with pytest.raises(BlobCorrupt):
        upload.publish(digest_of(b"weights"), google_crc32c.value(b"weights") ^ 1)
    upload.discard()
    assert bench.held() == []


def test_a_second_publisher_gets_the_blob_that_is_there(store: BlobStore) -> None:
    data = os.urandom(CHUNK + 1)
    early, late = staged(store, data), staged(store, data)
    first = finished(early, data)
    assert finished(late, data) == first
    assert publish(store, data) == first
    assert read_all(store, data) == data


def test_an_upload_that_lost_the_race_leaves_nothing_behind(bench: Bench) -> None:
    data = os.urandom(CHUNK + 1)
    early, late = staged(bench.store, data), staged(bench.store, data)
    for upload in (early, late):
        finished(upload, data)
    publish(bench.store, data)
    assert bench.held() == []


@pytest.mark.parametrize("size", [0, 1000, 2 * CHUNK + 1])
def test_concurrent_publishers_of_one_digest_all_succeed(bench: Bench, size: int) -> None:
    data = os.urandom(size)
    count = 8
    together = Barrier(count)

    def race(_: int) -> StoredBlob:
        upload = staged(bench.store, data)
        together.wait(timeout=120)
        return finished(upload, data)

    with ThreadPoolExecutor(count) as threads:
        results = set(threads.map(race, range(count)))
    assert results == {bench.store.stat(NAMESPACE, digest_of(data))}
    assert read_all(bench.store, data) == data
    assert bench.held() == []


def test_concurrent_uploads_of_different_blobs_do_not_mix(store: BlobStore) -> None:
    blobs = [os.urandom(CHUNK + 1000 * number) for number in range(8)]
    with ThreadPoolExecutor(len(blobs)) as threads:
        list(threads.map(lambda data: publish(store, data), blobs))
        assert list(threads.map(lambda data: read_all(store, data), blobs)) == blobs


def test_publishing_leaves_nothing_behind(bench: Bench) -> None:
    data = os.urandom(CHUNK + 1)
    upload = staged(bench.store, data)
    upload.flush()
    assert len(bench.held()) == 1
    finished(upload, data)
    assert bench.held() == []


def test_discarding_leaves_nothing_behind(bench: Bench) -> None:
    data = os.urandom(2 * CHUNK + 1)
    upload = staged(bench.store, data)
    upload.discard()
    assert bench.held() == []
    assert bench.store.stat(NAMESPACE, digest_of(data)) is None


def test_discarding_twice_and_after_publishing_is_harmless(store: BlobStore) -> None:
    data = os.urandom(CHUNK + 1)
    stage(store, b"never written").discard()
    upload = staged(store, data)
    upload.discard()
    upload.discard()
    published = staged(store, data)
    published.publish(digest_of(data), google_crc32c.value(data))
    published.discard()
    published.discard()
    assert read_all(store, data) == data


def test_an_upload_that_was_discarded_can_be_begun_again(store: BlobStore) -> None:
    data = os.urandom(CHUNK + 1)
    upload_id = str(uuid4())
    upload = store.stage(NAMESPACE, digest_of(data), upload_id, len(data))
    upload.write(b"something else")
    upload.discard()
    again = store.stage(NAMESPACE, digest_of(data), upload_id, len(data))
    again.write(data)
    finished(again, data)
    assert read_all(store, data) == data


def test_namespaces_never_see_each_others_blobs(store: BlobStore) -> None:
    ours = publish(store, b"weights", "risk")
    assert store.stat("search", digest_of(b"weights")) is None
    with pytest.raises(BlobNotFound):
        list(
            store.read(
                "search", digest_of(b"weights"), generation=ours.generation, offset=0, length=1
            )
        )
    theirs = publish(store, b"weights", "search")
    store.delete("risk", digest_of(b"weights"), generation=ours.generation)
    assert store.stat("risk", digest_of(b"weights")) is None
    assert store.stat("search", digest_of(b"weights")) == theirs


def test_what_is_missing_has_no_stat(store: BlobStore) -> None:
    assert store.stat(NAMESPACE, digest_of(b"nobody")) is None


MIB = 1024 * KIB
SPANS = [
    (0, 1),
    (0, 3 * MIB + 17),
    (1, MIB),
    (MIB - 1, 2),
    (MIB, MIB),
    (3 * MIB, 17),
    (3 * MIB + 16, 1),
    (3 * MIB + 17, 0),
    (7, 0),
]


@pytest.mark.parametrize("offset, length", SPANS)
def test_exactly_the_bytes_asked_for_come_in_pieces_of_at_most_a_mebibyte(
    store: BlobStore, offset: int, length: int
) -> None:
    data = os.urandom(3 * MIB + 17)
    stored = publish(store, data)
    pieces = list(
        store.read(
            NAMESPACE, digest_of(data), generation=stored.generation, offset=offset, length=length
        )
    )
    assert b"".join(pieces) == data[offset : offset + length]
    assert all(0 < len(piece) <= MIB for piece in pieces)


def test_a_reader_may_stop_early(store: BlobStore) -> None:
    data = os.urandom(3 * MIB)
    generation = publish(store, data).generation
    for _ in range(40):  # more than there are connections
        pieces = store.read(
            NAMESPACE, digest_of(data), generation=generation, offset=0, length=len(data)
        )
        assert next(iter(pieces)) == data[:MIB]
        del pieces
    assert read_all(store, data) == data


@pytest.mark.parametrize("length", [0, 1])
def test_reading_a_missing_blob_says_so(store: BlobStore, length: int) -> None:
    with pytest.raises(BlobNotFound):
        list(store.read(NAMESPACE, digest_of(b"nobody"), generation=0, offset=0, length=length))


@pytest.mark.parametrize("length", [0, 1])
def test_reading_another_generation_finds_nothing(store: BlobStore, length: int) -> None:
    other = publish(store, b"weights").generation + 1
    with pytest.raises(BlobNotFound):
        list(
            store.read(NAMESPACE, digest_of(b"weights"), generation=other, offset=0, length=length)
        )


def test_a_blob_that_ends_early_is_corrupt(store: BlobStore) -> None:
    stored = publish(store, b"weights")
    with pytest.raises(BlobCorrupt):
        list(
            store.read(
                NAMESPACE, digest_of(b"weights"), generation=stored.generation, offset=0, length=8
            )
        )


def test_a_deleted_blob_is_gone_and_can_be_published_again(store: BlobStore) -> None:
    stored = publish(store, b"weights")
    store.delete(NAMESPACE, digest_of(b"weights"), generation=stored.generation)
    assert store.stat(NAMESPACE, digest_of(b"weights")) is None
    store.delete(NAMESPACE, digest_of(b"weights"), generation=stored.generation)
    publish(store, b"weights")
    assert read_all(store, b"weights") == b"weights"


def test_another_generation_is_left_alone_by_delete(store: BlobStore) -> None:
    old = publish(store, b"weights")
    store.delete(NAMESPACE, digest_of(b"weights"), generation=old.generation)
    new = publish(store, b"weights")
    assert new.generation != old.generation
    store.delete(NAMESPACE, digest_of(b"weights"), generation=old.generation)
    assert store.stat(NAMESPACE, digest_of(b"weights")) == new


def test_a_store_that_works_passes_its_check(store: BlobStore) -> None:
    store.check()
    assert store.stat(NAMESPACE, digest_of(b"")) is None


@pytest.mark.parametrize("climbing", ["..", ".", "", "../risk", "a/b", ".hidden", "a\x00b"])
def test_names_that_climb_are_refused(store: BlobStore, climbing: str) -> None:
    digest = digest_of(b"weights")
    with pytest.raises(ValueError, match="not a path segment"):
        store.stage(climbing, digest, str(uuid4()), 7)
    with pytest.raises(ValueError, match="not a path segment"):
        store.stat(climbing, digest)


def _small(count: int) -> list[bytes]:
    return [b"", *(os.urandom(100 + number) for number in range(count - 1))]


@pytest.mark.parametrize("count", [0, 1, 3, 50])
def test_small_blobs_are_stored_together(bench: Bench, count: int) -> None:
    contents = _small(count)[:count]
    stored = store_all(bench.store, contents)
    assert stored == [bench.store.stat(NAMESPACE, digest_of(data)) for data in contents]
    assert [read_all(bench.other, data) for data in contents] == contents
    assert {digest for _, digest, _, _ in bench.store.published()} == set(map(digest_of, contents))
    assert bench.held() == []


def test_small_blobs_never_replace_what_is_published(bench: Bench) -> None:
    contents = _small(20)
    first = [publish(bench.store, data) for data in contents[:10]]
    stored = store_all(bench.store, contents)
    assert stored[:10] == first
    assert store_all(bench.other, contents) == stored
    assert bench.held() == []


def test_small_blobs_that_are_stored_several_times_at_once_all_succeed(bench: Bench) -> None:
    contents = _small(20)
    together = Barrier(4)

    def race(store: BlobStore) -> Sequence[StoredBlob | RegistryError]:
        together.wait(timeout=120)
        return store_all(store, contents)

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(race, [bench.store, bench.other] * 2))
    assert results == [[bench.store.stat(NAMESPACE, digest_of(data)) for data in contents]] * 4
    assert [read_all(bench.store, data) for data in contents] == contents
    assert bench.held() == []


def test_a_wrong_crc32c_refuses_that_small_blob_alone(bench: Bench) -> None:
    wrong, right = (SmallBlob(digest_of(data), data, 0) for data in (b"wrong", b""))
    refused, stored = bench.store.store_all(NAMESPACE, uuid4(), [wrong, right])
    assert isinstance(refused, BlobCorrupt)
    assert stored == bench.store.stat(NAMESPACE, right.digest)
    assert bench.store.stat(NAMESPACE, wrong.digest) is None
    assert bench.held() == []


@pytest.mark.parametrize("climbing", ["..", "a/b", "", "/etc", ".hidden"])
def test_small_blobs_of_a_namespace_that_climbs_are_refused(
    store: BlobStore, climbing: str
) -> None:
    with pytest.raises(ValueError, match="not a path segment"):
        store_all(store, [b"weights"], climbing)
