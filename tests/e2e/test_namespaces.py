"""Namespaces change as AIP-134 says, and their quota holds, on both databases."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import namespace_pb2
from tests.support.content import digest_of
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refused


@pytest.fixture
def both(registry_on_either: RegistryProcess) -> Iterator[Stubs]:
    with connected(registry_on_either.target) as connection:
        yield connection


@pytest.fixture
def made(both: Stubs) -> namespace_pb2.Namespace:
    """A namespace that may hold 10 bytes."""
    request = catalog.CreateNamespaceRequest(
        namespace_id=f"n-{uuid4().hex[:12]}",
        namespace=namespace_pb2.Namespace(description="first", quota_bytes=10),
    )
    created: namespace_pb2.Namespace = both.CreateNamespace(request)
    return created


def update(
    stubs: Stubs, name: str, *paths: str, request_id: str = "", **fields: object
) -> namespace_pb2.Namespace:
    changed = namespace_pb2.Namespace(name=name, **fields)  # type: ignore[arg-type]
    request = catalog.UpdateNamespaceRequest(
        namespace=changed, update_mask=FieldMask(paths=paths), request_id=request_id
    )
    reply: namespace_pb2.Namespace = stubs.UpdateNamespace(request)
    return reply


def limits(stubs: Stubs, name: str) -> tuple[int, int]:
    found = stubs.GetTransferLimits(artifact.GetTransferLimitsRequest(parent=name))
    return found.quota_bytes, found.used_bytes


def batch(name: str, data: bytes) -> artifact.BatchUploadBlobsRequest:
    blob = artifact.BlobData(digest=digest_of(data), data=data)
    return artifact.BatchUploadBlobsRequest(parent=name, blobs=[blob])


def begin(name: str, size: int) -> artifact.BeginUploadRequest:
    blob = artifact.BlobRef(digest=digest_of(b"never sent"), size_bytes=size)
    return artifact.BeginUploadRequest(parent=name, blob=blob)


def test_a_quota_is_set_read_and_taken_away(both: Stubs, made: namespace_pb2.Namespace) -> None:
    assert limits(both, made.name) == (10, 0)
    raised = update(both, made.name, quota_bytes=20)
    assert (raised.quota_bytes, raised.description) == (20, "first")
    assert raised.revision > made.revision
    assert raised.etag != made.etag
    assert both.GetNamespace(catalog.GetNamespaceRequest(name=made.name)) == raised
    assert limits(both, made.name) == (20, 0)
    unlimited = update(both, made.name, quota_bytes=0)
    assert unlimited.HasField("quota_bytes")
    assert limits(both, made.name)[0] == 0
    back = update(both, made.name, "quota_bytes")
    assert not back.HasField("quota_bytes")
    assert back.description == "first"
    assert limits(both, made.name)[0] == 0  # the server's default


def test_a_mask_decides_what_changes(both: Stubs, made: namespace_pb2.Namespace) -> None:
    found = update(both, made.name, "description", description="", quota_bytes=5)
    assert (found.description, found.quota_bytes) == ("", 10)
    found = update(both, made.name, "*", description="all")
    assert (found.description, found.HasField("quota_bytes")) == ("all", False)
    found = update(both, made.name, "creator", "revision", creator="me", revision=1)
    assert (found.creator, found.description) == (made.creator, "all")


def test_what_changes_nothing_takes_no_revision(both: Stubs, made: namespace_pb2.Namespace) -> None:
    assert update(both, made.name, quota_bytes=10, description="first") == made


def test_an_update_is_made_once_and_only_of_what_was_read(
    both: Stubs, made: namespace_pb2.Namespace
) -> None:
    request_id = str(uuid4())
    first = update(both, made.name, quota_bytes=20, etag=made.etag, request_id=request_id)
    again = update(both, made.name, quota_bytes=20, etag=made.etag, request_id=request_id)
    assert again == first
    stale = catalog.UpdateNamespaceRequest(
        namespace=namespace_pb2.Namespace(name=made.name, quota_bytes=30, etag=made.etag)
    )
    found = refused(both.UpdateNamespace, stale)
    assert (found.code, found.reason) == ("ABORTED", "ETAG_MISMATCH")
    assert found.metadata["current_etag"] == first.etag


def test_a_change_of_a_quota_is_in_the_log(both: Stubs, made: namespace_pb2.Namespace) -> None:
    changed = update(both, made.name, quota_bytes=20)
    events = both.ListChanges(lookup.ListChangesRequest(parent=made.name)).events
    assert [event.action for event in events] == ["namespace.create", "namespace.update"]
    assert (events[1].before.namespace, events[1].after.namespace) == (made, changed)


def test_what_does_not_fit_is_refused_with_a_delay_and_room_is_given_back(
    both: Stubs, made: namespace_pb2.Namespace
) -> None:
    upload = both.BeginUpload(begin(made.name, 8))
    for call, request in (
        (both.BeginUpload, begin(made.name, 3)),
        (both.BatchUploadBlobs, batch(made.name, b"abc")),
    ):
        found = refused(call, request)
        assert (found.code, found.reason) == ("RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED")
        assert "google.rpc.RetryInfo" in found.details
        assert (found.metadata["quota_bytes"], found.metadata["used_bytes"]) == ("10", "8")
    both.AbortUpload(artifact.AbortUploadRequest(name=upload.name))
    assert limits(both, made.name) == (10, 0)
    both.BatchUploadBlobs(batch(made.name, b"abc"))
    assert limits(both, made.name) == (10, 3)


def test_the_quota_of_one_namespace_is_nothing_to_another(
    both: Stubs, made: namespace_pb2.Namespace
) -> None:
    other = both.CreateNamespace(
        catalog.CreateNamespaceRequest(namespace_id=f"n-{uuid4().hex[:12]}")
    )
    assert not other.HasField("quota_bytes")
    both.BeginUpload(begin(other.name, 1_000))
    assert refused(both.BeginUpload, begin(made.name, 1_000)).reason == "QUOTA_EXCEEDED"
