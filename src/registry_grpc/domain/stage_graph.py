"""Stage graphs: the stages of a namespace, their moves, and the rules of aliases."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registry_grpc.domain.ids import LATEST, stage_id
from registry_grpc.domain.model import etag
from registry_grpc.domain.names import StageGraphName
from registry_grpc.domain.pattern import MEANING, is_pattern, matches
from registry_grpc.domain.stage import ARCHIVED, NONE, PRODUCTION, STAGING
from registry_grpc.domain.violations import Violations

MOST_STAGES = 50
MOST_CAPACITY = 1_000
MOST_ALIAS_RULES = 100
_PATTERN_BYTES = 255


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage. capacity: the maximum number of versions of one model, 0 for any number.

    A further version moves the version that entered first to `archived`.
    """

    id: str
    capacity: int = 0


@dataclass(frozen=True, slots=True)
class StageEdge:
    """An allowed move of versions."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class AliasRule:
    """Aliases that match `pattern` (`*`, `?`, `[ab]`) require versions in one of `stages`."""

    pattern: str
    stages: tuple[str, ...]

    def allows(self, alias: str, stage: str) -> bool:
        """Whether an alias with this id may point at a version in `stage`."""
        return stage in self.stages or not matches(self.pattern, alias)


@dataclass(frozen=True, slots=True)
class StageGraph:
    """The stages, in their usual order, the moves between them, and the rules of aliases.

    An alias must satisfy all rules that match it.
    """

    stages: tuple[Stage, ...]
    edges: tuple[StageEdge, ...]
    alias_rules: tuple[AliasRule, ...] = ()

    def __contains__(self, stage: object) -> bool:
        """Whether the stage exists."""
        return any(one.id == stage for one in self.stages)

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of the stages, in their order."""
        return tuple(stage.id for stage in self.stages)

    def targets(self, stage: str) -> tuple[str, ...]:
        """Return the stages that a version in `stage` may enter."""
        return tuple(edge.target for edge in self.edges if edge.source == stage)

    def capacity(self, stage: str) -> int:
        """Return the capacity of `stage` for versions of one model; 0 for any number."""
        return sum(one.capacity for one in self.stages if one.id == stage)

    def broken(self, alias: str, stage: str) -> AliasRule | None:
        """Return a rule that the alias would violate with a version in `stage`, or None."""
        for rule in self.alias_rules:
            if not rule.allows(alias, stage):
                return rule
        return None

    def check(self, found: Violations) -> None:
        """Add all violations, under the paths of a request's `stage_graph` field."""
        _check_stages(found, self.stages)
        _check_edges(found, self.edges, self)
        _check_rules(found, self.alias_rules, self)


class StageGraphAction(StrEnum):
    """The actions of stage graphs in the log."""

    SET = "stage_graph.set"


@dataclass(frozen=True, slots=True)
class StageGraphRevision:
    """A stage graph with revision, time and actor; 0, None and '' for the default one."""

    name: StageGraphName
    graph: StageGraph
    actor: str
    time: datetime | None
    revision: int

    @property
    def etag(self) -> str:
        """The etag, which changes with every revision."""
        return etag(self.revision)


def _edges(source: str, *targets: str) -> tuple[StageEdge, ...]:
    return tuple(StageEdge(source, target) for target in targets)


DEFAULT_GRAPH = StageGraph(
    stages=(Stage(NONE), Stage(STAGING), Stage(PRODUCTION, capacity=1), Stage(ARCHIVED)),
    edges=(
        *_edges(NONE, STAGING, ARCHIVED),
        *_edges(STAGING, PRODUCTION, NONE, ARCHIVED),
        *_edges(PRODUCTION, ARCHIVED, NONE),
        *_edges(ARCHIVED, STAGING, NONE),
    ),
)


def default_graph(name: StageGraphName) -> StageGraphRevision:
    """Return the default graph of a namespace."""
    return StageGraphRevision(name, DEFAULT_GRAPH, "", None, 0)


def _check_stages(found: Violations, stages: Sequence[Stage]) -> None:
    names = [stage.id for stage in stages]
    for needed in (NONE, ARCHIVED):
        found.check("stage_graph.stages", needed in names, f"{needed} is missing")
    found.check("stage_graph.stages", len(stages) <= MOST_STAGES, f"at most {MOST_STAGES}")
    for index, stage in enumerate(stages[:MOST_STAGES]):
        path = f"stage_graph.stages[{index}]"
        found.parse(f"{path}.id", _stage_id, stage.id)
        found.check(f"{path}.id", stage.id not in names[:index], "is there twice")
        possible = 0 <= stage.capacity <= MOST_CAPACITY
        found.check(f"{path}.capacity", possible, f"must be 0 to {MOST_CAPACITY:,}")
        # The stage of new versions, and the one of versions that have to leave another.
        bounded = stage.capacity > 0 and stage.id in {NONE, ARCHIVED}
        found.check(f"{path}.capacity", not bounded, f"{stage.id} holds any number: must be 0")


def _stage_id(text: str) -> str:
    if text == LATEST:
        message = f"{LATEST!r} has a meaning of its own and cannot be a stage"
        raise ValueError(message)
    return stage_id(text)


def _check_edges(found: Violations, edges: Sequence[StageEdge], graph: StageGraph) -> None:
    most = MOST_STAGES * (MOST_STAGES - 1)
    found.check("stage_graph.edges", len(edges) <= most, f"at most {most:,}")
    seen: set[StageEdge] = set()
    for index, edge in enumerate(edges[:most]):
        path = f"stage_graph.edges[{index}]"
        _check_known(found, f"{path}.source", edge.source, graph)
        _check_known(found, f"{path}.target", edge.target, graph)
        found.check(path, edge.source != edge.target, "leads back to where it begins")
        found.check(path, edge not in seen, "is there twice")
        seen.add(edge)


def _check_rules(found: Violations, rules: Sequence[AliasRule], graph: StageGraph) -> None:
    path = "stage_graph.alias_rules"
    found.check(path, len(rules) <= MOST_ALIAS_RULES, f"at most {MOST_ALIAS_RULES}")
    for index, rule in enumerate(rules[:MOST_ALIAS_RULES]):
        written = is_pattern(rule.pattern, _PATTERN_BYTES)
        hint = f"must be 1 to {_PATTERN_BYTES} bytes of {MEANING}"
        found.check(f"{path}[{index}].pattern", written, hint)
        found.check(f"{path}[{index}].stages", bool(rule.stages), "at least one is needed")
        repeated = len(set(rule.stages)) < len(rule.stages)
        found.check(f"{path}[{index}].stages", not repeated, "a stage is there twice")
        _check_all_known(found, f"{path}[{index}].stages", rule.stages, graph)


def _check_all_known(
    found: Violations, path: str, stages: Iterable[str], graph: StageGraph
) -> None:
    for index, stage in enumerate(stages):
        _check_known(found, f"{path}[{index}]", stage, graph)


def _check_known(found: Violations, path: str, stage: str, graph: StageGraph) -> None:
    found.check(path, stage in graph, f"{stage[:80]!r} is not one of the stages")
