"""Durable consumers: log listeners whose position survives their process."""

from registry_grpc.domain.consumer import Lease
from registry_grpc.domain.history import Position
from registry_grpc.services.change import require_kept
from registry_grpc.services.lease import LeaseLost
from registry_grpc.services.log_follower import LogListener
from registry_grpc.services.ports.database import Database

_PORTION = 500


class DurableConsumers:
    """Delivers the log to listeners whose positions are in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def deliver(self, lease: Lease, listener: LogListener, limit: int = _PORTION) -> bool:
        """Deliver the next events to the consumer of the lease; return whether there are more.

        The listener restarts at the newest position when the consumer is new, or when the log has
        another history than its cursor. Otherwise it receives about `limit` events, whole
        transactions. Then its cursor is stored; if the process is killed before that, the next one
        delivers the same events again: delivery is at least once, in order. A failing listener
        leaves the cursor unchanged. Raises LeaseLost when another process has the lease, with
        nothing stored, and RevisionCompacted when the next events are no longer retained: see
        `restart`.
        """
        with self._database.read() as tx:
            head, consumer = tx.head, tx.consumers.get(lease.name)
            if consumer is None or consumer.epoch != lease.epoch:
                raise LeaseLost(lease)
            cursor = consumer.cursor
            goes_on = cursor.history == head.history
            if goes_on and cursor.revision < head.revision:
                require_kept(tx, cursor.revision + 1)
            events = tx.log.events(cursor.revision, limit) if goes_on else ()
        if not goes_on:
            listener.restart(head)
            self._advance(lease, head)
            return False
        if not events:
            return False
        upto = Position(head.history, events[-1].revision)
        listener.advance(events, upto.revision)
        self._advance(lease, upto)
        return upto.revision < head.revision

    def restart(self, lease: Lease, cursor: Position) -> None:
        """Set the consumer's cursor, such as to a retained position; raises LeaseLost."""
        self._advance(lease, cursor)

    def _advance(self, lease: Lease, cursor: Position) -> None:
        with self._database.write() as tx:
            if not tx.consumers.advance(lease, cursor):
                raise LeaseLost(lease)
