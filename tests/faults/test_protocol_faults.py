"""Clients that violate the upload protocol: rejected with a reason, and no bytes are lost."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest

from modelregistry.v1 import artifact_service_pb2 as artifact
from tests.support.content import MIB, NAMESPACE, begin, chunks, digest_of, read
from tests.support.faults.amount import amount, randomness
from tests.support.faults.invariants import check_swept
from tests.support.faults.sender import Sender, register
from tests.support.faults.site import Site, on_bucket, on_files
from tests.support.stubs import Stubs, refusal, refused

Message = artifact.WriteUploadRequest
SIZE = 9 * MIB
PIECES = 9


@pytest.fixture(scope="module", params=["files", "bucket"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """One registry for all cases, on files and on a bucket; swept at the end."""
    folder: Path = tmp_path_factory.mktemp("protocol")
    with (on_bucket if request.param == "bucket" else on_files)(folder) as made:
        yield made
        check_swept(made)


@pytest.fixture
def stubs(site: Site) -> Iterator[Stubs]:
    """Its contract."""
    with site.stubs() as made:
        yield made


def corrupt(messages: list[Message]) -> None:
    """Damage a byte on the way."""
    messages[5].data = bytes([messages[5].data[0] ^ 1]) + messages[5].data[1:]


def swap(messages: list[Message]) -> None:
    """Send two pieces in the wrong order."""
    messages[5:7] = [messages[6], messages[5]]


def repeat(messages: list[Message]) -> None:
    """Send a piece twice."""
    messages.insert(5, messages[4])


def leave_out(messages: list[Message]) -> None:
    """Forget a piece."""
    del messages[5]


def more(name: str) -> Message:
    """One piece behind the declared end."""
    [message] = chunks(name, b"more")
    message.offset = SIZE
    return message


@pytest.mark.parametrize(
    "harm, reason",
    [
        (corrupt, "CHUNK_CORRUPT"),
        (swap, "OFFSET_MISMATCH"),
        (repeat, "OFFSET_MISMATCH"),
        (leave_out, "OFFSET_MISMATCH"),
        (lambda messages: messages.append(more("")), "UPLOAD_TOO_LONG"),
    ],
    ids=["corrupt", "order", "repeat", "gap", "too long"],
)
def test_what_was_right_stays_and_the_upload_goes_on(
    stubs: Stubs, harm: Callable[[list[Message]], None], reason: str
) -> None:
    random = randomness(f"{reason} {harm.__name__}")
    sender = Sender(random.randbytes(SIZE), random)
    name = sender.standing(stubs).name
    messages = list(chunks(name, sender.data))
    harm(messages)
    sender.reached = SIZE

    assert refused(stubs.WriteUpload, iter(messages)).reason == reason

    sender.go_on(stubs)
    assert read(stubs, digest_of(sender.data)) == sender.data
    register(stubs, sender.data, "protocol")


def test_an_upload_that_is_not_whole_cannot_be_committed(stubs: Stubs) -> None:
    random = randomness("truncated")
    sender = Sender(random.randbytes(SIZE), random)
    name = sender.standing(stubs).name
    list(stubs.WriteUpload(iter(list(chunks(name, sender.data))[:-1])))
    sender.reached = SIZE - MIB
    commit = artifact.CommitUploadRequest(name=name)

    assert refused(stubs.CommitUpload, commit).reason == "UPLOAD_INCOMPLETE"

    request = artifact.ReadBlobRequest(parent=NAMESPACE, digest=digest_of(sender.data))
    assert refused(stubs.ReadBlob, request).reason == "BLOB_NOT_FOUND"
    sender.go_on(stubs)
    assert read(stubs, digest_of(sender.data)) == sender.data


@pytest.mark.parametrize("attempt", range(amount(2, 20)))
def test_of_many_writers_of_one_upload_each_is_whole_or_fenced(stubs: Stubs, attempt: int) -> None:
    random = randomness(f"many writers {attempt}")
    data = random.randbytes(SIZE)
    upload = begin(stubs, digest_of(data), SIZE)
    start = threading.Barrier(4)
    reasons: list[str] = []

    def write() -> None:
        start.wait(30)
        offset = stubs.GetUpload(artifact.GetUploadRequest(name=upload.name)).committed_offset
        try:
            list(stubs.WriteUpload(chunks(upload.name, data, offset=offset)))
        except grpc.RpcError as error:
            reasons.append(refusal(error).reason)

    threads = [threading.Thread(target=write) for _ in range(start.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # One that begins while another writes may have asked too early where the upload stands, find
    # the bytes just taken over, or share its connection with bytes of those that were fenced: all
    # of these errors ask the client to resume.
    assert set(reasons) <= {
        "UPLOAD_FENCED",
        "OFFSET_MISMATCH",
        "STORAGE_UNAVAILABLE",
        "CALLER_LIMIT_EXCEEDED",
    }
    sender = Sender(data, random, name=upload.name, reached=SIZE)
    sender.go_on(stubs)
    assert read(stubs, digest_of(data)) == data
