"""The use cases of the change log, on both databases."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest

from registry_grpc.domain.change import Change, Event
from registry_grpc.domain.errors import InvalidRequest, NamespaceNotFound, RevisionCompacted
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.trail import Asked, Entry, Selection
from registry_grpc.domain.watch import EVERYTHING, Wanted
from registry_grpc.services.change import Changes, require_kept
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import at
from tests.support.history import HISTORY

QUERY = Query("ListChanges", ("namespaces/-",), (int, int))
EVERY = Asked()
MINE, OTHER = "namespaces/default/models/mine", "namespaces/default/models/other"
Index = tuple[int, int]


@pytest.fixture
def changes(database: Database) -> Changes:
    """Four transactions, one in each minute: of one change, of three, of two, of one."""
    history = ((MINE,), (MINE, OTHER, MINE), (OTHER, OTHER), (MINE,))
    for minute, names in enumerate(history, 1):
        with database.change(partial(at, minute)) as transaction:
            transaction.record([Change("model.update", name, "ann", None, None) for name in names])
    return Changes(database)


def indexes(entries: Sequence[Entry]) -> list[Index]:
    return [(entry.revision, entry.index) for entry in entries if isinstance(entry, Event)]


def pages(
    changes: Changes, size: int, wanted: Wanted = EVERYTHING, start: int = 0
) -> list[list[Index]]:
    """Return every page to the end."""
    found, token = [], ""
    asked = Asked(selection=Selection(wanted=wanted), start_revision=start)
    while True:
        page = changes.list(QUERY, QUERY.page(size, token), asked)
        found.append(indexes(page.items))
        token = page.next_token
        if not token:
            return found


def test_pages_hold_whole_transactions_and_all_of_them_once(changes: Changes) -> None:
    first, second, third, fourth = [(1, 0)], [(2, 0), (2, 1), (2, 2)], [(3, 0), (3, 1)], [(4, 0)]
    assert pages(changes, 1) == [first, second, third, fourth]
    assert pages(changes, 2) == [first + second, third, fourth]
    assert pages(changes, 3) == [first + second, third + fourth]
    assert pages(changes, 7) == [first + second + third + fourth]


def test_the_last_page_has_no_token_even_when_it_is_full(changes: Changes) -> None:
    wanted = Wanted("default", frozenset({OTHER}))
    assert pages(changes, 1, wanted) == [[(2, 1)], [(3, 0), (3, 1)]]
    assert pages(changes, 3, wanted) == [[(2, 1), (3, 0), (3, 1)]]


def test_a_list_begins_where_it_was_asked_to(changes: Changes) -> None:
    assert pages(changes, 9, start=4) == [[(4, 0)]]
    assert pages(changes, 9, start=99) == [[]]


def test_a_page_says_which_revision_it_reflects(changes: Changes) -> None:
    assert changes.list(QUERY, Page(1, None), EVERY).revision == 4


def test_an_unknown_namespace_is_refused(changes: Changes) -> None:
    nowhere = Asked(selection=Selection(wanted=Wanted("nowhere")))
    with pytest.raises(NamespaceNotFound):
        changes.list(QUERY, Page(1, None), nowhere)


def test_what_is_compacted_is_refused_by_revision_and_skipped_without(
    changes: Changes, database: Database
) -> None:
    with database.write() as transaction:
        transaction.log.compact(2)
    assert pages(changes, 9) == [[(3, 0), (3, 1), (4, 0)]]
    assert pages(changes, 9, start=3) == [[(3, 0), (3, 1), (4, 0)]]
    for start in (1, 2):
        with pytest.raises(RevisionCompacted) as caught:
            changes.list(QUERY, Page(1, None), Asked(start_revision=start))
        assert caught.value.metadata == {"compacted_revision": "2", "revision": "4"}


def test_a_page_whose_beginning_was_compacted_meanwhile_is_refused(
    changes: Changes, database: Database
) -> None:
    token = changes.list(QUERY, Page(1, None), EVERY).next_token
    with database.write() as transaction:
        transaction.log.compact(1)
    page = QUERY.page(1, token)
    assert indexes(changes.list(QUERY, page, EVERY).items) == [(2, 0), (2, 1), (2, 2)]
    with database.write() as transaction:
        transaction.log.compact(2)
    with pytest.raises(RevisionCompacted):
        changes.list(QUERY, page, EVERY)


def test_what_is_kept_is_known_within_a_transaction(changes: Changes, database: Database) -> None:
    assert changes.compact(at(3)) == 2
    with database.read() as transaction:
        require_kept(transaction, 3)
        with pytest.raises(RevisionCompacted):
            require_kept(transaction, 2)


def test_changes_from_before_a_moment_are_compacted(changes: Changes) -> None:
    assert changes.compact(at(0)) == 0
    assert changes.compact(at(2)) == 1
    assert changes.compact(at(2) + timedelta(microseconds=1)) == 2
    assert changes.compact(at(1)) == 2
    assert changes.compact(at(99)) == 4


def test_a_forged_token_reads_nothing_and_breaks_nothing(
    changes: Changes, database: Database
) -> None:
    with database.read() as transaction:
        history = transaction.head.history
    lowest, highest = -(2**63) + 1, 2**63 - 1
    for key in (lowest, -1):
        with pytest.raises(RevisionCompacted):
            changes.list(QUERY, QUERY.page(1, QUERY.token((key, 0), history)), EVERY)
    far = QUERY.page(1, QUERY.token((highest, highest), history))
    assert changes.list(QUERY, far, EVERY).items == []
    for newest_first in (True, False):
        for key in (lowest, highest):
            asked = Asked(newest_first=newest_first, audit=True)
            page = QUERY.page(9, QUERY.token((4, key), history))
            assert len(changes.list(QUERY, page, asked).items) == (6 if newest_first else 0)
    with pytest.raises(InvalidRequest):
        QUERY.page(1, QUERY.token((2**63, 0), HISTORY))
