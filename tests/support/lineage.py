"""Lineage for contract tests: versions with origins, traversals, and their expected results."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from registry_grpc.domain.facts import DatasetInput, Source, VersionDetail
from registry_grpc.domain.lineage import (
    Direction,
    Edge,
    EdgeRole,
    Run,
    Thing,
    ThingNode,
    name_of,
)
from registry_grpc.domain.lineage_record import LineageRecord, StatedEdge
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import LineageName
from registry_grpc.domain.principal import Principal, Role
from registry_grpc.domain.version import Version
from registry_grpc.services.lineage_walk import Way, walk
from registry_grpc.services.lineage_writing import write_origin
from registry_grpc.services.mutation import Mutation
from registry_grpc.services.ports.database import Database
from registry_grpc.services.ports.lineage import LineageGraph
from tests.contract.database_examples import START, VersionFields, a_uid, add_version, at

Hop = tuple[int, UUID, str, UUID]
"""A step as tests compare it: depth, and the edge."""


def a_node(thing: Thing, namespace: str = "default") -> ThingNode:
    return ThingNode(name_of(namespace, thing), thing)


def an_edge(source: UUID, role: EdgeRole, target: UUID) -> Edge:
    return Edge(source, role, target, START, "ann", 1)


def a_record(event_type: str = "", *, run: Run | None = None) -> LineageRecord:
    """Return a record of its own."""
    return LineageRecord(
        name=LineageName("default", "records", a_uid()),
        edges=(StatedEdge("one", EdgeRole.TRAINED_ON, "other"),),
        recorder="ann",
        create_time=START,
        revision=1,
        event_type=event_type,
        event_time=START if run else None,
        run=name_of("default", run) if run else None,
    )


def registered(
    database: Database,
    model: Model,
    number: int,
    *,
    inputs: Iterable[DatasetInput] = (),
    source: Source | None = None,
    parents: Sequence[Version] = (),
    stage: str = "none",
) -> Version:
    """Store a version as registration does, with what it was made of."""
    names = tuple(str(parent.name) for parent in parents)
    detail = VersionDetail(inputs=tuple(inputs), source=source, parents=names)
    with database.change(lambda: at(number)) as transaction:
        fields = VersionFields(detail=detail, create_time=at(number), stage=stage)
        version = add_version(transaction, model, number, fields)
        write_origin(transaction, version, parents, ())
    return version


def a_call() -> Mutation[object]:
    """Return what a mutating use case needs; the answer is what it gave, as text."""
    return Mutation(Principal("ann", Role.WRITER), "", "", lambda result, _: repr(result).encode())


def hops(
    graph: LineageGraph,
    start: UUID,
    direction: Direction,
    *,
    roles: Collection[EdgeRole] = (),
    depth: int = 100,
) -> list[Hop]:
    """Return the steps of a whole walk."""
    way = Way((start,), direction, frozenset(roles), depth, 10_000)
    found = walk(graph, way, None, 10_000)
    assert not found.truncated
    return [
        (step.depth, step.edge.source, step.edge.role.value, step.edge.target)
        for step in found.steps
    ]


def naive_hops(edges: Collection[Edge], start: UUID, direction: Direction, depth: int) -> list[Hop]:
    """Return what a walk should find, the plainest way: distances by relaxing all edges again."""
    far: Mapping[UUID, int] = {start: 0}
    for _ in range(depth):
        reached = {
            edge.beyond(direction): far[edge.before(direction)] + 1
            for edge in sorted(edges, key=lambda edge: -far.get(edge.before(direction), 0))
            if edge.before(direction) in far
        }
        far = {**reached, **far}
    found = [
        (far[edge.before(direction)] + 1, edge.source, edge.role.value, edge.target)
        for edge in edges
        if edge.before(direction) in far and far[edge.before(direction)] < depth
    ]
    return sorted(found)
