"""Lists: a page of items, bounded by count and bytes, and the token of the next page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.history import Position
from registry_grpc.domain.limits import PAGE_BYTES
from registry_grpc.domain.list_order import OrderTerm, SortValue
from registry_grpc.domain.page import Key, Page, Query
from registry_grpc.domain.violations import invalid
from registry_grpc.domain.work import current_work

_T = TypeVar("_T")
ROWS_AT_ONCE = 64
"""The rows of one statement: the default page is one statement, larger ones are several."""
FEW_AT_ONCE = 8
"""The rows of one statement for kinds with items of up to hundreds of KiB."""
# For a list with a filter: the initial and the maximum number of rows that one statement scans.
_FIRST_LOOKED_AT, _MOST_LOOKED_AT = 16, 4_096
_QUICK_SHARE, _MOST_SHARE = 0.05, 0.5
# For an item in a reply: tag, length, and additions of the transport, such as history and etag.
_FRAME_BYTES = 64


@dataclass(frozen=True, slots=True)
class Listed(Generic[_T]):
    """A page. next_token: '' at the end. revision: of the state that was read."""

    items: Sequence[_T]
    next_token: str
    revision: int


def listed(
    query: Query,
    page: Page,
    head: Position,
    rows: Callable[[Key | None, int], Sequence[_T]],
    key: Callable[[_T], Key],
    *,
    at_once: int = ROWS_AT_ONCE,
    measure: Callable[[_T], int] = most_encoded,
) -> Listed[_T]:
    """Return a page of items: at most `page.size` of them, at most PAGE_BYTES together.

    An item that alone is larger is a page of its own. `rows(after, limit)` are read in portions of
    `at_once`, and what is behind the portion where the bytes end is not read. One row more than the
    page is read, to know whether there is one. head: what the page reflects; raises HistoryChanged
    when the page before was of another history. measure: an upper bound of the bytes that an item
    takes when it is encoded.
    """
    require_page(page, head)
    items: list[_T] = []
    size, after = 0, page.after
    while True:
        limit = min(at_once, page.size + 1 - len(items))
        found = rows(after, limit)
        for row in found:
            size += measure(row) + _FRAME_BYTES
            if len(items) == page.size or (items and size > PAGE_BYTES):
                token = query.token(after or (), head.history)
                return Listed(items, token, head.revision)
            items.append(row)
            after = key(row)
        if len(found) < limit:
            return Listed(items, "", head.revision)


def filtered(
    query: Query,
    page: Page,
    head: Position,
    rows: Callable[[Key | None, Key | None, int], Sequence[_T]],
    end: Callable[[Key | None, int], Key | None],
    key: Callable[[_T], Key],
    *,
    measure: Callable[[_T], int] = most_encoded,
) -> Listed[_T]:
    """Return a page of a list with a filter that few rows may pass, otherwise like `listed`.

    The list is read in portions. Once they have used half of the work of the call, the page ends
    with the rows that have passed, perhaps none, and its token continues from there.
    rows: `rows(after, upto, limit)`, the rows that pass. end: `end(after, count)`, the key of the
    last of `count` rows, passing or not; None when there are fewer.
    """
    require_page(page, head)
    items: list[_T] = []
    work = current_work()
    size, after, count = 0, page.after, _FIRST_LOOKED_AT
    while True:
        before, upto, full = work.share, end(after, count), True
        while full:
            limit = min(ROWS_AT_ONCE, page.size + 1 - len(items))
            found = rows(after, upto, limit)
            for row in found:
                size += measure(row) + _FRAME_BYTES
                if len(items) == page.size or (items and size > PAGE_BYTES):
                    return Listed(items, query.token(after or (), head.history), head.revision)
                items.append(row)
                after = key(row)
            full = len(found) == limit
        if upto is None:
            return Listed(items, "", head.revision)
        after = upto
        if work.share > _MOST_SHARE:
            return Listed(items, query.token(after, head.history), head.revision)
        if work.share - before < _QUICK_SHARE:
            count = min(2 * count, _MOST_LOOKED_AT)


def require_page(page: Page, head: Position) -> None:
    """Raise HistoryChanged when the previous page was of another history."""
    Position(page.history).require_in(head)


def sort_values(order: Sequence[OrderTerm], texts: Key) -> Sequence[SortValue]:
    """Return the values of a page token for the terms; raise InvalidRequest for a forged one."""
    try:
        return [term.read(str(text)) for term, text in zip(order, texts, strict=True)]
    except (ValueError, OverflowError):
        raise invalid(
            "page_token", "is not a token of this query; start from the first page"
        ) from None


def text_of(key: Key | None, place: int = 0) -> str | None:
    """Return a text of a key; None at the start of a list."""
    return None if key is None else str(key[place])


def number_of(key: Key | None, place: int = 0) -> int | None:
    """Return a number of a key; None at the start of a list."""
    return None if key is None else int(key[place])
