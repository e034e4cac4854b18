"""Records of lineage: the edges of one call."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registry_grpc.domain.lineage import EdgeRole
from registry_grpc.domain.names import LineageName


@dataclass(frozen=True, slots=True)
class StatedEdge:
    """An edge between two nodes by their canonical names."""

    source: str
    role: EdgeRole
    target: str


class LineageAction(StrEnum):
    """The actions of lineage in the log."""

    RECORD = "lineage.record"


@dataclass(frozen=True, slots=True)
class LineageRecord:
    """The record of one call.

    name: derived from the content. event_type and event_time: of the OpenLineage event, '' and None
    for edges. run: the name of the node of the event's run, or None.
    """

    name: LineageName
    edges: tuple[StatedEdge, ...]
    recorder: str
    create_time: datetime
    revision: int
    event_type: str = ""
    event_time: datetime | None = None
    run: LineageName | None = None
