"""Refused calls in SQL: implements `registry_grpc.services.ports.refusal.Refusals`."""

from collections.abc import Sequence
from contextlib import closing
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

from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.limits import PAGE_BYTES
from registry_grpc.domain.refusal import Refusal, RefusedCall
from registry_grpc.domain.trail import Selection, Span
from registry_grpc.domain.watch import model_of, namespace_of
from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, Moment
from registry_grpc.persistence.log_tables import revision_counter
from registry_grpc.persistence.schema import METADATA, column, key
from registry_grpc.persistence.trail import chosen

# namespace and model: of the name, '' where it has none.
refusals = Table(
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
_LAST = select(refusals.c.time).order_by(refusals.c.number.desc()).limit(1)
_ROOT = "namespaces/"


class SqlRefusals:
    """Implements `registry_grpc.services.ports.refusal.Refusals`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def newest(self) -> int:
        """The number of the last one recorded; 0 at first."""
        number: int = self._connection.execute(_NEWEST).one().refused
        return number

    def add(self, calls: Sequence[RefusedCall], omitted: int = 0) -> None:
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
        self._connection.execute(insert(refusals), rows)

    def entries(self, selection: Selection, span: Span, limit: int) -> Sequence[Refusal]:
        """Return the first selected ones of a span of numbers, up to PAGE_BYTES of them."""
        key = (refusals.c.number,)
        found: list[Refusal] = []
        size = 0
        with closing(chosen(self._connection, refusals, key, selection, span, limit)) as rows:
            for refusal in map(_refusal, rows):
                size += most_encoded(refusal)
                if found and size > PAGE_BYTES:
                    break
                found.append(refusal)
        return found

    def number_at(self, moment: datetime) -> int:
        """Return the newest number whose time is not after `moment`; 0 when there is none."""
        key = (refusals.c.time.desc(), refusals.c.number.desc())
        until = select(refusals.c.number).where(refusals.c.time <= moment)
        return self._connection.scalar(until.order_by(*key).limit(1)) or 0

    def number_before(self, revision: int) -> int:
        """Return the newest number recorded before this revision; 0 when there is none."""
        key = (refusals.c.revision.desc(), refusals.c.number.desc())
        before = select(refusals.c.number).where(refusals.c.revision < revision)
        return self._connection.scalar(before.order_by(*key).limit(1)) or 0

    def trim(self, upto: int, most: int) -> int:
        """Remove the oldest, up to this number, at most `most` of them."""
        number, counter = refusals.c.number, revision_counter.c
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
        self._connection.execute(delete(refusals).where(number <= floor))
        return floor


def _columns(call: RefusedCall) -> dict[str, object]:
    known = call.name.startswith(_ROOT)
    return {
        "namespace": namespace_of(call.name) if known else "",
        "action": call.action,
        "model": model_of(call.name) if known else "",
        "name": call.name,
        "actor": call.actor,
        "method": call.method,
        "reason": call.reason,
        "message": call.message,
        "causes": list(call.causes),
        "request_id": call.request_id,
    }


def _refusal(row: Row[*tuple[object, ...]]) -> Refusal:
    call = RefusedCall(
        actor=row.actor,
        method=row.method,
        name=row.name,
        reason=row.reason,
        message=row.message,
        causes=tuple(row.causes),
        request_id=row.request_id,
        time=row.time,
    )
    return Refusal(row.number, row.revision, call, row.omitted)
