"""Pages end by count and by bytes; what is behind a page is not read."""

from collections.abc import Sequence

import pytest

from registry_grpc.domain.errors import HistoryChanged
from registry_grpc.domain.limits import PAGE_BYTES
from registry_grpc.domain.page import Key, Page, Query
from registry_grpc.services.listing import Listed, listed, number_of
from tests.support.history import HISTORY, OTHER_HISTORY, at

QUERY = Query("list", (), (int,))


class Table:
    """Rows 0, 1, 2 … of given sizes; counts what was read and measured of them."""

    def __init__(self, *sizes: int) -> None:
        """Begin with nothing read."""
        self._sizes = sizes
        self.read: list[int] = []
        self.measured: list[int] = []

    def rows(self, after: Key | None, limit: int) -> Sequence[int]:
        """Return the rows behind a key."""
        known = number_of(after)
        start = 0 if known is None else known + 1
        found = range(start, min(start + limit, len(self._sizes)))
        self.read += found
        return found

    def page(self, size: int, token: str = "", at_once: int = 4) -> Listed[int]:
        """Return one page."""
        page = QUERY.page(size, token)
        return listed(
            *(QUERY, page, at(7), self.rows, lambda row: (row,)),
            at_once=at_once,
            measure=self._measure,
        )

    def _measure(self, row: int) -> int:
        self.measured.append(row)
        return self._sizes[row]

    def pages(self, size: int) -> list[list[int]]:
        """Return the rows of each page, to the end."""
        found, token = [], ""
        while True:
            page = self.page(size, token)
            found.append(list(page.items))
            token = page.next_token
            if not token:
                return found


@pytest.mark.parametrize(
    "size,wanted",
    [(1, [[0], [1], [2], [3], [4]]), (3, [[0, 1, 2], [3, 4]]), (5, [[0, 1, 2, 3, 4]])],
)
def test_pages_end_by_count(size: int, wanted: list[list[int]]) -> None:
    assert Table(1, 1, 1, 1, 1).pages(size) == wanted


def test_pages_end_by_bytes_and_nothing_is_lost_or_repeated() -> None:
    third = PAGE_BYTES // 3 - 100
    assert Table(third, third, third, third, 1, third).pages(50) == [[0, 1, 2], [3, 4, 5]]


def test_an_item_larger_than_a_page_is_a_page_of_its_own() -> None:
    assert Table(1, PAGE_BYTES + 1, 1, PAGE_BYTES + 1).pages(50) == [[0], [1], [2], [3]]


def test_what_is_behind_a_page_is_neither_read_nor_measured() -> None:
    half = PAGE_BYTES // 2
    table = Table(*[half] * 100)
    page = table.page(50)
    assert len(page.items) == 1
    assert page.next_token == QUERY.token((0,), HISTORY)
    assert (table.read, table.measured) == ([0, 1, 2, 3], [0, 1])


def test_a_page_of_another_history_is_refused() -> None:
    token = QUERY.token((0,), OTHER_HISTORY)
    with pytest.raises(HistoryChanged):
        Table(1, 1).page(1, token)


def test_an_empty_list_is_one_empty_page() -> None:
    page = Table().page(50)
    assert (page.items, page.next_token, page.revision) == ([], "", 7)


def test_a_token_leads_on_from_the_last_item_of_a_page() -> None:
    table = Table(1, 1, 1)
    token = table.page(2).next_token
    assert QUERY.page(1, token) == Page(1, (1,), HISTORY)
