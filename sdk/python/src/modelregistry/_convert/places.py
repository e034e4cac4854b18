"""Where the items of lists have their place: each lies behind the one before, over all pages.

So no item comes twice. The places are those of the contract: by name or path, or newest first.
"""

from collections.abc import Callable
from typing import Protocol, TypeAlias, TypeVar

from modelregistry._convert import checked
from modelregistry.types import ChangeEvent, FileEntry, StageEntry

Place: TypeAlias = tuple[str, tuple[str | int, ...]]
"""What is in order, and where an item is in that."""
Item = TypeVar("Item")
PlaceOf: TypeAlias = Callable[[Item], Place]


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class _Numbered(Protocol):
    @property
    def number(self) -> int: ...


class _Revised(Protocol):
    @property
    def revision(self) -> int: ...


class Order:
    """Sees to it that items come in order."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str | int, ...]] = {}

    def take(self, place: Place) -> None:
        """Take the place of the next item; raise MalformedReply unless it is behind the last."""
        what, where = place
        last = self._last.get(what)
        if last is not None and where <= last:
            raise checked.malformed(what, where[0], "out of order, or repeated")
        self._last[what] = where


def by_name(item: _Named) -> Place:
    """Return the place of what is listed by name."""
    return "name", (item.name,)


def by_path(item: FileEntry) -> Place:
    """Return the place of a file."""
    return "files.path", (item.path,)


def newest_number_first(item: _Numbered) -> Place:
    """Return the place of what is numbered, the newest first."""
    return "number", (-item.number,)


def newest_revision_first(item: _Revised) -> Place:
    """Return the place of what has a revision of its own, the newest first."""
    return "revision", (-item.revision,)


def newest_move_first(item: StageEntry) -> Place:
    """Return the place of a move between stages: several versions can move at once."""
    return "revision", (-item.revision, -int(item.version.rpartition("/")[2]))


def in_trail(*, newest_first: bool) -> PlaceOf[ChangeEvent]:
    """Return the places of changes; calls that were refused are counted among themselves."""
    sign = -1 if newest_first else 1

    def place(event: ChangeEvent) -> Place:
        if event.refusal is not None:
            return "events.refusal.number", (sign * event.refusal.number,)
        return "events.revision", (sign * event.revision, sign * event.index)

    return place
