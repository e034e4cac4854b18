"""A tiny registry in memory behind a real gRPC server, with faults to order.

It has only the methods that the SDK's transfers use: blobs, uploads, registration, lookup. It fails
when a test orders it, and records its requests.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import google_crc32c
import grpc
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from typing_extensions import override

from modelregistry.v1 import artifact_service_pb2 as artifacts
from modelregistry.v1 import artifact_service_pb2_grpc as artifact_grpc
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import catalog_service_pb2_grpc as catalog_grpc
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import lookup_service_pb2_grpc as lookup_grpc
from modelregistry.v1 import version_pb2

KIB = 1024
OPEN = artifacts.UploadState.UPLOAD_STATE_OPEN
COMMITTED = artifacts.UploadState.UPLOAD_STATE_COMMITTED
Context = grpc.ServicerContext
Reply = TypeVar("Reply", bound=Message)


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def root_of(files: list[version_pb2.FileEntry]) -> str:
    ordered = sorted(files, key=lambda entry: entry.path.encode())
    lines = [f"{file.digest[7:]} {file.size_bytes} {file.path}\n" for file in ordered]
    return digest_of("".join(lines).encode())


def status_of(code: grpc.StatusCode, reason: str, message: str = "no") -> status_pb2.Status:
    packed = Packed()
    packed.Pack(error_details_pb2.ErrorInfo(reason=reason, domain="modelregistry"))
    return status_pb2.Status(code=code.value[0], message=message, details=[packed])


def refuse(context: Context, code: grpc.StatusCode, reason: str) -> None:
    status = status_of(code, reason)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, status.message)


@dataclass
class Faults:
    """The faults, each once per item and in order."""

    break_write_after: deque[int] = field(default_factory=deque)
    """End a WriteUpload with UNAVAILABLE once so many bytes have come in it."""
    full_above: int | None = None
    """End every WriteUpload that would pass so many bytes with STORAGE_FULL."""
    away_above: int | None = None
    """End every WriteUpload that would pass so many bytes with UNAVAILABLE."""
    lose_session: bool = False
    """After a broken write the server has nothing of the upload."""
    break_read_after: deque[int] = field(default_factory=deque)
    """End a ReadBlob of a blob above 16 KiB with UNAVAILABLE once so many bytes have gone out."""
    damage_read: deque[int] = field(default_factory=deque)
    """Flip a bit in the message that begins at this offset, keeping its checksum."""
    commit_incomplete: int = 0
    """Answer so many CommitUploads with UPLOAD_INCOMPLETE, and forget the bytes."""
    refuse_blob: str = ""
    """Fail the blob of this digest in a batch with STORAGE_FULL."""
    too_many_uploads: int = 0
    """Refuse so many BeginUploads with TOO_MANY_UPLOADS."""
    damage_blocks: set[int] = field(default_factory=set)
    """State a wrong checksum for the blocks with these numbers."""


@dataclass
class FakeRegistry(
    artifact_grpc.ArtifactServiceServicer,
    catalog_grpc.CatalogServiceServicer,
    lookup_grpc.LookupServiceServicer,
):
    """The registry. `received` counts the bytes of data that came in, also those sent twice."""

    limits: artifacts.TransferLimits = field(
        default_factory=lambda: artifacts.TransferLimits(
            max_chunk_bytes=64 * KIB,
            preferred_chunk_bytes=16 * KIB,
            max_find_missing=3,
            max_batch_bytes=32 * KIB,
            max_batch_blobs=4,
        )
    )
    faults: Faults = field(default_factory=Faults)
    blobs: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, artifacts.Upload] = field(default_factory=dict)
    buffers: dict[str, bytearray] = field(default_factory=dict)
    versions: list[version_pb2.Version] = field(default_factory=list)
    manifests: list[list[version_pb2.FileEntry]] = field(default_factory=list)
    registered: list[catalog.RegisterVersionRequest] = field(default_factory=list)
    checked: list[catalog.CheckRegistrationRequest] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    asked: dict[int, int] = field(default_factory=dict)
    """How many bytes ReadBlob was asked for, by the offset that they begin at."""
    received: int = 0
    checks: bool = True
    """Whether CheckRegistration is implemented."""
    needs_digests: bool = False
    """Whether a check needs the digests of all files."""
    batch_reads: bool = True
    """Whether BatchReadBlobs is implemented."""
    block_bytes: int = 0
    """The size of blocks in download plans; 0 for a registry that makes none."""
    url: str = ""
    """Where plans say that ranges can be read."""
    lies: dict[str, Callable[[Message], None]] = field(default_factory=dict)
    """The change made to a reply before it is sent, by the method's name."""

    def said(self, method: str, reply: Reply) -> Reply:
        """Return a reply as this registry gives it: honestly, or not."""
        if method in self.lies:
            self.lies[method](reply)
        return reply

    @override
    def GetTransferLimits(
        self, request: artifacts.GetTransferLimitsRequest, context: Context
    ) -> artifacts.TransferLimits:
        self.calls.append("GetTransferLimits")
        return self.said("GetTransferLimits", self.limits)

    @override
    def FindMissingBlobs(
        self, request: artifacts.FindMissingBlobsRequest, context: Context
    ) -> artifacts.FindMissingBlobsResponse:
        assert len(request.blobs) <= self.limits.max_find_missing
        sizes = {len(data) for data in self.blobs.values()}
        assert self.limits.late_digest or all(blob.digest for blob in request.blobs)
        missing = [
            blob
            for blob in request.blobs
            if (blob.digest not in self.blobs if blob.digest else blob.size_bytes not in sizes)
        ]
        return self.said("FindMissingBlobs", artifacts.FindMissingBlobsResponse(missing=missing))

    @override
    def BatchUploadBlobs(
        self, request: artifacts.BatchUploadBlobsRequest, context: Context
    ) -> artifacts.BatchUploadBlobsResponse:
        self.calls.append("BatchUploadBlobs")
        assert len(request.blobs) <= self.limits.max_batch_blobs
        assert sum(len(blob.data) for blob in request.blobs) <= self.limits.max_batch_bytes
        reply = artifacts.BatchUploadBlobsResponse()
        for blob in request.blobs:
            self.received += len(blob.data)
            result = reply.results.add(digest=blob.digest)
            if blob.digest == self.faults.refuse_blob:
                code = grpc.StatusCode.RESOURCE_EXHAUSTED
                result.status.CopyFrom(status_of(code, "STORAGE_FULL"))
            else:
                assert digest_of(blob.data) == blob.digest
                self.blobs[blob.digest] = blob.data
        return self.said("BatchUploadBlobs", reply)

    @override
    def BeginUpload(
        self, request: artifacts.BeginUploadRequest, context: Context
    ) -> artifacts.Upload:
        self.calls.append("BeginUpload")
        assert request.blob.digest or self.limits.late_digest
        if self.faults.too_many_uploads:
            self.faults.too_many_uploads -= 1
            refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_UPLOADS")
        name = f"{request.parent}/uploads/{len(self.uploads)}"
        self.uploads[name] = artifacts.Upload(name=name, blob=request.blob, state=OPEN)
        self.buffers[name] = bytearray()
        return self.said("BeginUpload", self.uploads[name])

    @override
    def WriteUpload(
        self, request_iterator: Iterator[artifacts.WriteUploadRequest], context: Context
    ) -> Iterator[artifacts.WriteUploadResponse]:
        self.calls.append("WriteUpload")
        limit = self.faults.break_write_after.popleft() if self.faults.break_write_after else None
        came, name = 0, ""
        for request in request_iterator:
            name = name or request.name
            buffer = self.buffers[name]
            assert google_crc32c.value(request.data) == request.crc32c
            if request.offset != len(buffer):
                refuse(context, grpc.StatusCode.OUT_OF_RANGE, "OFFSET_MISMATCH")
            if not came:
                self.offsets.append(request.offset)
            came += len(request.data)
            self._refuse_above(request.offset + len(request.data), context)
            self.received += len(request.data)
            buffer.extend(request.data)
            if limit is not None and came >= limit:
                if self.faults.lose_session:
                    self.uploads[name].session_number += 1
                    buffer.clear()
                refuse(context, grpc.StatusCode.UNAVAILABLE, "STORAGE_UNAVAILABLE")
            self.uploads[name].committed_offset = len(buffer)
            if request.flush:
                yield artifacts.WriteUploadResponse(committed_offset=len(buffer))
        yield artifacts.WriteUploadResponse(committed_offset=len(self.buffers[name]))

    def _refuse_above(self, end: int, context: Context) -> None:
        full, away = self.faults.full_above, self.faults.away_above
        if full is not None and end > full:
            refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "STORAGE_FULL")
        if away is not None and end > away:
            refuse(context, grpc.StatusCode.UNAVAILABLE, "STORAGE_UNAVAILABLE")

    @override
    def GetUpload(self, request: artifacts.GetUploadRequest, context: Context) -> artifacts.Upload:
        self.calls.append("GetUpload")
        if request.name not in self.uploads:
            refuse(context, grpc.StatusCode.NOT_FOUND, "UPLOAD_NOT_FOUND")
        upload = self.uploads[request.name]
        upload.committed_offset = len(self.buffers[request.name])
        return self.said("GetUpload", upload)

    @override
    def CommitUpload(
        self, request: artifacts.CommitUploadRequest, context: Context
    ) -> artifacts.Upload:
        upload, data = self.uploads[request.name], bytes(self.buffers[request.name])
        if self.faults.commit_incomplete:
            self.faults.commit_incomplete -= 1
            self.buffers[request.name].clear()
            refuse(context, grpc.StatusCode.FAILED_PRECONDITION, "UPLOAD_INCOMPLETE")
        upload.blob.digest = upload.blob.digest or request.digest
        if digest_of(data) != upload.blob.digest:
            upload.state = artifacts.UploadState.UPLOAD_STATE_REJECTED
            refuse(context, grpc.StatusCode.INVALID_ARGUMENT, "DIGEST_MISMATCH")
        self.blobs[upload.blob.digest] = data
        upload.state = COMMITTED
        return self.said("CommitUpload", upload)

    @override
    def ReadBlob(
        self, request: artifacts.ReadBlobRequest, context: Context
    ) -> Iterator[artifacts.ReadBlobResponse]:
        self.calls.append("ReadBlob")
        self.offsets.append(request.offset)
        data = self.blobs[request.digest]
        end = request.offset + request.length if request.length else len(data)
        self.asked[request.offset] = end - request.offset
        breaks = self.faults.break_read_after
        limit = breaks.popleft() if breaks and len(data) > 16 * KIB else None
        for start in range(request.offset, min(end, len(data)), 16 * KIB):
            if limit is not None and start - request.offset >= limit:
                refuse(context, grpc.StatusCode.UNAVAILABLE, "STORAGE_UNAVAILABLE")
            piece = data[start : min(start + 16 * KIB, end)]
            checksum = google_crc32c.value(piece)
            if self.faults.damage_read and self.faults.damage_read[0] == start:
                self.faults.damage_read.popleft()
                piece = bytes([piece[0] ^ 1]) + piece[1:]
            first = start == request.offset
            yield artifacts.ReadBlobResponse(
                size_bytes=len(data) if first else 0, offset=start, data=piece, crc32c=checksum
            )

    @override
    def BatchReadBlobs(
        self, request: artifacts.BatchReadBlobsRequest, context: Context
    ) -> artifacts.BatchReadBlobsResponse:
        self.calls.append("BatchReadBlobs")
        if not self.batch_reads:
            refuse(context, grpc.StatusCode.UNIMPLEMENTED, "NOT_IMPLEMENTED")
        assert len(request.digests) <= self.limits.max_batch_blobs
        assert sum(len(self.blobs[d]) for d in request.digests) <= self.limits.max_batch_bytes
        reply = artifacts.BatchReadBlobsResponse()
        for digest in request.digests:
            reply.blobs.add(digest=digest, data=self.blobs[digest])
        return self.said("BatchReadBlobs", reply)

    @override
    def GetDownloadPlan(
        self, request: artifacts.GetDownloadPlanRequest, context: Context
    ) -> artifacts.DownloadPlan:
        self.calls.append("GetDownloadPlan")
        if not self.block_bytes:
            refuse(context, grpc.StatusCode.UNIMPLEMENTED, "NOT_IMPLEMENTED")
        data, step = self.blobs[request.digest], self.block_bytes
        sums = [google_crc32c.value(data[at : at + step]) for at in range(0, len(data), step)]
        return artifacts.DownloadPlan(
            blob=artifacts.BlobRef(digest=request.digest, size_bytes=len(data)),
            crc32c=google_crc32c.value(data),
            block_bytes=step,
            block_crc32c=[
                checksum ^ (number in self.faults.damage_blocks)
                for number, checksum in enumerate(sums)
            ],
            url=self.url,
        )

    @override
    def CheckRegistration(
        self, request: catalog.CheckRegistrationRequest, context: Context
    ) -> catalog.CheckRegistrationResponse:
        self.calls.append("CheckRegistration")
        self.checked.append(request)
        if not self.checks:
            refuse(context, grpc.StatusCode.UNIMPLEMENTED, "NOT_IMPLEMENTED")
        stated = {file.digest: file.size_bytes for file in request.files if file.digest}
        reply = catalog.CheckRegistrationResponse(
            limits=self.said("GetTransferLimits", self.limits),
            missing=[
                artifacts.BlobRef(digest=digest, size_bytes=size)
                for digest, size in stated.items()
                if digest not in self.blobs
            ],
            needs_digests=self.needs_digests and len(stated) < len(request.files),
        )
        return self.said("CheckRegistration", reply)

    @override
    def RegisterVersion(
        self, request: catalog.RegisterVersionRequest, context: Context
    ) -> version_pb2.Version:
        self.registered.append(request)
        number = len(self.versions) + 1
        version = version_pb2.Version()
        version.CopyFrom(request.version)
        version.name = f"{request.parent}/versions/{number}"
        version.number = number
        version.root_digest = root_of(list(request.files))
        version.size_bytes = sum(file.size_bytes for file in request.files)
        version.file_count = len(request.files)
        version.state = version_pb2.VersionState.VERSION_STATE_ACTIVE
        self.versions.append(version)
        self.manifests.append(list(request.files))
        return self.said("RegisterVersion", version)

    @override
    def ResolveVersion(
        self, request: lookup.ResolveVersionRequest, context: Context
    ) -> lookup.ResolveVersionResponse:
        return self.said("ResolveVersion", lookup.ResolveVersionResponse(version=self.versions[-1]))

    @override
    def ListVersionFiles(
        self, request: catalog.ListVersionFilesRequest, context: Context
    ) -> catalog.ListVersionFilesResponse:
        files = sorted(self.manifests[-1], key=lambda entry: entry.path.encode())
        start = int(request.page_token or 0)
        token = str(start + 2) if start + 2 < len(files) else ""
        reply = catalog.ListVersionFilesResponse(
            files=files[start : start + 2], next_page_token=token
        )
        return self.said("ListVersionFiles", reply)


@contextmanager
def served(registry: FakeRegistry) -> Iterator[str]:
    """Serve on a port that the system chooses; yield the target."""
    server = grpc.server(futures.ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)])
    artifact_grpc.add_ArtifactServiceServicer_to_server(registry, server)
    catalog_grpc.add_CatalogServiceServicer_to_server(registry, server)
    lookup_grpc.add_LookupServiceServicer_to_server(registry, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()
