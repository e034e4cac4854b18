"""Google Cloud Storage, chosen by configuration alone: the server against the strict fake."""

import os
from collections.abc import Iterator

import pytest

from modelregistry.v1 import artifact_service_pb2 as artifact
from tests.support.content import MIB, NAMESPACE, a_blob, begin, chunks, digest_of, pushed, read
from tests.support.gcs_fake import GcsFake
from tests.support.gcs_fake_http import BUCKET, serving
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refused


@pytest.fixture
def bucket() -> GcsFake:
    return GcsFake()


@pytest.fixture
def in_bucket(bucket: GcsFake, own_registry: RegistryProcess) -> Iterator[Stubs]:
    """The contract of a server that keeps its bytes in the bucket."""
    with serving(bucket) as endpoint:
        own_registry.options = ("--blobs", f"gs://{BUCKET}/models")
        own_registry.environ = {"STORAGE_EMULATOR_HOST": endpoint}
        own_registry.start()
        with connected(own_registry.target) as stubs:
            yield stubs
        own_registry.stop()


@pytest.mark.parametrize("size", [0, 1, 8 * MIB, 20 * MIB + 3])
def test_bytes_go_through_the_bucket_and_back(in_bucket: Stubs, bucket: GcsFake, size: int) -> None:
    data = os.urandom(size)

    pushed(in_bucket, data)

    assert read(in_bucket, digest_of(data)) == data
    [name] = bucket.objects
    assert name.startswith("models/")
    assert name.endswith(digest_of(data)[7:])


def test_small_blobs_go_there_too(in_bucket: Stubs) -> None:
    digest = a_blob(in_bucket, b"small")
    assert read(in_bucket, digest, 1, 3) == b"mal"


def test_nothing_is_in_the_bucket_before_the_digest_was_checked(
    in_bucket: Stubs, bucket: GcsFake
) -> None:
    data = os.urandom(10 * MIB)
    upload = begin(in_bucket, digest_of(b"something else"), len(data))
    list(in_bucket.WriteUpload(chunks(upload.name, data)))
    commit = artifact.CommitUploadRequest(name=upload.name)

    assert refused(in_bucket.CommitUpload, commit).reason == "DIGEST_MISMATCH"

    assert not bucket.objects
    assert not bucket.open_sessions()


def test_an_object_that_vanished_is_reported_as_damage(in_bucket: Stubs, bucket: GcsFake) -> None:
    data = os.urandom(MIB)
    pushed(in_bucket, data)
    bucket.objects.clear()

    request = artifact.ReadBlobRequest(parent=NAMESPACE, digest=digest_of(data))
    assert refused(in_bucket.ReadBlob, request).reason == "BLOB_CORRUPT"
