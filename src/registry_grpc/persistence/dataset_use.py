"""Which versions used which data sets: made of the edges, read by one index."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    insert,
    literal,
    select,
    tuple_,
)

from registry_grpc.domain.lineage import USES, Edge, EdgeRole, ThingNode
from registry_grpc.domain.names import ModelName
from registry_grpc.persistence.catalog_tables import models, version_heads, versions
from registry_grpc.persistence.columns import BYTEWISE, UID
from registry_grpc.persistence.lineage_node import NODE_COLUMNS, node_of, sha256_of
from registry_grpc.persistence.lineage_tables import dataset_uses, lineage_edges, lineage_nodes
from registry_grpc.persistence.state import ALIASES_OF_VERSION, alias_ids
from registry_grpc.persistence.version import SELECT_VERSIONS, version_of
from registry_grpc.services.ports.lineage import Use, UseKey, UseQuery

_used, _produced = lineage_edges.alias("used"), lineage_edges.alias("produced")
_ROLES = [role.value for role in USES]
_TOUCHED: BindParameter[UUID] = bindparam("touched", expanding=True)
_COLUMNS = ("version_uid", "dataset_uid", "role", "namespace", "uri_sha256", "digest")
_KEY = (dataset_uses.c.version_uid, dataset_uses.c.dataset_uid, dataset_uses.c.role)


def _uses(version: ColumnElement[UUID], source: FromClause) -> Select[*tuple[object, ...]]:
    """Return uses by `version` of what `_used` leads to, of those that are not known."""
    node = lineage_nodes.c
    known = exists().where(
        dataset_uses.c.version_uid == version,
        dataset_uses.c.dataset_uid == _used.c.earlier_uid,
        dataset_uses.c.role == _used.c.role,
    )
    return (
        select(
            version, _used.c.earlier_uid, _used.c.role, node.namespace, node.place_sha256, node.pin
        )
        .distinct()
        .select_from(source)
        .join(lineage_nodes, node.uid == _used.c.earlier_uid)
        .join(versions, versions.c.uid == version)
        .where(_used.c.role.in_(_ROLES), ~known)
    )


_BY_ITSELF = _uses(_used.c.later_uid, _used).where(_used.c.later_uid.in_(_TOUCHED))
_BY_RUN = _uses(
    _produced.c.later_uid,
    _produced.join(
        _used,
        and_(
            _used.c.later_uid == _produced.c.earlier_uid,
            _produced.c.role == EdgeRole.PRODUCED_BY.value,
        ),
    ),
)
_USED_BY_RUN = _BY_RUN.where(_used.c.later_uid.in_(_TOUCHED))
_PRODUCED_BY_RUN = _BY_RUN.where(_produced.c.later_uid.in_(_TOUCHED))


def add_uses(connection: Connection, edges: Sequence[Edge]) -> None:
    """Store the uses that these edges, just stored, add."""
    users = sorted({edge.later for edge in edges if edge.role in USES})
    produced = sorted({edge.later for edge in edges if edge.role is EdgeRole.PRODUCED_BY})
    for statement, touched in (
        (_BY_ITSELF, users),
        (_USED_BY_RUN, users),
        (_PRODUCED_BY_RUN, produced),
    ):
        if touched:
            adding = insert(dataset_uses).from_select(_COLUMNS, statement)
            connection.execute(adding, {"touched": touched})


def uses_page(
    connection: Connection, query: UseQuery, after: UseKey | None, limit: int
) -> Sequence[Use]:
    """Implements `registry_grpc.services.ports.lineage.LineageGraph.uses`."""
    statement = _wanted(query).order_by(*_KEY).limit(limit)
    if after is not None:
        version, dataset, role = after
        values = (literal(version, UID), literal(dataset, UID), literal(role.value, BYTEWISE))
        statement = statement.where(tuple_(*_KEY) > tuple_(*values))
    rows = connection.execute(statement).all()
    datasets = _datasets(connection, sorted({row.dataset_uid for row in rows}))
    return [
        Use(
            version=replace(
                version_of(ModelName(row.namespace, row.model_id), row),
                aliases=alias_ids(row.alias_ids),
            ),
            role=EdgeRole(row.use_role),
            dataset=datasets[row.dataset_uid],
        )
        for row in rows
    ]


def _datasets(connection: Connection, uids: Sequence[UUID]) -> Mapping[UUID, ThingNode]:
    if not uids:
        return {}
    statement = NODE_COLUMNS.where(lineage_nodes.c.uid.in_(uids))
    return {row.uid: node_of(row) for row in connection.execute(statement)}


def _wanted(query: UseQuery) -> Select[*tuple[object, ...]]:
    use = dataset_uses.c
    statement = (
        SELECT_VERSIONS.add_columns(
            use.dataset_uid,
            use.role.label("use_role"),
            models.c.namespace,
            models.c.model_id,
            ALIASES_OF_VERSION,
        )
        .join(models, models.c.uid == version_heads.c.model_uid)
        .join(dataset_uses, use.version_uid == version_heads.c.uid)
        .where(use.namespace == query.namespace)
        .where(version_heads.c.delete_time.is_(None), models.c.delete_time.is_(None))
    )
    if query.uri:
        statement = statement.where(use.uri_sha256 == sha256_of(query.uri))
    if query.digest:
        statement = statement.where(use.digest == query.digest)
    if query.stage:
        statement = statement.where(version_heads.c.stage == query.stage)
    return statement
