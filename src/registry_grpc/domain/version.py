"""Versions: immutable records of trained models."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from registry_grpc.domain.annotation import NO_ANNOTATIONS, Annotations
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.ensemble import EnsembleSummary
from registry_grpc.domain.errors import (
    MemberUnusable,
    VersionDeleted,
    VersionRevoked,
    VersionYanked,
)
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.model import etag
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.stage import NONE


class VersionState(StrEnum):
    """The states of a version.

    deprecated: usable, with a warning. yanked: resolvable by number and digest, not by aliases,
    stages or `latest`. revoked and deleted: not resolvable, permanently; the bytes of a revoked
    version are kept and withheld.
    """

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    YANKED = "yanked"
    REVOKED = "revoked"
    DELETED = "deleted"


class VersionAction(StrEnum):
    """The actions of versions in the log."""

    REGISTER = "version.register"
    LABEL = "version.label"
    UPDATE = "version.update"
    STAGE = "version.stage"
    DEPRECATE = "version.deprecate"
    YANK = "version.yank"
    REVOKE = "version.revoke"
    RESTORE = "version.restore"
    DELETE = "version.delete"
    PURGE = "version.purge"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a model.

    Only description, labels, annotations, stage, state and derived fields change. size: bytes of
    all files. metrics: overall results. detail: None if not requested, and then annotations are
    without pairs. detail_bytes: an upper bound of the encoded size of both. detail_digest: of the
    detail, None if it is not stored. aliases: ids, sorted. revision: of its last change.
    purge_time: when its bytes were given up, after its deletion. ensemble: None unless it has
    members.
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
    purge_time: datetime | None = None
    annotations: Annotations = NO_ANNOTATIONS
    ensemble: EnsembleSummary | None = None
    detail_bytes: int = field(default=0, compare=False)
    detail_digest: Digest | None = field(default=None, compare=False)

    @property
    def by_reference(self) -> bool:
        """Whether the registry does not have its bytes; besides ensembles such have no files."""
        return self.file_count == 0 and self.ensemble is None

    @property
    def blocked(self) -> bool:
        """Whether it is an ensemble that is blocked by a member."""
        return self.ensemble is not None and self.ensemble.blocked

    @property
    def etag(self) -> str:
        """The etag, which changes with every change of the version itself."""
        return etag(self.revision)

    def require_live(self) -> None:
        """Raise VersionDeleted if it was deleted."""
        if self.state is VersionState.DELETED:
            raise VersionDeleted(str(self.name))

    def require_unrevoked(self) -> None:
        """Raise VersionRevoked if it was revoked: its bytes are withheld."""
        if self.state is VersionState.REVOKED:
            raise VersionRevoked(str(self.name))

    def require_usable(self) -> None:
        """Raise VersionDeleted or VersionRevoked: it is not resolvable at all."""
        self.require_live()
        self.require_unrevoked()

    def require_followed(self, name: str = "") -> None:
        """Raise VersionYanked, MemberUnusable, or as `require_usable`.

        No moving name may resolve to it.

        name: the moving name; empty for one that is about to move.
        """
        self.require_usable()
        if self.state is VersionState.YANKED:
            raise VersionYanked(str(self.name), name)
        if self.ensemble is not None and self.ensemble.blocked and self.ensemble.first is not None:
            first = self.ensemble.first
            raise MemberUnusable(str(self.name), first.role, str(first.version), first.state, name)
