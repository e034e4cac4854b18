"""The port to ensembles: their pinned members, and the ensembles that contain a version."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from registry_grpc.domain.ensemble import EnsembleSummary, UnusableMembers
from registry_grpc.domain.ensemble_closure import Pin, PinnedVersion
from registry_grpc.domain.facts import Signature
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.version import Version


class Ensembles(Protocol):
    """Members of ensembles. Those that contain a version are the ones that are not deleted."""

    def add(self, ensemble: Version, members: Sequence[Version]) -> None:
        """Store the members of a new ensemble, in the order of its detail."""

    def remove(self, uid: UUID) -> None:
        """Let an ensemble that is deleted contain nothing any more; its members stay readable."""

    def pins(self, uids: Collection[UUID], moment: datetime | None = None) -> Sequence[Pin]:
        """Return the direct members of these ensembles, in order, as they are now or were then.

        Raises RevisionCompacted when the log has lost what they were.
        """

    def unusable(self, uids: Collection[UUID]) -> Mapping[UUID, UnusableMembers]:
        """Return, of each of these ensembles that has some, the members that may not be used now.

        Only direct ones.
        """

    def containing(self, uid: UUID) -> Sequence[PinnedVersion]:
        """Return the ensembles that contain a version in any level, by depth and name."""

    def closure(self, uids: Collection[UUID]) -> Collection[UUID]:
        """Return what these versions contain in any level, and themselves."""

    def longest_paths(self, uids: Collection[UUID]) -> Mapping[UUID, int]:
        """Return the bytes of the longest path of a file in each of these versions with files."""

    def most_contained(self, uids: Collection[UUID]) -> tuple[UUID, int] | None:
        """Return the version that the most ensembles contain, and their number."""

    def pinning(self, uid: UUID, limit: int) -> Sequence[VersionName]:
        """Return ensembles with this direct member."""

    def pinning_model(self, model: Model, limit: int) -> Sequence[tuple[VersionName, VersionName]]:
        """Return versions of a model and the ensembles of other models with such a member."""

    def set_summaries(
        self, summaries: Mapping[UUID, EnsembleSummary], revision: int, time: datetime
    ) -> None:
        """Store whether the members of ensembles may be used, and add that to their histories."""

    def signatures(self, uids: Collection[UUID]) -> Iterator[tuple[UUID, Signature | None]]:
        """Yield the signatures of these versions, one after the other."""

    def copy_of(self, version: PinnedVersion, namespace: str) -> Version | None:
        """Return the newest usable copy of a version in a namespace, without detail, or None.

        Only the registry itself makes such copies: with the same files, and stated as a copy
        within the registry.
        """
