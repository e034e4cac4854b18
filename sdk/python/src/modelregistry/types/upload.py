"""Uploads: bytes on their way into a namespace."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from modelregistry.names import segment


class UploadState(IntEnum):
    """The life of an upload."""

    OPEN = 1
    COMMITTED = 2
    REJECTED = 3
    """Its bytes did not hash to the declared digest; they are gone."""
    ABORTED = 4
    EXPIRED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Bytes on their way in, as they stood when they were asked about."""

    name: str
    """`namespaces/{namespace}/uploads/{uuid}`."""
    digest: str = ""
    """Empty until it is stated."""
    size_bytes: int = 0
    """What was declared."""
    state: UploadState = UploadState.OPEN
    committed_offset: int = 0
    """Bytes that need not be sent again; between 0 and `size_bytes`."""
    creator: str = ""
    create_time: datetime | None = None
    progress_time: datetime | None = None
    """When bytes of it last became durable."""
    expire_time: datetime | None = None
    """When it ends by itself if nothing more arrives."""

    @property
    def id(self) -> str:
        """The last part of the name."""
        return segment(self.name, "uploads")
