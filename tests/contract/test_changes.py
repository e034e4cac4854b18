"""The use cases of the change log, on both databases."""

from datetime import timedelta
from functools import partial

import pytest

from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import InvalidRequest, NamespaceNotFound, RevisionCompacted
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.watch import EVERYTHING, Wanted
from registry_grpc.services.change import Changes, require_kept
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import at

QUERY = Query("ListChanges", ("namespaces/-",), (int,))
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


def pages(
    changes: Changes, size: int, wanted: Wanted = EVERYTHING, start: int = 0
) -> list[list[Index]]:
    """Return every page to the end."""
    found, token = [], ""
    while True:
        page = changes.list(QUERY, QUERY.page(size, token), wanted, start)
        found.append([(event.revision, event.index) for event in page.items])
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
    assert changes.list(QUERY, Page(1, None), EVERYTHING, 0).revision == 4


def test_an_unknown_namespace_is_refused(changes: Changes) -> None:
    with pytest.raises(NamespaceNotFound):
        changes.list(QUERY, Page(1, None), Wanted("nowhere"), 0)


def test_what_is_compacted_is_refused_by_revision_and_skipped_without(
    changes: Changes, database: Database
) -> None:
    with database.write() as transaction:
        transaction.log.compact(2)
    assert pages(changes, 9) == [[(3, 0), (3, 1), (4, 0)]]
    assert pages(changes, 9, start=3) == [[(3, 0), (3, 1), (4, 0)]]
    for start in (1, 2):
        with pytest.raises(RevisionCompacted) as caught:
            changes.list(QUERY, Page(1, None), EVERYTHING, start)
        assert caught.value.metadata == {"compacted_revision": "2", "revision": "4"}


def test_a_page_whose_beginning_was_compacted_meanwhile_is_refused(
    changes: Changes, database: Database
) -> None:
    token = changes.list(QUERY, Page(1, None), EVERYTHING, 0).next_token
    with database.write() as transaction:
        transaction.log.compact(1)
    page = QUERY.page(1, token)
    assert [event.revision for event in changes.list(QUERY, page, EVERYTHING, 0).items] == [2] * 3
    with database.write() as transaction:
        transaction.log.compact(2)
    with pytest.raises(RevisionCompacted):
        changes.list(QUERY, page, EVERYTHING, 0)


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


def test_a_forged_token_reads_nothing_and_breaks_nothing(changes: Changes) -> None:
    for key in (-(2**63) + 1, 0):
        with pytest.raises(RevisionCompacted):
            changes.list(QUERY, QUERY.page(1, QUERY.token((key,))), EVERYTHING, 0)
    far = QUERY.page(1, QUERY.token((2**63 - 1,)))
    assert changes.list(QUERY, far, EVERYTHING, 0).items == []
    with pytest.raises(InvalidRequest):
        QUERY.page(1, QUERY.token((2**63,)))
