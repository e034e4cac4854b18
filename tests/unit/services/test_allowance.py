"""How often something may be done, in a time that the test decides."""

from dataclasses import dataclass

import pytest

from registry_grpc.services.allowance import Allowance, Allowances


@dataclass
class Elapsed:
    seconds: float = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def elapsed() -> Elapsed:
    return Elapsed()


@pytest.fixture
def allowances(elapsed: Elapsed) -> Allowances:
    """Five at once and two a second for all; two at once and one in two seconds for each."""
    return Allowances(Allowance(5, 2.0), Allowance(2, 0.5), elapsed)


def taken(allowances: Allowances, actor: str, times: int = 10) -> int:
    return sum(allowances.take(actor) for _ in range(times))


def test_each_has_a_burst_of_its_own(allowances: Allowances) -> None:
    assert [taken(allowances, actor) for actor in ("ann", "bob")] == [2, 2]


def test_all_together_have_no_more_than_all_may(allowances: Allowances) -> None:
    assert [taken(allowances, actor) for actor in "abcd"] == [2, 2, 1, 0]


def test_who_is_refused_for_himself_uses_up_nothing_of_the_others(allowances: Allowances) -> None:
    assert taken(allowances, "flood", 1_000) == 2
    assert taken(allowances, "ann") == 2


def test_what_was_taken_comes_back_with_time(allowances: Allowances, elapsed: Elapsed) -> None:
    assert taken(allowances, "ann") == 2
    elapsed.seconds += 1
    assert taken(allowances, "ann") == 0
    elapsed.seconds += 1
    assert taken(allowances, "ann") == 1
    elapsed.seconds += 1_000
    assert taken(allowances, "ann") == 2


def test_more_actors_than_can_be_known_are_still_held_to_what_all_may(elapsed: Elapsed) -> None:
    allowances = Allowances(Allowance(1_500, 0.0), Allowance(1, 0.0), elapsed)
    assert sum(taken(allowances, f"actor-{number}", 2) for number in range(3_000)) == 1_500


def test_an_actor_that_goes_on_gains_nothing_from_many_others(elapsed: Elapsed) -> None:
    allowances = Allowances(Allowance(10_000, 0.0), Allowance(1, 0.0), elapsed)
    assert taken(allowances, "flood") == 1
    for number in range(3_000):
        assert taken(allowances, f"actor-{number}", 1) == 1
        assert taken(allowances, "flood", 1) == 0
