"""Durable consumers in SQL: implements `registry_grpc.services.ports.consumer.Consumers`."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    and_,
    literal_column,
    or_,
    select,
    update,
)

from registry_grpc.domain.consumer import Consumer, Lease
from registry_grpc.domain.history import Position
from registry_grpc.persistence.blob_rows import inserting
from registry_grpc.persistence.columns import BYTEWISE
from registry_grpc.persistence.schema import METADATA, column, key

# history, revision: the cursor. lease_until: microseconds since the epoch of Unix by the clock of
# the database; a column of its own type, because no clock of a server may be compared with it.
consumers = Table(
    "consumers",
    METADATA,
    key("name", BYTEWISE),
    column("history", BYTEWISE),
    column("revision", BigInteger()),
    column("holder", BYTEWISE),
    column("epoch", BigInteger()),
    column("lease_until", BigInteger()),
)

_MICROSECOND = timedelta(microseconds=1)
_LONGEST = timedelta(days=1)
# Of the statement, not of the transaction, which may have waited for its turn.
_NOW = {
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)",
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)",
}
_ROW = consumers.c


class SqlConsumers:
    """Implements `registry_grpc.services.ports.consumer.Consumers`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> Consumer | None:
        """Return a consumer, or None."""
        statement = select(consumers).where(_ROW.name == name)
        row = self._connection.execute(statement).one_or_none()
        if row is None:
            return None
        return Consumer(row.name, Position(row.history, row.revision), row.epoch)

    def leased(self) -> Collection[str]:
        """Return the names of those with a lease that has not ended."""
        statement = select(_ROW.name).where(~self._has_ended())
        return self._connection.scalars(statement).all()

    def take(self, name: str, holder: str, duration: timedelta) -> Lease | None:
        """Take a lease that has ended or never was; None when another process has it."""
        until = self._until(duration)
        statement = inserting(self._connection, consumers).values(
            name=name, history="", revision=0, holder=holder, epoch=1, lease_until=until
        )
        taken = statement.on_conflict_do_update(
            index_elements=[_ROW.name],
            set_={"holder": holder, "epoch": _ROW.epoch + 1, "lease_until": until},
            where=self._has_ended(),
        )
        epoch = self._connection.scalar(taken.returning(_ROW.epoch))
        return None if epoch is None else Lease(name, holder, epoch)

    def renew(self, holder: str, duration: timedelta) -> Collection[Lease]:
        """Let all leases of a process last for `duration` from now; return those it has."""
        renewed = (
            update(consumers)
            .where(_ROW.holder == holder)
            .values(lease_until=self._until(duration))
            .returning(_ROW.name, _ROW.holder, _ROW.epoch)
        )
        return [Lease(*row) for row in self._connection.execute(renewed)]

    def release(self, lease: Lease) -> bool:
        """End a lease; return whether it was held."""
        ended = update(consumers).where(_under(lease)).values(holder="", lease_until=0)
        return self._connection.execute(ended).rowcount == 1

    def advance(self, lease: Lease, cursor: Position) -> bool:
        """Store how far the consumer has read; return whether the lease was still held."""
        moved = update(consumers).where(_under(lease))
        values = {"history": cursor.history, "revision": cursor.revision}
        return self._connection.execute(moved.values(values)).rowcount == 1

    def _has_ended(self) -> ColumnElement[bool]:
        # One that ends later than any lease can was taken while the database's clock was wrong.
        now = self._now()
        return or_(_ROW.lease_until <= now, _ROW.lease_until > now + _LONGEST // _MICROSECOND)

    def _now(self) -> ColumnElement[int]:
        return literal_column(_NOW[self._connection.dialect.name], BigInteger())

    def _until(self, duration: timedelta) -> ColumnElement[int]:
        return self._now() + duration // _MICROSECOND


def _under(lease: Lease) -> ColumnElement[bool]:
    # The holder as well: a database that was restored from a backup gives epochs again.
    return and_(_ROW.name == lease.name, _ROW.holder == lease.holder, _ROW.epoch == lease.epoch)
