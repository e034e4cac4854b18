"""Stage graphs: which stages a namespace has, the moves between them, and what aliases demand."""

from dataclasses import dataclass
from datetime import datetime

from modelregistry.names import segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage."""

    id: str
    capacity: int = 0
    """How many versions of one model it holds, 0 for any number. A newcomer beyond that archives
    the one that entered first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEdge:
    """A move that versions may make."""

    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasRule:
    """What aliases demand of the versions that they name."""

    pattern: str
    """Which aliases, such as `champion` or `*-eu`."""
    stages: tuple[str, ...]
    """The stages of which the version must be in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageGraph:
    """The stages of a namespace, as one revision says them."""

    stages: tuple[Stage, ...]
    """In the order in which people name them; `none` and `archived` are among them."""
    edges: tuple[StageEdge, ...] = ()
    alias_rules: tuple[AliasRule, ...] = ()
    """An alias has to satisfy all rules that it matches."""
    name: str = ""
    """`namespaces/{namespace}/stageGraph`; not needed to set one."""
    etag: str = ""
    """Changes with every change. Hand it back to change only what you have read."""
    updater: str = ""
    """Who set it; empty while nobody has."""
    update_time: datetime | None = None
    """When; None while nobody has."""
    revision: int = 0
    """In which revision; 0 while nobody has."""
    history_id: str = ""
    """The history that `revision` is of; another one after a restore from a backup."""

    @property
    def namespace(self) -> str:
        """The id of its namespace."""
        return segment(self.name, "namespaces")

    def targets(self, stage: str) -> tuple[str, ...]:
        """Return the stages to which a version in `stage` may go."""
        return tuple(edge.target for edge in self.edges if edge.source == stage)
