"""The order of the audit trail, and how it is cut into pages."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_grpc.domain.actions import ACTIONS, action_problem
from registry_grpc.domain.change import Change, Event
from registry_grpc.domain.denied_request import DeniedRequest, DeniedRequestEntry
from registry_grpc.domain.trail import Entry, Selection, Span, merged

MOMENT = datetime(2026, 5, 3, tzinfo=UTC)
CHANGE = Change("model.update", "namespaces/a", "ann", None, None)
CALL = DeniedRequest(
    actor="eve",
    method="S/M",
    name="",
    reason="PERMISSION_DENIED",
    message="no",
    causes=(),
    request_id="1",
    time=MOMENT,
)
_SIZES = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3)), max_size=8)


def trail(sizes: list[tuple[int, int]]) -> list[Entry]:
    """So many changes in each transaction, and so many denied requests behind it."""
    found: list[Entry] = []
    number = 0
    for revision, (changes, denied_requests) in enumerate(sizes, 1):
        found += [Event(revision, index, MOMENT, CHANGE) for index in range(changes)]
        for _ in range(denied_requests):
            number += 1
            found.append(DeniedRequestEntry(number, revision, CALL))
    return found


@given(_SIZES, st.integers(1, 9), st.booleans())
def test_the_first_of_both_kinds_are_the_first_of_the_trail(
    sizes: list[tuple[int, int]], size: int, newest_first: bool
) -> None:
    whole = trail(sizes)[:: -1 if newest_first else 1]
    changes = [entry for entry in whole if isinstance(entry, Event)]
    denied_requests = [entry for entry in whole if isinstance(entry, DeniedRequestEntry)]
    found = merged(changes, denied_requests, size, newest_first=newest_first)
    assert found == whole[: len(found)]
    assert len(found) >= min(size, len(whole))
    if len(found) > size:
        # Only for the rest of a transaction.
        extra = [entry for entry in found[size - 1 :] if isinstance(entry, Event)]
        assert len(extra) == len(found) - size + 1
        assert len({entry.revision for entry in extra}) == 1
    if len(found) < len(whole) and isinstance(found[-1], Event):
        assert whole[len(found)].revision != found[-1].revision or isinstance(
            whole[len(found)], DeniedRequestEntry
        )


def test_what_is_left_of_a_span_is_behind_a_place_in_the_direction_of_reading() -> None:
    assert Span(2, 9).beyond(4) == Span(4, 9)
    assert Span(2, 9, newest_first=True).beyond(4) == Span(2, 3, newest_first=True)
    assert Span(newest_first=True).beyond(1) == Span(0, 0, newest_first=True)


@pytest.mark.parametrize(
    "action, kinds",
    [
        *(("", (True, True)), ("alias.", (True, False)), ("alias.set", (True, False))),
        *(("permission.", (False, True)), ("permission.denied", (False, True))),
        *(("precondition.failed", (False, True)), ("precondition.denied", (True, False))),
    ],
)
def test_an_action_says_of_which_kind_an_entry_can_be(
    action: str, kinds: tuple[bool, bool]
) -> None:
    selection = Selection(action=action)
    assert (selection.has_changes, selection.has_denied_requests) == kinds
    only = Selection(action=action, denied_only=True)
    assert (only.has_changes, only.has_denied_requests) == (False, kinds[1])


def test_an_action_is_one_of_those_there_are_or_a_noun_with_a_dot() -> None:
    for action in (*ACTIONS, "alias.", "stage_graph.", "token.", "permission."):
        assert not action_problem(action)
    for action in ("", "alias", ".set", "alias.set.", "Alias.set", "alias.%", "alias. ", "a."):
        assert action_problem(action)


def test_an_unknown_action_is_answered_with_the_actions_there_are() -> None:
    assert action_problem("alias.move").startswith("must be one of alias.set, alias.delete; or")
    for action in ACTIONS:
        assert action in action_problem("promotion.approve")
        # The beginning is enough to go on: an error shows no more of it.
        assert f"{action.partition('.')[0]}." in action_problem("promotion.approve")[:250]
