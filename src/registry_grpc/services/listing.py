"""Lists: one page of rows, and where the next one begins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from registry_grpc.domain.page import Key, Page, Query

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Listed(Generic[_T]):
    """A page. next_token: '' at the end. revision: what the page reflects."""

    items: Sequence[_T]
    next_token: str
    revision: int


def listed(
    query: Query,
    page: Page,
    revision: int,
    rows: Callable[[int], Sequence[_T]],
    key: Callable[[_T], Key],
) -> Listed[_T]:
    """Return a page of `rows(limit)`, asking for one row more to learn whether there is a next."""
    found = rows(page.size + 1)
    items = found[: page.size]
    more = len(found) > page.size
    return Listed(items, query.token(key(items[-1])) if more else "", revision)
