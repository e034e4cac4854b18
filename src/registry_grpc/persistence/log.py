"""The change log, read: implements `registry_grpc.services.ports.log.Log`."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Row, case, select, update

from registry_grpc.domain.change import Change, Event, Resource
from registry_grpc.domain.watch import EVERYTHING, Wanted
from registry_grpc.persistence.codec import decode_brief
from registry_grpc.persistence.state import live_resources
from registry_grpc.persistence.tables import changes, revision_counter
from registry_grpc.persistence.watch import is_wanted

_COMPACTED = select(revision_counter.c.compacted)


class SqlLog:
    """Implements `registry_grpc.services.ports.log.Log`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def compacted(self) -> int:
        """The newest revision that is not kept for watching any more; 0 at first."""
        revision: int = self._connection.execute(_COMPACTED).one().compacted
        return revision

    def events(
        self, after: int, limit: int, wanted: Wanted = EVERYTHING, *, upto: int | None = None
    ) -> Sequence[Event]:
        """Return wanted events above `after` up to `upto`; whole transactions only."""
        key = (changes.c.revision, changes.c.ordinal)
        statement = select(changes).where(is_wanted(wanted)).order_by(*key)
        until = statement if upto is None else statement.where(changes.c.revision <= upto)
        first = until.where(changes.c.revision > after).limit(limit)
        rows = list(self._connection.execute(first))
        if len(rows) == limit:
            last = rows[-1]
            rest = statement.where(
                changes.c.revision == last.revision, changes.c.ordinal > last.ordinal
            )
            rows += self._connection.execute(rest)
        return [_event(row) for row in rows]

    def compact(self, upto: int) -> int:
        """Keep changes up to this revision for watching no longer; return what is compacted now."""
        counter = revision_counter.c
        floor = case((counter.revision < upto, counter.revision), else_=upto)
        self._connection.execute(
            update(revision_counter).where(counter.compacted < floor).values(compacted=floor)
        )
        return self.compacted

    def state(self, wanted: Wanted = EVERYTHING) -> Iterator[Resource]:
        """Yield what there is, in portions."""
        return live_resources(self._connection, wanted)


def _event(row: Row[*tuple[object, ...]]) -> Event:
    change = Change(
        action=row.action,
        name=row.name,
        actor=row.actor,
        before=decode_brief(row.before),
        after=decode_brief(row.after),
        reason=row.reason,
    )
    return Event(row.revision, row.ordinal, row.time, change)
