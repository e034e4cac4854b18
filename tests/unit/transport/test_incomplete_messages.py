"""Bounds of the incomplete messages of a connection."""

import asyncio
from dataclasses import dataclass

import pytest
from google.protobuf.empty_pb2 import Empty

from registry_grpc.domain.errors import CallerLimitExceeded, LimitExceeded
from registry_grpc.domain.limits import KIB, MIB
from registry_grpc.domain.principal import Permission
from registry_grpc.transport import incomplete_messages
from registry_grpc.transport.access import Access
from registry_grpc.transport.incomplete_messages import IncompleteMessages
from registry_grpc.transport.method import Method
from registry_grpc.transport.sockets import Traffic

PEER = "ipv4:127.0.0.1:1"
MOST = 3 * MIB
METHOD = Method("Write", (Access(Permission.WRITE),), MOST, Empty)


@dataclass
class Connection:
    """The traffic of one connection, as a test has it."""

    received: int = 1_000 * MIB
    sent: int = 0

    def traffic(self, peer: str) -> Traffic:
        assert peer == PEER
        return Traffic(self.received, self.sent)


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incomplete_messages, "_CHECK_S", 0.001)


async def looks() -> None:
    """Wait until connections were looked at several times."""
    for _ in range(20):
        await asyncio.sleep(0.001)


async def forever(arrivals: IncompleteMessages) -> None:
    with arrivals.reading(PEER, METHOD):
        await asyncio.Event().wait()


async def test_a_message_above_its_limit_is_ended_before_it_is_whole() -> None:
    connection = Connection()
    arrivals = IncompleteMessages(connection.traffic)
    reading = asyncio.create_task(forever(arrivals))
    await looks()
    connection.received += MOST + 512 * KIB
    await looks()
    assert not reading.done()
    connection.received += MIB
    with pytest.raises(LimitExceeded, match="a message to Write"):
        await reading


async def test_what_was_received_before_does_not_count() -> None:
    connection = Connection()
    arrivals = IncompleteMessages(connection.traffic)
    for _ in range(3):
        connection.received += 100 * MIB
        reading = asyncio.create_task(forever(arrivals))
        await looks()
        assert not reading.done()
        reading.cancel()
        await asyncio.wait([reading])


async def test_each_message_that_is_received_allows_its_own_limit() -> None:
    connection = Connection()
    arrivals = IncompleteMessages(connection.traffic)
    readings = [asyncio.create_task(forever(arrivals)) for _ in range(4)]
    await looks()
    connection.received += 4 * MOST
    await looks()
    assert not any(reading.done() for reading in readings)
    connection.received += 2 * MIB
    ends = await asyncio.gather(*readings, return_exceptions=True)
    assert [type(end) for end in ends] == [CallerLimitExceeded] * 4


async def test_bytes_that_another_message_may_have_left_are_no_message_above_its_limit() -> None:
    connection = Connection()
    arrivals = IncompleteMessages(connection.traffic)
    reading = asyncio.create_task(forever(arrivals))
    await looks()
    with arrivals.reading(PEER, METHOD):
        connection.received += 3 * MIB  # of a call that the server ends: gRPC drops them
        await looks()
    assert not reading.done()
    connection.received += 2 * MIB
    with pytest.raises(CallerLimitExceeded):
        await reading


async def test_messages_that_become_whole_end_nothing_however_many_they_are() -> None:
    connection = Connection()
    arrivals = IncompleteMessages(connection.traffic)
    waiting = asyncio.create_task(forever(arrivals))
    await looks()
    for _ in range(300):
        with arrivals.reading(PEER, METHOD) as reading:
            connection.received += MIB + 5 * KIB  # with what is around it
            await asyncio.sleep(0.001)
            reading.delivered(MIB)
    for _ in range(3_000):
        connection.received += 500
        arrivals.delivered(PEER, 40)
    connection.received += 2 * MIB  # windows, for what is downloaded meanwhile
    connection.sent += 512 * MIB
    await looks()
    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait([waiting])


async def test_a_cancellation_by_others_goes_first() -> None:
    connection = Connection()
    arrivals = IncompleteMessages(connection.traffic)
    reading = asyncio.create_task(forever(arrivals))
    await looks()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not arrivals


async def test_where_the_system_counts_nothing_no_message_is_ended() -> None:
    arrivals = IncompleteMessages(lambda _: None)
    reading = asyncio.create_task(forever(arrivals))
    await looks()
    assert not reading.done()
    reading.cancel()
    await asyncio.wait([reading])
