"""Faults of the bucket, handled by the whole server."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import grpc
import pytest

from modelregistry import Client
from modelregistry.v1 import artifact_service_pb2 as artifact
from tests.support.content import MIB, NAMESPACE, digest_of, read
from tests.support.faults.amount import randomness
from tests.support.faults.invariants import check_swept, used
from tests.support.faults.sender import Sender, register
from tests.support.faults.site import Site, on_bucket
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
    SomebodyElseDeletes,
    SomebodyElsePublishes,
    Step,
)
from tests.support.gcs_fake_http import BUCKET
from tests.support.stubs import Stubs, refusal, refused

SIZE = 17 * MIB + 3
QUANTUM = 256 * 1024


@dataclass(frozen=True)
class Case:
    """Faults in their order. restarts: how often the upload has to begin again."""

    name: str
    faults: tuple[tuple[Step, Fault], ...]
    restarts: int = 0


PASSING = [
    Case("503 storm", ((Step.PUT, Answer(503)),) * 3 + ((Step.FINISH, Answer(503)),) * 2),
    Case(
        "429 storm", ((Step.START, Answer(429)), (Step.PUT, Answer(429)), (Step.PUT, Answer(429)))
    ),
    Case("503 although done", ((Step.PUT, AnswerAfter(503)), (Step.FINISH, AnswerAfter(503)))),
    Case("short 308", ((Step.PUT, KeepOnly(QUANTUM)), (Step.PUT, KeepOnly(3 * QUANTUM)))),
    Case("308 that keeps nothing", ((Step.PUT, KeepOnly(0)),)),
    Case("308 without Range", ((Step.PUT, HideRange()),)),
    Case("short last part", ((Step.FINISH, KeepOnly(0)),)),
    Case("dropped request", ((Step.PUT, DropRequest()), (Step.FINISH, DropRequest()))),
    Case("dropped reply", ((Step.PUT, DropReply()), (Step.QUERY, DropReply()))),
    Case("dropped final reply", ((Step.FINISH, DropReply()),)),
    Case("dropped final reply and 503", ((Step.FINISH, DropReply()), (Step.QUERY, Answer(503)))),
    Case("404 session", ((Step.PUT, LoseSession(404)),), restarts=1),
    Case("410 session", ((Step.PUT, LoseSession(410)),), restarts=1),
    Case("404 session at the end", ((Step.FINISH, LoseSession(404)),), restarts=1),
    Case("410 session at the end", ((Step.FINISH, LoseSession(410)),), restarts=1),
    Case("flipped bit", ((Step.PUT, FlipBit()),), restarts=1),
    Case("flipped bit at the end", ((Step.FINISH, FlipBit()),), restarts=1),
    Case(
        "412 and the object is gone",
        ((Step.FINISH, SomebodyElsePublishes(b"theirs")), (Step.STAT, SomebodyElseDeletes())),
        restarts=1,
    ),
    Case("412 for nothing", ((Step.FINISH, Answer(412)),), restarts=1),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One registry on one bucket for all cases; swept at the end."""
    with on_bucket(tmp_path_factory.mktemp("bucket")) as made:
        yield made
        check_swept(made)


@pytest.fixture
def stubs(site: Site) -> Iterator[Stubs]:
    """Its contract; no fault is left for the next test."""
    with site.stubs() as made:
        yield made
    assert site.bucket is not None
    assert site.bucket.faults.left == []


def finish(sender: Sender, stubs: Stubs) -> list[str]:
    """Go on until the blob is there; return the codes of the failures on the way."""
    codes: list[str] = []
    while len(codes) < 5:
        try:
            sender.go_on(stubs)
        except grpc.RpcError as error:
            codes.append(error.code().name)
        else:
            return codes
    message = f"still failing: {codes}"
    raise AssertionError(message)


@pytest.mark.parametrize("case", PASSING, ids=lambda case: case.name)
def test_an_upload_gets_over_a_fault_of_the_bucket(site: Site, stubs: Stubs, case: Case) -> None:
    random = randomness(case.name)
    sender = Sender(random.randbytes(SIZE), random, flushed=0)
    assert site.bucket is not None
    for step, fault in case.faults:
        site.bucket.faults.order(step, fault)

    codes = finish(sender, stubs)

    assert sender.restarts == case.restarts
    assert len(codes) <= 3 * case.restarts
    assert read(stubs, digest_of(sender.data)) == sender.data
    register(stubs, sender.data, "bucket")


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refusal_of_the_bucket_does_not_cost_the_upload(
    site: Site, stubs: Stubs, status: int
) -> None:
    random = randomness(f"refused with {status}")
    sender = Sender(random.randbytes(SIZE), random, flushed=0)
    assert site.bucket is not None
    site.bucket.faults.order(Step.FINISH, Answer(status))

    with pytest.raises(grpc.RpcError) as caught:
        sender.go_on(stubs)

    assert refusal(caught.value).reason == "STORAGE_UNAVAILABLE"
    assert finish(sender, stubs) == []
    assert sender.restarts == 0
    assert read(stubs, digest_of(sender.data)) == sender.data
    register(stubs, sender.data, "bucket")


def test_a_publisher_who_was_faster_is_found(site: Site, stubs: Stubs) -> None:
    random = randomness("412 on commit")
    sender = Sender(random.randbytes(SIZE), random, flushed=0)
    assert site.bucket is not None
    site.bucket.faults.order(Step.FINISH, SomebodyElsePublishes(sender.data))

    assert finish(sender, stubs) == []

    assert read(stubs, digest_of(sender.data)) == sender.data


def test_other_bytes_under_the_name_are_never_taken_for_ours(site: Site, stubs: Stubs) -> None:
    random = randomness("412 on commit, other bytes")
    sender = Sender(random.randbytes(SIZE), random, flushed=0)
    digest = digest_of(sender.data)
    assert site.bucket is not None
    site.bucket.faults.order(Step.FINISH, SomebodyElsePublishes(b"not these"))

    with pytest.raises(grpc.RpcError):
        sender.go_on(stubs)

    request = artifact.ReadBlobRequest(parent=NAMESPACE, digest=digest)
    assert refused(stubs.ReadBlob, request).reason == "BLOB_NOT_FOUND"
    site.bucket.objects.pop(next(name for name in site.bucket.objects if name.endswith(digest[7:])))
    finish(sender, stubs)
    assert read(stubs, digest) == sender.data


def test_a_batch_asks_the_bucket_for_nothing_twice(site: Site, stubs: Stubs) -> None:
    random = randomness("a batch")
    contents = [random.randbytes(100) for _ in range(20)]
    assert site.bucket is not None
    before = len(site.bucket.seen)

    reply = stubs.BatchUploadBlobs(batch_of(contents))

    assert [result.status.code for result in reply.results] == [0] * len(contents)
    steps = Counter(request.step for request in site.bucket.seen[before:])
    assert steps == {Step.START: len(contents), Step.FINISH: len(contents)}
    for data in contents:
        register(stubs, data, "bucket")


@pytest.mark.parametrize("fault", [FlipBit(), LoseSession(410)], ids=["flipped", "lost"])
def test_a_small_file_gets_over_what_a_large_one_does(
    site: Site, stubs: Stubs, fault: Fault
) -> None:
    random = randomness(f"a small file, {fault}")
    contents = [random.randbytes(100) for _ in range(3)]
    assert site.bucket is not None
    site.bucket.faults.order(Step.FINISH, fault, times=2)

    reply = stubs.BatchUploadBlobs(batch_of(contents))

    assert [result.status.code for result in reply.results] == [0, 0, 0]
    for data in contents:
        assert read(stubs, digest_of(data)) == data
        register(stubs, data, "bucket")


def batch_of(contents: list[bytes]) -> artifact.BatchUploadBlobsRequest:
    blobs = [artifact.BlobData(digest=digest_of(data), data=data) for data in contents]
    return artifact.BatchUploadBlobsRequest(parent=NAMESPACE, blobs=blobs)


def test_a_small_file_that_is_damaged_on_the_way_out_is_read_again(
    site: Site, stubs: Stubs
) -> None:
    random = randomness("a small file, damaged on the way out")
    contents = [random.randbytes(100) for _ in range(3)]
    stubs.BatchUploadBlobs(batch_of(contents))
    request = artifact.BatchReadBlobsRequest(
        parent=NAMESPACE, digests=[digest_of(data) for data in contents]
    )
    assert site.bucket is not None
    site.bucket.faults.order(Step.MEDIA, FlipBit())
    assert [blob.data for blob in stubs.BatchReadBlobs(request).blobs] == contents

    name = next(name for name in site.bucket.objects if name.endswith(digest_of(contents[1])[7:]))
    whole = site.bucket.objects[name]
    site.bucket.objects[name] = replace(whole, body=b"?" + whole.body[1:])
    first, second, third = stubs.BatchReadBlobs(request).blobs
    assert [first.data, third.data] == [contents[0], contents[2]]
    assert (second.data, second.status.code) == (b"", grpc.StatusCode.DATA_LOSS.value[0])
    site.bucket.objects[name] = whole
    for data in contents:
        register(stubs, data, "bucket")


@pytest.mark.parametrize("size", [100, SIZE], ids=["small", "large"])
def test_a_user_who_pushes_sees_nothing_of_a_flipped_bit(
    site: Site, tmp_path: Path, size: int
) -> None:
    data = randomness(f"a push of {size}").randbytes(size)
    (tmp_path / "weights.bin").write_bytes(data)
    assert site.bucket is not None
    site.bucket.faults.order(Step.FINISH, FlipBit())

    with Client(site.server.target, cache=False) as registry:
        version = registry.push("flipped", tmp_path / "weights.bin", environment=None, source=None)
        pulled = registry.pull(version.ref, tmp_path / "pulled")

    assert site.bucket.faults.left == []
    assert (pulled / "weights.bin").read_bytes() == data


def test_the_log_line_of_a_batch_says_that_its_items_failed_and_why(
    site: Site, stubs: Stubs
) -> None:
    random = randomness("refused items")
    contents = [random.randbytes(100) for _ in range(3)]
    assert site.bucket is not None
    site.bucket.faults.order(Step.START, Answer(403), times=3)

    results = stubs.BatchUploadBlobs(
        batch_of(contents), metadata=[("x-request-id", "refused-items")]
    ).results

    assert {result.status.code for result in results} == {grpc.StatusCode.UNAVAILABLE.value[0]}
    assert "ordered by the test" not in str(results)
    wait_until(lambda: "refused-items" in site.server.log)
    [line] = [line for line in site.server.lines if "refused-items" in line]
    assert " warning " in line
    assert "code=OK" in line
    assert "failed=3 reasons=STORAGE_UNAVAILABLE:3" in line
    where = f"gs://{BUCKET} at {site.endpoint.partition('//')[2]}"
    assert f'cause="{where}: status 403: ordered by the test"' in line


def test_the_log_line_of_a_failed_upload_has_the_cause_without_the_session(
    site: Site, stubs: Stubs
) -> None:
    random = randomness("a cause")
    sender = Sender(random.randbytes(SIZE), random, flushed=0)
    assert site.bucket is not None
    lines = site.server.lines = []
    site.bucket.faults.order(Step.FINISH, Answer(400))

    with pytest.raises(grpc.RpcError):
        sender.go_on(stubs)

    wait_until(lambda: any("reason=STORAGE_UNAVAILABLE cause=" in line for line in lines))
    [line, *_] = [line for line in lines if "reason=STORAGE_UNAVAILABLE cause=" in line]
    assert "status 400: ordered by the test" in line
    assert "request_id=" in line
    assert "session-" not in "".join(lines)
    assert finish(sender, stubs) == []
    register(stubs, sender.data, "bucket")


def wait_until(condition: Callable[[], bool]) -> None:
    """Return when it is so; fail after a while."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_abort_leaves_no_session(site: Site, stubs: Stubs) -> None:
    random = randomness("abort")
    sender = Sender(random.randbytes(SIZE), random, flushed=0)
    before = used(stubs)
    assert site.bucket is not None
    upload = sender.standing(stubs)
    list(stubs.WriteUpload(iter(list(sender._messages(0, lambda _: None))[:20])))  # noqa: SLF001
    assert used(stubs) == before + SIZE

    stubs.AbortUpload(artifact.AbortUploadRequest(name=upload.name))

    hexadecimal = digest_of(sender.data)[7:]
    assert not [name for name in site.bucket.open_sessions() if name.endswith(hexadecimal)]
    assert used(stubs) == before
