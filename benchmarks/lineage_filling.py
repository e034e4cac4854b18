"""A large lineage without the hours of making one, written by SQL; the shape is always the same.

Nodes in a row, each made of two of the hundred before it and produced by a run of its own: three
edges for each. The first are data sets, the last are the versions of a registry.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, insert, select

from benchmarks.filling import Size, fill
from benchmarks.run import Run
from registry_grpc.domain.lineage import Dataset, EdgeRole, ThingNode, name_of
from registry_grpc.domain.lineage import Run as JobRun
from registry_grpc.persistence.catalog_tables import versions
from registry_grpc.persistence.engine import Engines, open_engines
from registry_grpc.persistence.lineage_node import node_values
from registry_grpc.persistence.lineage_tables import lineage_edges, lineage_nodes

EDGES_EACH = 3
_NAMESPACE = "default"
_WINDOW = 100
_PORTION = 10_000
_BYTES_EACH = 1_024
_WHEN = datetime(2026, 5, 3, tzinfo=UTC)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """How much there is to be. edges: three for each node; versions: how many nodes are some."""

    edges: int
    registry: Size

    @property
    def data_sets(self) -> int:
        """How many nodes are data sets."""
        return self.edges // EDGES_EACH - self.registry.versions


def fill_lineage(run: Run, url: str, graph: Graph) -> None:
    """Make an empty database a registry with such a graph."""
    run.need_disk(graph.edges * _BYTES_EACH)
    fill(run, url, graph.registry)
    engines = open_engines(url)
    try:
        _write(run, engines, graph)
        if url.startswith("postgresql"):
            with engines.listeners.connect() as connection:
                connection.exec_driver_sql("SET statement_timeout = 0")
                connection.exec_driver_sql("VACUUM (ANALYZE)")  # as it does by itself, in time
    finally:
        engines.dispose()


def data_set(index: int) -> ThingNode:
    """Return the node of a data set by its place in the row."""
    thing = Dataset(f"gs://data/{index}", f"sha256:{index:064x}")
    return ThingNode(name_of(_NAMESPACE, thing), thing)


def _job(index: int) -> ThingNode:
    thing = JobRun(f"run-{index}")
    return ThingNode(name_of(_NAMESPACE, thing), thing)


def _write(run: Run, engines: Engines, graph: Graph) -> None:
    with engines.writers.begin() as connection:
        made = connection.scalars(select(versions.c.uid).order_by(versions.c.uid)).all()
    row = [data_set(index).uid for index in range(graph.data_sets)] + list(made)
    for name, table, rows in (
        ("nodes", lineage_nodes, _nodes(graph)),
        ("edges", lineage_edges, _edges(row, graph.data_sets)),
    ):
        written = 0
        while portion := list(islice(rows, _PORTION)):
            with engines.writers.begin() as connection:
                _insert(connection, table, portion)
            written += len(portion)
            run.say(f"filled in {written:,} {name} of lineage")


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    connection.execute(insert(table), rows)


def _nodes(graph: Graph) -> Iterator[Row]:
    for index in range(graph.data_sets):
        yield node_values(data_set(index))
    for index in range(graph.edges // EDGES_EACH):
        yield node_values(_job(index))


def _edges(row: Sequence[UUID], data_sets: int) -> Iterator[Row]:
    chance = random.Random(7)  # noqa: S311 - the same graph every time
    for index, uid in enumerate(row):
        yield _edge(uid, EdgeRole.PRODUCED_BY, _job(index).uid)
        before = range(max(0, index - _WINDOW), index)
        for other in chance.sample(before, min(2, len(before))):
            trained = index >= data_sets > other
            role = EdgeRole.TRAINED_ON if trained else EdgeRole.DERIVED_FROM
            yield _edge(uid, role, row[other])


def _edge(later: UUID, role: EdgeRole, earlier: UUID) -> Row:
    return {
        "later_uid": later,
        "role": role.value,
        "earlier_uid": earlier,
        "time": _WHEN,
        "recorder": "benchmark",
        "revision": 0,
    }
