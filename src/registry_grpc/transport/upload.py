"""Handlers of uploads."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from google.protobuf.message import Message

from modelregistry.v1 import artifact_service_pb2 as pb
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.domain.names import NamespaceName, UploadName
from registry_grpc.domain.violations import Violations, invalid, parsed
from registry_grpc.services.blob import require_at_most
from registry_grpc.services.upload import Uploads, UploadWriter
from registry_grpc.telemetry import Metrics
from registry_grpc.transport.budget import Budget
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.upload import blob_from, upload_message
from registry_grpc.transport.threads import Threads


@dataclass(frozen=True, slots=True)
class _Chunk:
    offset: int
    data: bytes
    crc32c: int


class UploadHandlers:
    """ArtifactService, as far as uploads go."""

    def __init__(
        self,
        uploads: Uploads,
        limits: TransferLimits,
        threads: Threads,
        budget: Budget,
        metrics: Metrics,
    ) -> None:
        self._uploads = uploads
        self._limits = limits
        self._threads = threads
        self._budget = budget
        self._metrics = metrics

    def BeginUpload(self, call: Call, request: pb.BeginUploadRequest) -> bytes:
        found = Violations()
        parent = found.argument("parent", NamespaceName.parse, request.parent)
        found.check("blob", request.HasField("blob"), "is required")
        blob = blob_from(request.blob, "blob", found)
        found.raise_if_any()
        mutation = call.mutation(request, upload_message)
        return self._uploads.begin(mutation, parent.value.namespace, *blob)

    def GetUpload(self, call: Call, request: pb.GetUploadRequest) -> Message:
        return upload_message(self._uploads.get(parsed("name", UploadName.parse, request.name)))

    def CommitUpload(self, call: Call, request: pb.CommitUploadRequest) -> Message:
        found = Violations()
        name = found.argument("name", UploadName.parse, request.name)
        text = request.digest
        digest = found.parse("digest", Digest.parse, text) if text else None
        found.raise_if_any()
        return upload_message(self._uploads.commit(name.value, digest))

    def AbortUpload(self, call: Call, request: pb.AbortUploadRequest) -> Message:
        return upload_message(self._uploads.abort(parsed("name", UploadName.parse, request.name)))

    async def WriteUpload(
        self, call: Call, requests: AsyncIterator[pb.WriteUploadRequest]
    ) -> AsyncGenerator[Message, None]:
        first = await anext(requests, None)
        if first is None:
            raise invalid("name", "is required in the first message")
        name = parsed("name", UploadName.parse, first.name)
        writer = await self._threads.run(self._uploads.writer, name)
        # One chunk after the other: to receive ahead, by a task per chunk, let memory grow by 1 GiB
        # with 8 clients, where this takes 160 MiB.
        try:
            async for request in _after(first, requests):
                await self._write(writer, self._chunk(request, first.name))
                if request.flush:
                    yield await self._threads.run(_flushed, writer)
            yield await self._threads.run(_flushed, writer)
        finally:
            await self._threads.finish(writer.close)

    async def _write(self, writer: UploadWriter, chunk: _Chunk) -> None:
        if not chunk.data:
            return
        self._metrics.bytes_in.inc(len(chunk.data))
        async with self._budget.holding(len(chunk.data)):
            await self._threads.run(writer.write, chunk.offset, chunk.data, chunk.crc32c)

    def _chunk(self, request: pb.WriteUploadRequest, name: str) -> _Chunk:
        data = request.data  # each look at it copies it
        if request.name not in {"", name}:
            raise invalid("name", "one stream writes to one upload")
        if data and not request.HasField("crc32c"):
            raise invalid("crc32c", "is required with data")
        if request.offset < 0:
            raise invalid("offset", "must be at least 0")
        require_at_most("chunk size in bytes", self._limits.max_chunk, len(data))
        return _Chunk(request.offset, data, request.crc32c)


async def _after(
    first: pb.WriteUploadRequest, rest: AsyncIterator[pb.WriteUploadRequest]
) -> AsyncIterator[pb.WriteUploadRequest]:
    yield first
    async for request in rest:
        yield request


def _flushed(writer: UploadWriter) -> Message:
    committed = writer.flush()
    return pb.WriteUploadResponse(committed_offset=committed, received_offset=writer.received)
