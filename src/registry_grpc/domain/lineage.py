"""Lineage: nodes, and edges with roles.

Versions are nodes with their own uid. The uid of other nodes is derived from namespace and content,
so that a dataset is the same node wherever it is recorded.
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
    """The kinds of nodes."""

    VERSION = "version"
    DATASET = "dataset"
    RUN = "run"
    CODE = "code"
    APPROVER = "approver"


class EdgeRole(StrEnum):
    """The roles of edges: `source was <role> target`."""

    TRAINED_ON = "trained_on"
    VALIDATED_ON = "validated_on"
    TESTED_ON = "tested_on"
    DERIVED_FROM = "derived_from"
    PRODUCED_BY = "produced_by"
    MEMBER_OF = "member_of"
    APPROVED_BY = "approved_by"

    @property
    def target_is_later(self) -> bool:
        """Whether the target was derived from the source, and not the source from the target."""
        return self is EdgeRole.MEMBER_OF


USES = (EdgeRole.TRAINED_ON, EdgeRole.VALIDATED_ON, EdgeRole.TESTED_ON)
"""The roles of datasets."""


class Direction(StrEnum):
    """Up leads to inputs, down to derived nodes."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset. digest: '' if it was not pinned."""

    uri: str
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """Code at a commit. repository: '' if unknown."""

    repository: str
    commit: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a job, by its id in its own system."""

    id: str


@dataclass(frozen=True, slots=True)
class Approver:
    """A principal that approved a version."""

    principal: str


Thing = Dataset | Run | Code | Approver
"""The content of a node other than a version."""

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
    """Return the kind of node."""
    return _KINDS[type(thing)]


def name_of(namespace: str, thing: Thing) -> LineageName:
    """Return the name of its node in a namespace."""
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
    """Facts of a run. state: of the last event with a state; '' and None for unknown."""

    job_namespace: str = ""
    job_name: str = ""
    start_time: datetime | None = None
    end_time: datetime | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class ThingNode:
    """A node other than a version. facts: of a run."""

    name: LineageName
    thing: Thing
    facts: RunFacts = field(default_factory=RunFacts)

    @property
    def uid(self) -> UUID:
        """Its id in the graph."""
        return self.name.uuid

    @property
    def kind(self) -> NodeKind:
        """The kind of the resource."""
        return kind_of(self.thing)


@dataclass(frozen=True, slots=True)
class VersionNode:
    """A version as a node, also a deleted one; with its present stage and state."""

    name: VersionName
    uid: UUID
    root_digest: Digest
    stage: str
    state: VersionState
    creator: str
    create_time: datetime

    @property
    def kind(self) -> NodeKind:
        """The kind of the resource."""
        return NodeKind.VERSION


Node = VersionNode | ThingNode


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` was `role` `target`, both by uid. revision: of its record."""

    source: UUID
    role: EdgeRole
    target: UUID
    time: datetime
    recorder: str
    revision: int

    @property
    def earlier(self) -> UUID:
        """The earlier end."""
        return self.source if self.role.target_is_later else self.target

    @property
    def later(self) -> UUID:
        """The end that was derived from the other."""
        return self.target if self.role.target_is_later else self.source

    def beyond(self, direction: Direction) -> UUID:
        """Return the end of a step in this direction."""
        return self.earlier if direction is Direction.UP else self.later

    def before(self, direction: Direction) -> UUID:
        """Return the start of a step in this direction."""
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
    """Return why the role cannot join these kinds; '' if it can."""
    if (source, target) in _ENDS[role]:
        return ""
    valid = ", ".join(sorted(f"a {one} of a {other}" for one, other in _ENDS[role]))
    return f"{role.value} is said of {valid}, not of a {source.value} of a {target.value}"


@dataclass(frozen=True, slots=True)
class Subgraph:
    """A part of the graph. events: the OpenLineage events of runs, as JSON, by time."""

    start: UUID
    nodes: Mapping[UUID, Node]
    edges: Sequence[Edge]
    events: Mapping[UUID, Sequence[str]] = field(default_factory=dict)
