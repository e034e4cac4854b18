"""Namespaces: tenants."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registry_grpc.domain.labels import check_text
from registry_grpc.domain.model import etag
from registry_grpc.domain.names import NamespaceName
from registry_grpc.domain.violations import Violations

MAX_DESCRIPTION_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class NamespaceDraft:
    """The parts of a namespace that people write, as in `Namespace`."""

    description: str = ""
    quota: int | None = None
    reuse_purged_names: bool = False

    def check(self, found: Violations) -> None:
        """Note what is wrong, under the paths of a request's `namespace` field."""
        check_text(found, "namespace.description", self.description, MAX_DESCRIPTION_BYTES)
        allowed = self.quota is None or self.quota >= 0
        found.check("namespace.quota_bytes", allowed, "must be at least 0")


class NamespaceAction(StrEnum):
    """The actions of namespaces in the change log."""

    CREATE = "namespace.create"
    UPDATE = "namespace.update"


@dataclass(frozen=True, slots=True)
class Namespace:
    """A tenant. revision: of its last change.

    quota: the most bytes it may hold, 0 for any number; None for the server's default.
    reuse_purged_names: whether a new model can get the name of a purged one.
    """

    name: NamespaceName
    description: str
    creator: str
    create_time: datetime
    revision: int
    quota: int | None = None
    reuse_purged_names: bool = False

    @property
    def etag(self) -> str:
        """Changes with every change."""
        return etag(self.revision)


@dataclass(frozen=True, slots=True)
class NamespaceUse:
    """The storage use of a namespace in bytes, as its quota counts it. quota: 0 for none."""

    namespace: str
    used: int
    quota: int
    open_uploads: int
