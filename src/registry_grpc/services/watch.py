"""Use cases of watches: where one may begin, what happened since, and what there is now."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from registry_grpc.domain.change import Event, Resource
from registry_grpc.domain.errors import RevisionNotReached
from registry_grpc.domain.watch import Wanted
from registry_grpc.services.change import require_kept
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import require_namespace

_PORTION = 500


@dataclass(frozen=True, slots=True)
class Portion:
    """Wanted events in order, whole transactions: everything up to `revision`."""

    events: Sequence[Event]
    revision: int


class Watches:
    """Reads the log for those who are behind it. Methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, wanted: Wanted, start: int) -> int:
        """Return the revision behind which a watch from `start` (0: from now on) begins.

        Raises NamespaceNotFound, RevisionCompacted or RevisionNotReached.
        """
        with self._database.read() as tx:
            newest = _opened(tx, wanted)
            if not start:
                return newest
            require_kept(tx, start)
            if start > newest + 1:
                raise RevisionNotReached(start - 1, newest)
        return start - 1

    def since(self, wanted: Wanted, after: int) -> Portion:
        """Return what happened behind `after`, or the beginning of it; raises RevisionCompacted."""
        with self._database.read() as tx:
            require_kept(tx, after + 1)
            events = tx.log.events(after, _PORTION, wanted)
            more = len(events) >= _PORTION
            return Portion(events, events[-1].revision if more else tx.revision)

    def state(self, wanted: Wanted) -> Generator[tuple[int, Sequence[Resource]], None, None]:
        """Yield what there is, in portions, each with the revision of all of it.

        One portion at least, perhaps empty. Read to the end or close: it is one transaction. Raises
        NamespaceNotFound.
        """
        with self._database.read() as tx:
            revision = _opened(tx, wanted)
            portion: list[Resource] = []
            for resource in tx.log.state(wanted):
                portion.append(resource)
                if len(portion) == _PORTION:
                    yield revision, portion
                    portion = []
            yield revision, portion


def _opened(tx: Transaction, wanted: Wanted) -> int:
    if wanted.namespace is not None:
        require_namespace(tx, wanted.namespace)
    return tx.revision
