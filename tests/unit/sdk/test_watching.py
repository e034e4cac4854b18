"""Decisions of a watch, without a registry: its position, and the time of its retries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelregistry import errors
from modelregistry._watching.cursor import Cursor
from modelregistry._watching.retry import Backoff, WatchRetryPolicy, resume_revision


@dataclass(frozen=True)
class Message:
    """One of a watch."""

    revision: int
    events: Sequence[str] = ()
    initial_state_complete: bool = False
    history_id: str = ""


BREAKS = st.lists(st.integers(0, 4), max_size=6)
"""After how many messages each connection breaks."""
LOGS = st.lists(st.booleans(), max_size=12).map(
    lambda wanted: [[f"event {number}"] if each else [] for number, each in enumerate(wanted)]
)
"""The watched resources of each revision, from revision 1 on."""


def sent(log: Sequence[list[str]], start: int, early: int) -> list[Message]:
    """The messages of a server from a revision on; perhaps a few too early, which is a fault."""
    first = max(1, start - early)
    news = [Message(revision, log[revision - 1]) for revision in range(first, len(log) + 1)]
    return [Message(first - 1), *news]


@given(log=LOGS, start=st.integers(1, 6), breaks=BREAKS, early=st.integers(0, 2))
def test_every_event_from_the_start_on_is_handed_on_once_and_in_order(
    log: list[list[str]], start: int, breaks: list[int], early: int
) -> None:
    cursor, got = Cursor[Message](start), []
    for length in [*breaks, len(log) + 2]:
        cursor.connect()
        for message in sent(log, cursor.start_revision, early)[:length]:
            got.extend(cursor.accept(message))
    events = [event for message in got for event in message.events]
    assert events == [event for entry in log[start - 1 :] for event in entry]
    revisions = [message.revision for message in got]
    assert revisions == sorted(revisions)


@given(states=st.lists(st.integers(0, 5), min_size=1, max_size=5), breaks=BREAKS)
def test_a_state_is_handed_on_whole_or_not_at_all(states: list[int], breaks: list[int]) -> None:
    cursor, got = Cursor[Message](initial_state=True), []
    for number, length in enumerate([*breaks, 10]):
        revision = number + 1
        parts = [Message(revision, [f"{revision}/{part}"]) for part in states]
        cursor.connect()
        if not cursor.initial_state:
            break
        for message in [*parts, Message(revision, (), initial_state_complete=True)][:length]:
            got.extend(cursor.accept(message))
    assert len({message.revision for message in got}) == 1
    assert [len(message.events) for message in got] == [1] * len(states) + [0]
    assert cursor.start_revision == got[-1].revision + 1


def test_a_watch_from_now_on_goes_on_from_its_first_bookmark() -> None:
    cursor = Cursor[Message]()
    assert cursor.start_revision == 0
    assert cursor.accept(Message(41)) == [Message(41)]
    assert cursor.start_revision == 42


def test_a_server_may_send_a_watch_ahead_but_never_back() -> None:
    cursor = Cursor[Message](5)
    cursor.resume_at(9)
    assert cursor.start_revision == 9
    cursor.resume_at(3)
    assert cursor.start_revision == 9
    waiting = Cursor[Message](initial_state=True)
    waiting.resume_at(9)
    assert waiting.initial_state


@given(st.integers(1, 60))
def test_the_pause_is_anything_below_a_ceiling_that_grows_to_five_seconds(failures: int) -> None:
    backoff, error = Backoff(), errors.Unavailable("gone")
    for count in range(failures):
        assert 0 <= backoff.pause_after(error) <= min(5, 0.1 * 2**count)
    backoff.reset()
    assert backoff.pause_after(error) <= 0.1


def test_the_pause_is_as_long_as_the_server_asks_and_not_the_same_for_all() -> None:
    busy = errors.ServerOverloaded("busy", retry_after=timedelta(seconds=7))
    pauses = [Backoff().pause_after(busy) for _ in range(200)]
    assert all(7 <= pause <= 14 for pause in pauses)
    assert max(pauses) - min(pauses) > 3


def test_pauses_grow_while_connections_bring_no_more_than_their_greeting() -> None:
    policy, error = WatchRetryPolicy(30, 0), errors.Unavailable("gone")
    for _ in range(60):
        policy.record_message(has_news=False)
        pause = policy.pause_after(error, 1)
    longest = max(policy.pause_after(error, 1) for _ in range(200))
    assert longest > 1
    policy.record_message(has_news=False)
    policy.record_message(has_news=False)
    pause = policy.pause_after(error, 1)
    assert pause <= 0.1


def test_what_was_there_once_is_tried_for_ever() -> None:
    policy, error = WatchRetryPolicy(30, 0), errors.Unavailable("gone")
    policy.record_message(has_news=False)
    for hour in range(100):
        policy.pause_after(error, hour * 3600)


def test_what_was_never_there_is_given_up_after_the_patience() -> None:
    policy, error = WatchRetryPolicy(30, 100), errors.Unavailable("gone")
    policy.pause_after(error, 129)
    with pytest.raises(errors.Unavailable):
        policy.pause_after(error, 130)


def test_a_revision_ahead_is_waited_for_as_long_as_the_patience_also_later() -> None:
    policy, error = WatchRetryPolicy(30, 0), errors.RevisionNotReached("not yet")
    policy.record_message(has_news=True)
    policy.pause_after(error, 1000)
    policy.pause_after(errors.Unavailable("gone"), 1010)
    policy.pause_after(error, 1029)
    with pytest.raises(errors.RevisionNotReached):
        policy.pause_after(error, 1030)
    policy.record_message(has_news=False)
    policy.pause_after(error, 2000)


@pytest.mark.parametrize(
    "error",
    [
        errors.RevisionCompacted("gone"),
        errors.NamespaceNotFound("none"),
        errors.PermissionDenied("no"),
        errors.TokenInvalid("no"),
        errors.InvalidRequest("wrong"),
        errors.ClientClosed("closed"),
        errors.NotImplementedYet("old"),
        errors.InternalError("bug", metadata={"incident_id": "i"}),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_trying_again_does_not_cure_is_raised(error: errors.RegistryError) -> None:
    policy = WatchRetryPolicy(30, 0)
    policy.record_message(has_news=True)
    with pytest.raises(type(error)):
        policy.pause_after(error, 0)


@pytest.mark.parametrize("text,revision", [("42", 42), ("", 0), ("-1", 0), ("x", 0), ("٣", 0)])
def test_where_to_go_on_is_read_from_the_error(text: str, revision: int) -> None:
    error = errors.ServerDraining("bye", metadata={"resume_revision": text})
    assert resume_revision(error) == revision
    assert resume_revision(errors.ServerDraining("bye")) == 0


FIRST, SECOND = "5c0ffee15bad51de", "0123456789abcdef"


def test_a_watch_is_taken_up_in_the_history_that_it_was_in() -> None:
    cursor = Cursor[Message](7)
    assert cursor.history_id == ""
    cursor.accept(Message(7, ["x"], history_id=FIRST))
    assert (cursor.start_revision, cursor.history_id) == (8, FIRST)
    assert not cursor.is_from_other_history(Message(8, history_id=FIRST))
    assert cursor.is_from_other_history(Message(8, history_id=SECOND))


def test_a_history_that_is_given_is_asked_for() -> None:
    cursor = Cursor[Message](7, FIRST)
    assert (cursor.start_revision, cursor.history_id) == (7, FIRST)


def test_in_another_history_it_begins_with_the_present_state() -> None:
    cursor = Cursor[Message](7, FIRST)
    cursor.accept(Message(12, ["old"], history_id=FIRST))
    cursor.restart()
    assert (cursor.start_revision, cursor.history_id, cursor.initial_state) == (0, "", True)
    state = Message(6, ["state"], history_id=SECOND)
    complete = Message(6, (), initial_state_complete=True, history_id=SECOND)
    assert cursor.accept(state) == []
    assert cursor.accept(complete) == [state, complete]
    assert (cursor.start_revision, cursor.history_id, cursor.initial_state) == (7, SECOND, False)
