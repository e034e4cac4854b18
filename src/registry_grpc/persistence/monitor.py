"""Monitors in SQL: every revision, and a head for each monitor in force."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select

from registry_grpc.domain.monitor import Monitor, MonitorDraft
from registry_grpc.domain.names import MonitorName
from registry_grpc.persistence.codec import decode, encode
from registry_grpc.persistence.monitor_tables import monitor_revisions, monitors

_head, _said = monitors.c, monitor_revisions.c
_IN_FORCE = (
    select(monitor_revisions)
    .join_from(
        monitors,
        monitor_revisions,
        and_(
            _said.namespace == _head.namespace,
            _said.monitor_id == _head.monitor_id,
            _said.number == _head.number,
        ),
    )
    .order_by(_head.monitor_id)
)
_HISTORY = select(monitor_revisions).order_by(_said.number.desc())


class SqlMonitors:
    """Implements `registry_grpc.services.ports.monitor.Monitors`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: MonitorName) -> Monitor | None:
        """Return the revision in force, or None."""
        row = self._connection.execute(_IN_FORCE.where(_is_head(name))).one_or_none()
        return None if row is None else _monitor(row)

    def revision(self, name: MonitorName, number: int) -> Monitor | None:
        """Return a revision, also of a deleted monitor, or None."""
        found = _HISTORY.where(_is_of(name), _said.number == number)
        row = self._connection.execute(found).one_or_none()
        return None if row is None else _monitor(row)

    def newest(self, name: MonitorName) -> Monitor | None:
        """Return the last revision, also one that deleted the monitor, or None."""
        found = self.history(name, None, 1)
        return found[0] if found else None

    def page(self, namespace: str, after: str | None, limit: int) -> Sequence[Monitor]:
        """Return the monitors in force after the id `after`, by id."""
        statement = _IN_FORCE.where(_head.namespace == namespace).limit(limit)
        if after is not None:
            statement = statement.where(_head.monitor_id > after)
        return [_monitor(row) for row in self._connection.execute(statement)]

    def count(self, namespace: str) -> int:
        """Return the number of monitors in force."""
        statement = select(func.count()).where(_head.namespace == namespace)
        return self._connection.scalar(statement) or 0

    def history(self, name: MonitorName, before: int | None, limit: int) -> Sequence[Monitor]:
        """Return the revisions with numbers below `before`, newest first."""
        statement = _HISTORY.where(_is_of(name)).limit(limit)
        if before is not None:
            statement = statement.where(_said.number < before)
        return [_monitor(row) for row in self._connection.execute(statement)]

    def append(self, monitor: Monitor) -> None:
        """Add a revision, which is in force from then on, or deletes the monitor."""
        key = {"namespace": monitor.name.namespace, "monitor_id": monitor.name.monitor}
        self._connection.execute(
            insert(monitor_revisions),
            {
                **key,
                "number": monitor.number,
                "revision": monitor.revision,
                "time": monitor.time,
                "actor": monitor.actor,
                "deleted": monitor.deleted,
                "digest": monitor.digest,
                "document": encode(monitor.draft),
            },
        )
        self._connection.execute(delete(monitors).where(_is_head(monitor.name)))
        if not monitor.deleted:
            self._connection.execute(insert(monitors), {**key, "number": monitor.number})


def _is_head(name: MonitorName) -> ColumnElement[bool]:
    return and_(_head.namespace == name.namespace, _head.monitor_id == name.monitor)


def _is_of(name: MonitorName) -> ColumnElement[bool]:
    return and_(_said.namespace == name.namespace, _said.monitor_id == name.monitor)


def _monitor(row: Row[*tuple[object, ...]]) -> Monitor:
    return Monitor(
        name=MonitorName(row.namespace, row.monitor_id),
        number=row.number,
        draft=decode(MonitorDraft, row.document),
        digest=row.digest,
        actor=row.actor,
        time=row.time,
        revision=row.revision,
        deleted=row.deleted,
    )
