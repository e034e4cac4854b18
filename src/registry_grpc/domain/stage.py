"""Stages: what a version may be used for, and which moves there are, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from registry_grpc.domain.names import VersionName

NONE = "none"
PRODUCTION = "production"
ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class StageGraph:
    """The stages and the moves between them.

    edges: from each stage, the stages a version may go to. capacity: how many versions of one model
    a stage holds; a newcomer beyond that sends the oldest holder to `archived`.
    """

    edges: Mapping[str, tuple[str, ...]]
    capacity: Mapping[str, int] = field(default_factory=dict)

    def __contains__(self, stage: object) -> bool:
        """Whether there is such a stage."""
        return stage in self.edges


DEFAULT_GRAPH = StageGraph(
    edges={
        NONE: ("staging", ARCHIVED),
        "staging": (PRODUCTION, NONE, ARCHIVED),
        PRODUCTION: (ARCHIVED, NONE),
        ARCHIVED: ("staging", NONE),
    },
    capacity={PRODUCTION: 1},
)


@dataclass(frozen=True, slots=True)
class StageEntry:
    """One move of a version, as recorded."""

    version: VersionName
    stage: str
    previous: str
    time: datetime
    actor: str
    reason: str
    revision: int
