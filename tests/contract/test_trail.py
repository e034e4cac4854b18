"""The audit trail on both databases: every entry once, in order, with any filter."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.change import Change, Event
from registry_grpc.domain.denied_request import DeniedRequestEntry
from registry_grpc.domain.errors import RevisionCompacted
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.trail import Asked, Entry, Selection
from registry_grpc.domain.watch import EVERYTHING, Wanted
from registry_grpc.services import change as change_module
from registry_grpc.services.change import Changes
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import a_denied_request, a_namespace, at
from tests.support.faults.amount import examples

QUERY = Query("ListChanges", (), (int, int))
AUDIT = Asked(audit=True)
Place = tuple[int, int] | int
"""Revision and index of a change, number of a denied request."""


def place(entry: Entry) -> Place:
    return (entry.revision, entry.index) if isinstance(entry, Event) else entry.number


def pages(changes: Changes, asked: Asked, size: int) -> Iterator[Sequence[Entry]]:
    token = ""
    while True:
        page = changes.list(QUERY, QUERY.page(size, token), asked)
        yield page.items
        token = page.next_token
        if not token:
            return


def listed(changes: Changes, asked: Asked = AUDIT, size: int = 1_000) -> list[Place]:
    return [place(entry) for page in pages(changes, asked, size) for entry in page]


def change(database: Database, moment: datetime, *names: str, **fields: str) -> None:
    with database.change(lambda: moment) as transaction:
        made = {"action": "model.update", "actor": "ann", "reason": "", **fields}
        transaction.record(
            [
                Change(made["action"], name, made["actor"], None, None, made["reason"])
                for name in names
            ]
        )


def refuse(database: Database, moment: datetime, **fields: str) -> None:
    with database.write() as transaction:
        transaction.denied_requests.add([a_denied_request(time=moment, **fields)])


FRAUD, OTHER = "namespaces/default/models/fraud", "namespaces/default/models/other"


@pytest.fixture
def changes(database: Database) -> Changes:
    """Something in each minute from 1 on: changes and denied requests."""
    change(database, at(1), FRAUD, action="model.create")
    refuse(database, at(2), actor="bob", name=FRAUD)
    change(database, at(3), f"{FRAUD}/aliases/a", OTHER, action="alias.set")
    change(database, at(4), f"{FRAUD}/aliases/a", action="alias.delete", actor="bob")
    refuse(database, at(5), reason="ALIAS_PROTECTED", name=f"{FRAUD}/aliases/a")
    refuse(database, at(6), name="")
    change(database, at(7), OTHER)
    return Changes(database)


WHOLE: list[Place] = [(1, 0), 1, (2, 0), (2, 1), (3, 0), 2, 3, (4, 0)]


def test_changes_and_denied_requests_come_in_the_order_in_which_they_were_recorded(
    changes: Changes,
) -> None:
    assert listed(changes) == WHOLE
    newest_first = Asked(audit=True, newest_first=True)
    assert listed(changes, newest_first) == WHOLE[::-1]
    for size in range(1, 10):
        assert listed(changes, size=size) == WHOLE
        assert listed(changes, newest_first, size) == WHOLE[::-1]


def test_pages_are_full_and_transactions_whole(changes: Changes) -> None:
    counts = [len(page) for page in pages(changes, AUDIT, 3)]
    assert counts == [4, 3, 1]
    newest_first = Asked(audit=True, newest_first=True)
    assert [len(page) for page in pages(changes, newest_first, 5)] == [6, 2]
    assert [len(page) for page in pages(changes, AUDIT, 8)] == [8]


def test_without_asking_for_the_trail_there_are_changes_only(changes: Changes) -> None:
    only = [where for where in WHOLE if isinstance(where, tuple)]
    assert listed(changes, Asked()) == only
    assert listed(changes, Asked(newest_first=True)) == only[::-1]
    assert listed(changes, Asked(selection=Selection(denied_only=True))) == []


def test_the_trail_is_filtered_by_who_what_where_and_when(changes: Changes) -> None:
    fraud = Wanted("default", frozenset({FRAUD}))
    expected: list[tuple[Asked, list[Place]]] = [
        (Asked(selection=Selection(actor="bob"), audit=True), [1, (3, 0)]),
        (Asked(selection=Selection(action="alias."), audit=True), [(2, 0), (2, 1), (3, 0)]),
        (Asked(selection=Selection(action="alias.delete"), audit=True), [(3, 0)]),
        (Asked(selection=Selection(denied_only=True), audit=True), [1, 2, 3]),
        (Asked(selection=Selection(action="precondition.failed"), audit=True), [2]),
        (Asked(selection=Selection(action="alias.s"), audit=True), []),
        (Asked(selection=Selection(wanted=fraud), audit=True), [(1, 0), 1, (2, 0), (3, 0), 2]),
        (Asked(start_time=at(3), audit=True), WHOLE[2:]),
        (Asked(end_time=at(3), audit=True), WHOLE[:2]),
        (Asked(start_time=at(2), end_time=at(5), audit=True), WHOLE[1:5]),
        (Asked(start_time=at(8), audit=True), []),
        (Asked(start_revision=3, audit=True), WHOLE[4:]),
        (Asked(start_revision=9, audit=True), []),
        (Asked(start_revision=2, start_time=at(3.5), audit=True), WHOLE[4:]),
    ]
    for asked, found in expected:
        assert listed(changes, asked, 2) == found, asked


_NAMES = ["", "namespaces/a", *(f"namespaces/{n}/models/{m}" for n in "ab" for m in ("x", "x-y"))]
_NAMED = _NAMES + [f"{name}/aliases/l" for name in _NAMES[2:]]
_ACTIONS = ["alias.set", "alias.delete", "aliases.set", "model.create", "permission.denied"]
_WANTED = st.builds(
    Wanted,
    st.sampled_from([None, "a", "b"]),
    st.frozensets(st.sampled_from(_NAMES[2:]), max_size=2),
    st.lists(st.sampled_from(_NAMED[1:]), max_size=2).map(tuple),
)
_MOMENTS = st.none() | st.integers(0, 26).map(at)
_ASKED = st.builds(
    Asked,
    selection=st.builds(
        Selection,
        wanted=st.just(EVERYTHING) | _WANTED,
        actor=st.sampled_from(["", "ann", "bob"]),
        action=st.sampled_from(
            ["", "alias.", "alias.set", "permission.", "precondition.failed", "x."]
        ),
        denied_only=st.booleans(),
    ),
    start_revision=st.integers(0, 5),
    start_time=_MOMENTS,
    end_time=_MOMENTS,
    newest_first=st.booleans(),
    audit=st.booleans(),
)


def _is_asked_for(asked: Asked, entry: Entry) -> bool:
    """The meaning of a filter, in the plainest way."""
    what = entry.change if isinstance(entry, Event) else entry.request
    time = entry.time if isinstance(entry, Event) else entry.request.time
    selection = asked.selection
    return (
        (asked.audit or isinstance(entry, Event))
        and not (selection.denied_only and isinstance(entry, Event))
        and (selection.wanted.matches(what.name) if what.name else selection.wanted == EVERYTHING)
        and selection.actor in {"", what.actor}
        and (
            what.action.startswith(selection.action)
            if selection.action.endswith(".")
            else selection.action in {"", what.action}
        )
        and entry.revision >= asked.start_revision
        and (asked.start_time is None or time >= asked.start_time)
        and (asked.end_time is None or time < asked.end_time)
    )


def test_a_list_is_what_a_naive_reading_of_the_whole_trail_finds(database: Database) -> None:
    changes = Changes(database)
    with database.change(lambda: at(0)) as transaction:
        for namespace in ("a", "b"):
            transaction.namespaces.add(a_namespace(namespace))
    for minute, name in enumerate(_NAMED * 2, 1):
        actor, action = ("ann", "bob", "ann")[minute % 3], _ACTIONS[minute % len(_ACTIONS)]
        if action.endswith("denied") or not name:
            reason = ("PERMISSION_DENIED", "GATE_REFUSED")[minute % 2]
            refuse(database, at(minute), name=name, actor=actor, reason=reason)
        else:
            change(database, at(minute), *[name] * (1 + minute % 3), actor=actor, action=action)
    entries = [entry for page in pages(changes, AUDIT, 9) for entry in page]
    assert {type(entry) for entry in entries} == {Event, DeniedRequestEntry}

    @settings(max_examples=examples(150))
    @given(_ASKED, st.integers(1, 7))
    def agrees(asked: Asked, size: int) -> None:
        expected = [place(entry) for entry in entries if _is_asked_for(asked, entry)]
        assert listed(changes, asked, size) == (expected[::-1] if asked.newest_first else expected)

    agrees()


def test_every_entry_is_listed_once_while_others_write(database: Database) -> None:
    changes, over = Changes(database), threading.Event()
    rounds = 30

    def write(writer: int) -> None:
        for number in range(rounds):
            change(database, at(number), *[f"{FRAUD}-{writer}"] * (1 + number % 3))
            refuse(database, at(number), actor=f"w{writer}")

    def read(newest_first: bool) -> None:
        while not over.is_set():
            found = listed(changes, Asked(audit=True, newest_first=newest_first), 7)
            assert len(found) == len(set(found))
            if newest_first:
                continue
            # Nothing is ever recorded in front of what was read: the first pages stay as they are.
            assert listed(changes, size=50)[: len(found)] == found

    with ThreadPoolExecutor(6) as threads:
        readers = [threads.submit(read, newest_first) for newest_first in (True, False)]
        writers = [threads.submit(write, writer) for writer in range(4)]
        for writer in writers:
            writer.result()
        over.set()
        for reader in readers:
            reader.result()
    whole = listed(changes, size=11)
    events = 4 * sum(1 + number % 3 for number in range(rounds))
    assert len(whole) == len(set(whole)) == events + 4 * rounds
    assert listed(changes, Asked(audit=True, newest_first=True), 11) == whole[::-1]


def test_the_trail_goes_back_beyond_what_can_be_watched(
    changes: Changes, database: Database
) -> None:
    with database.write() as transaction:
        transaction.log.compact(3)
    assert listed(changes) == WHOLE
    assert listed(changes, Asked()) == [(4, 0)]
    assert listed(changes, Asked(newest_first=True)) == [(4, 0)]
    assert listed(changes, Asked(start_revision=2, audit=True)) == WHOLE[2:]
    with pytest.raises(RevisionCompacted):
        listed(changes, Asked(start_revision=2))


def test_what_is_older_than_the_trail_is_kept_goes_and_nothing_else(changes: Changes) -> None:
    changes.keep_for(1)
    assert changes.trim(at(4)) == 0  # all of it can still be watched
    assert listed(changes) == [*WHOLE[:1], *WHOLE[2:]]  # except the unwatched kind
    changes.compact(at(5))
    assert changes.trim(at(4)) == 2
    assert listed(changes) == WHOLE[4:]
    assert changes.trim(at(2)) == 2
    assert changes.trim(at(99)) == 3
    assert listed(changes) == [(4, 0)]
    with pytest.raises(RevisionCompacted) as caught:
        listed(changes, Asked(start_revision=3, audit=True))
    assert caught.value.metadata == {"compacted_revision": "3", "revision": "4"}


def test_a_page_whose_beginning_went_meanwhile_is_refused(changes: Changes) -> None:
    oldest = changes.list(QUERY, Page(1, None), AUDIT)
    newest = Asked(audit=True, newest_first=True)
    first = changes.list(QUERY, Page(1, None), newest)
    changes.keep_for(1)
    changes.compact(at(99))
    changes.trim(at(5))
    with pytest.raises(RevisionCompacted):
        changes.list(QUERY, QUERY.page(9, oldest.next_token), AUDIT)
    rest = changes.list(QUERY, QUERY.page(9, first.next_token), newest)
    assert [place(entry) for entry in rest.items] == [3, 2]


def test_much_is_removed_in_portions_that_let_others_in(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_module, "TRIM_AT_ONCE", 3)
    changes = Changes(database)
    for minute in range(10):
        change(database, at(minute), *[FRAUD] * (1 + minute % 5))
        refuse(database, at(minute))
    changes.keep_for(1)
    changes.compact(at(8))
    assert changes.trim(at(8)) == 8
    ninth, tenth = ([(revision, index) for index in range(revision - 5)] for revision in (9, 10))
    assert listed(changes) == [*ninth, 9, *tenth, 10]
