"""Blobs and uploads: bytes at rest and bytes on their way in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.names import UploadName


@dataclass(frozen=True, slots=True)
class Blob:
    """Published bytes of one namespace.

    size: bytes. crc32c: of all bytes. generation: pins the stored object. lease_until: not
    collected before this moment, even when no version names it.
    """

    namespace: str
    digest: Digest
    size: int
    crc32c: int
    generation: int
    create_time: datetime
    lease_until: datetime


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

    committed: durable bytes of this session. session: rises when what was held was lost. epoch:
    rises with each writer; a writer with an older one is fenced.
    """

    name: UploadName
    digest: Digest
    size: int
    state: UploadState
    creator: str
    create_time: datetime
    expire_time: datetime
    committed: int = 0
    session: int = 1
    epoch: int = 0
    already_existed: bool = False
