"""Uploads: resumable transfers of blobs into a namespace."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from modelregistry.names import segment


class UploadState(IntEnum):
    """The state of an upload."""

    OPEN = 1
    COMMITTED = 2
    REJECTED = 3
    """Its bytes did not match the declared digest and were discarded."""
    ABORTED = 4
    EXPIRED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A resumable transfer of one blob, as of the time of the call."""

    name: str
    """`namespaces/{namespace}/uploads/{uuid}`."""
    digest: str = ""
    """The declared digest; empty until it is known."""
    size_bytes: int = 0
    """The declared size."""
    state: UploadState = UploadState.OPEN
    committed_offset: int = 0
    """Durable bytes, which need not be sent again; between 0 and `size_bytes`."""
    creator: str = ""
    create_time: datetime | None = None
    progress_time: datetime | None = None
    """The time at which its bytes last became durable."""
    expire_time: datetime | None = None
    """The time at which it expires if no more bytes arrive."""

    @property
    def id(self) -> str:
        """The last part of the name."""
        return segment(self.name, "uploads")
