"""The promises about interrupted uploads, kept by every implementation."""

import os
import subprocess
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from signal import SIGKILL

import google_crc32c
import pytest

from registry_grpc.domain.errors import StorageUnavailable
from registry_grpc.services.ports.blobstore import BlobStore, SessionLost, StagedBlob
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
)
from tests.support.python import Python

UPLOAD = "an-upload"

# What an implementation cannot be asked, and why.
EXCLUDED = {
    "gcs-fake": {
        "test_bytes_can_be_staged_before_their_digest_is_known": "its digest must be known",
        "test_staged_bytes_can_be_read_again": "a session cannot be read",
        "test_staged_bytes_that_are_gone_are_a_lost_session": "the same",
        "test_staged_uploads_are_listed": "sessions cannot be listed",
    },
    "gcs-emulator": {
        "test_bytes_can_be_staged_before_their_digest_is_known": "its digest must be known",
        "test_staged_bytes_can_be_read_again": "a session cannot be read",
        "test_staged_bytes_that_are_gone_are_a_lost_session": "the same",
        "test_staged_uploads_are_listed": "sessions cannot be listed",
        "test_what_is_dropped_is_gone": "it cannot cancel an upload session",
        "test_dropping_shuts_the_writer_out": "the same",
        "test_an_upload_that_was_published_can_be_published_again": "it forgets ended sessions",
        "test_a_writer_in_another_process_does_no_harm": "it refuses bytes that it has",
        "test_publication_times_are_told": "it has the bucket's time for each",
    },
}

bench = blobstores.bench
store = blobstores.store
emulator = blobstores.emulator

WRITER = """
import sys
from pathlib import Path
from registry_grpc.domain.digest import Digest
from registry_grpc.storage.open import open_blob_store

url, endpoint, file, name = sys.argv[1:]
data = Path(file).read_bytes()
store = open_blob_store(url, endpoint or None)
upload = store.stage("risk", Digest(name), "an-upload", len(data))
for start in range(0, len(data), 300_000):
    upload.write(data[start : start + 300_000])
    print(upload.flush(), upload.state().hex() or "-", flush=True)
if sys.stdin.readline():
    upload.publish(Digest(name), int(sys.stdin.readline()))
    print("published", flush=True)
    sys.stdin.readline()
"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    on_every_kind(metafunc, EXCLUDED)


def begin(store: BlobStore, data: bytes) -> StagedBlob:
    return store.stage(NAMESPACE, digest_of(data), UPLOAD, len(data))


def go_on(store: BlobStore, data: bytes, state: bytes, offset: int) -> StagedBlob:
    return store.resume(NAMESPACE, digest_of(data), UPLOAD, len(data), state, offset)


def interrupted(store: BlobStore, data: bytes, written: int) -> tuple[bytes, int]:
    """Write the first bytes, close, and return the state and the durable offset."""
    upload = begin(store, data)
    upload.write(data[:written])
    offset = upload.flush()
    state = upload.state()
    upload.release()
    return state, offset


def test_every_exclusion_names_a_test() -> None:
    named = {test for tests in EXCLUDED.values() for test in tests}
    assert named <= {name for name in globals() if name.startswith("test_")}
    assert EXCLUDED.keys() <= set(KINDS)


@pytest.mark.parametrize("written", [0, 1, QUANTUM, QUANTUM + 1, CHUNK, 2 * CHUNK + 5, 3 * CHUNK])
def test_an_upload_goes_on_from_its_durable_offset(bench: Bench, written: int) -> None:
    data = os.urandom(3 * CHUNK)
    state, offset = interrupted(bench.store, data, written)
    assert written - offset <= QUANTUM
    upload = go_on(bench.other, data, state, offset)
    upload.write(data[offset:])
    assert finished(upload, data).size == len(data)
    assert read_all(bench.store, data) == data
    assert bench.held() == []


@pytest.mark.parametrize("offset", [0, 1, QUANTUM - 1, QUANTUM, CHUNK + 17])
def test_bytes_that_the_store_has_already_may_be_written_again(bench: Bench, offset: int) -> None:
    data = os.urandom(3 * CHUNK)
    state, durable = interrupted(bench.store, data, 2 * CHUNK + 5)
    assert offset <= durable
    upload = go_on(bench.other, data, state, offset)
    for start in range(offset, len(data), 100 * KIB):
        upload.write(data[start : start + 100 * KIB])
        assert upload.flush() <= start + 100 * KIB
    finished(upload, data)
    assert read_all(bench.store, data) == data


def test_an_upload_can_be_interrupted_again_and_again(bench: Bench) -> None:
    data = os.urandom(4 * CHUNK + 3)
    state, offset = interrupted(bench.store, data, 100)
    for end in range(QUANTUM, len(data), QUANTUM + 77):
        upload = go_on(bench.other, data, state, offset)
        upload.write(data[offset:end])
        offset, state = upload.flush(), upload.state()
        upload.release()
    upload = go_on(bench.store, data, state, offset)
    upload.write(data[offset:])
    finished(upload, data)
    assert read_all(bench.store, data) == data
    assert bench.held() == []


def test_an_offset_that_the_store_has_not_reached_is_a_lost_session(bench: Bench) -> None:
    data = os.urandom(2 * CHUNK)
    state, offset = interrupted(bench.store, data, CHUNK)
    with pytest.raises(SessionLost):
        go_on(bench.other, data, state, offset + 1)
    begin(bench.other, data).discard()


def test_a_lost_session_can_be_begun_anew(bench: Bench) -> None:
    data = os.urandom(2 * CHUNK)
    state, offset = interrupted(bench.store, data, CHUNK + 1)
    bench.store.drop_staged(NAMESPACE, UPLOAD, state)
    upload = begin(bench.other, data)
    upload.write(data)
    finished(upload, data)
    assert offset > 0
    assert read_all(bench.store, data) == data


def test_what_is_dropped_is_gone(bench: Bench) -> None:
    data = os.urandom(2 * CHUNK)
    state, offset = interrupted(bench.store, data, CHUNK + 1)
    assert len(bench.held()) == 1
    bench.other.drop_staged(NAMESPACE, UPLOAD, state)
    assert bench.held() == []
    with pytest.raises(SessionLost):
        go_on(bench.store, data, state, offset)


def test_dropping_shuts_the_writer_out(bench: Bench) -> None:
    data = os.urandom(2 * CHUNK)
    upload = begin(bench.store, data)
    upload.write(data)
    upload.flush()
    bench.store.drop_staged(NAMESPACE, UPLOAD, upload.state())
    with pytest.raises(StorageUnavailable):
        upload.publish(digest_of(data), google_crc32c.value(data))
    assert bench.held() == []
    assert bench.store.stat(NAMESPACE, digest_of(data)) is None


def test_dropping_nothing_is_harmless(store: BlobStore) -> None:
    stored = publish(store, b"weights")
    store.drop_staged(NAMESPACE, UPLOAD, b"")
    store.drop_staged("search", UPLOAD, b"")
    assert store.stat(NAMESPACE, digest_of(b"weights")) == stored


def test_a_newer_writer_of_this_process_shuts_the_older_out(store: BlobStore) -> None:
    data = os.urandom(3 * CHUNK)
    older = begin(store, data)
    older.write(data[: CHUNK + 5])
    offset, state = older.flush(), older.state()
    newer = go_on(store, data, state, offset)
    for refused in (
        lambda: older.write(data[CHUNK + 5 :]),
        older.flush,
        lambda: older.publish(digest_of(data), google_crc32c.value(data)),
    ):
        with pytest.raises(StorageUnavailable):
            refused()
    older.discard()
    older.release()
    newer.write(data[offset:])
    finished(newer, data)
    assert read_all(store, data) == data


def test_staging_anew_shuts_the_older_writer_out(store: BlobStore) -> None:
    data = os.urandom(CHUNK)
    older = begin(store, data)
    older.write(b"something else")
    newer = begin(store, data)
    with pytest.raises(StorageUnavailable):
        older.write(data)
    older.discard()
    newer.write(data)
    finished(newer, data)
    assert read_all(store, data) == data


def test_a_writer_in_another_process_does_no_harm(bench: Bench) -> None:
    data = os.urandom(4 * CHUNK + 9)
    older = begin(bench.store, data)
    older.write(data[: CHUNK + 5])
    offset, state = older.flush(), older.state()
    try:
        newer = go_on(bench.other, data, state, offset)
    except StorageUnavailable:  # whose writer lives is not robbed: it has to let go
        older.release()
        newer = go_on(bench.other, data, state, offset)
    for start in range(CHUNK + 5, len(data), QUANTUM):  # the older one is ahead by some bytes
        with suppress(StorageUnavailable):
            older.write(data[start : start + QUANTUM])
            older.flush()
        behind = max(offset, start - 1000)
        newer.write(data[offset:behind])
        offset = behind
        newer.flush()
    newer.write(data[offset:])
    finished(newer, data)
    older.release()
    assert read_all(bench.store, data) == data


def test_an_upload_that_was_published_can_be_published_again(bench: Bench) -> None:
    data = os.urandom(2 * CHUNK + 5)
    upload = begin(bench.store, data)
    upload.write(data)
    offset, state = upload.flush(), upload.state()
    first = upload.publish(digest_of(data), google_crc32c.value(data))
    assert upload.publish(digest_of(data), google_crc32c.value(data)) == first
    upload.release()
    again = go_on(bench.other, data, state, offset)
    again.write(data[offset:])
    assert finished(again, data) == first
    assert read_all(bench.store, data) == data
    assert bench.held() == []


@pytest.mark.parametrize("offset", [0, 1, CHUNK])
def test_an_upload_that_was_published_can_be_written_again_from_an_earlier_offset(
    bench: Bench, offset: int
) -> None:
    data = os.urandom(2 * CHUNK + 5)
    upload = begin(bench.store, data)
    upload.write(data)
    upload.flush()
    state = upload.state()
    first = upload.publish(digest_of(data), google_crc32c.value(data))
    upload.release()
    again = go_on(bench.other, data, state, offset)
    again.write(data[offset:])
    assert read_all(bench.store, data) == data
    assert finished(again, data).size == first.size
    assert read_all(bench.store, data) == data


def test_another_digest_than_that_of_stage_is_refused(store: BlobStore) -> None:
    upload = begin(store, b"weights")
    upload.write(b"weights")
    with pytest.raises(ValueError, match="was begun for"):
        upload.publish(digest_of(b"other"), google_crc32c.value(b"weights"))
    upload.discard()
    assert store.stat(NAMESPACE, digest_of(b"other")) is None


def test_bytes_can_be_staged_before_their_digest_is_known(bench: Bench) -> None:
    assert bench.store.late_digest
    data = os.urandom(CHUNK)
    upload = bench.store.stage(NAMESPACE, None, UPLOAD, len(data))
    upload.write(data[:1000])
    offset, state = upload.flush(), upload.state()
    upload.release()
    again = bench.other.resume(NAMESPACE, None, UPLOAD, len(data), state, offset)
    again.write(data[offset:])
    finished(again, data)
    assert read_all(bench.store, data) == data


def test_a_store_that_needs_the_digest_says_so(store: BlobStore) -> None:
    if not store.late_digest:
        with pytest.raises(ValueError, match="digest"):
            store.stage(NAMESPACE, None, UPLOAD, 7)
        with pytest.raises(ValueError, match="digest"):
            store.resume(NAMESPACE, None, UPLOAD, 7, b"", 0)
    assert list(store.staged()) == []


def test_staged_bytes_can_be_read_again(bench: Bench) -> None:
    data = os.urandom(3 * 1024 * KIB)
    upload = begin(bench.store, data)
    upload.write(data)
    length = upload.flush() - 5
    pieces = bench.other.staged_bytes(NAMESPACE, UPLOAD, length)
    assert pieces is not None
    got = list(pieces)
    upload.discard()
    assert b"".join(got) == data[:length]
    assert all(0 < len(piece) <= 1024 * KIB for piece in got)


def test_staged_bytes_that_are_gone_are_a_lost_session(store: BlobStore) -> None:
    upload = begin(store, b"weights")
    upload.write(b"wei")
    for length, upload_id in ((4, UPLOAD), (1, "another")):
        pieces = store.staged_bytes(NAMESPACE, upload_id, length)
        assert pieces is not None
        with pytest.raises(SessionLost):
            list(pieces)
    upload.discard()


def test_staged_bytes_are_none_where_they_cannot_be_read(store: BlobStore) -> None:
    state, _ = interrupted(store, b"weights", 3)
    pieces = store.staged_bytes(NAMESPACE, UPLOAD, 0)
    assert (pieces is None) is not store.late_digest
    assert pieces is None or list(pieces) == []
    store.drop_staged(NAMESPACE, UPLOAD, state)


def test_staged_uploads_are_listed(bench: Bench) -> None:
    assert list(bench.store.staged()) == []
    begun = [
        bench.store.stage(namespace, digest_of(b"weights"), upload_id, 7)
        for namespace, upload_id in (("risk", "a"), ("risk", "b"), ("search", "a"))
    ]
    begun[1].write(b"wei")
    listed = list(bench.other.staged())
    assert [name[:2] for name in listed] == [("risk", "a"), ("risk", "b"), ("search", "a")]
    now = datetime.now(UTC)
    assert all(now - timedelta(minutes=5) < name[2] <= now for name in listed)
    for upload in begun:
        upload.discard()
    assert list(bench.store.staged()) == []


def test_everything_published_is_listed(bench: Bench) -> None:
    assert list(bench.store.published()) == []
    blobs = [os.urandom(number) for number in range(5)]
    expected = {
        (namespace, digest_of(data)): publish(bench.store, data, namespace)
        for namespace in ("risk", "search")
        for data in blobs
    }
    upload = begin(bench.store, b"not published")
    upload.write(b"not pub")
    found = {(name, digest): stored for name, digest, stored, _ in bench.other.published()}
    upload.discard()
    assert found == expected


def test_publication_times_are_told(store: BlobStore) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)  # a disk's clock has coarser ticks
    publish(store, b"weights")
    ((_, _, _, time),) = store.published()
    assert before <= time <= datetime.now(UTC)


def test_a_store_without_a_key_signs_nothing(store: BlobStore) -> None:
    stored = publish(store, b"weights")
    signed = store.sign(
        NAMESPACE,
        digest_of(b"weights"),
        generation=stored.generation,
        valid_for=timedelta(minutes=5),
        now=datetime.now(UTC),
    )
    assert signed is None


@pytest.mark.parametrize("climbing", ["..", "", "../risk", "a/b", ".hidden", "a\x00b"])
def test_names_of_uploads_that_climb_are_refused(store: BlobStore, climbing: str) -> None:
    digest = digest_of(b"weights")
    with pytest.raises(ValueError, match="not a path segment"):
        store.stage(NAMESPACE, digest, climbing, 7)
    with pytest.raises(ValueError, match="not a path segment"):
        store.resume(NAMESPACE, digest, climbing, 7, b"", 1)
    with pytest.raises(ValueError, match="not a path segment"):
        store.drop_staged(NAMESPACE, climbing, b"")


def _writer(bench: Bench, file: Path, data: bytes) -> Python:
    file.write_bytes(data)
    name = sha256(data).hexdigest()
    command = ("-c", WRITER, bench.url, bench.endpoint or "", file, name)
    return Python(command, stdin=subprocess.PIPE)


def _progress_of(line: str) -> tuple[bytes, int]:
    offset, state = line.split()
    return bytes.fromhex(state.strip("-")), int(offset)


@pytest.mark.parametrize("lines, behind", [(1, 0), (4, 0), (7, 3)])
def test_another_process_goes_on_after_kill_9(
    bench: Bench, tmp_path: Path, lines: int, behind: int
) -> None:
    data = os.urandom(3_000_000)
    with _writer(bench, tmp_path / "data", data) as writer:
        assert writer.stdout is not None
        progress = [_progress_of(writer.stdout.readline()) for _ in range(lines)]
        writer.send_signal(SIGKILL)
        writer.wait()
    state, offset = progress[-1 - behind][0], progress[-1 - behind][1]
    upload = go_on(bench.store, data, state, offset)
    upload.write(data[offset:])
    finished(upload, data)
    assert read_all(bench.store, data) == data
    assert bench.held() == []


def test_another_process_goes_on_after_kill_9_behind_publish(bench: Bench, tmp_path: Path) -> None:
    data = os.urandom(900_000)
    with _writer(bench, tmp_path / "data", data) as writer:
        assert writer.stdout is not None
        assert writer.stdin is not None
        progress = [_progress_of(writer.stdout.readline()) for _ in range(3)]
        writer.stdin.write(f"publish\n{google_crc32c.value(data)}\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "published\n"
        writer.send_signal(SIGKILL)
        writer.wait()
    stored = bench.store.stat(NAMESPACE, digest_of(data))
    state, offset = progress[1]
    upload = go_on(bench.store, data, state, offset)
    upload.write(data[offset:])
    assert finished(upload, data) == stored
    assert read_all(bench.store, data) == data
