"""The members of an ensemble in all levels."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.ensemble import EnsembleSummary, MemberState
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.version import Version, VersionState

_STATES: Mapping[VersionState, MemberState] = {
    VersionState.YANKED: MemberState.YANKED,
    VersionState.REVOKED: MemberState.REVOKED,
    VersionState.DELETED: MemberState.DELETED,
}


def member_state(state: VersionState, *, blocked: bool) -> MemberState:
    """Return whether a version may be used as a member. blocked: by a member of its own."""
    return _STATES.get(state, MemberState.BLOCKED if blocked else MemberState.USABLE)


@dataclass(frozen=True, slots=True)
class PinnedVersion:
    """A version, as far as ensembles need it. summary: None unless it is an ensemble itself."""

    name: VersionName
    uid: UUID
    root_digest: Digest
    size: int
    file_count: int
    stage: str
    state: VersionState
    summary: EnsembleSummary | None = None

    @classmethod
    def of(cls, version: Version) -> "PinnedVersion":
        """Return these facts of a version."""
        return cls(
            version.name,
            version.uid,
            version.root_digest,
            version.size,
            version.file_count,
            version.stage,
            version.state,
            version.ensemble,
        )

    @property
    def by_reference(self) -> bool:
        """Whether the registry does not have its bytes."""
        return self.file_count == 0 and self.summary is None

    @property
    def blocked(self) -> bool:
        """Whether it is an ensemble that is blocked by a member."""
        return self.summary is not None and self.summary.blocked

    @property
    def member_state(self) -> MemberState:
        """Whether it may be used as a member."""
        return member_state(self.state, blocked=self.blocked)


@dataclass(frozen=True, slots=True)
class Pin:
    """A member of an ensemble with this uid."""

    ensemble: UUID
    role: str
    soft: bool
    version: PinnedVersion


@dataclass(frozen=True, slots=True)
class ClosureMember:
    """A member in any level. path: the roles that lead to it, joined by a slash."""

    path: str
    pin: Pin

    @property
    def folder(self) -> str:
        """The folder with its files in a pull of the ensemble."""
        return "/".join(f"members/{role}" for role in self.path.split("/"))


def expanded(root: UUID, pins: Iterable[Pin]) -> Sequence[ClosureMember]:
    """Return the members of an ensemble, each after its own ensemble, in the order of the pins.

    pins: of the ensemble and of all ensembles among its members.
    """
    of: dict[UUID, list[Pin]] = defaultdict(list)
    for pin in pins:
        of[pin.ensemble].append(pin)

    def below(ensemble: UUID, prefix: str) -> Iterator[ClosureMember]:
        for pin in of.get(ensemble, ()):
            path = f"{prefix}{pin.role}"
            yield ClosureMember(path, pin)
            yield from below(pin.version.uid, f"{path}/")

    return list(below(root, ""))
