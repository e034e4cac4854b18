"""Versions: immutable records of trained models."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import VersionDeleted, VersionRevoked, VersionYanked
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.model import etag
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.stage import NONE


class VersionState(StrEnum):
    """Whether a version may be used, and how it may be named.

    deprecated: everything works, and whoever looks is told. yanked: its number and its digest name
    it, nothing that moves does. revoked and deleted: nothing names it, for good; the bytes
    of a revoked one are kept and withheld.
    """

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    YANKED = "yanked"
    REVOKED = "revoked"
    DELETED = "deleted"


class VersionAction(StrEnum):
    """What the log calls changes of versions."""

    REGISTER = "version.register"
    LABEL = "version.label"
    STAGE = "version.stage"
    DEPRECATE = "version.deprecate"
    YANK = "version.yank"
    REVOKE = "version.revoke"
    RESTORE = "version.restore"
    DELETE = "version.delete"


@dataclass(frozen=True, slots=True)
class Version:
    """One trained model.

    Only labels, stage, state and what follows from them ever change. size: bytes of all files.
    metrics: overall results. detail: None when it was not asked for. detail_bytes: about how large
    that is when encoded, at most. detail_digest: of the detail, None where it is not stored.
    aliases: ids, sorted. revision: of its last change.
    """

    name: VersionName
    uid: UUID
    root_digest: Digest
    size: int
    file_count: int
    creator: str
    create_time: datetime
    update_time: datetime
    revision: int
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    detail: VersionDetail | None = None
    stage: str = NONE
    state: VersionState = VersionState.ACTIVE
    delete_time: datetime | None = None
    aliases: tuple[str, ...] = ()
    detail_bytes: int = field(default=0, compare=False)
    detail_digest: Digest | None = field(default=None, compare=False)

    @property
    def etag(self) -> str:
        """Changes with every change of labels, stage or state."""
        return etag(self.revision)

    def require_live(self) -> None:
        """Raise VersionDeleted when it was deleted."""
        if self.state is VersionState.DELETED:
            raise VersionDeleted(str(self.name))

    def require_unrevoked(self) -> None:
        """Raise VersionRevoked when it was revoked: then nobody gets its bytes."""
        if self.state is VersionState.REVOKED:
            raise VersionRevoked(str(self.name))

    def require_usable(self) -> None:
        """Raise VersionDeleted or VersionRevoked: not even its number names it."""
        self.require_live()
        self.require_unrevoked()

    def require_followed(self, name: str = "") -> None:
        """Raise what `require_usable` raises, or VersionYanked: nothing that moves may name it.

        name: what does; empty for what is about to.
        """
        self.require_usable()
        if self.state is VersionState.YANKED:
            raise VersionYanked(str(self.name), name)
