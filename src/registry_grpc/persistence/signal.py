"""Signals in SQL: one row each, never changed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Connection, Row, Select, insert, select, tuple_, type_coerce

from registry_grpc.domain.names import VersionName
from registry_grpc.domain.signal import Signal, SignalDraft
from registry_grpc.domain.version import Version
from registry_grpc.persistence.blob_rows import AT_ONCE
from registry_grpc.persistence.catalog_tables import MODEL_ID, models, versions
from registry_grpc.persistence.codec import decode, encode
from registry_grpc.persistence.monitor_tables import signals
from registry_grpc.services.ports.monitor import SignalKey, SignalPlace, SignalQuery

_ROW = signals.c
# A place may come from a forged token: it need not be a date.
_END = type_coerce(_ROW.window_end, BigInteger())
_PLACE = tuple_(_END, _ROW.uid)
_NAMED = (
    select(signals, models.c.namespace, MODEL_ID.label("model_id"), versions.c.number)
    .join(versions, versions.c.uid == _ROW.version_uid)
    .join(models, models.c.uid == versions.c.model_uid)
)
_LATEST_FIRST = (_ROW.window_end.desc(), _ROW.uid.desc())


class SqlSignals:
    """Implements `registry_grpc.services.ports.monitor.Signals`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, found: Sequence[Signal]) -> None:
        """Store new signals."""
        rows = [
            {
                "uid": signal.name.uuid,
                "version_uid": signal.version,
                "identity": signal.draft.identity,
                "kind": signal.draft.kind.value,
                "subject": signal.draft.series.subject,
                "method": signal.draft.method,
                "window_end": signal.draft.window_end,
                "time": signal.create_time,
                "creator": signal.creator,
                "document": encode(signal.draft),
            }
            for signal in found
        ]
        if rows:
            self._connection.execute(insert(signals), rows)

    def recorded(self, keys: Sequence[SignalKey]) -> Mapping[SignalKey, Signal]:
        """Return those that are recorded."""
        found: dict[SignalKey, Signal] = {}
        for start in range(0, len(keys), AT_ONCE):
            part = keys[start : start + AT_ONCE]
            wanted = tuple_(_ROW.version_uid, _ROW.identity).in_(part)
            for row in self._connection.execute(_NAMED.where(wanted)):
                found[row.version_uid, row.identity] = _signal(row)
        return found

    def page(
        self,
        version: Version,
        query: SignalQuery,
        before: SignalPlace | None,
        limit: int,
        downto: SignalPlace | None = None,
    ) -> Sequence[Signal]:
        """Return signals, latest window first."""
        statement = _within(_NAMED, version, query, before)
        if query.kind is not None:
            statement = statement.where(_ROW.kind == query.kind.value)
        if query.subject:
            statement = statement.where(_ROW.subject == query.subject)
        if query.method:
            statement = statement.where(_ROW.method == query.method)
        if downto is not None:
            statement = statement.where((downto[0], UUID(downto[1])) <= _PLACE)
        rows = self._connection.execute(statement.order_by(*_LATEST_FIRST).limit(limit))
        return [_signal(row) for row in rows]

    def behind(
        self, version: Version, query: SignalQuery, before: SignalPlace | None, count: int
    ) -> SignalPlace | None:
        """Return the place of the last of `count` signals in the range of time; None for fewer."""
        statement = _within(select(_END.label("end"), _ROW.uid), version, query, before)
        statement = statement.order_by(*_LATEST_FIRST).offset(count - 1).limit(1)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else (row.end, str(row.uid))


def _within(
    statement: Select[*tuple[Any, ...]],
    version: Version,
    query: SignalQuery,
    before: SignalPlace | None,
) -> Select[*tuple[Any, ...]]:
    statement = statement.where(_ROW.version_uid == version.uid)
    if query.start is not None:
        statement = statement.where(_ROW.window_end > query.start)
    if query.end is not None:
        statement = statement.where(_ROW.window_end <= query.end)
    if before is not None:
        statement = statement.where((before[0], UUID(before[1])) > _PLACE)
    return statement


def _signal(row: Row[*tuple[Any, ...]]) -> Signal:
    name = VersionName(row.namespace, row.model_id, row.number).signal(row.uid)
    draft = decode(SignalDraft, row.document)
    return Signal(name, row.version_uid, draft, row.creator, row.time)
