"""Ensembles: versions that consist of other versions, their members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.names import EnsembleStatusName, VersionName

MOST_MEMBERS = 1_000
"""Of an ensemble in all levels: what a closure has, and a pull brings."""
MOST_LEVELS = 16
MOST_EDGES = 5_000
MOST_NAMES = 1_000
"""Of the inputs, and of the outputs, of one member."""
MOST_FILES = 100_000
"""Of an ensemble in all levels, with its own."""
MOST_ENSEMBLES = 500
"""That contain one version, in any level: the transaction that revokes it changes all of them."""


class MemberState(StrEnum):
    """Whether a member may be used; if not, what became of it. blocked: by a member of its own."""

    USABLE = "usable"
    YANKED = "yanked"
    REVOKED = "revoked"
    DELETED = "deleted"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class MemberPin:
    """A version that a member is pinned to. version: a reference in a draft, then its name.

    root_digest, uid: None in a draft.
    """

    version: str
    root_digest: Digest | None = None
    uid: UUID | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an ensemble. soft: the ensemble may be used without it.

    input_names: from inputs of the member to those of the ensemble. output_names: from outputs of
    the member to names in the ensemble.
    """

    role: str
    pin: MemberPin
    soft: bool = False
    input_names: Mapping[str, str] = field(default_factory=dict)
    output_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EnsembleEdge:
    """The output of one member that is an input of another one. source, target: roles."""

    source: str
    target: str
    output: str = ""
    input: str = ""


@dataclass(frozen=True, slots=True)
class EnsembleSpec:
    """The members of an ensemble, and how they work together."""

    members: tuple[Member, ...]
    combiner: str = ""
    edges: tuple[EnsembleEdge, ...] = ()

    def pinned(self, pins: Sequence[MemberPin]) -> "EnsembleSpec":
        """Return it with these pins, one for each member."""
        pairs = zip(self.members, pins, strict=True)
        return replace(self, members=tuple(replace(one, pin=pin) for one, pin in pairs))


@dataclass(frozen=True, slots=True)
class UnusableMember:
    """A direct member that may not be used. version: its name when this was recorded."""

    role: str
    version: VersionName
    state: MemberState
    soft: bool = False


@dataclass(frozen=True, slots=True)
class UnusableMembers:
    """The direct members of an ensemble that may not be used: of many, the first stands for all.

    blocking, soft: their numbers. first: of those that block it, else of the soft ones.
    """

    blocking: int = 0
    soft: int = 0
    first: UnusableMember | None = None


ALL_USABLE = UnusableMembers()


@dataclass(frozen=True, slots=True)
class EnsembleSummary:
    """The size of an ensemble, and whether its members may be used.

    members: direct ones. closure: in all levels. depth: the number of levels. unusable,
    unusable_soft: the numbers of direct members that may not be used; first: of those that block
    it, else of the soft ones.
    """

    members: int
    closure: int
    depth: int
    unusable: int = 0
    unusable_soft: int = 0
    first: UnusableMember | None = None

    @property
    def blocked(self) -> bool:
        """Whether a member that is not soft may not be used."""
        return self.unusable > 0

    def is_like(self, other: "EnsembleSummary") -> bool:
        """Whether the same members may be used; their names can have changed since."""
        return _unnamed(self) == _unnamed(other)

    def with_unusable(self, found: UnusableMembers) -> "EnsembleSummary":
        """Return it with these unusable members."""
        return replace(self, unusable=found.blocking, unusable_soft=found.soft, first=found.first)


def _unnamed(one: EnsembleSummary) -> tuple[EnsembleSummary, object]:
    first = one.first and (one.first.role, one.first.state, one.first.soft)
    return replace(one, first=None), first


class EnsembleAction(StrEnum):
    """The actions of ensembles in the log. update: other members may be used than before."""

    BLOCK = "ensemble.block"
    UNBLOCK = "ensemble.unblock"
    UPDATE = "ensemble.update"


@dataclass(frozen=True, slots=True)
class EnsembleStatus:
    """Whether the members of an ensemble may be used, as the log has it."""

    name: EnsembleStatusName
    summary: EnsembleSummary
