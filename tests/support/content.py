"""Bytes and versions for tests, made through the contract."""

import hashlib
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import google_crc32c

from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import version_pb2
from tests.support.stubs import Stubs

NAMESPACE = "namespaces/default"
MIB = 1_024 * 1_024


def digest_of(data: bytes) -> str:
    """`sha256:<hex>` of data."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def a_model(stubs: Stubs, model: str = "") -> str:
    """Create a model with a name of its own and return its resource name."""
    model_id = model or f"model-{uuid4().hex[:12]}"
    created = stubs.CreateModel(catalog.CreateModelRequest(parent=NAMESPACE, model_id=model_id))
    return str(created.name)


def a_blob(stubs: Stubs, data: bytes, parent: str = NAMESPACE) -> str:
    """Store small bytes and return their digest."""
    digest = digest_of(data)
    blob = artifact.BlobData(digest=digest, data=data)
    reply = stubs.BatchUploadBlobs(artifact.BatchUploadBlobsRequest(parent=parent, blobs=[blob]))
    assert reply.results[0].status.code == 0
    return digest


def a_file(
    stubs: Stubs, path: str = "model.bin", data: bytes = b"weights"
) -> version_pb2.FileEntry:
    """Store small bytes and return a manifest entry for them."""
    return version_pb2.FileEntry(path=path, digest=a_blob(stubs, data), size_bytes=len(data))


def a_version(
    stubs: Stubs,
    model: str,
    data: bytes = b"weights",
    **fields: Any,  # noqa: ANN401 - what it has
) -> version_pb2.Version:
    """Register a version of one file."""
    files = [a_file(stubs, data=data)]
    request = catalog.RegisterVersionRequest(parent=model, files=files, **fields)
    registered: version_pb2.Version = stubs.RegisterVersion(request)
    return registered


def begin(stubs: Stubs, digest: str, size: int) -> artifact.Upload:
    """Begin an upload."""
    blob = artifact.BlobRef(digest=digest, size_bytes=size)
    request = artifact.BeginUploadRequest(parent=NAMESPACE, blob=blob)
    upload: artifact.Upload = stubs.BeginUpload(request)
    return upload


def chunks(
    name: str, data: bytes, size: int = MIB, offset: int = 0
) -> Iterator[artifact.WriteUploadRequest]:
    """The messages that send data from an offset."""
    for start in range(offset, max(len(data), 1), size):
        part = data[start : start + size]
        crc32c = google_crc32c.value(part)
        yield artifact.WriteUploadRequest(name=name, offset=start, data=part, crc32c=crc32c)


def pushed(stubs: Stubs, data: bytes) -> artifact.Upload:
    """Upload data by stream and commit it, unless the namespace has it."""
    upload = begin(stubs, digest_of(data), len(data))
    if upload.state == artifact.UPLOAD_STATE_COMMITTED:
        return upload
    list(stubs.WriteUpload(chunks(upload.name, data)))
    committed: artifact.Upload = stubs.CommitUpload(artifact.CommitUploadRequest(name=upload.name))
    return committed


def read(stubs: Stubs, digest: str, offset: int = 0, length: int = 0) -> bytes:
    """Read a blob, checking every message."""
    request = artifact.ReadBlobRequest(
        parent=NAMESPACE, digest=digest, offset=offset, length=length
    )
    found = bytearray()
    for message in stubs.ReadBlob(request):
        assert message.offset == offset + len(found)
        assert message.crc32c == google_crc32c.value(message.data)
        found += message.data
    return bytes(found)
