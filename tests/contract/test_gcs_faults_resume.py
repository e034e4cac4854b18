"""Google Cloud Storage misbehaves while an upload is resumed."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from uuid import uuid4

import google_crc32c
import pytest

from registry_grpc.domain.blob import Upload, UploadState
from registry_grpc.domain.errors import BlobCorrupt, StorageUnavailable
from registry_grpc.domain.names import UploadName
from registry_grpc.services.ports.blobstore import SessionLost, StagedBlob
from registry_grpc.services.running_hash import RunningHash
from registry_grpc.services.staging import Staging
from registry_grpc.storage.gcs import GcsBlobStore
from registry_grpc.storage.sha256 import Sha256, libcrypto
from tests.support.blobstores import (
    CHUNK,
    IMPATIENT,
    KIB,
    NAMESPACE,
    QUANTUM,
    digest_of,
    gcs_store,
    publish,
    read_all,
)
from tests.support.gcs_fake import GcsFake
from tests.support.gcs_fake_faults import (
    Answer,
    AnswerAfter,
    DropReply,
    DropRequest,
    Fault,
    FlipBit,
    HideRange,
    KeepOnly,
    LoseSession,
    SomebodyElsePublishes,
    Step,
)
from tests.support.gcs_fake_http import serving

STORM = 100_000
DATA = os.urandom(4 * CHUNK + 3)
DIGEST = digest_of(DATA)
CRC32C = google_crc32c.value(DATA)
UPLOAD = "an-upload"
WRITTEN = 2 * CHUNK + 5


@pytest.fixture
def fake() -> Iterator[GcsFake]:
    bucket = GcsFake()
    yield bucket
    for name, stored in bucket.objects.items():
        assert sha256(stored.body).hexdigest() == name.rsplit("/", 1)[1]


@pytest.fixture
def endpoint(fake: GcsFake) -> Iterator[str]:
    with serving(fake) as address:
        yield address


@pytest.fixture
def store(endpoint: str) -> Iterator[GcsBlobStore]:
    with gcs_store(endpoint) as ready:
        yield ready


@pytest.fixture
def impatient(endpoint: str) -> Iterator[GcsBlobStore]:
    with gcs_store(endpoint, retry_policy=IMPATIENT) as ready:
        yield ready


def begun(store: GcsBlobStore) -> StagedBlob:
    return store.stage(NAMESPACE, DIGEST, UPLOAD, len(DATA))


def go_on(store: GcsBlobStore, state: bytes, offset: int) -> StagedBlob:
    return store.resume(NAMESPACE, DIGEST, UPLOAD, len(DATA), state, offset)


def interrupted(store: GcsBlobStore) -> tuple[bytes, int]:
    upload = begun(store)
    upload.write(DATA[:WRITTEN])
    offset = upload.flush()
    state = upload.state()
    upload.release()
    return state, offset


def finish(upload: StagedBlob, offset: int) -> None:
    for start in range(offset, len(DATA), 100 * KIB):
        upload.write(DATA[start : start + 100 * KIB])
    upload.publish(DIGEST, CRC32C)
    upload.discard()


@pytest.mark.parametrize("step", [Step.QUERY, Step.PUT, Step.FINISH])
@pytest.mark.parametrize(
    "fault", [Answer(503), Answer(429), AnswerAfter(500), DropReply(), DropRequest()], ids=str
)
def test_a_resumed_upload_gets_over_what_passes(
    fake: GcsFake, store: GcsBlobStore, step: Step, fault: Fault
) -> None:
    state, offset = interrupted(store)
    fake.faults.order(step, fault)
    finish(go_on(store, state, offset), offset)
    assert fake.faults.left == []
    assert read_all(store, DATA) == DATA


@pytest.mark.parametrize("step, count", [(Step.PUT, 0), (Step.PUT, QUANTUM), (Step.FINISH, 0)])
def test_a_resumed_upload_gets_over_an_answer_that_acknowledges_less(
    fake: GcsFake, store: GcsBlobStore, step: Step, count: int
) -> None:
    state, offset = interrupted(store)
    upload = go_on(store, state, offset - CHUNK)
    fake.faults.order(step, KeepOnly(count), times=2)
    finish(upload, offset - CHUNK)
    assert fake.faults.left == []
    assert read_all(store, DATA) == DATA


def test_an_answer_without_its_range_does_not_cost_a_resumed_upload(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    state, offset = interrupted(store)
    fake.faults.order(Step.QUERY, HideRange())
    finish(go_on(store, state, offset), offset)
    assert read_all(store, DATA) == DATA


@pytest.mark.parametrize("behind", [0, 1, QUANTUM, CHUNK + 77])
def test_what_the_session_has_is_not_sent_again(
    fake: GcsFake, store: GcsBlobStore, behind: int
) -> None:
    state, offset = interrupted(store)
    before = len(fake.seen)
    finish(go_on(store, state, offset - behind), offset - behind)
    sent = sum(len(seen.body) for seen in fake.seen[before:])
    assert sent == len(DATA) - offset
    assert read_all(store, DATA) == DATA


def test_bytes_that_were_kept_although_nobody_was_told_are_not_sent_again(
    fake: GcsFake, impatient: GcsBlobStore
) -> None:
    state, offset = interrupted(impatient)
    upload = go_on(impatient, state, offset)
    fake.faults.order(Step.PUT, DropReply())
    fake.faults.order(Step.QUERY, DropRequest(), times=STORM)
    with pytest.raises(StorageUnavailable):
        upload.write(DATA[offset : offset + CHUNK + 1])
    while fake.faults.take(Step.QUERY):
        pass
    before = len(fake.seen)
    finish(go_on(impatient, state, offset), offset)
    assert sum(len(seen.body) for seen in fake.seen[before:]) == len(DATA) - offset - CHUNK


@pytest.mark.parametrize("status", [404, 410, 499])
def test_a_session_that_is_gone_is_lost(fake: GcsFake, store: GcsBlobStore, status: int) -> None:
    state, offset = interrupted(store)
    fake.faults.order(Step.QUERY, LoseSession(status))
    with pytest.raises(SessionLost):
        go_on(store, state, offset)
    finish(begun(store), 0)
    assert read_all(store, DATA) == DATA


@pytest.mark.parametrize("status", [404, 410])
def test_a_session_lost_while_flushing_is_lost(
    fake: GcsFake, store: GcsBlobStore, status: int
) -> None:
    upload = begun(store)
    upload.write(DATA[: QUANTUM + 1])
    fake.faults.order(Step.PUT, LoseSession(status))
    with pytest.raises(SessionLost):
        upload.flush()


@pytest.mark.parametrize("fault", [Answer(503), DropReply()], ids=str)
def test_a_session_that_cannot_be_asked_is_not_lost(
    fake: GcsFake, impatient: GcsBlobStore, fault: Fault
) -> None:
    state, offset = interrupted(impatient)
    fake.faults.order(Step.QUERY, fault, times=STORM)
    with pytest.raises(StorageUnavailable):
        go_on(impatient, state, offset)
    while fake.faults.take(Step.QUERY):
        pass
    finish(go_on(impatient, state, offset), offset)


def published(store: GcsBlobStore) -> tuple[bytes, int]:
    """Publish and return what was known before."""
    upload = begun(store)
    upload.write(DATA)
    offset, state = upload.flush(), upload.state()
    upload.publish(DIGEST, CRC32C)
    upload.release()
    return state, offset


def test_a_session_that_is_finished_sends_nothing_and_ends_well(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    state, offset = published(store)
    before = len(fake.seen)
    finish(go_on(store, state, offset), offset)
    assert all(not seen.body for seen in fake.seen[before:])
    assert read_all(store, DATA) == DATA


def test_a_session_that_was_finished_and_forgotten_ends_well(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    state, offset = published(store)
    fake.faults.order(Step.QUERY, LoseSession(404))
    upload = go_on(store, state, offset)
    upload.write(DATA[offset:])
    assert upload.flush() == len(DATA)
    again = go_on(store, upload.state(), len(DATA))
    assert again.publish(DIGEST, CRC32C) == store.stat(NAMESPACE, DIGEST)


def test_a_finished_session_with_other_bytes_is_corrupt(store: GcsBlobStore) -> None:
    state, offset = published(store)
    upload = go_on(store, state, offset)
    upload.write(DATA[offset:])
    with pytest.raises(BlobCorrupt):
        upload.publish(DIGEST, CRC32C ^ 1)
    assert read_all(store, DATA) == DATA


def test_a_finished_session_whose_object_was_deleted_is_lost(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    state, offset = published(store)
    fake.objects.clear()
    with pytest.raises(SessionLost):
        go_on(store, state, offset)
    with pytest.raises(SessionLost):
        go_on(store, b"", offset)


def test_an_object_deleted_behind_an_upload_that_relied_on_it_is_a_lost_session(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    state, offset = published(store)
    upload = go_on(store, state, offset)
    upload.write(DATA[offset:])
    fake.objects.clear()
    with pytest.raises(SessionLost):
        upload.publish(DIGEST, CRC32C)


@pytest.mark.parametrize("step", [Step.PUT, Step.FINISH, Step.QUERY])
def test_somebody_elses_equal_blob_is_kept_by_a_resumed_upload(
    fake: GcsFake, store: GcsBlobStore, step: Step
) -> None:
    state, offset = interrupted(store)
    fake.faults.order(step, SomebodyElsePublishes(DATA))
    upload = go_on(store, state, offset)
    finish(upload, offset)
    assert fake.faults.left == []
    assert read_all(store, DATA) == DATA
    assert fake.open_sessions() == []


def test_another_writer_that_finishes_the_session_has_published(
    fake: GcsFake, store: GcsBlobStore, impatient: GcsBlobStore
) -> None:
    state, offset = interrupted(store)
    older, newer = go_on(store, state, offset), go_on(impatient, state, offset)
    older.write(DATA[offset : offset + CHUNK + 1])
    finish(newer, offset)
    older.write(DATA[offset + CHUNK + 1 :])
    older.flush()
    assert older.publish(DIGEST, CRC32C) == store.stat(NAMESPACE, DIGEST)
    assert fake.open_sessions() == []


def test_a_bit_flipped_on_the_way_of_a_resumed_upload_is_found(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    state, offset = interrupted(store)
    fake.faults.order(Step.PUT, FlipBit())
    upload = go_on(store, state, offset)
    upload.write(DATA[offset:])
    with pytest.raises(BlobCorrupt):
        upload.publish(DIGEST, CRC32C)
    upload.discard()
    assert fake.objects == {}


def test_a_session_with_more_bytes_than_the_upload_is_lost(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    state, offset = interrupted(store)
    fake.sessions["session-0"].data += bytes(len(DATA))
    with pytest.raises(SessionLost):
        go_on(store, state, offset)


def test_a_state_shows_nothing_before_anything_was_sent(store: GcsBlobStore) -> None:
    upload = begun(store)
    upload.write(DATA[:QUANTUM])
    assert (upload.flush(), upload.state()) == (0, b"")
    upload.write(DATA[QUANTUM : QUANTUM + 1])
    assert upload.flush() == QUANTUM
    assert b"session-0" in upload.state()


def test_the_list_of_what_is_published_gets_over_what_passes(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    blobs = [os.urandom(9) for _ in range(5)]
    for data in blobs:
        publish(store, data)
    fake.publish("team/models/blobs/risk/sha256/not-one-of-ours", b"")
    fake.publish("team/models2/blobs/risk/sha256/x", b"")
    fake.faults.order(Step.LIST, Answer(503), times=2)
    fake.faults.order(Step.LIST, DropReply())
    found = {digest for _, digest, _, _ in store.published()}
    assert found == {digest_of(data) for data in blobs}
    assert fake.faults.left == []
    del fake.objects["team/models/blobs/risk/sha256/not-one-of-ours"]
    del fake.objects["team/models2/blobs/risk/sha256/x"]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_list_that_is_refused_is_not_taken_for_an_empty_one(
    fake: GcsFake, store: GcsBlobStore, status: int
) -> None:
    publish(store, DATA)
    fake.faults.order(Step.LIST, Answer(status))
    with pytest.raises(StorageUnavailable):
        list(store.published())


def written(store: GcsBlobStore) -> Staging:
    """Return a staging whose writer began a session and stored nothing of it."""
    now = datetime.now(UTC)
    name = UploadName(NAMESPACE, uuid4())
    upload = Upload(name, DIGEST, len(DATA), UploadState.OPEN, "ann", now, now)
    staging = Staging(upload, begun(store), RunningHash(Sha256(libcrypto()).start()))
    staging.write(upload.epoch, 0, DATA[:WRITTEN], google_crc32c.value(DATA[:WRITTEN]))
    return staging


def test_a_session_that_was_never_stored_ends_when_a_later_writer_takes_over(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    staging = written(store)
    assert len(fake.open_sessions()) == 1
    staging.supersede(b"")
    assert fake.open_sessions() == []


def test_a_session_that_was_stored_stays_for_a_later_writer(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    staging = written(store)
    point = staging.checkpoint(0)
    staging.supersede(point.store_state)
    finish(go_on(store, point.store_state, point.offset), point.offset)
    assert read_all(store, DATA) == DATA
    assert fake.open_sessions() == []
