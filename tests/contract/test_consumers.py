"""Durable consumers: a process continues at the position that another one stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import pytest
from typing_extensions import override

from registry_grpc.domain.change import Change, Event
from registry_grpc.domain.consumer import Lease
from registry_grpc.domain.errors import RevisionCompacted
from registry_grpc.domain.history import Position
from registry_grpc.services.change import Changes
from registry_grpc.services.consumer import DurableConsumers
from registry_grpc.services.history import Histories
from registry_grpc.services.lease import LeaseLost
from registry_grpc.services.log_follower import LogListener
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import at
from tests.support.history import new_history

NAME = "hooks/audit"
MODEL = "namespaces/default/models/fraud"


@dataclass
class Received(LogListener):
    """Keeps what it is given. fails: how often it cannot take it."""

    revisions: list[int] = field(default_factory=list)
    restarts: list[int] = field(default_factory=list)
    fails: int = 0

    @override
    def advance(self, events: Sequence[Event], revision: int) -> None:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("cannot be taken")
        assert events[-1].revision == revision
        self.revisions += [event.revision for event in events]

    @override
    def restart(self, position: Position) -> None:
        self.restarts.append(position.revision)


def change(database: Database, minute: int, count: int = 1) -> None:
    with database.change(partial(at, minute)) as tx:
        tx.record(
            [Change("model.update", "namespaces/default/models/m", "ann", None, None)] * count
        )


def take(database: Database, holder: str) -> Lease:
    """Take the lease, which the holder before has left without a word."""
    with database.write() as tx:
        lease = tx.consumers.take(NAME, holder, timedelta())
    assert lease is not None
    return lease


def cursor(database: Database) -> int:
    with database.read() as tx:
        consumer = tx.consumers.get(NAME)
    assert consumer is not None
    return consumer.cursor.revision


def test_a_new_consumer_begins_at_the_newest_and_goes_on_from_there(database: Database) -> None:
    change(database, 1)
    consumers, received = DurableConsumers(database), Received()
    lease = take(database, "one")
    assert not consumers.deliver(lease, received)
    assert (received.restarts, received.revisions) == ([1], [])
    change(database, 2)
    change(database, 3)
    assert not consumers.deliver(lease, received)
    assert not consumers.deliver(lease, received)
    assert received.revisions == [2, 3]


def test_portions_are_whole_transactions(database: Database) -> None:
    consumers, received = DurableConsumers(database), Received()
    lease = take(database, "one")
    consumers.deliver(lease, received)
    for minute, count in enumerate((3, 1, 2), 1):
        change(database, minute, count)
    assert consumers.deliver(lease, received, limit=2)
    assert received.revisions == [1, 1, 1]
    while consumers.deliver(lease, received, limit=2):
        pass
    assert received.revisions == [1, 1, 1, 2, 3, 3]


def test_the_next_process_goes_on_where_the_last_one_was_and_fences_it(database: Database) -> None:
    consumers, first, second = DurableConsumers(database), Received(), Received()
    old = take(database, "one")
    consumers.deliver(old, first)
    change(database, 1)
    consumers.deliver(old, first)
    change(database, 2)
    new = take(database, "other")
    with pytest.raises(LeaseLost):
        consumers.deliver(old, first)
    consumers.deliver(new, second)
    assert (first.revisions, second.revisions, second.restarts) == ([1], [2], [])


def test_a_process_that_loses_its_lease_meanwhile_does_not_move_the_cursor(
    database: Database,
) -> None:
    consumers, second = DurableConsumers(database), Received()
    old = take(database, "one")
    consumers.deliver(old, Received())
    change(database, 1)

    class Slow(Received):
        @override
        def advance(self, events: Sequence[Event], revision: int) -> None:
            super().advance(events, revision)
            self.successor = take(database, "other")

    slow = Slow()
    with pytest.raises(LeaseLost):
        consumers.deliver(old, slow)
    assert cursor(database) == 0
    consumers.deliver(slow.successor, second)
    assert (slow.revisions, second.revisions) == ([1], [1])  # at least once
    assert cursor(database) == 1


def test_what_a_listener_cannot_take_is_delivered_again(database: Database) -> None:
    consumers, received = DurableConsumers(database), Received(fails=1)
    lease = take(database, "one")
    consumers.deliver(lease, received)
    change(database, 1)
    with pytest.raises(RuntimeError):
        consumers.deliver(lease, received)
    assert cursor(database) == 0
    consumers.deliver(lease, received)
    assert received.revisions == [1]


def test_a_cursor_of_another_history_restarts(database: Database) -> None:
    consumers, received = DurableConsumers(database), Received()
    lease = take(database, "one")
    consumers.deliver(lease, received)
    change(database, 1)
    consumers.deliver(lease, received)
    Histories(database, new_history).begin()
    change(database, 2)
    assert not consumers.deliver(lease, received)
    change(database, 3)
    consumers.deliver(lease, received)
    assert (received.restarts, received.revisions) == ([0, 2], [1, 3])


def test_a_consumer_that_falls_behind_retention_stops_until_it_is_restarted(
    database: Database,
) -> None:
    consumers, received = DurableConsumers(database), Received()
    lease = take(database, "one")
    consumers.deliver(lease, received)
    for minute in (1, 2, 3):
        change(database, minute)
    Changes(database).compact(at(2.5))
    with pytest.raises(RevisionCompacted):
        consumers.deliver(lease, received)
    assert received.revisions == []
    with database.read() as tx:
        kept = Position(tx.head.history, tx.log.compacted)
    consumers.restart(lease, kept)
    consumers.deliver(lease, received)
    assert received.revisions == [3]
