"""Pages of a list."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """The items of a list that one call returned."""

    items: tuple[Item, ...]
    next_page_token: str = ""
    """The token of the next page; empty at the end."""
    revision: int = 0
    """The revision that this page reflects; 0 if the list does not state it."""
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""
