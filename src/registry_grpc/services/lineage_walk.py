"""Breadth-first traversal of the graph: each edge once, each node expanded once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from registry_grpc.domain.lineage import Direction, Edge, EdgeRole
from registry_grpc.domain.work import current_work
from registry_grpc.services.ports.lineage import EdgeKey, LineageGraph

_UNITS_OF_AN_EDGE = 5

StepKey = tuple[int, EdgeKey]
"""The key of a step: depth, then edge. Steps are in the order of their keys."""


@dataclass(frozen=True, slots=True)
class Way:
    """The starts and parameters of a walk. roles: all when empty. most: edges of the whole walk."""

    starts: tuple[UUID, ...]
    direction: Direction
    roles: frozenset[EdgeRole]
    depth: int
    most: int


@dataclass(frozen=True, slots=True)
class Step:
    """One edge of a walk, and the node it leads to. repeated: whether that was visited before."""

    depth: int
    edge: Edge
    node: UUID
    repeated: bool


@dataclass(frozen=True, slots=True)
class Walk:
    """Steps of a walk. truncated: whether it ended at the maximum number of edges."""

    steps: Sequence[Step]
    truncated: bool


def walk(graph: LineageGraph, way: Way, after: StepKey | None, limit: int) -> Walk:
    """Return up to `limit` steps after `after`.

    Earlier steps are walked again, to know the visited nodes: a walk has a bounded number of edges.
    """
    kept: list[Step] = []
    for walked, step in enumerate(_steps(graph, way, after, limit)):
        if walked == way.most:
            return Walk(kept, truncated=True)
        if after is None or key_of(way.direction, step) > after:
            kept.append(step)
        if len(kept) == limit:
            break
    return Walk(kept, truncated=False)


def key_of(direction: Direction, step: Step) -> StepKey:
    """Return the key of a step."""
    edge = step.edge
    return step.depth, (edge.before(direction), edge.role, edge.beyond(direction))


def _steps(graph: LineageGraph, way: Way, after: StepKey | None, limit: int) -> Iterator[Step]:
    work = current_work()
    met, frontier, left = set(way.starts), list(way.starts), way.most + 1
    for depth in range(1, way.depth + 1):
        # Up to the first wanted step everything is read, then no more than wanted.
        most = left if after is not None and depth <= after[0] else min(left, limit)
        found = graph.edges(frontier, way.direction, way.roles, most)
        left -= len(found)
        frontier = []
        for edge in found:
            node = edge.beyond(way.direction)
            work.take(_UNITS_OF_AN_EDGE)
            yield Step(depth, edge, node, repeated=node in met)
            if node not in met:
                met.add(node)
                frontier.append(node)
        if not frontier or not left:
            return
