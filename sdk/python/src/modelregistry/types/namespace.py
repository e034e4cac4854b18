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

    @property
    def id(self) -> str:
        """The last part of the name, such as `risk`."""
        return segment(self.name, "namespaces")
