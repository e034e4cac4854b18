"""Blobs and uploads: bytes at rest and bytes on their way in."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.names import UploadName

BLOCK_BYTES = 64 * 1_024 * 1_024


@dataclass(frozen=True, slots=True)
class Blob:
    """Published bytes of one namespace.

    size: bytes. crc32c: of all bytes. blocks: crc32c of each block of BLOCK_BYTES. generation: pins
    the stored object. lease_until: not collected before this moment, even when no version names it.
    condemned_time: when it was found that nothing needs it; deleted some time later.
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
    """What became of asking for a blob to stay."""

    HELD = "held"
    ABSENT = "absent"
    DELETING = "deleting"


class UploadState(StrEnum):
    """The life of an upload."""

    OPEN = "open"
    COMMITTED = "committed"
    REJECTED = "rejected"
    ABORTED = "aborted"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes on their way in.

    digest: None while it is not known. committed: durable bytes of this session. session: rises
    when what was held was lost. epoch: rises with each writer: one with an older epoch is fenced.
    checkpoint: the running hashes at `committed`. store_state: a secret: what the store needs to go
    on.
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
