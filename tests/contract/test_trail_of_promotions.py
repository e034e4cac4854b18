"""Selections of a model include its promotions, in watches and in the audit trail."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from registry_grpc.domain.change import Change, Event
from registry_grpc.domain.page import Query
from registry_grpc.domain.trail import Asked, Selection
from registry_grpc.domain.watch import Wanted
from registry_grpc.services.change import Changes
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import a_namespace
from tests.support.promotions import MOMENT, a_promotion

FRAUD, CREDIT, OTHER = (f"namespaces/default/models/{name}" for name in ("fraud", "credit", "x"))
ELSEWHERE = "namespaces/risk/models/fraud"
QUERY = Query("ListChanges", (), (int, int))
MANY = frozenset(f"{OTHER}-{number}" for number in range(60))


def a_label(name: str) -> Change:
    return Change("model.update", name, "eve", None, None)


TRANSACTIONS = (
    [a_label(FRAUD)],
    [a_promotion(FRAUD)],
    [a_promotion(FRAUD, CREDIT), a_label(f"{FRAUD}/versions/1"), a_label(f"{CREDIT}/versions/1")],
    [a_label(OTHER), a_promotion(CREDIT), a_promotion(CREDIT, FRAUD), a_promotion(OTHER)],
    [a_promotion(ELSEWHERE), a_promotion(FRAUD), a_label("namespaces/default")],
)
WANTED = [
    Wanted(),
    Wanted("default", frozenset({FRAUD})),
    Wanted(None, frozenset({CREDIT})),
    Wanted(None, frozenset({FRAUD, CREDIT})),
    Wanted("default", frozenset({FRAUD, CREDIT}), (f"{OTHER}", "namespaces/default/transitions/")),
    Wanted("risk", frozenset({ELSEWHERE})),
    Wanted("default", frozenset({ELSEWHERE})),
    Wanted(None, MANY | {CREDIT}),
    Wanted("default", frozenset(), (f"{FRAUD}/",)),
]


@pytest.fixture
def written(database: Database) -> Database:
    with database.change(lambda: MOMENT) as transaction:
        transaction.namespaces.add(a_namespace("risk"))
    for number, changes in enumerate(TRANSACTIONS):
        with database.change(lambda then=MOMENT + timedelta(days=number): then) as transaction:
            transaction.record(changes)
    return database


def everything(database: Database) -> list[Event]:
    with database.read() as transaction:
        return list(transaction.log.events(0, 100))


def paged(changes: Changes, asked: Asked, size: int) -> Iterator[Event]:
    token = "-"
    while token:
        page = changes.list(QUERY, QUERY.page(size, token.strip("-")), asked)
        yield from (item for item in page.items if isinstance(item, Event))
        token = page.next_token


@pytest.mark.parametrize("wanted", WANTED)
def test_what_is_read_is_what_the_rule_says(written: Database, wanted: Wanted) -> None:
    expected = [
        one for one in everything(written) if wanted.matches(one.change.name, one.change.moved)
    ]
    with written.read() as transaction:
        assert list(transaction.log.events(0, 100, wanted)) == expected
        above = [one for one in expected if 2 <= one.revision <= 4]
        assert list(transaction.log.events(1, 100, wanted, upto=4)) == above
    for size in (1, 2, 3, 100):
        for audit in (False, True):
            asked = Asked(selection=Selection(wanted=wanted), audit=audit)
            backwards = Asked(selection=asked.selection, audit=audit, newest_first=True)
            assert list(paged(Changes(written), asked, size)) == expected
            assert list(paged(Changes(written), backwards, size)) == expected[::-1]


def test_a_promotion_of_two_models_is_told_of_both_and_once(written: Database) -> None:
    both = Selection(wanted=Wanted(None, frozenset({FRAUD, CREDIT})), action="transition.")
    found = list(paged(Changes(written), Asked(selection=both), 2))
    assert [(one.revision, one.index) for one in found] == [(2, 0), (3, 0), (4, 1), (4, 2), (5, 1)]
    by_eve = Selection(wanted=Wanted(None, frozenset({CREDIT})), actor="eve")
    assert [one.revision for one in paged(Changes(written), Asked(selection=by_eve), 9)] == [3]


def test_what_is_trimmed_is_forgotten_by_its_models_too(written: Database) -> None:
    changes = Changes(written)
    changes.keep_for(1)
    changes.compact(MOMENT + timedelta(days=2, hours=1))
    assert changes.trim(MOMENT + timedelta(days=2, hours=1)) == 3
    left = Asked(selection=Selection(wanted=Wanted(None, frozenset({FRAUD}))), audit=True)
    assert [one.revision for one in paged(changes, left, 9)] == [4, 5]
