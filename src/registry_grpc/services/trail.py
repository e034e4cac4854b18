"""The unread rest of an audit trail listing, from page to page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from registry_grpc.domain.change import Event
from registry_grpc.domain.denied_request import DeniedRequestEntry
from registry_grpc.domain.errors import RevisionCompacted
from registry_grpc.domain.page import Page
from registry_grpc.domain.trail import Asked, Entry, Span, merged, up_to
from registry_grpc.services.ports.database import Transaction

_TICK = timedelta(microseconds=1)
_FIRST = datetime.min.replace(tzinfo=UTC)


def require_above(tx: Transaction, revision: int, floor: int) -> None:
    """Raise RevisionCompacted when a change from `revision` on is not above the floor."""
    if revision <= floor:
        raise RevisionCompacted(revision, floor, tx.revision)


@dataclass(frozen=True, slots=True)
class Spans:
    """The unread changes, by revision, and the unread denied requests, by number."""

    changes: Span
    denied: Span

    @classmethod
    def of(cls, tx: Transaction, asked: Asked) -> "Spans":
        """Return the whole selection; raise RevisionCompacted when it begins below the floor."""
        floor, start = _floor(tx, asked), asked.start_revision
        if start:
            require_above(tx, start, floor)
        first, number = max(floor, start - 1), tx.denied_requests.number_before(start)
        last, last_number = None, None
        if asked.start_time is not None:
            before = _before(asked.start_time)
            first = max(first, tx.revision_at(before))
            number = max(number, tx.denied_requests.number_at(before))
        if asked.end_time is not None:
            before = _before(asked.end_time)
            last, last_number = tx.revision_at(before), tx.denied_requests.number_at(before)
        newest_first = asked.newest_first
        return cls(Span(first, last, newest_first), Span(number, last_number, newest_first))

    def behind(self, tx: Transaction, page: Page, asked: Asked) -> "Spans":
        """Return the rest after the previous pages; raise RevisionCompacted when it was trimmed."""
        if page.after is None:
            return self
        revision, number = (int(part) for part in page.after)
        if not asked.newest_first:
            require_above(tx, revision + 1, _floor(tx, asked))
        return self.beyond(revision, number)

    def beyond(self, revision: int, number: int) -> "Spans":
        """Return the rest after a change and a denied request, in the direction of reading."""
        return Spans(self.changes.beyond(revision), self.denied.beyond(number))

    def read(
        self, tx: Transaction, asked: Asked, limit: int
    ) -> tuple[Sequence[Event], Sequence[DeniedRequestEntry]]:
        """Return the first entries of both, at least `limit` of each if there are so many."""
        selection = asked.selection
        changes = tx.log.entries(selection, self.changes, limit) if selection.has_changes else ()
        with_denied = asked.audit and selection.has_denied_requests
        denied = tx.denied_requests.entries(selection, self.denied, limit) if with_denied else ()
        return changes, denied

    def first(self, tx: Transaction, asked: Asked, size: int) -> Sequence[Entry]:
        """Return the first `size` entries of both in trail order, or fewer that fill a page."""
        changes, denied = self.read(tx, asked, size)
        # If the byte limit ended one of them, entries after that end belong to the next page.
        both = merged(changes, denied, size, newest_first=asked.newest_first)
        if changes and denied:
            key = self.read_up_to(tx, [*changes[-1:], *denied[-1:]])
            behind = self.beyond(*key).read(tx, asked, 1)
            last: tuple[Entry, Entry] = (changes[-1], denied[-1])
            both = up_to(both, [end for end, more in zip(last, behind, strict=True) if more])
        return both

    def read_up_to(self, tx: Transaction, items: Sequence[Entry]) -> tuple[int, int]:
        """Return the positions that these entries reach, as the key of the next page."""
        revisions = [item.revision for item in items if isinstance(item, Event)]
        numbers = [item.number for item in items if isinstance(item, DeniedRequestEntry)]
        return (
            revisions[-1] if revisions else _begin(self.changes, tx.revision),
            numbers[-1] if numbers else _begin(self.denied, tx.denied_requests.newest),
        )


def _floor(tx: Transaction, asked: Asked) -> int:
    return tx.log.trimmed if asked.audit else tx.log.compacted


def _begin(span: Span, newest: int) -> int:
    """Return the position just before a span, in the direction of reading."""
    if not span.newest_first:
        return span.after
    return (newest if span.upto is None else span.upto) + 1


def _before(moment: datetime) -> datetime:
    return max(moment, _FIRST + _TICK) - _TICK
