"""The limits of transfers, as data."""

from dataclasses import dataclass
from datetime import timedelta

from registry_grpc.domain.manifest import MAX_FILES

KIB = 1_024
MIB = 1_024 * KIB
GIB = 1_024 * MIB
TIB = 1_024 * GIB


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLimits:
    """What ArtifactService enforces; field by field as in the contract. Sizes in bytes.

    quota: of a namespace that has none of its own; 0 for none.
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
    max_in_flight: int = 10 * TIB
    quota: int = 0
