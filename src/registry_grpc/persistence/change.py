"""The change log in SQL, and the counter that orders it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Select, func, insert, select, update

from registry_grpc.domain.change import Event
from registry_grpc.domain.history import Head, Position
from registry_grpc.domain.watch import model_of, namespace_of
from registry_grpc.persistence.codec import encode_resource
from registry_grpc.persistence.listener import CHANNEL
from registry_grpc.persistence.log_tables import changes, moved_models, revision_counter

_COUNTER = select(
    revision_counter.c.revision, revision_counter.c.last_time, revision_counter.c.history
)
_LOCK = _COUNTER.with_for_update()


def newest(connection: Connection) -> Head:
    """Return the newest entry that this transaction sees."""
    return _head(connection, _COUNTER)


def lock_log(connection: Connection) -> Head:
    """Lock the counter, so that no other transaction changes facts; return the newest entry."""
    return _head(connection, _LOCK)


def _head(connection: Connection, statement: Select[tuple[int, datetime, str]]) -> Head:
    row = connection.execute(statement).one()
    return Head(Position(row.history, row.revision), row.last_time)


def advance_log(connection: Connection, revision: int, time: datetime) -> None:
    """Store the revision and time that this transaction took, and tell listeners on commit."""
    statement = update(revision_counter).values(revision=revision, last_time=time)
    if connection.dialect.name == "postgresql":
        statement = statement.returning(func.pg_notify(CHANNEL, ""))
    connection.execute(statement)


def record_events(connection: Connection, events: Sequence[Event]) -> None:
    """Add to the log."""
    connection.execute(insert(changes), [_row(event) for event in events])
    moved = [
        {"revision": event.revision, "ordinal": event.index, "model": model}
        for event in events
        for model in event.change.moved
    ]
    if moved:
        connection.execute(insert(moved_models), moved)


def _row(event: Event) -> dict[str, object]:
    change = event.change
    return {
        "revision": event.revision,
        "ordinal": event.index,
        "namespace": namespace_of(change.name),
        "action": change.action,
        "model": model_of(change.name),
        "name": change.name,
        "actor": change.actor,
        "reason": change.reason,
        "time": event.time,
        "before": encode_resource(change.before),
        "after": encode_resource(change.after),
        "entry": event.canonical(),
    }


def begin_history(connection: Connection, after: str, new: str) -> bool:
    """Make `new` the history of this log, if it still is `after`, and tell listeners on commit."""
    counter = revision_counter.c
    begun = update(revision_counter).where(counter.history == after).values(history=new, held=True)
    if not connection.execute(begun).rowcount:
        return False
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, "")))
    return True


def revision_at(connection: Connection, moment: datetime) -> int:
    """Return the newest revision whose time is not after `moment`; 0 when there is none."""
    statement = (
        select(changes.c.revision)
        .where(changes.c.time <= moment)
        .order_by(changes.c.time.desc())
        .limit(1)
    )
    return connection.scalar(statement) or 0
