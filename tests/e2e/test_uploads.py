"""Bytes through the server: visible only when whole and right, whatever happens on the way."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import google_crc32c
import grpc
import pytest

from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from tests.support.content import (
    MIB,
    NAMESPACE,
    a_blob,
    begin,
    chunks,
    digest_of,
    pushed,
    read,
)
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refusal, refused

SIZES = [0, 1, MIB - 1, MIB, MIB + 1, 5 * MIB + 17]


def missing(stubs: Stubs, digest: str, size: int) -> bool:
    blob = artifact.BlobRef(digest=digest, size_bytes=size)
    request = artifact.FindMissingBlobsRequest(parent=NAMESPACE, blobs=[blob])
    return bool(stubs.FindMissingBlobs(request).missing)


@pytest.mark.parametrize("size", SIZES)
def test_bytes_come_out_as_they_went_in(stubs: Stubs, size: int) -> None:
    data = os.urandom(size)

    upload = pushed(stubs, data)

    assert upload.state == artifact.UPLOAD_STATE_COMMITTED
    assert read(stubs, digest_of(data)) == data
    for offset, length in ((0, 1), (size // 2, 0), (size // 2, 7), (size, 0), (0, size + 9)):
        end = offset + length if length else size
        assert read(stubs, digest_of(data), offset, length) == data[offset:end]


def test_a_blob_is_missing_and_unreadable_until_committed(stubs: Stubs) -> None:
    data = os.urandom(2 * MIB)
    digest = digest_of(data)
    upload = begin(stubs, digest, len(data))
    list(stubs.WriteUpload(chunks(upload.name, data)))

    assert missing(stubs, digest, len(data))
    request = artifact.ReadBlobRequest(parent=NAMESPACE, digest=digest)
    assert refused(stubs.ReadBlob, request).reason == "BLOB_NOT_FOUND"

    stubs.CommitUpload(artifact.CommitUploadRequest(name=upload.name))
    assert not missing(stubs, digest, len(data))


def test_bytes_that_do_not_hash_to_their_digest_are_rejected_and_gone(stubs: Stubs) -> None:
    data, digest = b"not these bytes", digest_of(b"but these bytes")
    upload = begin(stubs, digest, len(data))
    list(stubs.WriteUpload(chunks(upload.name, data)))
    commit = artifact.CommitUploadRequest(name=upload.name)

    assert refused(stubs.CommitUpload, commit).reason == "DIGEST_MISMATCH"
    assert refused(stubs.CommitUpload, commit).reason == "UPLOAD_NOT_OPEN"

    state = stubs.GetUpload(artifact.GetUploadRequest(name=upload.name)).state
    assert state == artifact.UPLOAD_STATE_REJECTED
    assert missing(stubs, digest, len(data))


def test_a_commit_can_be_repeated(stubs: Stubs) -> None:
    upload = pushed(stubs, os.urandom(1_000))
    again = stubs.CommitUpload(artifact.CommitUploadRequest(name=upload.name))
    assert again.state == artifact.UPLOAD_STATE_COMMITTED


def test_known_bytes_need_no_upload(stubs: Stubs) -> None:
    data = os.urandom(1_000)
    a_blob(stubs, data)

    upload = begin(stubs, digest_of(data), len(data))

    assert upload.state == artifact.UPLOAD_STATE_COMMITTED
    assert upload.already_existed


def test_an_upload_goes_on_after_its_stream_was_lost(stubs: Stubs) -> None:
    data = os.urandom(4 * MIB)
    upload = begin(stubs, digest_of(data), len(data))
    lost = threading.Event()

    def interrupted() -> Iterator[artifact.WriteUploadRequest]:
        messages = chunks(upload.name, data)
        for number in range(2):
            message = next(messages)
            message.flush = number == 1
            yield message
        lost.wait(30)

    stream = stubs.WriteUpload(interrupted())
    first = next(stream)
    stream.cancel()
    lost.set()
    assert first.committed_offset == 2 * MIB

    found = stubs.GetUpload(artifact.GetUploadRequest(name=upload.name))
    assert (found.committed_offset, found.session_number) == (2 * MIB, 1)
    answers = list(stubs.WriteUpload(chunks(upload.name, data, offset=2 * MIB)))
    assert answers[-1].committed_offset == len(data)
    stubs.CommitUpload(artifact.CommitUploadRequest(name=upload.name))
    assert read(stubs, digest_of(data)) == data


def test_a_second_writer_fences_the_first(stubs: Stubs) -> None:
    data = os.urandom(3 * MIB)
    upload = begin(stubs, digest_of(data), len(data))
    messages = list(chunks(upload.name, data))
    messages[0].flush = True
    second_is_done = threading.Event()

    def slow() -> Iterator[artifact.WriteUploadRequest]:
        yield messages[0]
        second_is_done.wait(30)
        yield messages[1]

    first = stubs.WriteUpload(slow())
    next(first)
    list(stubs.WriteUpload(iter(messages[1:2])))
    second_is_done.set()

    with pytest.raises(grpc.RpcError) as caught:
        list(first)
    assert refusal(caught.value).reason == "UPLOAD_FENCED"
    list(stubs.WriteUpload(iter(messages[2:])))
    stubs.CommitUpload(artifact.CommitUploadRequest(name=upload.name))
    assert read(stubs, digest_of(data)) == data


def test_a_refused_chunk_changes_nothing(stubs: Stubs) -> None:
    data = os.urandom(2 * MIB)
    upload = begin(stubs, digest_of(data), len(data))
    good, bad = chunks(upload.name, data)
    bad.crc32c ^= 1

    assert refused(stubs.WriteUpload, iter([good, bad])).reason == "CHUNK_CORRUPT"

    found = stubs.GetUpload(artifact.GetUploadRequest(name=upload.name))
    assert found.committed_offset == MIB
    list(stubs.WriteUpload(chunks(upload.name, data, offset=MIB)))
    stubs.CommitUpload(artifact.CommitUploadRequest(name=upload.name))
    assert read(stubs, digest_of(data)) == data


def test_an_aborted_upload_takes_nothing_more(stubs: Stubs) -> None:
    data = os.urandom(1_000)
    upload = begin(stubs, digest_of(data), len(data))
    abort = artifact.AbortUploadRequest(name=upload.name)

    assert stubs.AbortUpload(abort).state == artifact.UPLOAD_STATE_ABORTED
    assert stubs.AbortUpload(abort).state == artifact.UPLOAD_STATE_ABORTED

    assert refused(stubs.WriteUpload, chunks(upload.name, data)).reason == "UPLOAD_NOT_OPEN"
    done = pushed(stubs, data)
    refusal = refused(stubs.AbortUpload, artifact.AbortUploadRequest(name=done.name))
    assert refusal.reason == "UPLOAD_NOT_OPEN"


def test_concurrent_uploads_of_one_digest_all_succeed(stubs: Stubs) -> None:
    data = os.urandom(2 * MIB)
    uploads = [begin(stubs, digest_of(data), len(data)) for _ in range(4)]
    for upload in uploads:
        list(stubs.WriteUpload(chunks(upload.name, data)))

    done = [stubs.CommitUpload(artifact.CommitUploadRequest(name=u.name)) for u in uploads]

    assert {upload.state for upload in done} == {artifact.UPLOAD_STATE_COMMITTED}
    assert read(stubs, digest_of(data)) == data


def test_one_bad_blob_of_a_batch_does_not_stop_the_others(stubs: Stubs) -> None:
    good, other = os.urandom(100), os.urandom(100)
    blobs = [
        artifact.BlobData(digest=digest_of(good), data=good),
        artifact.BlobData(digest=digest_of(b"claimed"), data=other),
        artifact.BlobData(digest=digest_of(b""), data=b""),
    ]

    reply = stubs.BatchUploadBlobs(artifact.BatchUploadBlobsRequest(parent=NAMESPACE, blobs=blobs))

    assert [result.status.code for result in reply.results] == [
        0,
        grpc.StatusCode.INVALID_ARGUMENT.value[0],
        0,
    ]
    assert read(stubs, digest_of(good)) == good
    assert missing(stubs, digest_of(b"claimed"), len(other))


def test_a_digest_is_no_right_to_another_namespace(stubs: Stubs) -> None:
    stubs.CreateNamespace(catalog.CreateNamespaceRequest(namespace_id="secret"))
    data = os.urandom(100)
    digest = a_blob(stubs, data, "namespaces/secret")

    request = artifact.ReadBlobRequest(parent=NAMESPACE, digest=digest)
    assert refused(stubs.ReadBlob, request).reason == "BLOB_NOT_FOUND"
    assert missing(stubs, digest, len(data))


def test_an_upload_goes_on_after_the_server_was_killed(own_registry: RegistryProcess) -> None:
    data = os.urandom(3 * MIB)
    own_registry.start()
    with connected(own_registry.target) as stubs:
        upload = begin(stubs, digest_of(data), len(data))
        list(stubs.WriteUpload(iter(list(chunks(upload.name, data))[:2])))
    own_registry.kill()
    own_registry.restart()

    with connected(own_registry.target) as stubs:
        found = stubs.GetUpload(artifact.GetUploadRequest(name=upload.name))
        assert (found.committed_offset, found.session_number) == (2 * MIB, 1)
        list(stubs.WriteUpload(chunks(upload.name, data, offset=2 * MIB)))
        stubs.CommitUpload(artifact.CommitUploadRequest(name=upload.name))
        assert read(stubs, digest_of(data)) == data


def test_staged_bytes_that_vanished_are_asked_for_again(own_registry: RegistryProcess) -> None:
    data = os.urandom(3 * MIB)
    own_registry.start()
    with connected(own_registry.target) as stubs:
        upload = begin(stubs, digest_of(data), len(data))
        list(stubs.WriteUpload(iter(list(chunks(upload.name, data))[:2])))
        for staged in (own_registry.data_dir / "blobs" / "uploads").rglob("*"):
            if staged.is_file():
                staged.unlink()

        rest = chunks(upload.name, data, offset=2 * MIB)
        assert refused(stubs.WriteUpload, rest).reason == "OFFSET_MISMATCH"
        found = stubs.GetUpload(artifact.GetUploadRequest(name=upload.name))
        assert (found.committed_offset, found.session_number) == (0, 2)
        list(stubs.WriteUpload(chunks(upload.name, data)))
        stubs.CommitUpload(artifact.CommitUploadRequest(name=upload.name))
        assert read(stubs, digest_of(data)) == data


def test_bytes_can_be_sent_before_their_digest_is_known(stubs: Stubs) -> None:
    data = os.urandom(2 * MIB + 1)
    blob = artifact.BlobRef(size_bytes=len(data))
    found = stubs.FindMissingBlobs(artifact.FindMissingBlobsRequest(parent=NAMESPACE, blobs=[blob]))
    assert list(found.missing) == [blob]
    upload = stubs.BeginUpload(artifact.BeginUploadRequest(parent=NAMESPACE, blob=blob))
    list(stubs.WriteUpload(chunks(upload.name, data)))

    nameless = artifact.CommitUploadRequest(name=upload.name)
    assert refused(stubs.CommitUpload, nameless).fields == ("digest",)
    commit = artifact.CommitUploadRequest(name=upload.name, digest=digest_of(data))
    assert stubs.CommitUpload(commit).blob.digest == digest_of(data)
    assert read(stubs, digest_of(data)) == data
    again = artifact.FindMissingBlobsRequest(parent=NAMESPACE, blobs=[blob])
    assert not stubs.FindMissingBlobs(again).missing


def test_small_blobs_are_read_in_one_call(stubs: Stubs) -> None:
    contents = [os.urandom(size) for size in (0, 1, 1_000)]
    digests = [a_blob(stubs, data) for data in contents]
    absent = digest_of(b"never stored")

    reply = stubs.BatchReadBlobs(
        artifact.BatchReadBlobsRequest(parent=NAMESPACE, digests=[*digests, absent])
    )

    assert [item.digest for item in reply.blobs] == [*digests, absent]
    assert [item.data for item in reply.blobs[:3]] == contents
    assert reply.blobs[3].status.code == grpc.StatusCode.NOT_FOUND.value[0]


def test_a_download_plan_has_the_crc32c_of_each_block(stubs: Stubs) -> None:
    data = os.urandom(64 * MIB + 5)
    pushed(stubs, data)
    request = artifact.GetDownloadPlanRequest(parent=NAMESPACE, digest=digest_of(data))

    plan = stubs.GetDownloadPlan(request)

    assert plan.block_bytes == 64 * MIB
    assert list(plan.block_crc32c) == [
        google_crc32c.value(data[: 64 * MIB]),
        google_crc32c.value(data[64 * MIB :]),
    ]
    assert plan.crc32c == google_crc32c.value(data)
    assert plan.url == ""


def test_damaged_storage_is_reported_and_not_served_as_good(own_registry: RegistryProcess) -> None:
    data = os.urandom(3 * MIB)
    own_registry.start()
    with connected(own_registry.target) as stubs:
        pushed(stubs, data)
        [stored] = (own_registry.data_dir / "blobs").rglob(digest_of(data)[7:])
        stored.chmod(0o600)
        with stored.open("r+b") as file:
            file.truncate(MIB)

        request = artifact.ReadBlobRequest(parent=NAMESPACE, digest=digest_of(data))
        found = refused(stubs.ReadBlob, request)

    assert (found.code, found.reason) == ("DATA_LOSS", "BLOB_CORRUPT")


def test_messages_carry_the_crc32c_of_their_data(stubs: Stubs) -> None:
    data = os.urandom(2 * MIB + 5)
    a_parts = pushed(stubs, data)
    assert a_parts.blob.size_bytes == len(data)
    request = artifact.ReadBlobRequest(parent=NAMESPACE, digest=digest_of(data))

    messages = list(stubs.ReadBlob(request))

    assert messages[0].size_bytes == len(data)
    assert max(len(message.data) for message in messages) <= MIB
    assert all(google_crc32c.value(message.data) == message.crc32c for message in messages)


def test_clients_that_vanish_in_mid_stream_do_not_harm_the_server(
    own_registry: RegistryProcess,
) -> None:
    """Once a call is cancelled gRPC frees it: what touched it afterwards ended the process."""
    own_registry.start()

    def vanish(number: int) -> None:
        data = os.urandom(MIB)
        with connected(own_registry.target) as stubs:
            upload = begin(stubs, digest_of(data), len(data))
            stopped = threading.Event()

            def slow() -> Iterator[artifact.WriteUploadRequest]:
                for message in chunks(upload.name, data, size=MIB // 16):
                    message.flush = True
                    yield message
                stopped.wait(5)

            with pytest.raises(grpc.RpcError):
                list(stubs.WriteUpload(slow(), timeout=0.01 + number % 10 * 0.02))
            stopped.set()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(vanish, range(96)))
    with connected(own_registry.target) as stubs:
        data = os.urandom(1_000)
        pushed(stubs, data)
        assert read(stubs, digest_of(data)) == data
    assert own_registry.process is not None
    assert own_registry.process.poll() is None
