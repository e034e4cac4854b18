"""The limits of transfers as data, and those of replies."""

from dataclasses import dataclass
from datetime import timedelta

from registry_grpc.domain.manifest import MAX_FILES

KIB = 1_024
MIB = 1_024 * KIB
GIB = 1_024 * MIB
TIB = 1_024 * GIB

MESSAGE_BYTES = 16 * MIB
"""The largest message in either direction."""
PAGE_BYTES = 3 * MIB - 16 * KIB
"""Items of one page, encoded. With token and revision a page stays below 3 MiB: a gRPC client takes
4 MiB unless it is told otherwise."""
TRANSACTION_BYTES = 3 * MIB - 64 * KIB
"""The changes of one transaction: watchers get them in one message, lists on one page."""
BATCH_REPLY_BYTES = 3 * MIB
"""The reply to a batch of lookups."""
RECORD_BYTES = 8 * MIB
"""One version without its files, about: its largest reply is well below MESSAGE_BYTES."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLimits:
    """What ArtifactService enforces; field by field as in the contract. Sizes in bytes.

    quota: of a namespace that has none of its own; 0 for none. caller_open_uploads and
    caller_in_flight: what one principal may have open in one namespace. upload_idle: an upload
    without progress for so long reserves what it has received, not what it declared.
    stream_idle: after how long a stream without progress ends.
    """

    max_blob: int = 5 * TIB
    max_chunk: int = 2 * MIB
    preferred_chunk: int = MIB
    max_find_missing: int = 10_000
    max_batch: int = 3 * MIB
    max_batch_blobs: int = 1_000
    max_files_per_version: int = MAX_FILES
    upload_ttl: timedelta = timedelta(hours=24)
    blob_lease: timedelta = timedelta(hours=24)
    max_open_uploads: int = 1_000
    max_in_flight: int = 20 * TIB
    quota: int = 0
    caller_open_uploads: int = 500
    caller_in_flight: int = 6 * TIB
    upload_idle: timedelta = timedelta(hours=1)
    stream_idle: timedelta = timedelta(seconds=60)
