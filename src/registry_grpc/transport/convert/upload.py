"""Blobs and uploads to and from messages."""

from modelregistry.v1 import artifact_service_pb2
from registry_grpc.domain.blob import Upload, UploadState
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.domain.manifest import MAX_SIZE
from registry_grpc.domain.violations import Argument, Violations
from registry_grpc.transport.convert.time import timestamp

_STATES = {
    UploadState.OPEN: artifact_service_pb2.UPLOAD_STATE_OPEN,
    UploadState.COMMITTED: artifact_service_pb2.UPLOAD_STATE_COMMITTED,
    UploadState.REJECTED: artifact_service_pb2.UPLOAD_STATE_REJECTED,
    UploadState.ABORTED: artifact_service_pb2.UPLOAD_STATE_ABORTED,
    UploadState.EXPIRED: artifact_service_pb2.UPLOAD_STATE_EXPIRED,
}


def upload_message(upload: Upload) -> artifact_service_pb2.Upload:
    """Return the message."""
    return artifact_service_pb2.Upload(
        name=str(upload.name),
        blob=blob_ref(upload.digest, upload.size),
        state=_STATES[upload.state],
        committed_offset=upload.committed,
        session_number=upload.session,
        lease_epoch=upload.epoch,
        already_existed=upload.already_existed,
        create_time=timestamp(upload.create_time),
        expire_time=timestamp(upload.expire_time),
    )


def blob_ref(digest: Digest, size: int) -> artifact_service_pb2.BlobRef:
    """Return the message."""
    return artifact_service_pb2.BlobRef(digest=str(digest), size_bytes=size)


def blob_from(
    message: artifact_service_pb2.BlobRef, field: str, found: Violations
) -> Argument[tuple[Digest, int]]:
    """Return digest and size; note what cannot be read under `field`."""
    digest = found.parse(f"{field}.digest", Digest.parse, message.digest)
    found.check(f"{field}.size_bytes", 0 <= message.size_bytes <= MAX_SIZE, "must be at least 0")
    return Argument(None if digest is None else (digest, message.size_bytes))


def limits_message(limits: TransferLimits) -> artifact_service_pb2.TransferLimits:
    """Return the message."""
    return artifact_service_pb2.TransferLimits(
        max_blob_bytes=limits.max_blob,
        max_chunk_bytes=limits.max_chunk,
        preferred_chunk_bytes=limits.preferred_chunk,
        max_find_missing=limits.max_find_missing,
        max_batch_bytes=limits.max_batch,
        max_batch_blobs=limits.max_batch_blobs,
        max_files_per_version=limits.max_files_per_version,
        upload_ttl_seconds=int(limits.upload_ttl.total_seconds()),
        blob_lease_seconds=int(limits.blob_lease.total_seconds()),
    )
