"""Records of lineage: what was stated at once."""

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
    """What the log calls changes of lineage."""

    RECORD = "lineage.record"


@dataclass(frozen=True, slots=True)
class LineageRecord:
    """What somebody recorded by one call. name: made of the content.

    event_type and event_time: of the OpenLineage event, '' and None for edges. run: the name of the
    node of the run that the event is about, or None.
    """

    name: LineageName
    edges: tuple[StatedEdge, ...]
    recorder: str
    create_time: datetime
    revision: int
    event_type: str = ""
    event_time: datetime | None = None
    run: LineageName | None = None
