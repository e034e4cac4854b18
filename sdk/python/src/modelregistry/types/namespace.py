"""Namespaces: tenants."""

from dataclasses import dataclass
from datetime import datetime

from modelregistry.names import segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A tenant: its names and bytes are invisible in other namespaces."""

    name: str
    """`namespaces/{namespace}`."""
    description: str = ""
    create_time: datetime | None = None
    creator: str = ""
    revision: int = 0
    """The revision of its last change."""
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""
    quota_bytes: int | None = None
    """The maximum number of stored bytes, 0 for no limit; None for the server's default."""
    etag: str = ""
    reuse_purged_names: bool = False
    """Whether a new model can get the name of a purged one."""

    @property
    def id(self) -> str:
        """The last part of the name, such as `risk`."""
        return segment(self.name, "namespaces")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The storage use and quota of a namespace."""

    used_bytes: int
    """The stored bytes, open uploads included."""
    quota_bytes: int = 0
    """The quota in force: its own or the server's default; 0 for no limit."""

    @property
    def free_bytes(self) -> int | None:
        """The bytes left of the quota; None for no limit."""
        return max(0, self.quota_bytes - self.used_bytes) if self.quota_bytes else None
