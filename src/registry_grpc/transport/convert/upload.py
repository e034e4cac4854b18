"""Blobs and uploads to and from messages."""

from datetime import timedelta

from modelregistry.v1 import artifact_service_pb2
from registry_grpc.domain.blob import BLOCK_BYTES, Upload, UploadState
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.manifest import MAX_SIZE
from registry_grpc.domain.violations import Violations
from registry_grpc.services.blob import DownloadPlan, Usage
from registry_grpc.transport.convert.time import timestamp

_STATES = {
    UploadState.OPEN: artifact_service_pb2.UPLOAD_STATE_OPEN,
    UploadState.COMMITTED: artifact_service_pb2.UPLOAD_STATE_COMMITTED,
    UploadState.REJECTED: artifact_service_pb2.UPLOAD_STATE_REJECTED,
    UploadState.ABORTED: artifact_service_pb2.UPLOAD_STATE_ABORTED,
    UploadState.EXPIRED: artifact_service_pb2.UPLOAD_STATE_EXPIRED,
}


def upload_message(upload: Upload, ttl: timedelta) -> artifact_service_pb2.Upload:
    """Return the message; ttl: how long after its last progress an upload expires."""
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
        creator=upload.creator,
        progress_time=timestamp(max(upload.create_time, upload.expire_time - ttl)),
    )


def blob_ref(digest: Digest | None, size: int) -> artifact_service_pb2.BlobRef:
    """Return the message."""
    return artifact_service_pb2.BlobRef(digest=str(digest or ""), size_bytes=size)


def blob_from(
    message: artifact_service_pb2.BlobRef, field: str, found: Violations
) -> tuple[Digest | None, int]:
    """Return digest (None for none) and size; note what cannot be read under `field`."""
    text = message.digest
    digest = found.parse(f"{field}.digest", Digest.parse, text) if text else None
    found.check(f"{field}.size_bytes", 0 <= message.size_bytes <= MAX_SIZE, "must be at least 0")
    return digest, message.size_bytes


def plan_message(plan: DownloadPlan) -> artifact_service_pb2.DownloadPlan:
    """Return the message."""
    message = artifact_service_pb2.DownloadPlan(
        blob=blob_ref(plan.blob.digest, plan.blob.size),
        crc32c=plan.blob.crc32c,
        block_bytes=BLOCK_BYTES,
        block_crc32c=plan.blob.blocks,
    )
    if plan.signed is not None:
        message.url = plan.signed.url.reveal()
        message.expire_time.FromDatetime(plan.signed.expire_time)
    return message


def limits_message(usage: Usage, *, late_digest: bool) -> artifact_service_pb2.TransferLimits:
    """Return the message."""
    limits = usage.limits
    return artifact_service_pb2.TransferLimits(
        max_blob_bytes=limits.max_blob,
        max_chunk_bytes=limits.max_chunk,
        preferred_chunk_bytes=limits.preferred_chunk,
        max_find_missing=limits.max_find_missing,
        max_batch_bytes=limits.max_batch,
        max_batch_blobs=limits.max_batch_blobs,
        max_files_per_version=limits.max_files_per_version,
        max_registration_bytes=limits.max_registration,
        upload_ttl_seconds=int(limits.upload_ttl.total_seconds()),
        blob_lease_seconds=int(limits.blob_lease.total_seconds()),
        max_open_uploads=limits.max_open_uploads,
        max_bytes_in_flight=limits.max_in_flight,
        max_open_uploads_per_caller=limits.caller_open_uploads,
        max_bytes_in_flight_per_caller=limits.caller_in_flight,
        upload_idle_seconds=int(limits.upload_idle.total_seconds()),
        stream_idle_seconds=int(limits.stream_idle.total_seconds()),
        quota_bytes=limits.quota,
        used_bytes=usage.used,
        late_digest=late_digest,
        free_bytes=usage.free,
    )
