"""The states of monitors in SQL: a row for each series, and the history of its phases.

Documents have the names that models had when they were stored; what is read has those of now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    select,
    tuple_,
    type_coerce,
    update,
)

from registry_grpc.domain.monitor import MonitorSeverity
from registry_grpc.domain.monitor_state import MonitorPhase, MonitorState
from registry_grpc.domain.names import MonitorName, MonitorStateName, VersionName
from registry_grpc.persistence.blob_rows import AT_ONCE
from registry_grpc.persistence.catalog_tables import MODEL_ID, models, versions
from registry_grpc.persistence.codec import decode, encode
from registry_grpc.persistence.monitor_tables import monitor_state_entries, monitor_states
from registry_grpc.services.ports.monitor import StatePlace, StateQuery, StoredState

_ROW, _ENTRY = monitor_states.c, monitor_state_entries.c
_PLACE = (_ROW.monitor_id, _ROW.uid)
_NAMES = (models.c.namespace.label("space"), MODEL_ID.label("model_id"), versions.c.number)
_MODEL = models.c.uid == versions.c.model_uid
_STATES = (
    select(monitor_states, *_NAMES)
    .join(versions, versions.c.uid == _ROW.version_uid)
    .join(models, _MODEL)
)
_ENTRIES = (
    select(monitor_state_entries, *_NAMES)
    .join(versions, versions.c.uid == _ENTRY.version_uid)
    .join(models, _MODEL)
    .order_by(_ENTRY.revision.desc(), _ENTRY.ordinal.desc())
)


class SqlMonitorStates:
    """Implements `registry_grpc.services.ports.monitor.MonitorStates`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: MonitorStateName) -> MonitorState | None:
        """Return a state, or None."""
        statement = _STATES.where(_ROW.uid == name.uuid, _of(name.parent))
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else _state(row)

    def several(self, uids: Sequence[UUID]) -> Mapping[UUID, MonitorState]:
        """Return states by their ids."""
        found: dict[UUID, MonitorState] = {}
        for part in _parts(uids):
            rows = self._connection.execute(_STATES.where(_ROW.uid.in_(part)))
            found |= {row.uid: _state(row) for row in rows}
        return found

    def count(self, monitor: MonitorName) -> int:
        """Return the number of series of a monitor."""
        statement = select(func.count()).select_from(monitor_states).where(_of(monitor))
        return self._connection.scalar(statement) or 0

    def epochs(self, uids: Sequence[UUID]) -> Mapping[UUID, int]:
        """Return the last epochs of those that have a history, also of states that ended."""
        found: dict[UUID, int] = {}
        for part in _parts(uids):
            last = (
                select(_ENTRY.uid, func.max(_ENTRY.revision).label("revision"))
                .where(_ENTRY.uid.in_(part))
                .group_by(_ENTRY.uid)
                .subquery()
            )
            is_last = and_(_ENTRY.uid == last.c.uid, _ENTRY.revision == last.c.revision)
            entries = select(_ENTRY.uid, _ENTRY.document).join(last, is_last)
            for row in self._connection.execute(entries):
                epoch = decode(MonitorState, row.document).epoch
                found[row.uid] = max(epoch, found.get(row.uid, 0))
        return found

    def put(self, stored: Sequence[StoredState]) -> None:
        """Add or replace states."""
        self.remove([one.state.name.uuid for one in stored])
        rows = [
            {
                "uid": one.state.name.uuid,
                "namespace": one.state.name.namespace,
                "monitor_id": one.state.name.monitor,
                "version_uid": one.version,
                "phase": one.state.phase.value,
                "severity": one.state.severity.rank,
                "fires": one.state.fires,
                "judge_time": one.state.judge_time,
                "due": one.due,
                "document": encode(one.state),
            }
            for one in stored
        ]
        if rows:
            self._connection.execute(insert(monitor_states), rows)

    def append(self, version: UUID, state: MonitorState, ordinal: int) -> None:
        """Add to the history of a state."""
        self._connection.execute(
            insert(monitor_state_entries),
            {
                "uid": state.name.uuid,
                "revision": state.revision,
                "ordinal": ordinal,
                "version_uid": version,
                "document": encode(state),
            },
        )

    def remove(self, uids: Sequence[UUID]) -> None:
        """Remove states; their history stays."""
        for part in _parts(uids):
            self._connection.execute(delete(monitor_states).where(_ROW.uid.in_(part)))

    def remove_all(self, monitor: MonitorName) -> None:
        """Remove the states of a monitor; their history stays."""
        self._connection.execute(delete(monitor_states).where(_of(monitor)))

    def set_due(self, monitor: MonitorName, after: timedelta) -> None:
        """Set when to look at the states of a monitor that have data, after they were judged."""
        judged = type_coerce(_ROW.judge_time, BigInteger())
        due = judged + after // timedelta(microseconds=1)
        waiting = _ROW.phase != MonitorPhase.NO_DATA.value
        statement = update(monitor_states).where(_of(monitor), waiting)
        self._connection.execute(statement.values(due=due))

    def due(self, now: datetime, limit: int) -> Sequence[StoredState]:
        """Return states to look at by now."""
        statement = _STATES.where(_ROW.due <= now).order_by(_ROW.due, _ROW.uid).limit(limit)
        rows = self._connection.execute(statement)
        return [StoredState(_state(row), row.version_uid, row.due) for row in rows]

    def page(
        self,
        query: StateQuery,
        after: StatePlace | None,
        limit: int,
        upto: StatePlace | None = None,
    ) -> Sequence[MonitorState]:
        """Return states after a place, in that order."""
        statement = _within(_STATES, query, after)
        if query.phases:
            statement = statement.where(_ROW.phase.in_(sorted(query.phases)))
        if query.severity is not None:
            statement = statement.where(_ROW.severity >= query.severity.rank)
        if upto is not None:
            statement = statement.where(tuple_(*_PLACE) <= (upto[0], UUID(upto[1])))
        rows = self._connection.execute(statement.order_by(*_PLACE).limit(limit))
        return [_state(row) for row in rows]

    def behind(self, query: StateQuery, after: StatePlace | None, count: int) -> StatePlace | None:
        """Return the place of the last of `count` states, in any phase; None for fewer."""
        statement = _within(select(*_PLACE), query, after)
        statement = statement.order_by(*_PLACE).offset(count - 1).limit(1)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else (row.monitor_id, str(row.uid))

    def history(
        self, name: MonitorStateName, before: tuple[int, int] | None, limit: int
    ) -> Sequence[tuple[int, MonitorState]]:
        """Return (ordinal, state) below (revision, ordinal), newest first."""
        statement = _ENTRIES.where(_ENTRY.uid == name.uuid).limit(limit)
        if before is not None:
            statement = statement.where(tuple_(_ENTRY.revision, _ENTRY.ordinal) < before)
        found = [(row.ordinal, _state(row)) for row in self._connection.execute(statement)]
        # The id alone finds it. Callers who may read this monitor need not be allowed to read its.
        return [(ordinal, state) for ordinal, state in found if state.name == name]

    def firing(
        self, version: UUID, severity: MonitorSeverity, limit: int
    ) -> Sequence[MonitorState]:
        """Return states of a version that fire, the worst first."""
        statement = (
            _STATES.where(_ROW.version_uid == version, _ROW.fires, _ROW.severity >= severity.rank)
            .order_by(_ROW.severity.desc(), *_PLACE)
            .limit(limit)
        )
        return [_state(row) for row in self._connection.execute(statement)]


def _within(
    statement: Select[*tuple[Any, ...]], query: StateQuery, after: StatePlace | None
) -> Select[*tuple[Any, ...]]:
    statement = statement.where(_ROW.namespace == query.namespace)
    if query.monitor is not None:
        statement = statement.where(_ROW.monitor_id == query.monitor.monitor)
    if query.version is not None:
        statement = statement.where(_ROW.version_uid == query.version)
    if after is not None:
        statement = statement.where(tuple_(*_PLACE) > (after[0], UUID(after[1])))
    return statement


def _of(monitor: MonitorName) -> ColumnElement[bool]:
    return and_(_ROW.namespace == monitor.namespace, _ROW.monitor_id == monitor.monitor)


def _parts(uids: Sequence[UUID]) -> Sequence[Sequence[UUID]]:
    return [uids[start : start + AT_ONCE] for start in range(0, len(uids), AT_ONCE)]


def _state(row: Row[*tuple[Any, ...]]) -> MonitorState:
    version = VersionName(row.space, row.model_id, row.number)
    state = decode(MonitorState, row.document)
    signals = tuple(version.signal(name.uuid) for name in state.signals)
    return replace(state, version=version, signals=signals)
