"""The promises of `DeniedRequestStore`: numbered after all earlier changes, delaying none."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from registry_grpc.domain.denied_request import DeniedRequestEntry
from registry_grpc.domain.trail import Selection, Span
from registry_grpc.domain.watch import Wanted
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import START, a_change, a_denied_request, a_model, at

EVERY = Selection()
MODEL = a_model()


def refuse(database: Database, *minutes: float, omitted: int = 0) -> None:
    """Record calls that were refused in these minutes."""
    with database.write() as transaction:
        calls = [a_denied_request(time=at(minute)) for minute in minutes]
        transaction.denied_requests.add(calls, omitted)


def change(database: Database, minute: float) -> None:
    with database.change(lambda: at(minute)) as transaction:
        transaction.record([a_change(MODEL)])


def numbers(denied_requests: Sequence[DeniedRequestEntry]) -> list[int]:
    return [denied.number for denied in denied_requests]


def test_there_is_none_at_first(database: Database) -> None:
    with database.read() as transaction:
        denied_requests = transaction.denied_requests
        assert (denied_requests.newest, denied_requests.entries(EVERY, Span(), 9)) == (0, [])
        assert (denied_requests.number_at(at(9)), denied_requests.number_before(9)) == (0, 0)


def test_calls_are_what_was_recorded(database: Database) -> None:
    calls = [
        a_denied_request(),
        a_denied_request(name="", reason="GATE_REFUSED", causes=["auc is 0.7", "ein Käse ☃"]),
        a_denied_request(name="not a name", message="\U0001f600", actor="a b"),
    ]
    with database.write() as transaction:
        transaction.denied_requests.add(calls, omitted=7)
    with database.read() as transaction:
        found = transaction.denied_requests.entries(EVERY, Span(), 9)
    omitted = (7, 0, 0)
    assert found == [
        DeniedRequestEntry(number, 0, call, left_out)
        for number, (call, left_out) in enumerate(zip(calls, omitted, strict=True), 1)
    ]
    assert [denied.request.action for denied in found] == [
        *("permission.denied", "precondition.failed", "permission.denied")
    ]


def test_they_take_no_revision_and_stand_behind_the_newest(database: Database) -> None:
    refuse(database, 0)
    change(database, 1)
    change(database, 2)
    refuse(database, 3, 4)
    change(database, 5)
    with database.read() as transaction:
        found = transaction.denied_requests.entries(EVERY, Span(), 9)
        assert [(denied.number, denied.revision) for denied in found] == [(1, 0), (2, 2), (3, 2)]
        before = transaction.denied_requests.number_before
        assert [before(revision) for revision in (0, 1, 2, 3, 9)] == [0, 1, 1, 3, 3]
        assert transaction.revision == 3
        assert len(transaction.log.events(0, 9)) == 3


def test_times_grow_with_the_numbers(database: Database) -> None:
    refuse(database, 5, 3)
    refuse(database, 4, 6)
    with database.read() as transaction:
        denied_requests = transaction.denied_requests
        found = denied_requests.entries(EVERY, Span(), 9)
        assert [denied.request.time for denied in found] == [at(5), at(5), at(5), at(6)]
        assert [denied_requests.number_at(at(minute)) for minute in (4.9, 5, 5.9, 6)] == [
            0,
            3,
            3,
            4,
        ]


def test_a_span_is_read_from_either_end(database: Database) -> None:
    refuse(database, *range(6))
    with database.read() as transaction:
        entries = transaction.denied_requests.entries
        assert numbers(entries(EVERY, Span(), 2)) == [1, 2]
        assert numbers(entries(EVERY, Span(2, 4), 9)) == [3, 4]
        assert numbers(entries(EVERY, Span(2, newest_first=True), 3)) == [6, 5, 4]
        assert numbers(entries(EVERY, Span(1, 3, newest_first=True), 9)) == [3, 2]
        assert numbers(entries(EVERY, Span(4).beyond(5), 9)) == [6]
        assert numbers(entries(EVERY, Span(newest_first=True).beyond(3), 9)) == [2, 1]


def test_they_are_selected_by_resource_actor_and_action(database: Database) -> None:
    fraud, other = str(MODEL.name), "namespaces/risk/models/fraud"
    with database.write() as transaction:
        transaction.denied_requests.add(
            [
                a_denied_request(name=fraud, actor="ann"),
                a_denied_request(name=f"{fraud}/aliases/champion", reason="ALIAS_PROTECTED"),
                a_denied_request(name=f"{fraud}-2"),
                a_denied_request(name=other),
                a_denied_request(name="", actor="ann"),
            ]
        )
    expected = {
        Selection(wanted=Wanted(None)): [1, 2, 3, 4, 5],
        Selection(wanted=Wanted("default")): [1, 2, 3],
        Selection(wanted=Wanted("default", frozenset({fraud}))): [1, 2],
        Selection(wanted=Wanted(None, frozenset({fraud, other}))): [1, 2, 4],
        Selection(wanted=Wanted("risk", frozenset({fraud}))): [],
        Selection(wanted=Wanted(None, prefixes=(f"{fraud}/aliases/",))): [2],
        Selection(wanted=Wanted(None, prefixes=(f"{fraud}-",))): [3],
        Selection(actor="ann"): [1, 5],
        Selection(action="precondition.failed"): [2],
        Selection(action="precondition."): [2],
        Selection(action="precondition.denied"): [],
        Selection(action="permission.", actor="eve"): [3, 4],
        Selection(denied_only=True, actor="eve"): [2, 3, 4],
        Selection(action="alias."): [],
    }
    with database.read() as transaction:
        for selection, found in expected.items():
            for newest_first in (False, True):
                span = Span(newest_first=newest_first)
                entries = transaction.denied_requests.entries(selection, span, 9)
                assert numbers(entries) == sorted(found, reverse=newest_first), selection


def test_those_who_record_at_once_take_each_number_once(database: Database) -> None:
    def work(index: int) -> None:
        refuse(database, index, index) if index % 2 else change(database, index)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(40)))
    with database.read() as transaction:
        found = transaction.denied_requests.entries(EVERY, Span(), 99)
        assert transaction.revision == 20
    assert numbers(found) == list(range(1, 41))
    revisions = [denied.revision for denied in found]
    assert revisions == sorted(revisions)


def test_the_oldest_go_and_numbers_are_not_used_again(database: Database) -> None:
    refuse(database, *range(5))
    with database.write() as transaction:
        transaction.log.keep_for(1)
        trim = transaction.denied_requests.trim
        assert [trim(3, 2), trim(3, 2), trim(3, 2)] == [2, 3, 3]
    with database.read() as transaction:
        assert numbers(transaction.denied_requests.entries(EVERY, Span(), 9)) == [4, 5]
    with database.write() as transaction:
        assert transaction.denied_requests.trim(99, 99) == 5
    refuse(database, 9)
    with database.read() as transaction:
        assert numbers(transaction.denied_requests.entries(EVERY, Span(), 9)) == [6]


def test_what_is_undone_was_not_recorded(database: Database) -> None:
    def interrupted() -> None:
        with database.write() as transaction:
            transaction.denied_requests.add([a_denied_request()])
            raise TimeoutError

    with pytest.raises(TimeoutError):
        interrupted()
    refuse(database, 1)
    with database.read() as transaction:
        found = transaction.denied_requests.entries(EVERY, Span(), 9)
    later = replace(a_denied_request(), time=START + timedelta(minutes=1))
    assert found == [DeniedRequestEntry(1, 0, later)]
