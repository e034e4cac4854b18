"""Pages of lists."""

from collections.abc import Iterable
from typing import Final, Protocol, TypeVar

from modelregistry._convert import checked
from modelregistry._convert.places import Order, PlaceOf
from modelregistry.types import Page

Item = TypeVar("Item")
_MOST_EMPTY_PAGES: Final = 1_000


class ListReply(Protocol):
    """The reply of a list, apart from its items."""

    @property
    def next_page_token(self) -> str:
        """Where to go on."""

    @property
    def revision(self) -> int:
        """The revision that it reflects."""

    @property
    def history_id(self) -> str:
        """The history of which that is."""


class Named(Protocol):
    """What has a full name."""

    @property
    def name(self) -> str:
        """The full name."""


NamedItem = TypeVar("NamedItem", bound=Named)


def page_of(reply: ListReply, items: Iterable[Item]) -> Page[Item]:
    """Return a page of what was read of a reply."""
    return Page(
        items=tuple(items),
        next_page_token=checked.token(reply.next_page_token),
        revision=checked.revision(reply.revision),
        history_id=checked.history(reply.history_id),
    )


def page_of_named(
    reply: ListReply, items: Iterable[NamedItem], parent: str = ""
) -> Page[NamedItem]:
    """Do the same with items that each come once, and lie below `parent`, which was asked about."""
    page = page_of(reply, items)
    checked.unique((item.name for item in page.items), "name")
    for item in page.items if parent else ():
        checked.below(item.name, parent)
    return page


def page_of_one(reply: ListReply, items: Iterable[NamedItem], name: str) -> Page[NamedItem]:
    """Do the same with items that all tell of one resource, which was asked about."""
    return page_of(reply, [checked.named(item, name) for item in items])


class ListProgress:
    """Sees to it that a list moves on: MalformedReply when its pages or its items go in a circle.

    A token that was seen before is found by comparing with one that is kept from ever further
    back, which takes no more memory for a longer list (Brent's algorithm).
    """

    def __init__(self) -> None:
        self._order = Order()
        self._kept = ""
        self._steps = 0
        self._keep_at = 1
        self._empty = 0

    def check_order(self, items: Iterable[Item], place: PlaceOf[Item]) -> None:
        """Take the items of the next page, each of which has its place behind the one before."""
        for item in items:
            self._order.take(place(item))

    def check(self, token: str, count: int) -> None:
        """Take the token for the next page, behind a page with so many items."""
        self._empty = 0 if count else self._empty + 1
        if token and token == self._kept:
            raise checked.malformed("next_page_token", token, "came before: the list has no end")
        if token and self._empty > _MOST_EMPTY_PAGES:
            problem = f"behind {self._empty} pages without an item"
            raise checked.malformed("next_page_token", token, problem)
        self._steps += 1
        if self._steps == self._keep_at:
            self._kept, self._keep_at = token, 2 * self._keep_at
