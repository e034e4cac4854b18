"""Lineage: nodes, and edges that say what one of them was to another.

Versions are nodes under their own uid. All others are what they are: their uid is made of their
namespace and identity, so that whoever records the same data set means the same node.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.names import LineageName, VersionName
from registry_grpc.domain.version import VersionState


class NodeKind(StrEnum):
    """What there is in the graph."""

    VERSION = "version"
    DATASET = "dataset"
    RUN = "run"
    CODE = "code"
    APPROVER = "approver"


class EdgeRole(StrEnum):
    """What the source of an edge was to its target; `source was <role> target`."""

    TRAINED_ON = "trained_on"
    VALIDATED_ON = "validated_on"
    TESTED_ON = "tested_on"
    DERIVED_FROM = "derived_from"
    PRODUCED_BY = "produced_by"
    MEMBER_OF = "member_of"
    APPROVED_BY = "approved_by"

    @property
    def target_is_later(self) -> bool:
        """Whether the target was made of the source, and not the source of the target."""
        return self is EdgeRole.MEMBER_OF


USES = (EdgeRole.TRAINED_ON, EdgeRole.VALIDATED_ON, EdgeRole.TESTED_ON)
"""The roles of data sets."""


class Direction(StrEnum):
    """Up leads to what something was made of, down to what was made of it."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Dataset:
    """Data at a place. digest: '' when it was not pinned."""

    uri: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """Code at a commit. repository: '' when not known."""

    repository: str
    commit: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a job, by its id in its own system."""

    id: str


@dataclass(frozen=True, slots=True)
class Approver:
    """A principal who approved of something."""

    principal: str


Thing = Dataset | Run | Code | Approver
"""What a node is that is not a version."""

_KINDS: Mapping[type[Thing], NodeKind] = {
    Dataset: NodeKind.DATASET,
    Run: NodeKind.RUN,
    Code: NodeKind.CODE,
    Approver: NodeKind.APPROVER,
}
COLLECTIONS: Mapping[NodeKind, str] = {
    NodeKind.DATASET: "datasets",
    NodeKind.RUN: "runs",
    NodeKind.CODE: "code",
    NodeKind.APPROVER: "approvers",
}


def kind_of(thing: Thing) -> NodeKind:
    """Return what kind of node this is."""
    return _KINDS[type(thing)]


def name_of(namespace: str, thing: Thing) -> LineageName:
    """Return the name of the node that this is in a namespace."""
    kind = kind_of(thing)
    uid = content_uid(namespace, kind.value, *_identity(thing))
    return LineageName(namespace, COLLECTIONS[kind], uid)


def content_uid(*parts: str) -> UUID:
    """Return the id of a content: the first half of the SHA-256 over its parts as a JSON array."""
    text = json.dumps(parts, separators=(",", ":"))
    return UUID(bytes=hashlib.sha256(text.encode()).digest()[:16])


def _identity(thing: Thing) -> tuple[str, ...]:
    match thing:
        case Dataset(uri, digest):
            return (uri, digest)
        case Code(repository, commit):
            return (repository, commit)
        case Run(run_id):
            return (run_id,)
        case Approver(principal):
            return (principal,)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What was told of a run. state: of the last event that told one; '' and None for unknown."""

    job_namespace: str = ""
    job_name: str = ""
    start_time: datetime | None = None
    end_time: datetime | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class ThingNode:
    """A node that is not a version. facts: of a run."""

    name: LineageName
    thing: Thing
    facts: RunFacts = field(default_factory=RunFacts)

    @property
    def uid(self) -> UUID:
        """Its id in the graph."""
        return self.name.uuid

    @property
    def kind(self) -> NodeKind:
        """What it is."""
        return kind_of(self.thing)


@dataclass(frozen=True, slots=True)
class VersionNode:
    """A version as part of the graph, also a deleted one; stage and state as they are now."""

    name: VersionName
    uid: UUID
    root_digest: Digest
    stage: str
    state: VersionState
    creator: str
    create_time: datetime

    @property
    def kind(self) -> NodeKind:
        """What it is."""
        return NodeKind.VERSION


Node = VersionNode | ThingNode


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` was `role` `target`, both by uid. revision: at which it was recorded."""

    source: UUID
    role: EdgeRole
    target: UUID
    time: datetime
    recorder: str
    revision: int

    @property
    def earlier(self) -> UUID:
        """The end that came first."""
        return self.source if self.role.target_is_later else self.target

    @property
    def later(self) -> UUID:
        """The end that was made of the other."""
        return self.target if self.role.target_is_later else self.source

    def beyond(self, direction: Direction) -> UUID:
        """Return the end that a step in this direction leads to."""
        return self.earlier if direction is Direction.UP else self.later

    def before(self, direction: Direction) -> UUID:
        """Return the end that a step in this direction comes from."""
        return self.later if direction is Direction.UP else self.earlier


_V, _D, _R, _C, _A = NodeKind
_ENDS: Mapping[EdgeRole, frozenset[tuple[NodeKind, NodeKind]]] = {
    **dict.fromkeys(USES, frozenset({(_V, _D), (_R, _D)})),
    EdgeRole.DERIVED_FROM: frozenset({(_V, _V), (_R, _V), (_D, _D)}),
    EdgeRole.PRODUCED_BY: frozenset({(_V, _R), (_D, _R), (_V, _C), (_D, _C), (_R, _C)}),
    EdgeRole.MEMBER_OF: frozenset({(_V, _V), (_D, _D)}),
    EdgeRole.APPROVED_BY: frozenset({(_V, _A)}),
}


def edge_problem(source: NodeKind, role: EdgeRole, target: NodeKind) -> str:
    """Return why these kinds cannot be joined by the role; '' when they can."""
    if (source, target) in _ENDS[role]:
        return ""
    told = sorted(f"a {one} of a {other}" for one, other in _ENDS[role])
    return f"{role.value} is said of {', '.join(told)}, not of a {source.value} of a {target.value}"


@dataclass(frozen=True, slots=True)
class Subgraph:
    """A part of the graph. events: what OpenLineage events said of runs, as JSON, by time."""

    start: UUID
    nodes: Mapping[UUID, Node]
    edges: Sequence[Edge]
    events: Mapping[UUID, Sequence[str]] = field(default_factory=dict)
