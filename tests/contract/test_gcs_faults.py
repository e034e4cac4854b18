"""Google Cloud Storage misbehaves: an upload or a read succeeds or ends with a typed error.

In all cases the visible bytes match their digest.
"""

import os
import random
import traceback
from collections.abc import Iterator
from hashlib import sha256

import google_crc32c
import pytest

from registry_grpc.domain.errors import BlobCorrupt, BlobNotFound, StorageUnavailable
from registry_grpc.services.ports.blobstore import SessionLost
from registry_grpc.storage.gcs import GcsBlobStore
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
    stage,
    staged,
)
from tests.support.gcs_fake import GcsFake
from tests.support.gcs_fake_faults import (
    Answer,
    AnswerAfter,
    CutBody,
    DropReply,
    DropRequest,
    Fault,
    FlipBit,
    HideRange,
    KeepOnly,
    LoseSession,
    ShortBody,
    SomebodyElseDeletes,
    SomebodyElsePublishes,
    Step,
)
from tests.support.gcs_fake_http import serving

MIB = 1024 * KIB
STORM = 100_000
DATA = os.urandom(3 * CHUNK)
CRC32C = google_crc32c.value(DATA)
DIGEST = digest_of(DATA)


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


def passing_faults() -> list[tuple[Step, Fault, int]]:
    """Faults that an upload gets over."""
    everywhere: list[tuple[Fault, int]] = [
        (Answer(503), 3),
        (Answer(429), 3),
        (Answer(500), 1),
        (Answer(408), 1),
        (AnswerAfter(503), 1),
        (DropReply(), 2),
        (DropRequest(), 2),
    ]
    shortened: list[Fault] = [KeepOnly(0), KeepOnly(QUANTUM), KeepOnly(CHUNK), HideRange()]
    return [
        *((Step.START, fault, times) for fault, times in everywhere),
        *((Step.PUT, fault, times) for fault, times in everywhere),
        *((Step.FINISH, fault, times) for fault, times in everywhere if fault != DropReply()),
        (Step.FINISH, DropReply(), 1),
        *((Step.PUT, fault, 2) for fault in shortened),
        *((Step.FINISH, fault, 2) for fault in shortened[:2]),
        (Step.FINISH, KeepOnly(CHUNK), 1),
    ]


@pytest.mark.parametrize("step, fault, times", passing_faults(), ids=str)
def test_an_upload_gets_over_what_passes(
    fake: GcsFake, store: GcsBlobStore, step: Step, fault: Fault, times: int
) -> None:
    fake.faults.order(step, fault, times=times)
    stored = staged(store, DATA, 100 * KIB).publish(DIGEST, CRC32C)
    assert fake.faults.left == []
    assert (stored.size, stored.crc32c) == (len(DATA), CRC32C)
    assert read_all(store, DATA) == DATA


def test_a_query_that_fails_too_is_repeated(fake: GcsFake, store: GcsBlobStore) -> None:
    fake.faults.order(Step.PUT, DropReply())
    fake.faults.order(Step.QUERY, Answer(503), times=2)
    fake.faults.order(Step.QUERY, DropReply())
    staged(store, DATA).publish(DIGEST, CRC32C)
    assert fake.faults.left == []
    assert read_all(store, DATA) == DATA


def test_a_later_answer_without_its_range_does_not_cost_the_upload(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    upload = stage(store, DATA)
    upload.write(DATA[: CHUNK + 1])
    fake.faults.order(Step.PUT, HideRange())
    upload.write(DATA[CHUNK + 1 :])
    assert fake.faults.left == []
    upload.publish(DIGEST, CRC32C)
    assert read_all(store, DATA) == DATA


def test_after_a_dropped_reply_nothing_is_sent_again(fake: GcsFake, store: GcsBlobStore) -> None:
    fake.faults.order(Step.PUT, DropReply(), times=2)
    fake.faults.order(Step.FINISH, DropReply())
    staged(store, DATA).publish(DIGEST, CRC32C)
    sent = sum(len(seen.body) for seen in fake.seen if seen.step in {Step.PUT, Step.FINISH})
    assert sent == len(DATA)


def test_an_empty_blob_gets_over_a_dropped_reply(fake: GcsFake, store: GcsBlobStore) -> None:
    fake.faults.order(Step.FINISH, DropReply())
    assert publish(store, b"").size == 0
    assert read_all(store, b"") == b""


def test_the_last_chunk_waits_for_publish(fake: GcsFake, store: GcsBlobStore) -> None:
    upload = staged(store, DATA)
    assert [seen.step for seen in fake.seen] == [Step.START, Step.PUT, Step.PUT]
    upload.publish(DIGEST, CRC32C)
    assert fake.seen[-1].step is Step.FINISH
    assert len(fake.seen[-1].body) == CHUNK
    assert fake.seen[-1].headers["x-goog-hash"].startswith("crc32c=")
    assert fake.seen[0].query["ifGenerationMatch"] == "0"


@pytest.mark.parametrize("step", [Step.PUT, Step.FINISH])
def test_a_bit_flipped_on_the_way_is_found(fake: GcsFake, store: GcsBlobStore, step: Step) -> None:
    fake.faults.order(step, FlipBit())
    upload = staged(store, DATA)
    with pytest.raises(BlobCorrupt):
        upload.publish(DIGEST, CRC32C)
    upload.discard()
    assert fake.objects == {}
    assert fake.open_sessions() == []


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("step", [Step.PUT, Step.FINISH, Step.QUERY])
def test_a_lost_session_is_a_typed_error(
    fake: GcsFake, store: GcsBlobStore, step: Step, status: int
) -> None:
    if step is Step.QUERY:
        fake.faults.order(Step.PUT, DropReply())
    fake.faults.order(step, LoseSession(status))
    with pytest.raises(SessionLost):
        staged(store, DATA).publish(DIGEST, CRC32C)
    assert fake.objects == {}
    assert fake.faults.left == []


def test_a_session_that_vanished_because_it_succeeded_is_a_success(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    fake.faults.order(Step.FINISH, DropReply())
    fake.faults.order(Step.QUERY, Answer(404))
    stored = staged(store, DATA).publish(DIGEST, CRC32C)
    assert stored == store.stat(NAMESPACE, digest_of(DATA))


@pytest.mark.parametrize("fault", [Answer(503), Answer(429), DropReply(), KeepOnly(0)], ids=str)
@pytest.mark.parametrize("step", [Step.PUT, Step.FINISH])
def test_a_storm_ends_in_a_typed_error(
    fake: GcsFake, impatient: GcsBlobStore, step: Step, fault: Fault
) -> None:
    fake.faults.order(step, fault, times=STORM)
    fake.faults.order(Step.QUERY, Answer(503), times=STORM)
    with pytest.raises(StorageUnavailable):
        staged(impatient, DATA).publish(DIGEST, CRC32C)
    assert impatient.stat(NAMESPACE, digest_of(DATA)) is None or fault == DropReply()


@pytest.mark.parametrize("step", [Step.START, Step.PUT, Step.FINISH])
@pytest.mark.parametrize("status", [400, 401, 403, 501])
def test_a_refusal_is_a_typed_error_at_once(
    fake: GcsFake, store: GcsBlobStore, step: Step, status: int
) -> None:
    fake.faults.order(step, Answer(status))
    with pytest.raises(StorageUnavailable):
        staged(store, DATA).publish(DIGEST, CRC32C)
    assert fake.objects == {}


@pytest.mark.parametrize("step", [Step.PUT, Step.FINISH])
def test_somebody_elses_equal_blob_is_kept(fake: GcsFake, store: GcsBlobStore, step: Step) -> None:
    fake.faults.order(step, SomebodyElsePublishes(DATA))
    stored = staged(store, DATA).publish(DIGEST, CRC32C)
    (existing,) = fake.objects.values()
    assert stored.generation == existing.generation
    assert fake.open_sessions() == []


def test_an_upload_stops_sending_once_somebody_else_has_published(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    existing = publish(store, DATA)
    before = len(fake.seen)
    assert staged(store, DATA, 100 * KIB).publish(DIGEST, CRC32C) == existing
    assert [seen.step for seen in fake.seen[before:]] == [Step.START, Step.STAT]


def test_a_condition_that_failed_for_nothing_is_a_lost_session(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    fake.faults.order(Step.FINISH, Answer(412))
    with pytest.raises(SessionLost):
        staged(store, DATA).publish(DIGEST, CRC32C)
    assert fake.objects == {}


@pytest.mark.parametrize("body", [DATA, b"not these"], ids=["our bytes", "other bytes"])
@pytest.mark.parametrize("step", [Step.PUT, Step.FINISH])
def test_a_faster_publisher_whose_object_is_gone_is_a_lost_session(
    fake: GcsFake, store: GcsBlobStore, step: Step, body: bytes
) -> None:
    fake.faults.order(step, SomebodyElsePublishes(body))
    fake.faults.order(Step.STAT, SomebodyElseDeletes())
    upload = staged(store, DATA)
    with pytest.raises(SessionLost):
        upload.publish(DIGEST, CRC32C)
    upload.discard()
    assert fake.faults.left == []
    assert fake.open_sessions() == []
    assert publish(store, DATA) == store.stat(NAMESPACE, DIGEST)


def test_an_object_that_was_there_at_the_start_and_is_gone_is_a_lost_session(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    publish(store, DATA)
    fake.faults.order(Step.STAT, SomebodyElseDeletes())
    with pytest.raises(SessionLost):
        staged(store, DATA).publish(DIGEST, CRC32C)
    assert publish(store, DATA) == store.stat(NAMESPACE, DIGEST)


@pytest.mark.parametrize("fault", [Answer(400), Answer(401), Answer(403)], ids=str)
def test_a_faster_publisher_who_may_not_be_asked_about_is_no_lost_session(
    fake: GcsFake, store: GcsBlobStore, fault: Fault
) -> None:
    fake.faults.order(Step.FINISH, SomebodyElsePublishes(DATA))
    fake.faults.order(Step.STAT, fault)
    upload = staged(store, DATA)
    with pytest.raises(StorageUnavailable):
        upload.publish(DIGEST, CRC32C)
    assert upload.publish(DIGEST, CRC32C) == store.stat(NAMESPACE, DIGEST)


@pytest.mark.parametrize(
    "damaged", [DATA[:-1], bytes([DATA[0] ^ 1]) + DATA[1:]], ids=["shorter", "changed"]
)
def test_a_published_blob_that_is_damaged_is_reported_and_kept(damaged: bytes) -> None:
    fake = GcsFake()
    with serving(fake) as endpoint, gcs_store(endpoint) as store:
        fake.faults.order(Step.FINISH, SomebodyElsePublishes(damaged))
        with pytest.raises(BlobCorrupt):
            staged(store, DATA).publish(DIGEST, CRC32C)
    assert [stored.body for stored in fake.objects.values()] == [damaged]


def test_an_error_never_shows_the_address_of_a_session(
    fake: GcsFake, impatient: GcsBlobStore, caplog: pytest.LogCaptureFixture
) -> None:
    fake.faults.order(Step.PUT, DropRequest(), times=STORM)
    fake.faults.order(Step.QUERY, DropRequest(), times=STORM)
    fake.faults.order(Step.CANCEL, DropRequest())
    with caplog.at_level("INFO"), pytest.raises(StorageUnavailable) as caught:
        staged(impatient, DATA)
    assert "session-0" not in "".join(traceback.format_exception(caught.value))
    assert "session-0" not in caplog.text


def test_discarding_never_raises(
    fake: GcsFake, store: GcsBlobStore, caplog: pytest.LogCaptureFixture
) -> None:
    for fault in (DropRequest(), Answer(503), Answer(403)):
        upload = staged(store, DATA)
        fake.faults.order(Step.CANCEL, fault)
        upload.discard()
    assert fake.faults.left == []
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3
    assert "session-" not in caplog.text


@pytest.mark.parametrize(
    "fault, times",
    [
        (Answer(503), 3),
        (Answer(429), 3),
        (DropReply(), 3),
        (DropRequest(), 3),
        (CutBody(0), 3),
        (CutBody(1), 3),
        (CutBody(300 * KIB), 3),
        (CutBody(MIB), 2),
        (ShortBody(0), 3),
        (ShortBody(500 * KIB), 3),
    ],
    ids=str,
)
def test_a_read_continues_where_it_was_interrupted(
    fake: GcsFake, store: GcsBlobStore, fault: Fault, times: int
) -> None:
    data = os.urandom(3 * MIB + 5)
    publish(store, data)
    fake.faults.order(Step.MEDIA, fault, times=times)
    assert read_all(store, data) == data
    assert fake.faults.left == []


@pytest.mark.parametrize("fault", [Answer(503), CutBody(0), ShortBody(0), DropReply()], ids=str)
def test_a_read_that_never_moves_is_a_typed_error(
    fake: GcsFake, impatient: GcsBlobStore, fault: Fault
) -> None:
    publish(impatient, DATA)
    fake.faults.order(Step.MEDIA, fault, times=STORM)
    with pytest.raises(StorageUnavailable):
        read_all(impatient, DATA)


def test_a_blob_that_is_replaced_while_it_is_read_is_not_mixed(
    fake: GcsFake, store: GcsBlobStore
) -> None:
    stored = publish(store, DATA)
    fake.faults.order(Step.MEDIA, CutBody(MIB + 1))
    pieces = store.read(
        NAMESPACE, digest_of(DATA), generation=stored.generation, offset=0, length=len(DATA)
    )
    got = [next(iter(pieces))]
    (name,) = fake.objects
    fake.publish(name, DATA)
    with pytest.raises(BlobNotFound):
        got.extend(pieces)
    assert DATA.startswith(b"".join(got))


def _delete(store: GcsBlobStore, data: bytes) -> None:
    found = store.stat(NAMESPACE, digest_of(data))
    assert found is not None
    store.delete(NAMESPACE, digest_of(data), generation=found.generation)


@pytest.mark.parametrize("status", [400, 401, 403, 501, 200])
@pytest.mark.parametrize("step", [Step.STAT, Step.MEDIA, Step.DELETE])
def test_a_refused_question_is_a_typed_error(
    fake: GcsFake, store: GcsBlobStore, step: Step, status: int
) -> None:
    publish(store, DATA)
    if (step, status) != (Step.DELETE, 200):  # which is a deletion confirmed
        fake.faults.order(step, Answer(status))
        with pytest.raises(StorageUnavailable):
            (_delete if step is Step.DELETE else read_all)(store, DATA)
    assert fake.faults.left == []


@pytest.mark.parametrize("step", [Step.STAT, Step.DELETE])
def test_questions_are_repeated(fake: GcsFake, store: GcsBlobStore, step: Step) -> None:
    stored = publish(store, DATA)
    fake.faults.order(step, Answer(503), times=2)
    fake.faults.order(step, DropReply())
    assert store.stat(NAMESPACE, digest_of(DATA)) == stored
    store.delete(NAMESPACE, digest_of(DATA), generation=stored.generation)
    assert fake.faults.left == []
    assert fake.objects == {}


@pytest.mark.parametrize("fault", [Answer(503), Answer(403), Answer(404), DropReply()], ids=str)
def test_check_tells_when_nothing_can_be_stored(
    fake: GcsFake, impatient: GcsBlobStore, fault: Fault
) -> None:
    fake.faults.order(Step.START, fault, times=STORM)
    with pytest.raises(StorageUnavailable):
        impatient.check()


def test_check_leaves_nothing_behind(fake: GcsFake, store: GcsBlobStore) -> None:
    store.check()
    assert fake.objects == {}
    assert fake.open_sessions() == []


def test_nobody_listening_is_a_typed_error() -> None:
    with serving(GcsFake()) as endpoint:
        pass
    with gcs_store(endpoint, retry_policy=IMPATIENT) as impatient:
        with pytest.raises(StorageUnavailable):
            impatient.check()
        with pytest.raises(StorageUnavailable):
            publish(impatient, DATA)


@pytest.mark.parametrize("seed", range(25))
def test_any_mixture_of_faults_ends_well_or_in_a_typed_error(
    fake: GcsFake, store: GcsBlobStore, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (a seed repeats the failure)
    faults = [
        *passing_faults(),
        *[(step, FlipBit(), 1) for step in (Step.PUT, Step.FINISH)],
        *[(Step.QUERY, fault, 1) for fault in (Answer(503), LoseSession(410), DropReply())],
        (Step.FINISH, SomebodyElsePublishes(DATA), 1),
        (Step.FINISH, Answer(412), 1),
    ]
    for step, fault, times in chance.choices(faults, k=5):
        fake.faults.order(step, fault, times=times)
    upload = store.stage(NAMESPACE, digest_of(DATA), "an-upload", len(DATA))
    try:
        for start in range(0, len(DATA), 200 * KIB):
            upload.write(DATA[start : start + 200 * KIB])
        stored = upload.publish(DIGEST, CRC32C)
    except (StorageUnavailable, SessionLost, BlobCorrupt):
        upload.discard()
    else:
        assert stored == store.stat(NAMESPACE, digest_of(DATA))
        assert read_all(store, DATA) == DATA
