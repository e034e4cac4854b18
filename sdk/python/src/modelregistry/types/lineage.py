"""Lineage: what versions were made from, and what was made from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from modelregistry.names import short_ref
from modelregistry.types.page import Page
from modelregistry.types.version import Version, VersionState


class LineageRole(IntEnum):
    """The relation of the source of an edge to its target."""

    TRAINED_ON = 1
    VALIDATED_ON = 2
    TESTED_ON = 3
    DERIVED_FROM = 4
    PRODUCED_BY = 5
    MEMBER_OF = 6
    APPROVED_BY = 7
    """Recorded by the registry only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionNode:
    """A version as a node of the lineage; deleted versions remain."""

    name: str
    """The full name of the version."""
    root_digest: str = ""
    stage: str = ""
    """Its present stage."""
    state: VersionState | int = VersionState.ACTIVE
    """Whether it may be used now. A plain int is a state that this release does not know."""
    creator: str = ""
    create_time: datetime | None = None

    @property
    def ref(self) -> str:
        """`fraud/7`, with the namespace in front if it is not `default`."""
        return short_ref(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetNode:
    """A dataset."""

    uri: str
    """Its location, such as `gs://claims/2026-10.parquet`, without credentials."""
    digest: str = ""
    """`<algorithm>:<value>`; empty when the data was not pinned."""
    name: str = ""
    """The name of the node: assigned by the registry, not needed to record one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNode:
    """A run of a job."""

    run_id: str
    """Its id in its own system."""
    job_namespace: str = ""
    job_name: str = ""
    start_time: datetime | None = None
    end_time: datetime | None = None
    state: str = ""
    """`START`, `RUNNING`, `COMPLETE`, `ABORT` or `FAIL`; empty when none was reported."""
    name: str = ""
    """The name of the node: assigned by the registry, not needed to record one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeNode:
    """Code at a commit."""

    commit: str
    repository: str = ""
    """The location of the repository, without credentials."""
    name: str = ""
    """The name of the node: assigned by the registry, not needed to record one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproverNode:
    """A principal that approved a version."""

    principal: str
    name: str = ""
    """The name of the node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownNode:
    """A node of a kind that this release does not know."""

    name: str = ""


LineageNode = VersionNode | DatasetNode | RunNode | CodeNode | ApproverNode | UnknownNode
"""A node of the graph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageEdge:
    """`source` was `role` `target`: an edge to record, or a recorded one.

    Ends are names of nodes. To record an edge, an end may also be a reference such as `fraud/7`, a
    Version, or a DatasetNode, RunNode or CodeNode.
    """

    source: "str | Version | LineageNode"
    role: LineageRole | int
    """A plain int is a role that this release does not know."""
    target: "str | Version | LineageNode"
    create_time: datetime | None = None
    recorder: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageRecord:
    """The edges that one call recorded."""

    name: str
    edges: tuple[LineageEdge, ...] = ()
    """All edges of the call, including those that existed before."""
    event_type: str = ""
    """The type of the OpenLineage event, such as `COMPLETE`; empty for edges."""
    run: str = ""
    """The name of the run's node, for an OpenLineage event."""
    event_time: datetime | None = None
    create_time: datetime | None = None
    recorder: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageStep:
    """One step of a walk: along an edge, to a node."""

    depth: int
    """The number of edges between the start and the node, on the shortest path."""
    edge: LineageEdge
    """Its ends are names."""
    node: LineageNode
    repeated: bool = False
    """Whether an earlier step led to this node; the walk does not continue from it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A walk through the graph, breadth first."""

    start: LineageNode
    steps: tuple[LineageStep, ...] = ()
    truncated: bool = False
    """Whether the walk was cut off at the maximum number of edges."""
    revision: int = 0
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""

    @property
    def nodes(self) -> Mapping[str, LineageNode]:
        """The nodes by name, the start first."""
        return {each.name: each for each in (self.start, *(step.node for step in self.steps))}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetUsePage(Page["DatasetUse"]):
    """A page of uses of a dataset."""

    truncated: bool = False
    """Of the last page: whether derived versions are missing, of very large lineages."""
    elsewhere: int = 0
    """Of the last page: the number of derived versions in other namespaces, not listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetUse:
    """A use of a dataset by a version, or the derivation of a version from it."""

    version: Version
    role: LineageRole | int
    """TRAINED_ON, VALIDATED_ON or TESTED_ON; of a derived version the role of the last step."""
    dataset: DatasetNode
    derived_from: LineageNode | None = None
    """Of a derived version the node before it, which may be deleted; else None."""
