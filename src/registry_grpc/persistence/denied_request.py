"""Denied requests in SQL: implements `services.ports.denied_request.DeniedRequestStore`."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Connection,
    Index,
    Row,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from registry_grpc.domain.denied_request import DenialAction, DeniedRequest, DeniedRequestEntry
from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.limits import PAGE_BYTES
from registry_grpc.domain.trail import Selection, Span
from registry_grpc.domain.watch import model_of, namespace_of
from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, Moment
from registry_grpc.persistence.log_tables import revision_counter
from registry_grpc.persistence.schema import METADATA, column, key
from registry_grpc.persistence.trail import chosen

# The table, its columns and the actions in it keep their first names, which guards, roles and
# servers of the release before use. namespace and model: of the name, '' where it has none.
denied_requests = Table(
    "refusals",
    METADATA,
    key("number", BigInteger()),
    column("revision", BigInteger()),
    column("namespace", BYTEWISE),
    column("action", BYTEWISE),
    column("model", BYTEWISE),
    column("name", BYTEWISE),
    column("actor", BYTEWISE),
    column("method", BYTEWISE),
    column("reason", BYTEWISE),
    column("message", BYTEWISE),
    column("causes", DOCUMENT),
    column("request_id", BYTEWISE),
    column("omitted", BigInteger()),
    column("time", Moment()),
    Index(None, "revision", "number"),
    Index(None, "time", "number"),
    Index(None, "namespace", "number"),
    Index(None, "model", "number"),
    Index(None, "actor", "action", "number"),
    Index(None, "action", "number"),
)

_NEWEST = select(revision_counter.c.refused)
_LAST = select(denied_requests.c.time).order_by(denied_requests.c.number.desc()).limit(1)
_ROOT = "namespaces/"
_STORED = {
    DenialAction.PERMISSION_DENIED: "call.denied",
    DenialAction.PRECONDITION_FAILED: "call.refused",
}
"""The column keeps the values of the first release: rows are never changed, and servers of the
release before select by them."""


class SqlDeniedRequests:
    """Implements `registry_grpc.services.ports.denied_request.DeniedRequestStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def newest(self) -> int:
        """The number of the last one recorded; 0 at first."""
        number: int = self._connection.execute(_NEWEST).one().refused
        return number

    def add(self, calls: Sequence[DeniedRequest], omitted: int = 0) -> None:
        """Record calls behind all that has happened."""
        counter = revision_counter.c
        # This locks the counter: no change takes a revision before these are committed.
        taken = update(revision_counter).values(refused=counter.refused + len(calls))
        row = self._connection.execute(taken.returning(counter.refused, counter.revision)).one()
        last: datetime | None = self._connection.scalar(_LAST)
        rows: list[dict[str, object]] = []
        for number, call in enumerate(calls, row.refused - len(calls) + 1):
            last = call.time if last is None else max(last, call.time)
            rows.append(
                {**_columns(call), "number": number, "revision": row.revision, "time": last}
                | {"omitted": 0 if rows else omitted}
            )
        self._connection.execute(insert(denied_requests), rows)

    def entries(self, selection: Selection, span: Span, limit: int) -> Sequence[DeniedRequestEntry]:
        """Return the first selected ones of a span of numbers, up to PAGE_BYTES of them."""
        if selection.action:
            # At most one: no noun has both.
            stored = [_STORED[action] for action in DenialAction if selection.is_of(action)]
            if not stored:
                return []
            selection = replace(selection, action=stored[0])
        key = (denied_requests.c.number,)
        found: list[DeniedRequestEntry] = []
        size = 0
        with closing(
            chosen(self._connection, denied_requests, key, selection, span, limit)
        ) as rows:
            for entry in map(_entry, rows):
                size += most_encoded(entry)
                if found and size > PAGE_BYTES:
                    break
                found.append(entry)
        return found

    def number_at(self, moment: datetime) -> int:
        """Return the newest number whose time is not after `moment`; 0 when there is none."""
        key = (denied_requests.c.time.desc(), denied_requests.c.number.desc())
        until = select(denied_requests.c.number).where(denied_requests.c.time <= moment)
        return self._connection.scalar(until.order_by(*key).limit(1)) or 0

    def number_before(self, revision: int) -> int:
        """Return the newest number recorded before this revision; 0 when there is none."""
        key = (denied_requests.c.revision.desc(), denied_requests.c.number.desc())
        before = select(denied_requests.c.number).where(denied_requests.c.revision < revision)
        return self._connection.scalar(before.order_by(*key).limit(1)) or 0

    def trim(self, upto: int, most: int) -> int:
        """Remove the oldest, up to this number, at most `most` of them."""
        number, counter = denied_requests.c.number, revision_counter.c
        last = self._connection.scalar(select(number).order_by(number).offset(most - 1).limit(1))
        floor = min(upto, self.newest, upto if last is None else last)
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(select(func.trim_refusals(floor)))
            return floor
        self._connection.execute(
            update(revision_counter)
            .where(counter.refused_trimmed < floor)
            .values(refused_trimmed=floor)
        )
        self._connection.execute(delete(denied_requests).where(number <= floor))
        return floor


def _columns(call: DeniedRequest) -> dict[str, object]:
    known = call.name.startswith(_ROOT)
    return {
        "namespace": namespace_of(call.name) if known else "",
        "action": _STORED[call.action],
        "model": model_of(call.name) if known else "",
        "name": call.name,
        "actor": call.actor,
        "method": call.method,
        "reason": call.reason,
        "message": call.message,
        "causes": list(call.causes),
        "request_id": call.request_id,
    }


def _entry(row: Row[*tuple[object, ...]]) -> DeniedRequestEntry:
    call = DeniedRequest(
        actor=row.actor,
        method=row.method,
        name=row.name,
        reason=row.reason,
        message=row.message,
        causes=tuple(row.causes),
        request_id=row.request_id,
        time=row.time,
    )
    return DeniedRequestEntry(row.number, row.revision, call, row.omitted)
