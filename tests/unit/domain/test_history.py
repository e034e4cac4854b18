"""Positions and etags: of one history each."""

import pytest

from registry_grpc.domain.errors import EtagMismatch, HistoryChanged
from registry_grpc.domain.history import ABSENT_ETAG, Position, full_etag, require_etag
from tests.support.history import HISTORY, OTHER_HISTORY, at

NAME = "namespaces/risk/models/fraud"
CURRENT = f"r7.{HISTORY}"


def test_an_etag_has_the_history_within() -> None:
    assert full_etag("r7", HISTORY) == CURRENT


@pytest.mark.parametrize("mark", ["", ABSENT_ETAG])
def test_what_does_not_exist_is_of_no_history(mark: str) -> None:
    assert full_etag(mark, HISTORY) == mark


def test_the_current_etag_and_none_at_all_are_taken() -> None:
    require_etag(NAME, "", "r7", at(9))
    require_etag(NAME, CURRENT, "r7", at(9))
    require_etag(NAME, ABSENT_ETAG, ABSENT_ETAG, at(9))


@pytest.mark.parametrize(
    "stale", [f"r6.{HISTORY}", "r7", "R7", f"r7.{HISTORY.upper()}", '"r7"', "*", " ", ABSENT_ETAG]
)
def test_another_etag_is_a_mismatch(stale: str) -> None:
    with pytest.raises(EtagMismatch) as refusal:
        require_etag(NAME, stale, "r7", at(9))
    assert refusal.value.metadata == {
        "resource": NAME,
        "given_etag": stale,
        "current_etag": CURRENT,
    }


@pytest.mark.parametrize("number", [6, 7, 12])
def test_an_etag_of_another_history_is_said_to_be_that(number: int) -> None:
    with pytest.raises(HistoryChanged) as refusal:
        require_etag(NAME, f"r{number}.{OTHER_HISTORY}", "r7", at(9))
    assert refusal.value.metadata == {
        "history_id": HISTORY,
        "given_history_id": OTHER_HISTORY,
        "revision": "9",
    }


def test_a_position_is_of_one_history_unless_it_does_not_say_of_which() -> None:
    at(5).require_in(at(9))
    Position("", 5).require_in(at(9))
    with pytest.raises(HistoryChanged):
        at(5, OTHER_HISTORY).require_in(at(9))
