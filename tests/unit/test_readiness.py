"""What /readyz and /healthz are about."""

import pytest

from registry_grpc.telemetry.readiness import PARTS, Readiness


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def readiness(clock: Clock) -> Readiness:
    return Readiness(clock)


def test_nothing_is_ready_before_it_was_checked(readiness: Readiness) -> None:
    assert set(readiness.problems().values()) == {"starting"}
    readiness.report("reads")
    assert not readiness.problem("reads")
    assert readiness.problem("writes") == "starting"


def test_a_problem_stays_until_the_next_report(readiness: Readiness) -> None:
    readiness.report("storage", "STORAGE_UNAVAILABLE")
    assert readiness.problem("storage") == "STORAGE_UNAVAILABLE"
    readiness.report("storage")
    assert readiness.problem("storage") == ""


def test_a_check_that_hangs_is_no_answer(readiness: Readiness, clock: Clock) -> None:
    for part in PARTS:
        readiness.report(part)
    clock.now = 29
    assert set(readiness.problems().values()) == {""}
    clock.now = 30
    late = "not checked for 30 seconds"
    assert (readiness.problem("reads"), readiness.problem("writes")) == (late, late)
    assert (readiness.problem("schema"), readiness.problem("storage")) == ("", "")
    clock.now = 90
    assert readiness.problem("storage") == "not checked for 90 seconds"
    clock.now = 10_000
    assert readiness.problem("serving") == ""


def test_it_is_alive_while_the_event_loop_runs(readiness: Readiness, clock: Clock) -> None:
    alive = []
    for clock.now in (59, 60):
        alive.append(readiness.alive)
    readiness.beat()
    assert [*alive, readiness.alive] == [True, False, True]


def test_a_part_that_does_not_exist_is_a_mistake(readiness: Readiness) -> None:
    with pytest.raises(ValueError, match="'disk' is no part"):
        readiness.report("disk")
