"""The port to lineage: nodes and edges, append-only. It contains no rules: services decide.

`limit` is the number of rows wanted; implementations return at most that many.
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
"""An edge as a walk meets it: the end it comes from, the role, the end it leads to."""

UseKey = tuple[UUID, UUID, EdgeRole]
"""A use in its list: the version, the data set, the role."""


@dataclass(frozen=True, slots=True)
class Use:
    """That a version used a data set."""

    version: Version
    role: EdgeRole
    dataset: ThingNode


@dataclass(frozen=True, slots=True)
class UseQuery:
    """Whose uses are wanted. uri, digest, stage: '' for any; not both of the first two."""

    namespace: str
    uri: str = ""
    digest: str = ""
    stage: str = ""


class LineageGraph(Protocol):
    """What was made of what."""

    def nodes(self, uids: Collection[UUID]) -> Mapping[UUID, Node]:
        """Return those that are known, versions too, runs with what was told of them."""

    def edges(
        self,
        uids: Collection[UUID],
        direction: Direction,
        roles: Collection[EdgeRole],
        limit: int,
    ) -> Sequence[Edge]:
        """Return the edges that lead from these nodes in the direction, by key.

        roles: those wanted; all when empty.
        """

    def add(self, nodes: Collection[ThingNode], edges: Collection[Edge]) -> None:
        """Store those that are not known yet; what is known stays as it is.

        The ends of the edges must be known, or among the nodes. From then on `uses` finds versions
        that used a data set themselves, or were produced by a run that did.
        """

    def record(self, uid: UUID) -> LineageRecord | None:
        """Return what was recorded under this id, or None."""

    def add_record(self, record: LineageRecord, event: RunEvent | None) -> None:
        """Store a record that is not known, and the OpenLineage event that it came in, if any."""

    def events(self, runs: Collection[UUID], limit: int) -> Mapping[UUID, Sequence[str]]:
        """Return the OpenLineage events of runs as JSON, by time; of each run the last ones."""

    def uses(self, query: UseQuery, after: UseKey | None, limit: int) -> Sequence[Use]:
        """Return the uses by live versions of live models, by key, behind `after`."""
