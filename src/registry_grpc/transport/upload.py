"""Handlers of uploads."""

from collections.abc import AsyncGenerator, AsyncIterator

from google.protobuf.message import Message

from modelregistry.v1 import artifact_service_pb2 as pb
from registry_grpc.domain.errors import LimitExceeded
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.domain.names import NamespaceName, UploadName
from registry_grpc.domain.violations import Violations, invalid, parsed
from registry_grpc.services.upload import Uploads, UploadWriter
from registry_grpc.telemetry import Metrics
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.upload import blob_from, upload_message
from registry_grpc.transport.threads import Threads


class UploadHandlers:
    """ArtifactService, as far as uploads go."""

    def __init__(
        self, uploads: Uploads, limits: TransferLimits, threads: Threads, metrics: Metrics
    ) -> None:
        self._uploads = uploads
        self._limits = limits
        self._threads = threads
        self._metrics = metrics

    def BeginUpload(self, call: Call, request: pb.BeginUploadRequest) -> bytes:
        found = Violations()
        parent = found.argument("parent", NamespaceName.parse, request.parent)
        blob = blob_from(request.blob, "blob", found)
        found.raise_if_any()
        mutation = call.mutation(request, upload_message)
        return self._uploads.begin(mutation, parent.value.namespace, *blob.value)

    def GetUpload(self, call: Call, request: pb.GetUploadRequest) -> Message:
        return upload_message(self._uploads.get(parsed("name", UploadName.parse, request.name)))

    def CommitUpload(self, call: Call, request: pb.CommitUploadRequest) -> Message:
        return upload_message(self._uploads.commit(parsed("name", UploadName.parse, request.name)))

    def AbortUpload(self, call: Call, request: pb.AbortUploadRequest) -> Message:
        return upload_message(self._uploads.abort(parsed("name", UploadName.parse, request.name)))

    async def WriteUpload(
        self, call: Call, requests: AsyncIterator[pb.WriteUploadRequest]
    ) -> AsyncGenerator[Message, None]:
        first = await anext(requests, None)
        if first is None:
            raise invalid("name", "is required in the first message")
        name = parsed("name", UploadName.parse, first.name)
        writing = self._uploads.writing(name)
        writer = await self._threads.run(writing.__enter__)
        try:
            self._check(first, first.name)
            if answer := await self._threads.run(_receive, writer, first):
                yield answer
            async for request in requests:
                self._check(request, first.name)
                if answer := await self._threads.run(_receive, writer, request):
                    yield answer
            yield await self._threads.run(_flushed, writer)
        finally:
            await self._threads.finish(writing.__exit__, None, None, None)

    def _check(self, request: pb.WriteUploadRequest, name: str) -> None:
        if request.name not in {"", name}:
            raise invalid("name", "one stream writes to one upload")
        if request.data and not request.HasField("crc32c"):
            raise invalid("crc32c", "is required with data")
        if request.offset < 0:
            raise invalid("offset", "must be at least 0")
        if len(request.data) > self._limits.max_chunk:
            raise LimitExceeded("chunk size in bytes", self._limits.max_chunk, len(request.data))
        self._metrics.bytes_in.inc(len(request.data))


def _receive(writer: UploadWriter, request: pb.WriteUploadRequest) -> Message | None:
    if request.data:
        writer.write(request.offset, request.data, request.crc32c)
    return _flushed(writer) if request.flush else None


def _flushed(writer: UploadWriter) -> Message:
    committed = writer.flush()
    return pb.WriteUploadResponse(committed_offset=committed, received_offset=writer.received)
