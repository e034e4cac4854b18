"""Reads of bytes of revoked versions by their digest."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import version_pb2
from registry_grpc.domain.errors import VersionRevoked
from registry_grpc.services.blob import CHECKED_EVERY
from tests.support.content import MIB, NAMESPACE, a_model, a_version, digest_of, pushed
from tests.support.server import RegistryProcess
from tests.support.services import local_registry
from tests.support.stubs import Stubs, connected, refused


@pytest.fixture
def either(registry_on_either: RegistryProcess) -> Iterator[Stubs]:
    """A server on SQLite, then one on PostgreSQL."""
    with connected(registry_on_either.target) as stubs:
        yield stubs


def revoke(stubs: Stubs, version: str) -> None:
    """Revoke a version."""
    revoked = version_pb2.VERSION_STATE_REVOKED
    stubs.SetVersionState(
        governance.SetVersionStateRequest(name=version, state=revoked, reason="a poisoned pickle")
    )


def reads(stubs: Stubs, digest: str) -> set[str]:
    """Return how each way to the bytes is refused; '' for a way that gives them."""
    batch = artifact.BatchReadBlobsRequest(parent=NAMESPACE, digests=[digest])
    [blob] = stubs.BatchReadBlobs(batch).blobs
    outcomes = {blob.status.details[0].value.decode(errors="replace") if blob.status.code else ""}
    found = {"VERSION_REVOKED" if "VERSION_REVOKED" in text else text for text in outcomes}
    for call, request in (
        (stubs.ReadBlob, artifact.ReadBlobRequest(parent=NAMESPACE, digest=digest)),
        (stubs.GetDownloadPlan, artifact.GetDownloadPlanRequest(parent=NAMESPACE, digest=digest)),
    ):
        try:
            found.add(refused(call, request).reason)
        except AssertionError:
            found.add("")
    return found


def test_they_are_withheld_until_a_version_that_may_be_used_names_them(either: Stubs) -> None:
    data = uuid4().bytes
    digest = digest_of(data)
    pushed(either, data)
    assert reads(either, digest) == {""}  # what no version names yet is readable

    model, other = a_model(either), a_model(either)
    one, two = a_version(either, model, data), a_version(either, other, data)
    revoke(either, one.name)
    assert reads(either, digest) == {""}
    revoke(either, two.name)
    assert reads(either, digest) == {"VERSION_REVOKED"}
    found = refused(either.ReadBlob, artifact.ReadBlobRequest(parent=NAMESPACE, digest=digest))
    assert found.metadata["resource"] in {one.name, two.name}
    assert found.metadata["blob"] == digest

    # Sending the same bytes again is no way around: they are there already.
    blob = artifact.BlobRef(digest=digest, size_bytes=len(data))
    missing = artifact.FindMissingBlobsRequest(parent=NAMESPACE, blobs=[blob])
    assert not either.FindMissingBlobs(missing).missing
    assert pushed(either, data).already_existed
    assert reads(either, digest) == {"VERSION_REVOKED"}

    # Nor is deleting what was revoked.
    for version in (one, two):
        either.DeleteVersion(catalog.DeleteVersionRequest(name=version.name, force=True))
    assert reads(either, digest) == {"VERSION_REVOKED"}

    a_version(either, model, data)
    assert reads(either, digest) == {""}


def test_other_bytes_of_a_batch_are_delivered(either: Stubs) -> None:
    bad, good = uuid4().bytes, uuid4().bytes
    model = a_model(either)
    revoke(either, a_version(either, model, bad).name)
    a_version(either, model, good)
    digests = [digest_of(bad), digest_of(good), digest_of(b"missing")]
    request = artifact.BatchReadBlobsRequest(parent=NAMESPACE, digests=digests)
    found = either.BatchReadBlobs(request).blobs
    assert [blob.data for blob in found] == [b"", good, b""]
    assert [bool(blob.status.code) for blob in found] == [True, False, True]


def test_a_read_that_goes_on_ends_when_it_asks_again(database_url: str, tmp_path: Path) -> None:
    data = bytes(3 * MIB)
    with local_registry(database_url, tmp_path / "blobs") as registry:
        digest = registry.push(data)
        registry.register(data)
        reading = registry.blobs.read("default", digest, 0, 0)
        next(reading.pieces)
        registry.revoke(1)
        next(reading.pieces)  # asked less than 30 s ago
        registry.clock.forward(CHECKED_EVERY)
        with pytest.raises(VersionRevoked):
            next(reading.pieces)
