"""Lineage: nodes and edges, and those of the versions that are there already."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from registry_grpc.persistence.guards import keep_rows

revision = "0004"
down_revision = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_UID = sa.Uuid()
_MOMENT = sa.BigInteger()
_SHA256 = sa.String(64)
_PORTION = 500
_ROLES = {"training": "trained_on", "validation": "validated_on", "test": "tested_on"}
_Row = dict[str, object]
_Json = Mapping[str, Any]
_Read = Mapping[Any, Any]


def upgrade() -> None:
    _create_graph()
    _create_uses()
    _create_records()
    # Before the guards: what is written here was never different.
    _fill()
    connection = op.get_bind()
    keep_rows(connection, "lineage_nodes", ["uid"])
    keep_rows(connection, "lineage_edges", ["later_uid", "role", "earlier_uid"])
    keep_rows(connection, "dataset_uses", ["version_uid", "dataset_uid", "role"])
    keep_rows(connection, "lineage_records", ["uid"])


def _create_graph() -> None:
    op.create_table(
        "lineage_nodes",
        sa.Column("uid", _UID, nullable=False),
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("place", _TEXT, nullable=False),
        sa.Column("place_sha256", _SHA256, nullable=False),
        sa.Column("pin", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("uid", name="pk_lineage_nodes"),
        sa.ForeignKeyConstraint(
            ["namespace"], ["namespaces.namespace"], name="fk_lineage_nodes_namespace"
        ),
    )
    op.create_table(
        "lineage_edges",
        sa.Column("later_uid", _UID, nullable=False),
        sa.Column("role", _TEXT, nullable=False),
        sa.Column("earlier_uid", _UID, nullable=False),
        sa.Column("time", _MOMENT, nullable=False),
        sa.Column("recorder", _TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("later_uid", "role", "earlier_uid", name="pk_lineage_edges"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_lineage_edges_earlier_uid_role_later_uid",
        "lineage_edges",
        ["earlier_uid", "role", "later_uid"],
    )


def _create_uses() -> None:
    op.create_table(
        "dataset_uses",
        sa.Column("version_uid", _UID, nullable=False),
        sa.Column("dataset_uid", _UID, nullable=False),
        sa.Column("role", _TEXT, nullable=False),
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("uri_sha256", _SHA256, nullable=False),
        sa.Column("digest", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("version_uid", "dataset_uid", "role", name="pk_dataset_uses"),
        sa.ForeignKeyConstraint(
            ["version_uid"], ["versions.uid"], name="fk_dataset_uses_version_uid"
        ),
        sqlite_with_rowid=False,
    )
    for name, column in (("digest", "digest"), ("uri", "uri_sha256")):
        op.create_index(
            f"ix_dataset_uses_{name}",
            "dataset_uses",
            ["namespace", column, "version_uid", "dataset_uid", "role"],
        )


def _create_records() -> None:
    op.create_table(
        "lineage_records",
        sa.Column("uid", _UID, nullable=False),
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("record", _DOCUMENT, nullable=False),
        sa.Column("run_uid", _UID, nullable=True),
        sa.Column("event_type", _TEXT, nullable=False),
        sa.Column("event_time", _MOMENT, nullable=True),
        sa.Column("job_namespace", _TEXT, nullable=False),
        sa.Column("job_name", _TEXT, nullable=False),
        sa.Column("event", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("uid", name="pk_lineage_records"),
        sa.ForeignKeyConstraint(
            ["namespace"], ["namespaces.namespace"], name="fk_lineage_records_namespace"
        ),
    )
    for columns in (["run_uid", "event_type", "event_time"], ["run_uid", "event_time", "uid"]):
        op.create_index(f"ix_lineage_records_{'_'.join(columns)}", "lineage_records", columns)


_METADATA = sa.MetaData()


def _table(name: str, *columns: tuple[str, sa.types.TypeEngine[Any]]) -> sa.Table:
    return sa.Table(name, _METADATA, *(sa.Column(column, kind) for column, kind in columns))


_MODELS = _table("models", ("uid", _UID), ("namespace", _TEXT), ("model_id", _TEXT))
_VERSIONS = _table(
    "versions",
    *(("uid", _UID), ("model_uid", _UID), ("number", sa.BigInteger()), ("creator", _TEXT)),
    *(("create_time", _MOMENT), ("detail", _DOCUMENT)),
)
_NODES = _table(
    "lineage_nodes",
    *(("uid", _UID), ("namespace", _TEXT), ("kind", _TEXT), ("place", _TEXT)),
    *(("place_sha256", _SHA256), ("pin", _TEXT)),
)
_EDGES = _table(
    "lineage_edges",
    *(("later_uid", _UID), ("role", _TEXT), ("earlier_uid", _UID), ("time", _MOMENT)),
    *(("recorder", _TEXT), ("revision", sa.BigInteger())),
)
_USES = _table(
    "dataset_uses",
    *(("version_uid", _UID), ("dataset_uid", _UID), ("role", _TEXT), ("namespace", _TEXT)),
    *(("uri_sha256", _SHA256), ("digest", _TEXT)),
)


def _fill() -> None:
    """Write the edges that registration would have written, some hundred versions at a time."""
    connection = op.get_bind()
    statement = (
        sa.select(_VERSIONS, _MODELS.c.namespace)
        .join(_MODELS, _MODELS.c.uid == _VERSIONS.c.model_uid)
        .order_by(_VERSIONS.c.uid)
        .limit(_PORTION)
    )
    rows = connection.execute(statement).mappings().all()
    while rows:
        _fill_portion(connection, rows)
        after = statement.where(_VERSIONS.c.uid > rows[-1]["uid"])
        rows = connection.execute(after).mappings().all()


def _fill_portion(connection: sa.Connection, rows: Sequence[_Read]) -> None:
    nodes: dict[UUID, _Row] = {}
    edges: dict[tuple[UUID, str, UUID], _Row] = {}
    uses: dict[tuple[UUID, str, UUID], _Row] = {}
    for row in rows:
        for role, node in _made_of(row):
            uid = node["uid"]
            nodes.setdefault(uid, dict(node))
            edges[row["uid"], role, uid] = _edge(row, role, uid)
            if node["kind"] == "dataset":
                uses[row["uid"], role, uid] = _use(row, role, node)
        for parent in _parents(connection, row):
            edges[row["uid"], "derived_from", parent] = _edge(row, "derived_from", parent)
    known = _known(connection, list(nodes))
    _insert(connection, _NODES, [node for uid, node in nodes.items() if uid not in known])
    _insert(connection, _EDGES, list(edges.values()))
    _insert(connection, _USES, list(uses.values()))


def _known(connection: sa.Connection, uids: Sequence[UUID]) -> set[UUID]:
    known: set[UUID] = set()
    for at in range(0, len(uids), _PORTION):
        some = _NODES.c.uid.in_(uids[at : at + _PORTION])
        known.update(connection.scalars(sa.select(_NODES.c.uid).where(some)))
    return known


def _insert(connection: sa.Connection, table: sa.Table, rows: list[_Row]) -> None:
    if rows:
        connection.execute(sa.insert(table), rows)


def _made_of(row: _Json) -> Iterator[tuple[str, _Json]]:
    for data in row["detail"].get("inputs", ()):
        yield _ROLES[data["role"]], _node(row, "dataset", data["uri"], data["digest"])
    source = row["detail"].get("source") or {}
    if run := source.get("run_id"):
        yield "produced_by", _node(row, "run", run)
    if commit := source.get("commit"):
        yield "produced_by", _node(row, "code", source.get("repository", ""), commit)


def _node(row: _Json, kind: str, *identity: str) -> _Json:
    text = json.dumps([row["namespace"], kind, *identity], separators=(",", ":"))
    return {
        "uid": UUID(bytes=hashlib.sha256(text.encode()).digest()[:16]),
        "namespace": row["namespace"],
        "kind": kind,
        "place": identity[0],
        "place_sha256": hashlib.sha256(identity[0].encode()).hexdigest(),
        "pin": identity[1] if len(identity) > 1 else "",
    }


def _edge(row: _Json, role: str, earlier: UUID) -> _Row:
    return {
        "later_uid": row["uid"],
        "role": role,
        "earlier_uid": earlier,
        "time": row["create_time"],
        "recorder": row["creator"],
        "revision": 0,
    }


def _use(row: _Json, role: str, node: _Json) -> _Row:
    return {
        "version_uid": row["uid"],
        "dataset_uid": node["uid"],
        "role": role,
        "namespace": row["namespace"],
        "uri_sha256": node["place_sha256"],
        "digest": node["pin"],
    }


def _parents(connection: sa.Connection, row: _Json) -> Iterator[UUID]:
    for name in row["detail"].get("parents", ()):
        _, namespace, _, model, _, number = name.split("/")
        found = connection.scalar(
            sa.select(_VERSIONS.c.uid)
            .join(_MODELS, _MODELS.c.uid == _VERSIONS.c.model_uid)
            .where(_MODELS.c.namespace == namespace, _MODELS.c.model_id == model)
            .where(_VERSIONS.c.number == int(number))
        )
        if found is not None:
            yield found
