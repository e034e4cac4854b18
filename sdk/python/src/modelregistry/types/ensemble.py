"""Ensembles: versions that consist of other versions, and whether these may be used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from modelregistry.names import segment, short_ref


class MemberState(IntEnum):
    """Whether a member of an ensemble may be used."""

    USABLE = 1
    YANKED = 2
    REVOKED = 3
    """Its bytes are withheld."""
    DELETED = 4
    BLOCKED = 5
    """It is an ensemble that is blocked by a member of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsembleMember:
    """A version that is part of an ensemble, pinned."""

    role: str
    """1 to 63 of `a-z 0-9 . _ -`, starting with a letter; unique in the ensemble."""
    version: str
    """The full name; to register an ensemble any reference, which is resolved then."""
    soft: bool = False
    """Whether the ensemble may be used without it."""
    input_names: Mapping[str, str] = field(default_factory=dict)
    """From inputs of the member to the inputs of the ensemble that feed them."""
    output_names: Mapping[str, str] = field(default_factory=dict)
    """From outputs of the member to their names in the ensemble."""
    root_digest: str = ""
    """Set by the registry."""
    uid: str = ""
    """Set by the registry: identifies the version even if its model is renamed."""

    @property
    def version_ref(self) -> str:
        """`fraud/7`: the version as a short reference, or as it was given."""
        return short_ref(self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsembleEdge:
    """An output of a member that is an input of another one. Source and target are roles."""

    source: str
    target: str
    output: str = ""
    input: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """The members of a version, and how they work together."""

    members: tuple[EnsembleMember, ...]
    combiner: str = ""
    """How the outputs of the members become those of the ensemble, such as `mean`; or the role of
    the member that does it."""
    edges: tuple[EnsembleEdge, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusableMember:
    """A direct member of an ensemble that may not be used."""

    role: str
    version: str
    """The full name of its version, when this was recorded."""
    state: MemberState | int
    """A plain int is a state that this release does not know."""
    soft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsembleStatus:
    """Whether the members of an ensemble may be used."""

    name: str
    """`namespaces/{namespace}/models/{model}/versions/{number}/ensembleStatus`."""
    member_count: int = 0
    """The number of direct members."""
    closure_size: int = 0
    """The number of members in all levels."""
    depth: int = 0
    """The number of levels."""
    unusable_count: int = 0
    """The number of direct members that block the ensemble."""
    unusable_soft_count: int = 0
    """The number of direct soft members that may not be used."""
    unusable_member: UnusableMember | None = None
    """The first member that blocks the ensemble, else the first soft one that may not be used."""

    @property
    def blocked(self) -> bool:
        """Whether a member that is not soft may not be used."""
        return self.unusable_count > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureMember:
    """A member of an ensemble in any of its levels."""

    path: str
    """The roles that lead to it, joined by `/`, such as `ranker/text`."""
    version: str
    """The full name of its version."""
    uid: str = ""
    root_digest: str = ""
    size_bytes: int = 0
    """Bytes of its own files."""
    file_count: int = 0
    """The number of its own files."""
    by_reference: bool = False
    """Whether the registry does not have its bytes."""
    stage: str = ""
    state: MemberState | int = MemberState.USABLE
    """A plain int is a state that this release does not know."""
    soft: bool = False
    """Whether its ensemble can do without it."""
    member_count: int = 0
    """The number of its own direct members; 0 if it is no ensemble."""

    @property
    def folder(self) -> str:
        """The folder that `pull` gives it, such as `members/ranker/members/text`."""
        return "/".join(f"members/{role}" for role in self.path.split("/"))

    @property
    def ref(self) -> str:
        """`fraud/7`: the version as a short reference."""
        return short_ref(self.version)

    @property
    def namespace(self) -> str:
        """The id of its namespace."""
        return segment(self.version, "namespaces")
