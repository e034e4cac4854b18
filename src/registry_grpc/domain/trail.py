"""The audit trail: changes and denied requests, and the selection of entries for a list.

Each kind has its own increasing positions: a change the revision of its transaction, a denied
request its number. A denied request follows the changes of the revision that was the newest when it
was recorded. No entry is ever recorded before an entry that a client may have read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from registry_grpc.domain.change import Event
from registry_grpc.domain.denied_request import DenialAction, DeniedRequestEntry
from registry_grpc.domain.watch import EVERYTHING, Wanted

Entry = Event | DeniedRequestEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Entries about wanted resources, by an actor ('' for any), of an action ('' for any).

    action: one, such as `alias.set`, or all of a noun by its name and the dot: `alias.`.
    denied_only: select no changes.
    """

    wanted: Wanted = EVERYTHING
    actor: str = ""
    action: str = ""
    denied_only: bool = False

    @property
    def has_changes(self) -> bool:
        """Whether a change can be selected."""
        return not self.denied_only and not (self.action and self.has_denied_requests)

    @property
    def has_denied_requests(self) -> bool:
        """Whether a denied request can be selected."""
        return any(map(self.is_of, DenialAction))

    def is_of(self, action: str) -> bool:
        """Whether an action is selected."""
        noun = not self.action or self.action.endswith(".")
        return action.startswith(self.action) if noun else action == self.action


@dataclass(frozen=True, slots=True)
class Span:
    """Positions above `after` and at most `upto` (None: to the end), read from either end."""

    after: int = 0
    upto: int | None = None
    newest_first: bool = False

    def beyond(self, place: int) -> Self:
        """Return the rest of it after `place`, in the direction of reading."""
        if self.newest_first:
            return replace(self, upto=place - 1)
        return replace(self, after=place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The request of a list.

    history: the one of start_revision, '' for any. start_revision: the first to list, 0 for the
    oldest retained. start_time, end_time: at or after the one, before the other. audit: also list
    entries that are no longer retained for watches, and denied requests.
    """

    selection: Selection = Selection()
    history: str = ""
    start_revision: int = 0
    start_time: datetime | None = None
    end_time: datetime | None = None
    newest_first: bool = False
    audit: bool = False


def merged(
    changes: Sequence[Event], denied: Sequence[DeniedRequestEntry], size: int, *, newest_first: bool
) -> Sequence[Entry]:
    """Return the first `size` entries of both in the order of the trail, in whole transactions.

    Both must be in that order, each with at least `size` entries, if there are so many.
    """
    both: list[Entry] = sorted([*changes, *denied], key=_place, reverse=newest_first)
    end = size
    while 0 < end < len(both) and same_transaction(both[end - 1], both[end]):
        end += 1
    return both[:end]


def up_to(entries: Sequence[Entry], ends: Sequence[Entry]) -> Sequence[Entry]:
    """Return the entries up to the first of `ends`, of those that the entries contain."""
    place = {id(entry): number for number, entry in enumerate(entries)}
    last = min((place.get(id(end), len(entries)) for end in ends), default=len(entries))
    return entries[: last + 1]


def _place(entry: Entry) -> tuple[int, bool, int]:
    if isinstance(entry, DeniedRequestEntry):
        return entry.revision, True, entry.number
    return entry.revision, False, entry.index


def same_transaction(one: Entry, other: Entry) -> bool:
    """Whether two entries are changes of one transaction."""
    return isinstance(one, Event) and isinstance(other, Event) and one.revision == other.revision
