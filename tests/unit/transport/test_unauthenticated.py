"""Connections without an admitted call: few, and the oldest go first."""

from collections import Counter
from collections.abc import Callable

import pytest
from typing_extensions import override

from registry_grpc.transport.sockets import Sockets
from registry_grpc.transport.unauthenticated import Answer, UnauthenticatedConnections

PORT = 50_051
FEW, MOST = 64, 256
REFUSED, NOTED = 64, 1_000
ANSWERED = 200


class Connections(Sockets):
    """The connections to a port, as a test has them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: set[str] = set()
        self.looks = 0

    @override
    def accepted(self, port: int, *, refresh: bool = False) -> set[str]:
        assert port == PORT
        self.looks += 1
        return set(self.open)

    @override
    def shut(self, peer: str, *, find: bool = False) -> bool:
        found = peer in self.open
        self.open.discard(peer)
        return found

    def opened(self, name: str, count: int) -> set[str]:
        """Open connections."""
        new = {f"ipv4:{name}:{number}" for number in range(count)}
        self.open |= new
        return new


@pytest.fixture
def connections() -> Connections:
    return Connections()


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def look(
    connections: Connections, clock: list[float]
) -> "tuple[UnauthenticatedConnections, Callable[[], None]]":
    unauthenticated = UnauthenticatedConnections(
        connections, lambda: 20 + len(connections.open), lambda: clock[0]
    )
    return unauthenticated, lambda: unauthenticated.check(PORT)


Looking = tuple[UnauthenticatedConnections, Callable[[], None]]


def test_a_connection_whose_caller_was_admitted_stays(
    connections: Connections, clock: list[float], look: Looking
) -> None:
    unauthenticated, at_them = look
    callers = connections.opened("caller", 3_000)
    for peer in callers:
        unauthenticated.admitted(peer)
    at_them()
    clock[0] = 100.0
    at_them()
    assert connections.open == callers


def test_more_than_the_most_are_closed_at_once_and_old_ones_above_a_few_soon(
    connections: Connections, clock: list[float], look: Looking
) -> None:
    _, at_them = look
    connections.opened("idle", 2_000)
    at_them()
    assert len(connections.open) == 2_000
    clock[0] = 0.1
    at_them()
    assert len(connections.open) == MOST
    clock[0] = 3.0
    at_them()
    assert len(connections.open) == FEW
    clock[0] = 100.0
    at_them()
    assert len(connections.open) == FEW


def test_a_new_connection_is_not_closed_before_those_that_were_there(
    connections: Connections, clock: list[float], look: Looking
) -> None:
    unauthenticated, at_them = look
    connections.opened("idle", MOST)
    at_them()
    clock[0] = 1.0
    new = connections.opened("new", 20)
    at_them()
    assert new <= connections.open
    assert len(connections.open) == MOST
    for peer in new:
        unauthenticated.admitted(peer)
    clock[0] = 10.0
    at_them()
    assert new <= connections.open
    assert len(connections.open) == FEW + len(new)


def test_those_that_ask_for_health_are_closed_after_those_that_say_nothing(
    connections: Connections, clock: list[float], look: Looking
) -> None:
    unauthenticated, at_them = look
    probes = connections.opened("probe", 3)
    for peer in probes:
        unauthenticated.called(peer)
    connections.opened("idle", 2_000)
    at_them()
    clock[0] = 0.1
    at_them()
    assert probes <= connections.open
    assert len(connections.open) == MOST
    clock[0] = 3.0
    at_them()
    assert probes <= connections.open


def test_those_that_ask_for_health_stay_when_all_others_are_new(
    connections: Connections, clock: list[float], look: Looking
) -> None:
    unauthenticated, at_them = look
    probes = connections.opened("probe", 3)
    for peer in probes:
        unauthenticated.called(peer)
    connections.opened("idle", 2_000)
    clock[0] = 0.1
    at_them()
    assert probes <= connections.open
    clock[0] = 0.2
    at_them()
    assert probes <= connections.open
    assert len(connections.open) == MOST


def test_while_there_are_few_the_connections_are_not_looked_at(
    connections: Connections, look: Looking
) -> None:
    unauthenticated, at_them = look
    for peer in connections.opened("caller", 500):
        unauthenticated.admitted(peer)
    for _ in range(10):
        at_them()
    assert connections.looks == 1


def test_callers_that_have_gone_are_forgotten(connections: Connections, look: Looking) -> None:
    unauthenticated, at_them = look
    for number in range(2_500):
        unauthenticated.admitted(f"ipv4:gone:{number}")
        unauthenticated.called(f"ipv4:probe:{number}")
        at_them()
    assert 2 <= connections.looks <= 6


def test_a_connection_that_is_refused_too_often_within_a_second_is_closed(
    connections: Connections, clock: list[float], look: Looking
) -> None:
    unauthenticated, _ = look
    (flood,), (slow,), (caller,) = (connections.opened(n, 1) for n in ("flood", "slow", "caller"))
    unauthenticated.admitted(caller)
    for _ in range(REFUSED):
        for peer in (flood, slow, caller):
            unauthenticated.refused(peer)
    assert connections.open == {flood, slow, caller}
    unauthenticated.refused(flood)
    unauthenticated.refused(caller)
    assert connections.open == {slow, caller}
    clock[0] = 1.1
    unauthenticated.refused(slow)
    assert connections.open == {slow, caller}


def test_few_of_those_that_were_refused_are_remembered(
    connections: Connections, look: Looking
) -> None:
    unauthenticated, _ = look
    (flood,) = connections.opened("flood", 1)
    for _ in range(REFUSED):
        unauthenticated.refused(flood)
    for number in range(NOTED):
        unauthenticated.refused(f"ipv4:other:{number}")
    unauthenticated.refused(flood)
    assert flood in connections.open


def test_a_connection_that_is_closed_for_refused_calls_gets_no_further_status(
    connections: Connections, clock: list[float], look: Looking
) -> None:
    unauthenticated, _ = look
    (flood,) = connections.opened("flood", 1)
    answers = [unauthenticated.refused(flood) for _ in range(2 * REFUSED)]
    assert answers == [Answer.FULL] * REFUSED + [Answer.NONE] * REFUSED
    clock[0] = 2.0
    assert unauthenticated.refused(flood) is Answer.FULL


def test_refused_calls_of_a_connection_that_cannot_be_closed_are_answered(look: Looking) -> None:
    unauthenticated, _ = look
    answers = [unauthenticated.refused("ipv4:unknown:1") for _ in range(2 * REFUSED)]
    assert answers == [Answer.FULL] * 2 * REFUSED


def test_few_refused_calls_of_all_connections_get_more_than_a_code_in_a_second(
    connections: Connections, clock: list[float], look: Looking
) -> None:
    unauthenticated, _ = look
    flood = connections.opened("flood", 2 * ANSWERED)
    (caller,) = connections.opened("caller", 1)
    unauthenticated.admitted(caller)
    half = Counter({Answer.FULL: ANSWERED, Answer.BRIEF: ANSWERED})
    assert Counter(unauthenticated.refused(peer) for peer in flood) == half
    assert unauthenticated.refused(caller) is Answer.FULL
    clock[0] = 1.0
    assert Counter(unauthenticated.refused(peer) for peer in flood) == half
