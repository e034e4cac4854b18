"""Pages of a list."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """Some items of a list, as one call brought them."""

    items: tuple[Item, ...]
    next_page_token: str = ""
    """Where to go on; empty at the end."""
    revision: int = 0
    """The revision that this page reflects; 0 where the list does not say."""
    history_id: str = ""
    """The history that `revision` is of; another one after a restore from a backup."""
