"""The change log: reading, compaction and trimming."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, delete, func, select, update

from registry_grpc.domain.annotation import AnnotationChange
from registry_grpc.domain.change import Change, Event
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.limits import PAGE_BYTES
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.trail import Selection, Span
from registry_grpc.domain.watch import EVERYTHING, Wanted
from registry_grpc.persistence.change import begin_history
from registry_grpc.persistence.codec import decode_brief
from registry_grpc.persistence.log_tables import changes, moved_models, revision_counter
from registry_grpc.persistence.retention import keep_for
from registry_grpc.persistence.state import live_resources
from registry_grpc.persistence.trail import chosen, in_order, is_by, some_at_a_time, within
from registry_grpc.persistence.watch import is_wanted

_COMPACTED = select(revision_counter.c.compacted)
_HELD = select(revision_counter.c.held)
_TRIMMED = select(revision_counter.c.trimmed)
_KEY = (changes.c.revision, changes.c.ordinal)


class SqlLog:
    """Implements `registry_grpc.services.ports.log.Log`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def compacted(self) -> int:
        """The newest compacted revision, no longer available for watching; 0 at first."""
        revision: int = self._connection.execute(_COMPACTED).one().compacted
        return revision

    @property
    def trimmed(self) -> int:
        """The newest trimmed revision, whose changes are removed; 0 at first."""
        revision: int = self._connection.execute(_TRIMMED).one().trimmed
        return revision

    def time_of(self, revision: int) -> datetime | None:
        """Return the time of a revision; None if it has no changes in the log."""
        entry = select(changes.c.time).where(changes.c.revision == revision).limit(1)
        time: datetime | None = self._connection.scalar(entry)
        return time

    def begin_history(self, after: str, new: str) -> bool:
        """Make `new` the history of this log, if it still is `after`; suspend collection."""
        return begin_history(self._connection, after, new)

    @property
    def held(self) -> bool:
        """Whether garbage collection is suspended, because the database was restored."""
        held: bool = self._connection.execute(_HELD).one().held
        return held

    def release(self) -> bool:
        """Resume garbage collection; return whether it was suspended."""
        freed = update(revision_counter).where(revision_counter.c.held).values(held=False)
        return bool(self._connection.execute(freed).rowcount)

    def events(
        self, after: int, limit: int, wanted: Wanted = EVERYTHING, *, upto: int | None = None
    ) -> Sequence[Event]:
        """Return wanted events above `after` up to `upto`; whole transactions only."""
        if wanted.only_model is not None:
            return self.entries(Selection(wanted=wanted), Span(after, upto), limit)
        # Watches are near the end of the log, where reading in its order costs least.
        statement = in_order(changes, _KEY, Span(after, upto)).where(is_wanted(wanted))
        with closing(some_at_a_time(self._connection, statement, limit)) as rows:
            return self._whole(rows, Selection(wanted=wanted), limit, newest_first=False)

    def entries(self, selection: Selection, span: Span, limit: int) -> Sequence[Event]:
        """Return the first selected events of a span of revisions; whole transactions only."""
        with closing(chosen(self._connection, changes, _KEY, selection, span, limit)) as rows:
            return self._whole(rows, selection, limit, newest_first=span.newest_first)

    def _whole(
        self, rows: Iterable[Row[Any]], selection: Selection, limit: int, *, newest_first: bool
    ) -> Sequence[Event]:
        """Return the events of whole transactions: of these rows, and what the last has besides.

        Where they are more than PAGE_BYTES, those of the first transactions that are not.
        """
        events: list[Event] = []
        size = 0
        for row in rows:
            events.append(_event(row))
            size += most_encoded(events[-1])
            if len(events) == limit:
                rest = self._rest(selection, events[-1], newest_first=newest_first)
                events += rest
                size += sum(map(most_encoded, rest))
            last = events[-1].revision
            if size > PAGE_BYTES and events[0].revision != last:
                return [event for event in events if event.revision != last]
        return events

    def _rest(self, selection: Selection, last: Event, *, newest_first: bool) -> Sequence[Event]:
        """Return what else its transaction has, in the same direction."""
        ordinal = changes.c.ordinal
        further = ordinal < last.index if newest_first else ordinal > last.index
        rest = (
            select(changes)
            .where(*is_by(changes, selection), changes.c.revision == last.revision, further)
            .order_by(*within(_KEY, newest_first=newest_first))
        )
        return [_event(row) for row in self._connection.execute(rest)]

    def compact(self, upto: int) -> int:
        """Compact changes up to this revision; return the compacted revision."""
        counter = revision_counter.c
        floor = case((counter.revision < upto, counter.revision), else_=upto)
        self._connection.execute(
            update(revision_counter).where(counter.compacted < floor).values(compacted=floor)
        )
        return self.compacted

    def trim(self, upto: int, most: int) -> int:
        """Remove about `most` of the oldest changes, up to this revision."""
        furthest = select(changes.c.revision).order_by(*_KEY).offset(most - 1).limit(1)
        last = self._connection.scalar(furthest)
        floor = min(upto, self.compacted, upto if last is None else last)
        if self._connection.dialect.name == "postgresql":
            # By a function with the rights of the role that migrates.
            self._connection.execute(select(func.trim_changes(floor)))
            return self.trimmed
        # The floor rises first: what is above it cannot be removed.
        counter = revision_counter.c
        self._connection.execute(
            update(revision_counter).where(counter.trimmed < floor).values(trimmed=floor)
        )
        for table in (moved_models, changes):
            self._connection.execute(delete(table).where(table.c.revision <= floor))
        return self.trimmed

    def keep_for(self, days: int) -> int:
        """Keep the trail for so many days, if this role may say so; return for how many it is."""
        return keep_for(self._connection, days)

    def state(self, wanted: Wanted = EVERYTHING) -> Iterator[Resource]:
        """Yield the present state, in batches."""
        return live_resources(self._connection, wanted)


def _event(row: Row[*tuple[object, ...]]) -> Event:
    entry = json.loads(row.entry or "{}")
    change = Change(
        action=row.action,
        name=row.name,
        actor=row.actor,
        before=decode_brief(row.before),
        after=decode_brief(row.after),
        reason=row.reason,
        annotations=_annotations(entry.get("annotations", {})),
        ended_redirects=tuple(entry.get("ended_redirects", ())),
    )
    before, after = _digest(entry.get("before")), _digest(entry.get("after"))
    return Event(row.revision, row.ordinal, row.time, change, before, after)


def _annotations(entry: Mapping[str, Mapping[str, str]]) -> tuple[AnnotationChange, ...]:
    return tuple(
        AnnotationChange(key, _digest(sides.get("before")), _digest(sides.get("after")))
        for key, sides in sorted(entry.items(), key=lambda item: item[0].encode())
    )


def _digest(text: str | None) -> Digest | None:
    return None if text is None else Digest.parse(text)
