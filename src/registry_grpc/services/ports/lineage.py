"""The port to lineage: append-only nodes and edges. Business rules are in the services.

`limit` is the maximum number of rows.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from registry_grpc.domain.lineage import Direction, Edge, EdgeRole, Node, ThingNode
from registry_grpc.domain.lineage_record import LineageRecord
from registry_grpc.domain.run_event import RunEvent
from registry_grpc.domain.version import Version

EdgeKey = tuple[UUID, EdgeRole, UUID]
"""An edge in the direction of a traversal: the start, the role, the end."""

UseKey = tuple[UUID, UUID, EdgeRole]
"""The sort key of a use: the version, the dataset, the role."""


@dataclass(frozen=True, slots=True)
class Use:
    """The use of a dataset by a version.

    derived_from: of a version that derives from it indirectly, the node before it; role is that of
    the edge between them.
    """

    version: Version
    role: EdgeRole
    dataset: ThingNode
    derived_from: Node | None = None


@dataclass(frozen=True, slots=True)
class UseQuery:
    """A query for uses. uri, digest, stage: '' for any; not both uri and digest are ''.

    derived: whether also for versions that derive from the dataset indirectly.
    """

    namespace: str
    uri: str = ""
    digest: str = ""
    stage: str = ""
    derived: bool = False


class LineageGraph(Protocol):
    """The lineage graph."""

    def nodes(self, uids: Collection[UUID]) -> Mapping[UUID, Node]:
        """Return the existing nodes, also versions; runs with their recorded facts."""

    def edges(
        self,
        uids: Collection[UUID],
        direction: Direction,
        roles: Collection[EdgeRole],
        limit: int,
    ) -> Sequence[Edge]:
        """Return the edges from these nodes in the direction, by key.

        roles: empty for all.
        """

    def add(self, nodes: Collection[ThingNode], edges: Collection[Edge]) -> None:
        """Store new nodes and edges; existing ones stay unchanged.

        The ends of the edges must exist or be among the nodes. Afterwards `uses` finds versions
        that used a dataset themselves, or were produced by a run that did.
        """

    def record(self, uid: UUID) -> LineageRecord | None:
        """Return the record with this id, or None."""

    def add_record(self, record: LineageRecord, event: RunEvent | None) -> None:
        """Store a new record, and its OpenLineage event, if any."""

    def events(self, runs: Collection[UUID], limit: int) -> Mapping[UUID, Sequence[str]]:
        """Return the last OpenLineage events of each run as JSON, by time."""

    def datasets(self, query: UseQuery, after: UUID | None, limit: int) -> Sequence[ThingNode]:
        """Return the datasets with this URI and digest, by uid, after `after`; not by stage."""

    def uses(self, query: UseQuery, after: UseKey | None, limit: int) -> Sequence[Use]:
        """Return the uses by live versions of live models, by key, after `after`."""
