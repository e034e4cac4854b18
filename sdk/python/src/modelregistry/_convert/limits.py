"""The server's limits for bytes."""

from dataclasses import dataclass
from typing import Final

from modelregistry.types import Usage
from modelregistry.v1 import artifact_service_pb2 as pb

_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one call may hold. 0 for `max_blob_bytes` and `max_files` is no limit."""

    max_blob_bytes: int
    max_files: int
    piece_bytes: int
    max_find_missing: int
    max_batch_bytes: int
    max_batch_blobs: int
    late_digest: bool
    """Whether an upload may begin before its digest is known."""
    free_bytes: int | None = None
    """What the registry's disk can take now; None where it does not say."""


def limits_from_message(message: pb.TransferLimits) -> Limits:
    """Read the limits; where a server states none for a call, a cautious one of our own stands."""
    pieces = [size for size in (message.preferred_chunk_bytes, message.max_chunk_bytes) if size > 0]
    return Limits(
        max_blob_bytes=message.max_blob_bytes,
        max_files=message.max_files_per_version,
        piece_bytes=min(pieces, default=_MIB),
        max_find_missing=message.max_find_missing or 1_000,
        max_batch_bytes=message.max_batch_bytes or _MIB,
        max_batch_blobs=message.max_batch_blobs or 100,
        late_digest=message.late_digest,
        free_bytes=message.free_bytes if message.HasField("free_bytes") else None,
    )


def usage_from_message(message: pb.TransferLimits) -> Usage:
    """Read what the namespace holds and may hold."""
    return Usage(used_bytes=message.used_bytes, quota_bytes=message.quota_bytes)
