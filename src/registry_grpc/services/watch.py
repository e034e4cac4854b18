"""Use cases of watches: the start position, later events, and the present state."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from registry_grpc.domain.change import Event
from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.errors import RevisionNotReached
from registry_grpc.domain.history import Position
from registry_grpc.domain.limits import MIB
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.watch import Wanted
from registry_grpc.services.change import require_kept
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import require_namespace

_PORTION = 500
_PORTION_BYTES = MIB


@dataclass(frozen=True, slots=True)
class Portion:
    """The selected events up to `revision`, in order and in whole transactions."""

    events: Sequence[Event]
    revision: int


class Watches:
    """Reads the log for watches that are behind. Methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, wanted: Wanted, start: Position) -> Position:
        """Return the position after which a watch from `start` (0: from now on) begins.

        Raises NamespaceNotFound, HistoryChanged, RevisionCompacted or RevisionNotReached.
        """
        with self._database.read() as tx:
            head = _opened(tx, wanted)
            start.require_in(head)
            if not start.revision:
                return head
            require_kept(tx, start.revision)
            if start.revision > head.revision + 1:
                raise RevisionNotReached(start.revision - 1, head.revision)
        return Position(head.history, start.revision - 1)

    def since(self, wanted: Wanted, after: Position) -> Portion:
        """Return the events after `after`, or the first of them.

        Raises HistoryChanged or RevisionCompacted.
        """
        with self._database.read() as tx:
            head = tx.head
            after.require_in(head)
            require_kept(tx, after.revision + 1)
            events = tx.log.events(after.revision, _PORTION, wanted)
            return Portion(events, events[-1].revision if events else head.revision)

    def state(self, wanted: Wanted) -> Generator[tuple[Position, Sequence[Resource]], None, None]:
        """Yield the present state in batches, each with the position of the whole.

        It yields at least one batch, possibly empty, within one transaction: consume or close the
        generator. Raises NamespaceNotFound.
        """
        with self._database.read() as tx:
            head = _opened(tx, wanted)
            portion: list[Resource] = []
            size = 0
            for resource in tx.log.state(wanted):
                portion.append(resource)
                size += most_encoded(resource)
                if len(portion) == _PORTION or size > _PORTION_BYTES:
                    yield head, portion
                    portion, size = [], 0
            yield head, portion


def _opened(tx: Transaction, wanted: Wanted) -> Position:
    if wanted.namespace is not None:
        require_namespace(tx, wanted.namespace)
    return tx.head
