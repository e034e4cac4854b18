"""Blobs and uploads."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.names import UploadName

BLOCK_BYTES = 64 * 1_024 * 1_024


@dataclass(frozen=True, slots=True)
class Blob:
    """A published blob of one namespace.

    size: bytes. crc32c: of all bytes. blocks: crc32c of each block of BLOCK_BYTES. generation:
    identifies the stored object. lease_until: not collected before this moment, even if no version
    references it. condemned_time: when it was condemned as not needed; it is deleted some time
    later.
    """

    namespace: str
    digest: Digest
    size: int
    crc32c: int
    generation: int
    create_time: datetime
    lease_until: datetime
    blocks: tuple[int, ...] = ()
    condemned_time: datetime | None = None


class Claim(StrEnum):
    """The result of a claim of a blob."""

    HELD = "held"
    ABSENT = "absent"
    DELETING = "deleting"


class UploadState(StrEnum):
    """The states of an upload."""

    OPEN = "open"
    COMMITTED = "committed"
    REJECTED = "rejected"
    ABORTED = "aborted"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload.

    digest: None while unknown. committed: durable bytes of this session. session: increases when
    staged bytes were lost. epoch: increases with each writer; writers with an older epoch are
    fenced. checkpoint: the running hashes at `committed`. store_state: the state of the store for
    resuming, a secret.
    """

    name: UploadName
    digest: Digest | None
    size: int
    state: UploadState
    creator: str
    create_time: datetime
    expire_time: datetime
    committed: int = 0
    session: int = 1
    epoch: int = 0
    already_existed: bool = False
    checkpoint: bytes = field(default=b"", repr=False)
    store_state: bytes = field(default=b"", repr=False)
