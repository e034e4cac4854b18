# Generated from _async/pager.py by scripts/generate_sync.py: never edit this.
"""Lists that are fetched page by page."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from modelregistry._convert.ordering import SortKey
from modelregistry._convert.page import ListProgress
from modelregistry._sync.concurrency import Work
from modelregistry.types import Page

Item = TypeVar("Item")


class Pager(Generic[Item]):
    """The items of a list. The first call is made when the first item is requested.

    Iterate over it for the items, or over `pages()` for the pages. Each iteration reads the list
    again. Raises MalformedReply for a list that repeats a page token or an item, is out of order,
    or has 1,000 pages without an item.
    """

    def __init__(
        self, fetch: Work[str, Page[Item]], place: Callable[[Item], SortKey] | None = None
    ) -> None:
        self._fetch = fetch
        self._place = place

    def pages(self, start: str = "") -> Iterator[Page[Item]]:
        """Yield page after page; each is fetched when it is requested.

        start: the `next_page_token` of an earlier page of the same list, to resume after it.
        """
        token, progress = start, ListProgress()
        while True:
            page = self._fetch(token)
            if self._place is not None:
                progress.check_order(page.items, self._place)
            progress.check(page.next_page_token, len(page.items))
            yield page
            token = page.next_page_token
            if not token:
                return

    def __iter__(self) -> Iterator[Item]:
        """Yield the items."""
        for page in self.pages():
            yield from page.items
