"""Handlers of blobs."""

from collections.abc import Iterator

import google_crc32c
from google.protobuf.message import Message

from modelregistry.v1 import artifact_service_pb2 as pb
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.names import NamespaceName
from registry_grpc.domain.violations import Violations, parsed
from registry_grpc.services.batch import Batches
from registry_grpc.services.blob import Blobs, Reading
from registry_grpc.telemetry import Metrics
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.upload import (
    blob_from,
    blob_ref,
    limits_message,
    plan_message,
)
from registry_grpc.transport.frame import with_bytes


class BlobHandlers:
    """ArtifactService, as far as whole blobs go. late_digest: what the limits say of it."""

    def __init__(
        self,
        blobs: Blobs,
        batches: Batches,
        metrics: Metrics,
        *,
        late_digest: bool,
    ) -> None:
        self._blobs = blobs
        self._batches = batches
        self._metrics = metrics
        self._late_digest = late_digest

    def limits(self, namespace: str) -> pb.TransferLimits:
        """Return the limits of a namespace and their use; raises NamespaceNotFound."""
        return limits_message(self._blobs.limits(namespace), late_digest=self._late_digest)

    def GetTransferLimits(self, call: Call, request: pb.GetTransferLimitsRequest) -> Message:
        return self.limits(parsed("parent", NamespaceName.parse, request.parent).namespace)

    def FindMissingBlobs(self, call: Call, request: pb.FindMissingBlobsRequest) -> Message:
        found = Violations()
        parent = found.argument("parent", NamespaceName.parse, request.parent)
        wanted = [
            blob_from(blob, f"blobs[{index}]", found) for index, blob in enumerate(request.blobs)
        ]
        found.raise_if_any()
        missing = self._blobs.missing(parent.value.namespace, wanted)
        return pb.FindMissingBlobsResponse(missing=[blob_ref(*blob) for blob in missing])

    def BatchUploadBlobs(self, call: Call, request: pb.BatchUploadBlobsRequest) -> Message:
        found = Violations()
        parent = found.argument("parent", NamespaceName.parse, request.parent)
        blobs = [
            (found.argument(f"blobs[{index}].digest", Digest.parse, blob.digest), blob.data)
            for index, blob in enumerate(request.blobs)
        ]
        found.raise_if_any()
        named = [(digest.value, data) for digest, data in blobs]
        self._metrics.bytes_in.inc(sum(len(data) for _, data in named))
        answers = self._batches.store(parent.value.namespace, named)
        return pb.BatchUploadBlobsResponse(
            results=[
                pb.BlobResult(
                    digest=str(digest),
                    status=call.item_status(error),
                )
                for (digest, _), error in zip(named, answers, strict=True)
            ]
        )

    def BatchReadBlobs(self, call: Call, request: pb.BatchReadBlobsRequest) -> Message:
        found = Violations()
        parent = found.argument("parent", NamespaceName.parse, request.parent)
        digests = [
            found.argument(f"digests[{index}]", Digest.parse, text)
            for index, text in enumerate(request.digests)
        ]
        found.raise_if_any()
        wanted = [digest.value for digest in digests]
        contents = self._blobs.read_batch(parent.value.namespace, wanted)
        reply = pb.BatchReadBlobsResponse()
        for digest, content in zip(wanted, contents, strict=True):
            if isinstance(content, bytes):
                reply.blobs.add(digest=str(digest), data=content)
                self._metrics.bytes_out.inc(len(content))
            else:
                reply.blobs.add(digest=str(digest), status=call.item_status(content))
        return reply

    def GetDownloadPlan(self, call: Call, request: pb.GetDownloadPlanRequest) -> Message:
        found = Violations()
        parent = found.argument("parent", NamespaceName.parse, request.parent)
        digest = found.argument("digest", Digest.parse, request.digest)
        found.raise_if_any()
        return plan_message(self._blobs.plan(parent.value.namespace, digest.value))

    def ReadBlob(self, call: Call, request: pb.ReadBlobRequest) -> Iterator[bytes]:
        found = Violations()
        parent = found.argument("parent", NamespaceName.parse, request.parent)
        digest = found.argument("digest", Digest.parse, request.digest)
        found.check("offset", request.offset >= 0, "must be at least 0")
        found.check("length", request.length >= 0, "must be at least 0")
        found.raise_if_any()
        reading = self._blobs.read(
            parent.value.namespace, digest.value, request.offset, request.length
        )
        return self._messages(reading)

    def _messages(self, reading: Reading) -> Iterator[bytes]:
        offset, size = reading.offset, reading.size
        first = True
        for data in reading.pieces:
            yield _message(size if first else 0, offset, data)
            self._metrics.bytes_out.inc(len(data))
            offset += len(data)
            first = False
        if first:
            yield _message(size, offset, b"")


def _message(size: int, offset: int, data: bytes) -> bytes:
    crc32c = google_crc32c.value(data)
    head = pb.ReadBlobResponse(size_bytes=size, offset=offset, crc32c=crc32c)
    return with_bytes(head, pb.ReadBlobResponse.DATA_FIELD_NUMBER, data)
