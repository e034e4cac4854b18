"""Namespaces: tenants."""

from dataclasses import dataclass
from datetime import datetime

from modelregistry.names import segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A tenant: its names and bytes are invisible to the others."""

    name: str
    """`namespaces/{namespace}`."""
    description: str = ""
    create_time: datetime | None = None
    creator: str = ""
    revision: int = 0
    """The revision of its last change."""
    history_id: str = ""
    """The history that `revision` is of; another one after a restore from a backup."""
    quota_bytes: int | None = None
    """The most bytes that it may hold, 0 for any number; None for the server's default."""
    etag: str = ""

    @property
    def id(self) -> str:
        """The last part of the name, such as `risk`."""
        return segment(self.name, "namespaces")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a namespace holds and may hold."""

    used_bytes: int
    """The bytes that it holds, open uploads included."""
    quota_bytes: int = 0
    """The most, by its own quota or the server's default; 0 for any number."""

    @property
    def free_bytes(self) -> int | None:
        """The bytes that may still come; None for any number."""
        return max(0, self.quota_bytes - self.used_bytes) if self.quota_bytes else None
