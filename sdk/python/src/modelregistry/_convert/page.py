"""Pages of lists."""

from collections.abc import Iterable
from typing import Final, Protocol, TypeVar

from modelregistry._convert import checked
from modelregistry._convert.ordering import OrderCheck, SortKeyOf
from modelregistry.types import Page

Item = TypeVar("Item")
_MAX_EMPTY_PAGES: Final = 1_000


class ListReply(Protocol):
    """The reply of a list, apart from its items."""

    @property
    def next_page_token(self) -> str:
        """The token of the next page."""

    @property
    def revision(self) -> int:
        """The revision that the reply reflects."""

    @property
    def history_id(self) -> str:
        """The history id of that revision."""


class Named(Protocol):
    """A resource with a full name."""

    @property
    def name(self) -> str:
        """The full name."""


NamedItem = TypeVar("NamedItem", bound=Named)


def page_of(reply: ListReply, items: Iterable[Item]) -> Page[Item]:
    """Return a page with the items that were read from a reply."""
    return Page(
        items=tuple(items),
        next_page_token=checked.token(reply.next_page_token),
        revision=checked.revision(reply.revision),
        history_id=checked.history(reply.history_id),
    )


def page_of_named(
    reply: ListReply, items: Iterable[NamedItem], parent: str = ""
) -> Page[NamedItem]:
    """Do the same with items that occur once each, below the requested `parent`."""
    page = page_of(reply, items)
    checked.unique((item.name for item in page.items), "name")
    for item in page.items if parent else ():
        checked.below(item.name, parent)
    return page


def page_of_one(reply: ListReply, items: Iterable[NamedItem], name: str) -> Page[NamedItem]:
    """Do the same with items that are all about the requested resource."""
    return page_of(reply, [checked.named(item, name) for item in items])


class ListProgress:
    """Detects lists without end: MalformedReply when pages or items repeat.

    A repeated token is found by Brent's cycle detection: each token is compared with one stored
    token, which is replaced after 1, 2, 4 … pages. Memory does not grow with the list.
    """

    def __init__(self) -> None:
        self._order = OrderCheck()
        self._kept = ""
        self._steps = 0
        self._keep_at = 1
        self._empty = 0

    def check_order(self, items: Iterable[Item], key: SortKeyOf[Item]) -> None:
        """Check the items of the next page: the key of each is greater than the previous one."""
        for item in items:
            self._order.check(key(item))

    def check(self, token: str, count: int) -> None:
        """Check the token of the next page, after a page with `count` items."""
        self._empty = 0 if count else self._empty + 1
        if token and token == self._kept:
            raise checked.malformed("next_page_token", token, "repeated: the list has no end")
        if token and self._empty > _MAX_EMPTY_PAGES:
            problem = f"after {self._empty} pages without an item"
            raise checked.malformed("next_page_token", token, problem)
        self._steps += 1
        if self._steps == self._keep_at:
            self._kept, self._keep_at = token, 2 * self._keep_at
