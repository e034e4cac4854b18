"""Watches are distributed over as many connections as they need."""

from modelregistry._wire.lanes import MOST_STREAMS, Lanes


def test_a_second_connection_is_used_when_the_first_is_full() -> None:
    lanes = Lanes()
    first = [lanes.enter("a") for _ in range(MOST_STREAMS)]
    assert {entry.number for entry in first} == {0}
    assert lanes.enter("a").number == 1
    assert lanes.enter("b").number == 0


def test_a_place_that_becomes_free_is_used_again() -> None:
    lanes = Lanes()
    first = [lanes.enter("a") for _ in range(MOST_STREAMS)]
    second = lanes.enter("a")
    first[7].leave()
    first[7].leave()
    assert lanes.enter("a").number == 0
    assert lanes.enter("a").number == 1
    second.leave()


def test_a_forked_child_has_no_streams_of_its_parent() -> None:
    lanes = Lanes()
    entries = [lanes.enter("a") for _ in range(MOST_STREAMS)]
    lanes.forget()
    assert lanes.enter("a").number == 0
    for entry in entries:
        entry.leave()  # by the garbage collector, later
    assert lanes.enter("a").number == 0
