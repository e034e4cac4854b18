"""The order of listed items: the sort key of each is greater than the previous one, over all pages.

So no item occurs twice. The orders are those of the contract: by name or path, or newest first.
"""

from collections.abc import Callable
from typing import Protocol, TypeAlias, TypeVar

from modelregistry._convert import checked
from modelregistry.names import segment
from modelregistry.types import ChangeEvent, Deployment, FileEntry, RouteEntry, StageEntry, Version

SortKey: TypeAlias = tuple[str, tuple[str | int, ...]]
"""The field that defines the order, and the key of an item in it."""
Item = TypeVar("Item")
SortKeyOf: TypeAlias = Callable[[Item], SortKey]


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class _Numbered(Protocol):
    @property
    def number(self) -> int: ...


class _Revised(Protocol):
    @property
    def revision(self) -> int: ...


class OrderCheck:
    """Checks that items arrive in order."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str | int, ...]] = {}

    def check(self, key: SortKey) -> None:
        """Check the next key; raise MalformedReply unless it is greater than the last."""
        field, position = key
        last = self._last.get(field)
        if last is not None and position <= last:
            raise checked.malformed(field, position[0], "out of order, or repeated")
        self._last[field] = position


def by_name(item: _Named) -> SortKey:
    """Return the key of a resource that is listed by name."""
    return "name", (item.name,)


def by_path(item: FileEntry) -> SortKey:
    """Return the key of a file."""
    return "files.path", (item.path,)


def newest_number_first(item: _Numbered) -> SortKey:
    """Return the key of a numbered resource, the newest first."""
    return "number", (-item.number,)


def by_model_newest_first(item: Version) -> SortKey:
    """Return the key of a version of any model, the newest of each first."""
    return "name", (item.model, -item.number)


def by_model_and_number(item: StageEntry) -> SortKey:
    """Return the key of a version in a stage."""
    return "version", (segment(item.version, "models"), int(item.version.rpartition("/")[2]))


def newest_revision_first(item: _Revised) -> SortKey:
    """Return the key of a resource with a revision of its own, the newest first."""
    return "revision", (-item.revision,)


def by_place(item: Deployment) -> SortKey:
    """Return the key of a deployment."""
    return "instance", (item.target, item.instance, item.name)


def newest_entry_first(item: RouteEntry) -> SortKey:
    """Return the key of an entry of a route; a revision may have several."""
    return "revision", (-item.revision, -item.ordinal)


def newest_move_first(item: StageEntry) -> SortKey:
    """Return the key of a move between stages; several versions can move in one revision."""
    return "revision", (-item.revision, -int(item.version.rpartition("/")[2]))


def in_trail(*, newest_first: bool) -> SortKeyOf[ChangeEvent]:
    """Return the key function of the audit trail; denied requests have an order of their own."""
    sign = -1 if newest_first else 1

    def key(event: ChangeEvent) -> SortKey:
        if event.denied_request is not None:
            return "events.denied_request.number", (sign * event.denied_request.number,)
        return "events.revision", (sign * event.revision, sign * event.index)

    return key
