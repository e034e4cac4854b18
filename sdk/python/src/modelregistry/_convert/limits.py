"""The transfer limits of the server."""

from dataclasses import dataclass
from typing import Final

from modelregistry._convert import checked
from modelregistry.types import Usage
from modelregistry.v1 import artifact_service_pb2 as pb

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB
_LEAST_PIECE: Final = 4 * _KIB
_MOST_PIECE: Final = 4 * _MIB
_MOST_BATCH: Final = 8 * _MIB
_MOST_ITEMS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one call. 0 for `max_blob_bytes` and `max_files` means no limit.

    The client bounds the rest too, so a registry cannot make it use more memory.
    """

    max_blob_bytes: int
    max_files: int
    piece_bytes: int
    """From 4 KiB to 4 MiB."""
    max_find_missing: int
    max_batch_bytes: int
    """At most 8 MiB."""
    max_batch_blobs: int
    late_digest: bool
    """Whether an upload may begin before its digest is known."""
    max_registration_bytes: int = 0
    """Of one registration, encoded; 0 when it is not stated."""
    free_bytes: int | None = None
    """The free space on the registry's disk; None when it is not stated."""


def limits_from_message(message: pb.TransferLimits) -> Limits:
    """Read the limits; a limit that the server does not state has a conservative default.

    Raises MalformedReply for limits below 0, and for pieces below 4 KiB.
    """
    return Limits(
        max_blob_bytes=checked.count(message.max_blob_bytes, "max_blob_bytes"),
        max_files=checked.count(message.max_files_per_version, "max_files_per_version"),
        piece_bytes=_piece_bytes(message),
        max_find_missing=_bounded(message, "max_find_missing", 1_000, _MOST_ITEMS),
        max_batch_bytes=_bounded(message, "max_batch_bytes", _MIB, _MOST_BATCH),
        max_batch_blobs=_bounded(message, "max_batch_blobs", 100, _MOST_ITEMS),
        late_digest=message.late_digest,
        max_registration_bytes=checked.count(
            message.max_registration_bytes, "max_registration_bytes"
        ),
        free_bytes=message.free_bytes if message.HasField("free_bytes") else None,
    )


def _piece_bytes(message: pb.TransferLimits) -> int:
    preferred = _bounded(message, "preferred_chunk_bytes", _MIB, _MOST_PIECE)
    most = _bounded(message, "max_chunk_bytes", preferred, _MOST_PIECE)
    if most < _LEAST_PIECE:
        raise checked.malformed("max_chunk_bytes", most, f"below {_LEAST_PIECE}")
    return min(most, max(preferred, _LEAST_PIECE))


def _bounded(message: pb.TransferLimits, field: str, otherwise: int, most: int) -> int:
    stated: int = checked.count(getattr(message, field), field)
    return min(stated or otherwise, most)


def usage_from_message(message: pb.TransferLimits) -> Usage:
    """Read the storage use and quota of a namespace."""
    return Usage(
        used_bytes=checked.count(message.used_bytes, "used_bytes"),
        quota_bytes=checked.count(message.quota_bytes, "quota_bytes"),
    )
