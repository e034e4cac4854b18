"""Handlers of uploads."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from functools import partial

from google.protobuf.message import Message

from modelregistry.v1 import artifact_service_pb2 as pb
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.domain.names import NamespaceName, UploadName
from registry_grpc.domain.page import Query
from registry_grpc.domain.violations import Violations, invalid, parsed
from registry_grpc.services.blob import require_at_most
from registry_grpc.services.upload import Uploads
from registry_grpc.telemetry import Metrics
from registry_grpc.transport.byte_budget import ByteBudget
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.upload import blob_from, upload_message
from registry_grpc.transport.page import page_reply
from registry_grpc.transport.threads import Threads
from registry_grpc.transport.upload_stream import Chunk, UploadStream

_Request = tuple[pb.WriteUploadRequest, bytes]


class UploadHandlers:
    """The upload methods of ArtifactService."""

    def __init__(
        self,
        uploads: Uploads,
        limits: TransferLimits,
        threads: Threads,
        budget: ByteBudget,
        metrics: Metrics,
    ) -> None:
        self._uploads = uploads
        self._limits = limits
        self._threads = threads
        self._budget = budget
        self._metrics = metrics
        self._message = partial(upload_message, ttl=limits.upload_ttl)

    def BeginUpload(self, call: Call, request: pb.BeginUploadRequest) -> bytes:
        found = Violations()
        parent = found.argument("parent", NamespaceName.parse, request.parent)
        found.check("blob", request.HasField("blob"), "is required")
        blob = blob_from(request.blob, "blob", found)
        found.raise_if_any()
        mutation = call.mutation(request, self._message)
        return self._uploads.begin(mutation, parent.value.namespace, *blob).reply

    def ListUploads(self, call: Call, request: pb.ListUploadsRequest) -> bytes:
        parent = parsed("parent", NamespaceName.parse, request.parent)
        query = Query(call.method, (str(parent), str(request.show_ended)), (str,))
        page = query.page(request.page_size, request.page_token)
        result = self._uploads.list(query, page, parent.namespace, ended=request.show_ended)
        return page_reply(
            pb.ListUploadsResponse, result, map(self._message, result.items), call.history
        )

    def GetUpload(self, call: Call, request: pb.GetUploadRequest) -> Message:
        return self._message(self._uploads.get(parsed("name", UploadName.parse, request.name)))

    def CommitUpload(self, call: Call, request: pb.CommitUploadRequest) -> Message:
        found = Violations()
        name = found.argument("name", UploadName.parse, request.name)
        text = request.digest
        digest = found.parse("digest", Digest.parse, text) if text else None
        found.raise_if_any()
        return self._message(self._uploads.commit(name.value, digest))

    def AbortUpload(self, call: Call, request: pb.AbortUploadRequest) -> Message:
        return self._message(self._uploads.abort(parsed("name", UploadName.parse, request.name)))

    async def WriteUpload(
        self, call: Call, requests: AsyncIterator[_Request]
    ) -> AsyncGenerator[Message, None]:
        first = await anext(requests, None)
        if first is None:
            raise invalid("name", "is required in the first message")
        name = parsed("name", UploadName.parse, first[0].name)
        chunks = self._chunks(first, requests)
        del first  # a MiB, which would stay in memory for the duration of the stream
        with self._budget.reserve(call.principal.name) as reservation:
            async with self._threads.opened(self._uploads.writer, name) as writer:
                stream = UploadStream(writer, self._threads, reservation)
                async with aclosing(stream.store(chunks)) as replies:
                    async for reply in replies:
                        yield reply

    async def _chunks(
        self, request: _Request | None, rest: AsyncIterator[_Request]
    ) -> AsyncIterator[Chunk]:
        name = "" if request is None else request[0].name
        while request is not None:
            chunk = self._chunk(*request, name)
            del request
            yield chunk
            del chunk
            request = await anext(rest, None)

    def _chunk(self, request: pb.WriteUploadRequest, data: bytes, name: str) -> Chunk:
        data = data or request.data
        if request.name not in {"", name}:
            raise invalid("name", "one stream writes to one upload")
        if data and not request.HasField("crc32c"):
            raise invalid("crc32c", "is required with data")
        if request.offset < 0:
            raise invalid("offset", "must be at least 0")
        require_at_most("chunk size in bytes", self._limits.max_chunk, len(data))
        self._metrics.bytes_in.inc(len(data))
        return Chunk(request.offset, data, request.crc32c, request.flush)
