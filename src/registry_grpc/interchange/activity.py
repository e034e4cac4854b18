"""Activities derived from nodes and edges: runs that used some entities and produced others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from registry_grpc.domain.document_budget import DocumentBudget
from registry_grpc.domain.lineage import (
    USES,
    Code,
    Edge,
    EdgeRole,
    Node,
    Run,
    RunFacts,
    Subgraph,
    ThingNode,
    VersionNode,
)

_LEAST_OF_AN_EDGE = 100
"""The minimum characters of an edge in any document."""
_MATERIALS = frozenset({*USES, EdgeRole.DERIVED_FROM, EdgeRole.MEMBER_OF})


@dataclass(frozen=True, slots=True)
class Material:
    """A used entity and its role."""

    node: Node
    role: EdgeRole


@dataclass(frozen=True, slots=True)
class Activity:
    """One run, or the production of one version without a known run (then run is None)."""

    uid: UUID
    run: ThingNode | None
    used: Sequence[Material]
    made: Sequence[Node]
    code: Sequence[Code]
    start: datetime
    end: datetime

    @property
    def facts(self) -> RunFacts:
        """The facts of the run."""
        return RunFacts() if self.run is None else self.run.facts


def activities(graph: Subgraph, budget: DocumentBudget) -> Sequence[Activity]:
    """Return the activities by start time, then by id.

    A version that a thousand runs made from a thousand datasets is a million uses: raises
    DocumentTooLarge if they exceed the budget of a document.
    """
    return sorted(_Reading(graph, budget).all(), key=lambda each: (each.start, each.uid))


_MaterialKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Origin:
    """The inputs of one node. first: the time of its first edge, None without edges."""

    used: Mapping[_MaterialKey, Material]
    code: frozenset[Code]
    first: datetime | None


class _Reading:
    def __init__(self, graph: Subgraph, budget: DocumentBudget) -> None:
        self._graph = graph
        self._budget = budget
        self._above: dict[UUID, list[Edge]] = {}
        self._below: dict[UUID, list[Edge]] = {}
        # A thousand runs may have made one version: its origin is computed once.
        self._origins: dict[UUID, _Origin] = {}
        for edge in graph.edges:
            self._above.setdefault(edge.later, []).append(edge)
            self._below.setdefault(edge.earlier, []).append(edge)

    def all(self) -> Iterable[Activity]:
        for uid, node in self._graph.nodes.items():
            if isinstance(node, ThingNode) and isinstance(node.thing, Run):
                yield self._run(node)
            elif isinstance(node, VersionNode) and self._is_made_alone(uid):
                when = node.create_time
                yield self._activity(uid, None, [node], when, when)

    def _is_made_alone(self, uid: UUID) -> bool:
        """Return whether a version with known lineage has no known run."""
        above = self._above.get(uid, [])
        ends = (self._graph.nodes.get(edge.earlier) for edge in above)
        by_run = any(isinstance(end, ThingNode) and isinstance(end.thing, Run) for end in ends)
        return not by_run and (uid == self._graph.start or bool(above))

    def _run(self, run: ThingNode) -> Activity:
        below = [e for e in self._below.get(run.uid, []) if e.role is EdgeRole.PRODUCED_BY]
        made = self._ordered(edge.later for edge in below)
        times = [node.create_time for node in made if isinstance(node, VersionNode)]
        times += [edge.time for edge in below]
        firsts = (self._origin(node.uid).first for node in (run, *made))
        times += [first for first in firsts if first is not None]
        begun = run.facts.start_time or run.facts.end_time or min(times)
        ended = max(begun, run.facts.end_time or begun)
        return self._activity(run.uid, run, made, begun, ended)

    def _activity(
        self,
        uid: UUID,
        run: ThingNode | None,
        made: Sequence[Node],
        begun: datetime,
        ended: datetime,
    ) -> Activity:
        origins = [self._origin(node.uid) for node in (*([] if run is None else [run]), *made)]
        count = sum(len(origin.used) + len(origin.code) for origin in origins)
        self._budget.take(_LEAST_OF_AN_EDGE * (len(made) + count))
        used = {key: each for origin in origins for key, each in origin.used.items()}
        code = {each for origin in origins for each in origin.code}
        ordered = sorted(code, key=lambda each: (each.repository, each.commit))
        return Activity(uid, run, [used[key] for key in sorted(used)], made, ordered, begun, ended)

    def _origin(self, uid: UUID) -> _Origin:
        known = self._origins.get(uid)
        if known is None:
            known = self._origins[uid] = self._read_origin(self._above.get(uid, []))
        return known

    def _read_origin(self, edges: Sequence[Edge]) -> _Origin:
        used: dict[_MaterialKey, Material] = {}
        code: set[Code] = set()
        for edge in edges:
            node = self._graph.nodes.get(edge.earlier)
            if node is None:
                continue
            if edge.role in _MATERIALS:
                key = (node.kind.value, str(node.name), edge.role.value)
                used[key] = Material(node, edge.role)
            if isinstance(node, ThingNode) and isinstance(node.thing, Code):
                code.add(node.thing)
        return _Origin(used, frozenset(code), min((edge.time for edge in edges), default=None))

    def _ordered(self, uids: Iterable[UUID]) -> list[Node]:
        found = (self._graph.nodes.get(uid) for uid in uids)
        return sorted((n for n in found if n is not None), key=lambda node: str(node.name))
