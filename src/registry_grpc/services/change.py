"""Use cases of the change log."""

from datetime import datetime, timedelta

from registry_grpc.domain.change import Event
from registry_grpc.domain.errors import RevisionCompacted
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.watch import Wanted
from registry_grpc.services.listing import Listed
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import require_namespace

_TICK = timedelta(microseconds=1)


def require_kept(tx: Transaction, revision: int) -> None:
    """Raise RevisionCompacted when changes from `revision` on are not all kept for watching."""
    compacted = tx.log.compacted
    if revision <= compacted:
        raise RevisionCompacted(revision, compacted, tx.revision)


class Changes:
    """Read what happened, and let go of what nobody needs to hear any more."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, query: Query, page: Page, wanted: Wanted, start: int) -> Listed[Event]:
        """Return a page of wanted changes from revision `start` on, oldest first.

        start: 0 for the oldest kept. Transactions are never divided, so that a page may be longer
        than asked. Raises NamespaceNotFound or RevisionCompacted.
        """
        with self._database.read() as tx:
            if wanted.namespace is not None:
                require_namespace(tx, wanted.namespace)
            first = (start or tx.log.compacted + 1) if page.after is None else int(page.after[0])
            require_kept(tx, first)
            events = tx.log.events(first - 1, page.size, wanted)
            more = len(events) >= page.size and tx.log.events(events[-1].revision, 1, wanted)
            token = query.token((events[-1].revision + 1,)) if more else ""
            return Listed(events, token, tx.revision)

    def compact(self, moment: datetime) -> int:
        """Keep changes from before `moment` for watching no longer; return what is compacted."""
        with self._database.write() as tx:
            return tx.log.compact(tx.revision_at(moment - _TICK))
