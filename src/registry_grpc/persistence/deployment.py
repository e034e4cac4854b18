"""Deployments in SQL: implements `registry_grpc.services.ports.deployment.Deployments`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Insert,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from registry_grpc.domain.deployment import (
    LONGEST_TTL,
    Deployment,
    DeploymentCount,
    DeploymentPhase,
    Instance,
    InstanceKey,
    StoredDeployment,
    reference_text,
)
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import DeploymentName, ModelName
from registry_grpc.persistence.blob_rows import AT_ONCE
from registry_grpc.persistence.catalog_tables import models, version_heads
from registry_grpc.persistence.deployment_tables import deployment_instances, deployments
from registry_grpc.services.ports.deployment import DeploymentQuery, InstanceUse, Place

_MICROSECOND = timedelta(microseconds=1)
# Of the statement, not of the transaction, which may have waited for its turn.
_NOW = {
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)",
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)",
}
# julianday has milliseconds, and rounding must not make an instance of the future.
_SLACK = timedelta(seconds=1) // _MICROSECOND
_HELD, _ROW = deployment_instances.c, deployments.c
_PLACE = (_ROW.target, _ROW.instance, _ROW.uid)
_SELECT = select(deployments, models.c.namespace.label("space"), models.c.model_id).join(
    models, models.c.uid == _ROW.model_uid
)


class SqlDeployments:
    """Implements `registry_grpc.services.ports.deployment.Deployments`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name

    def now(self) -> timedelta:
        """Return the time since the epoch of Unix by the clock of the database."""
        found = self._connection.scalars(select(self._now())).one()
        return timedelta(microseconds=found)

    def instance(self, key: InstanceKey) -> Instance | None:
        """Return an instance that was not removed."""
        row = self._connection.execute(_instance(self._dialect), _of(key)).one_or_none()
        if row is None:
            return None
        ttl = timedelta(microseconds=row.ttl)
        return Instance(key, row.principal, row.session, ttl, row.size, bool(row.live))

    def use(self, namespace: str, principal: str | None) -> InstanceUse:
        """Return the number of instances and their bytes."""
        statement = select(func.count(), func.coalesce(func.sum(_HELD.size), 0)).where(
            _HELD.namespace == namespace
        )
        if principal is not None:
            statement = statement.where(_HELD.principal == principal)
        count, size = self._connection.execute(statement).one()
        return InstanceUse(count, int(size))

    def hold(self, instance: Instance) -> None:
        """Add or replace an instance, which now lives for its time to live."""
        values = {
            **_of(instance.key),
            "principal_": instance.principal,
            "session_": instance.session,
            "ttl_": instance.ttl // _MICROSECOND,
            "size_": instance.size,
        }
        self._connection.execute(_hold(self._dialect), values)

    def extend(self, sessions: Sequence[str], age: timedelta) -> Collection[str]:
        """Let the instances of sessions live longer; return the sessions that have one."""
        found: set[str] = set()
        full = self._now() + _HELD.ttl
        until = full - age // _MICROSECOND
        # A report may have extended it since the heartbeat.
        newer = and_(_HELD.expire_at > until, _HELD.expire_at <= full)
        for start in range(0, len(sessions), AT_ONCE):
            statement = (
                update(deployment_instances)
                .where(_HELD.session.in_(sessions[start : start + AT_ONCE]))
                .values(expire_at=case((newer, _HELD.expire_at), else_=until))
                .returning(_HELD.session)
            )
            found.update(self._connection.scalars(statement))
        return found

    def expired(self, within: timedelta, limit: int) -> Sequence[InstanceKey]:
        """Return instances past their time to live, if that is at most `within`."""
        # A subquery, since no index is searched for what may change from row to row.
        now = select(self._now()).scalar_subquery()
        longest = LONGEST_TTL // _MICROSECOND + _SLACK
        found: list[InstanceKey] = []
        # Two ranges of an index. Of those held while the clock was wrong, the ones that matter.
        for past in (_HELD.expire_at <= now, _HELD.expire_at > now + longest):
            statement = (
                select(_HELD.namespace, _HELD.target, _HELD.instance)
                .where(past, _HELD.ttl <= within // _MICROSECOND)
                .limit(limit - len(found))
            )
            found += [InstanceKey(*row) for row in self._connection.execute(statement)]
        return found

    def remove(self, key: InstanceKey) -> None:
        """Remove an instance and its deployments."""
        for statement in _REMOVE:
            self._connection.execute(statement, _of(key))

    def of_instance(self, key: InstanceKey) -> Sequence[StoredDeployment]:
        """Return the deployments of an instance."""
        return [_stored(row) for row in self._connection.execute(_DEPLOYMENTS_OF, _of(key))]

    def put(self, stored: StoredDeployment) -> None:
        """Add or replace a deployment."""
        self._connection.execute(_put(self._dialect), _values(stored))

    def drop(self, uid: UUID) -> None:
        """Remove a deployment."""
        self._connection.execute(delete(deployments).where(_ROW.uid == uid))

    def get(self, namespace: str, uid: UUID) -> Deployment | None:
        """Return a deployment, or None."""
        statement = _SELECT.where(_ROW.uid == uid, _ROW.namespace == namespace)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else _stored(row).now

    def page(self, query: DeploymentQuery, after: Place | None, limit: int) -> Sequence[Deployment]:
        """Return deployments after a place, by place."""
        statement = _selected(_SELECT, query).order_by(*_PLACE).limit(limit)
        if after is not None:
            statement = statement.where(tuple_(*_PLACE) > after)
        return [_stored(row).now for row in self._connection.execute(statement)]

    def count(self, query: DeploymentQuery) -> int:
        """Return the number of deployments."""
        statement = _selected(select(func.count()).select_from(deployments), query)
        return self._connection.scalar(statement) or 0

    def instances(self, model: Model, follows: str) -> int:
        """Return the number of instances that follow a reference."""
        each = select(_ROW.target, _ROW.instance).where(_follows(model, follows)).distinct()
        return self._connection.scalar(select(func.count()).select_from(each.subquery())) or 0

    def counts(
        self, model: Model, follows: str, arms: Collection[tuple[str, int]]
    ) -> Sequence[DeploymentCount]:
        """Return the deployments that follow a reference, counted."""
        statement = (
            select(_ROW.arm, _ROW.number, _ROW.phase, func.count())
            .where(_follows(model, follows), tuple_(_ROW.arm, _ROW.number).in_(sorted(arms)))
            .group_by(_ROW.arm, _ROW.number, _ROW.phase)
        )
        return [
            DeploymentCount(arm, number, DeploymentPhase(phase), count)
            for arm, number, phase, count in self._connection.execute(statement)
        ]

    def phases(self, model: Model, follows: str) -> Mapping[DeploymentPhase, int]:
        """Return the number of all deployments that follow a reference, by phase."""
        statement = (
            select(_ROW.phase, func.count()).where(_follows(model, follows)).group_by(_ROW.phase)
        )
        rows = self._connection.execute(statement)
        return {DeploymentPhase(phase): count for phase, count in rows}

    def _now(self) -> ColumnElement[int]:
        return _now(self._dialect)


def _of(key: InstanceKey) -> dict[str, object]:
    return {"of_space": key.namespace, "of_target": key.target, "of_instance": key.instance}


def _is_of(columns: ReadOnlyColumnCollection[str, Column[Any]]) -> ColumnElement[bool]:
    return and_(
        columns.namespace == bindparam("of_space"),
        columns.target == bindparam("of_target"),
        columns.instance == bindparam("of_instance"),
    )


# Built once: building one takes as long as running it.
_DEPLOYMENTS_OF = _SELECT.where(_is_of(_ROW))
_REMOVE = [delete(table).where(_is_of(table.c)) for table in (deployments, deployment_instances)]
_INSERTING: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_COLUMNS = [column.name for column in deployments.columns]


def _now(dialect: str) -> ColumnElement[int]:
    return literal_column(_NOW[dialect], BigInteger())


@cache
def _instance(dialect: str) -> Select[*tuple[object, ...]]:
    now = _now(dialect)
    # One that lives longer than its time was held while the database's clock was wrong.
    live = and_(_HELD.expire_at > now, _HELD.expire_at <= now + _HELD.ttl + _SLACK)
    return select(deployment_instances, live.label("live")).where(_is_of(_HELD))


@cache
def _hold(dialect: str) -> Insert:
    ttl = bindparam("ttl_", type_=BigInteger())
    values: dict[str, object] = {
        "principal": bindparam("principal_"),
        "session": bindparam("session_"),
        "ttl": ttl,
        "expire_at": _now(dialect) + ttl,
        "size": bindparam("size_"),
    }
    key: dict[str, Any] = {
        "namespace": bindparam("of_space"),
        "target": bindparam("of_target"),
        "instance": bindparam("of_instance"),
    }
    statement = _INSERTING[dialect](deployment_instances).values(**key, **values)
    columns = [_HELD.namespace, _HELD.target, _HELD.instance]
    made: Insert = statement.on_conflict_do_update(index_elements=columns, set_=values)
    return made


@cache
def _put(dialect: str) -> Insert:
    statement = _INSERTING[dialect](deployments).values(
        {name: bindparam(name) for name in _COLUMNS}
    )
    changed = {name: statement.excluded[name] for name in _COLUMNS if name != "uid"}
    made: Insert = statement.on_conflict_do_update(index_elements=[_ROW.uid], set_=changed)
    return made


def _follows(model: Model, follows: str) -> ColumnElement[bool]:
    return and_(_ROW.model_uid == model.uid, _ROW.follows == follows)


def _selected(
    statement: Select[*tuple[object, ...]], query: DeploymentQuery
) -> Select[*tuple[object, ...]]:
    if query.model is None:
        statement = statement.where(_ROW.namespace == query.namespace)
    else:
        statement = statement.where(_ROW.model_uid == query.model.uid)
    for column, value in (
        (_ROW.number, query.number),
        (_ROW.target, query.target or None),
        (_ROW.phase, None if query.phase is None else query.phase.value),
        (_ROW.follows, query.follows),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if query.states:
        statement = statement.join(
            version_heads,
            and_(
                version_heads.c.model_uid == _ROW.model_uid, version_heads.c.number == _ROW.number
            ),
        ).where(version_heads.c.state.in_(sorted(state.value for state in query.states)))
    return statement


def _values(stored: StoredDeployment) -> dict[str, object]:
    now, recorded = stored.now, stored.recorded
    return {
        "uid": now.name.uuid,
        "namespace": now.name.namespace,
        "target": now.target,
        "instance": now.instance,
        "model_uid": stored.model,
        "number": now.version.number,
        "follows": stored.follows,
        "arm": now.arm,
        "phase": now.phase.value,
        "message": now.message,
        "recorded_phase": recorded.phase.value,
        "recorded_message": recorded.message,
        "reporter": now.reporter,
        "create_time": now.create_time,
        "update_time": now.update_time,
    }


def _stored(row: Row[*tuple[object, ...]]) -> StoredDeployment:
    model = ModelName(row.space, row.model_id)
    now = Deployment(
        name=DeploymentName(row.namespace, row.uid),
        target=row.target,
        instance=row.instance,
        version=model.version(row.number),
        reference=reference_text(model, row.follows),
        arm=row.arm,
        phase=DeploymentPhase(row.phase),
        message=row.message,
        reporter=row.reporter,
        create_time=row.create_time,
        update_time=row.update_time,
    )
    recorded = replace(now, phase=DeploymentPhase(row.recorded_phase), message=row.recorded_message)
    return StoredDeployment(now, recorded, row.model_uid, row.follows)
