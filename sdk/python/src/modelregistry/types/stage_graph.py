"""Stage graphs: the stages of a namespace, the allowed moves, and the alias rules."""

from dataclasses import dataclass
from datetime import datetime

from modelregistry.names import segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage."""

    id: str
    capacity: int = 0
    """The maximum number of versions of one model in the stage, 0 for no limit.

    Beyond it, the version that entered first is archived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEdge:
    """An allowed move from one stage to another."""

    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasRule:
    """The stages that a version needs before a matching alias may point at it."""

    pattern: str
    """The pattern of alias ids, such as `champion` or `*-eu`."""
    stages: tuple[str, ...]
    """The version must be in one of these stages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageGraph:
    """One revision of the stage graph of a namespace."""

    stages: tuple[Stage, ...]
    """In the order of the graph; `none` and `archived` are always among them."""
    edges: tuple[StageEdge, ...] = ()
    alias_rules: tuple[AliasRule, ...] = ()
    """An alias must satisfy all rules whose pattern matches."""
    name: str = ""
    """`namespaces/{namespace}/stageGraph`; not needed to set one."""
    etag: str = ""
    """Changes with every change. Pass it to a change to apply it only if the graph is unchanged."""
    updater: str = ""
    """The principal that set it; empty for the default graph."""
    update_time: datetime | None = None
    """The time of the change; None for the default graph."""
    revision: int = 0
    """The registry's revision of the change; 0 for the default graph."""
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""

    @property
    def namespace(self) -> str:
        """The id of its namespace."""
        return segment(self.name, "namespaces")

    def targets(self, stage: str) -> tuple[str, ...]:
        """Return the stages to which a version in `stage` may move."""
        return tuple(edge.target for edge in self.edges if edge.source == stage)
