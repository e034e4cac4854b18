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
"""The encoded items of one page.

With token and revision a page is below 3 MiB: the default limit of gRPC clients is 4 MiB.
"""
TRANSACTION_BYTES = 3 * MIB - 64 * KIB
"""The changes of one transaction, which are in one message of a watch or one page of a list."""
BATCH_REPLY_BYTES = 3 * MIB
"""The reply to a batch of lookups."""
RECORD_BYTES = 8 * MIB
"""About one version without its files: its largest reply is well below MESSAGE_BYTES."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLimits:
    """The limits of ArtifactService, with the fields of the contract.

    Sizes in bytes. quota: of a namespace without its own; 0 for none. caller_open_uploads and
    caller_in_flight: limits of one principal in one namespace. upload_idle: after this time without
    progress an upload reserves only its received bytes. stream_idle: after this time without
    progress a stream ends.
    """

    max_blob: int = 5 * TIB
    max_chunk: int = 2 * MIB
    preferred_chunk: int = MIB
    max_find_missing: int = 10_000
    max_batch: int = 3 * MIB
    max_batch_blobs: int = 1_000
    max_files_per_version: int = MAX_FILES
    max_registration: int = MESSAGE_BYTES
    upload_ttl: timedelta = timedelta(hours=24)
    blob_lease: timedelta = timedelta(hours=24)
    max_open_uploads: int = 1_000
    max_in_flight: int = 20 * TIB
    quota: int = 0
    caller_open_uploads: int = 500
    caller_in_flight: int = 6 * TIB
    upload_idle: timedelta = timedelta(hours=1)
    stream_idle: timedelta = timedelta(seconds=60)
