"""Lineage in SQL: nodes, edges by their earlier end, and records."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Table,
    bindparam,
    insert,
    select,
)

from registry_grpc.domain.lineage import (
    Direction,
    Edge,
    EdgeRole,
    Node,
    NodeKind,
    ThingNode,
    VersionNode,
)
from registry_grpc.domain.lineage_record import LineageRecord
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.run_event import RunEvent
from registry_grpc.domain.version import VersionState
from registry_grpc.persistence.catalog_tables import MODEL_ID, models, version_heads, versions
from registry_grpc.persistence.codec import decode, encode
from registry_grpc.persistence.dataset_use import add_uses, uses_page
from registry_grpc.persistence.lineage_node import NODE_COLUMNS, node_of, node_values, sha256_of
from registry_grpc.persistence.lineage_run import run_facts
from registry_grpc.persistence.lineage_tables import lineage_edges, lineage_nodes, lineage_records
from registry_grpc.services.ports.lineage import Use, UseKey, UseQuery

_MOST_AT_ONCE = 500
"""The number of ids in one statement."""

_UIDS: BindParameter[UUID] = bindparam("uids", expanding=True)
_EARLIER: BindParameter[UUID] = bindparam("earlier", expanding=True)
_NODES = NODE_COLUMNS.where(lineage_nodes.c.uid.in_(_UIDS))
_VERSIONS = (
    select(
        versions.c.uid,
        versions.c.number,
        versions.c.root_digest,
        versions.c.creator,
        versions.c.create_time,
        version_heads.c.stage,
        version_heads.c.state,
        models.c.namespace,
        MODEL_ID.label("model_id"),
    )
    .join(version_heads, version_heads.c.uid == versions.c.uid)
    .join(models, models.c.uid == versions.c.model_uid)
    .where(versions.c.uid.in_(_UIDS))
)
_EVENTS = (
    select(lineage_records.c.event)
    .where(lineage_records.c.run_uid == bindparam("run"))
    .order_by(lineage_records.c.event_time.desc(), lineage_records.c.uid.desc())
)
_ROLES = {role.value: role for role in EdgeRole}  # thousands are read at once
_KEYS = (lineage_edges.c.later_uid, lineage_edges.c.role, lineage_edges.c.earlier_uid)
_ORDERS: Mapping[Direction, tuple[ColumnElement[object], ...]] = {
    Direction.UP: _KEYS,
    Direction.DOWN: (lineage_edges.c.earlier_uid, lineage_edges.c.role, lineage_edges.c.later_uid),
}


class SqlLineage:
    """Implements `registry_grpc.services.ports.lineage.LineageGraph`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def nodes(self, uids: Collection[UUID]) -> Mapping[UUID, Node]:
        """Return the existing nodes, also versions; runs with their recorded facts."""
        found: dict[UUID, Node] = {}
        for part in _parts(uids):
            rows = self._connection.execute(_NODES, {"uids": part}).all()
            facts = run_facts(self._connection, [row.uid for row in rows if row.kind == "run"])
            found |= {row.uid: node_of(row, facts.get(row.uid)) for row in rows}
            others = [uid for uid in part if uid not in found]
            if others:
                made = self._connection.execute(_VERSIONS, {"uids": others})
                found |= {row.uid: _version_node(row) for row in made}
        return found

    def edges(
        self,
        uids: Collection[UUID],
        direction: Direction,
        roles: Collection[EdgeRole],
        limit: int,
    ) -> Sequence[Edge]:
        """Return the edges from these nodes in the direction, by key."""
        order = _ORDERS[direction]
        statement = select(lineage_edges).order_by(*order)
        if roles:
            statement = statement.where(lineage_edges.c.role.in_(sorted(roles)))
        found: list[Edge] = []
        for part in _parts(uids):
            page = statement.where(order[0].in_(part)).limit(limit - len(found))
            found += [_edge(row) for row in self._connection.execute(page)]
            if len(found) >= limit:
                break
        return found

    def add(self, nodes: Collection[ThingNode], edges: Collection[Edge]) -> None:
        """Store new nodes and edges; existing ones stay unchanged."""
        self._insert_new_nodes(nodes)
        known = self._known_edges(edges)
        new = list({_key(edge): edge for edge in edges if _key(edge) not in known}.values())
        self._insert(lineage_edges, [_edge_values(edge) for edge in new])
        add_uses(self._connection, new)

    def record(self, uid: UUID) -> LineageRecord | None:
        """Return the record with this id, or None."""
        statement = select(lineage_records.c.record).where(lineage_records.c.uid == uid)
        document = self._connection.scalar(statement)
        return None if document is None else decode(LineageRecord, document)

    def add_record(self, record: LineageRecord, event: RunEvent | None) -> None:
        """Store a new record, and its OpenLineage event, if any."""
        values = {
            "uid": record.name.uuid,
            "namespace": record.name.namespace,
            "record": encode(record),
            "run_uid": None if record.run is None else record.run.uuid,
            "event_type": record.event_type,
            "event_time": record.event_time,
            "job_namespace": "" if event is None else event.job_namespace,
            "job_name": "" if event is None else event.job_name,
            "event": "" if event is None else event.text,
        }
        self._insert(lineage_records, [values])

    def events(self, runs: Collection[UUID], limit: int) -> Mapping[UUID, Sequence[str]]:
        """Return the last OpenLineage events of each run as JSON, by time."""
        found = {}
        for run in runs:
            texts = self._connection.scalars(_EVENTS.limit(limit), {"run": run}).all()
            found[run] = texts[::-1]
        return found

    def datasets(self, query: UseQuery, after: UUID | None, limit: int) -> Sequence[ThingNode]:
        """Return the datasets with this URI and digest, by uid, after `after`; not by stage."""
        node = lineage_nodes.c
        statement = NODE_COLUMNS.where(
            node.namespace == query.namespace, node.kind == NodeKind.DATASET.value
        )
        if query.uri:
            statement = statement.where(node.place_sha256 == sha256_of(query.uri))
        if query.digest:
            statement = statement.where(node.pin == query.digest)
        if after is not None:
            statement = statement.where(node.uid > after)
        rows = self._connection.execute(statement.order_by(node.uid).limit(limit))
        return [node_of(row) for row in rows]

    def uses(self, query: UseQuery, after: UseKey | None, limit: int) -> Sequence[Use]:
        """Return the uses by live versions of live models, by key, after `after`."""
        return uses_page(self._connection, query, after, limit)

    def _insert_new_nodes(self, nodes: Collection[ThingNode]) -> None:
        known: set[UUID] = set()
        statement = select(lineage_nodes.c.uid).where(lineage_nodes.c.uid.in_(_UIDS))
        for part in _parts(node.uid for node in nodes):
            known.update(self._connection.scalars(statement, {"uids": part}))
        new = {node.uid: node for node in nodes if node.uid not in known}
        self._insert(lineage_nodes, [node_values(node) for node in new.values()])

    def _known_edges(self, edges: Collection[Edge]) -> set[tuple[object, ...]]:
        known: set[tuple[object, ...]] = set()
        statement = select(*_KEYS).where(lineage_edges.c.later_uid.in_(_UIDS))
        statement = statement.where(lineage_edges.c.earlier_uid.in_(_EARLIER))
        ends = {edge.earlier for edge in edges}
        for part in _parts(edge.later for edge in edges):
            for others in _parts(ends):
                rows = self._connection.execute(statement, {"uids": part, "earlier": others})
                known.update(tuple(row) for row in rows)
        return known

    def _insert(self, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        if rows:
            self._connection.execute(insert(table), list(rows))


def _parts(uids: Iterable[UUID]) -> list[list[UUID]]:
    """Return the ids in order, each once, in batches."""
    ordered = sorted(set(uids), key=lambda uid: uid.int)
    return [ordered[at : at + _MOST_AT_ONCE] for at in range(0, len(ordered), _MOST_AT_ONCE)]


def _key(edge: Edge) -> tuple[object, ...]:
    return edge.later, edge.role.value, edge.earlier


def _edge_values(edge: Edge) -> dict[str, object]:
    return {
        "later_uid": edge.later,
        "role": edge.role.value,
        "earlier_uid": edge.earlier,
        "time": edge.time,
        "recorder": edge.recorder,
        "revision": edge.revision,
    }


def _edge(row: Row[*tuple[object, ...]]) -> Edge:
    role = _ROLES[row.role]
    source, target = row.later_uid, row.earlier_uid
    if role.target_is_later:
        source, target = target, source
    return Edge(source, role, target, row.time, row.recorder, row.revision)


def _version_node(row: Row[*tuple[object, ...]]) -> VersionNode:
    return VersionNode(
        name=ModelName(row.namespace, row.model_id).version(row.number),
        uid=row.uid,
        root_digest=row.root_digest,
        stage=row.stage,
        state=VersionState(row.state),
        creator=row.creator,
        create_time=row.create_time,
    )
