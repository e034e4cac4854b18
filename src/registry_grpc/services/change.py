"""Use cases of the change log and the audit trail."""

from datetime import datetime, timedelta

from registry_grpc.domain.history import Position
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.trail import Asked, Entry, merged
from registry_grpc.services.listing import Listed, require_page
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import require_namespace
from registry_grpc.services.trail import Spans, require_above

TRIM_AT_ONCE = 500
_TICK = timedelta(microseconds=1)


def require_kept(tx: Transaction, revision: int) -> None:
    """Raise RevisionCompacted when changes from `revision` on are not all kept for watching."""
    require_above(tx, revision, tx.log.compacted)


class Changes:
    """Read what happened, and let go of what nobody needs to hear or keep any more."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, query: Query, page: Page, asked: Asked) -> Listed[Entry]:
        """Return a page of what is asked for.

        Transactions are never divided, so that a page may be longer than asked. Raises
        NamespaceNotFound, HistoryChanged or RevisionCompacted.
        """
        with self._database.read() as tx:
            namespace = asked.selection.wanted.namespace
            if namespace is not None:
                require_namespace(tx, namespace)
            head = tx.head
            require_page(page, head)
            Position(asked.history).require_in(head)
            spans = Spans.of(tx, asked).behind(tx, page, asked)
            changes, refusals = spans.read(tx, asked, page.size)
            items = merged(changes, refusals, page.size, newest_first=asked.newest_first)
            key = spans.read_up_to(tx, items)
            more = len(items) >= page.size and any(spans.beyond(*key).read(tx, asked, 1))
            token = query.token(key, head.history) if more else ""
            return Listed(items, token, head.revision)

    def compact(self, moment: datetime) -> int:
        """Keep changes from before `moment` for watching no longer; return what is compacted."""
        with self._database.write(frees=True) as tx:
            return tx.log.compact(tx.revision_at(moment - _TICK))

    def trim(self, moment: datetime) -> int:
        """Keep nothing from before `moment`, if it is compacted; return up to which it is gone.

        In portions, each a transaction: others have their turn between them.
        """
        with self._database.read() as tx:
            number = tx.refusals.number_at(moment - _TICK)
            revision = min(tx.revision_at(moment - _TICK), tx.log.compacted)
            trimmed = tx.log.trimmed
        gone = 0
        while gone < number:
            with self._database.write(frees=True) as tx:
                gone = tx.refusals.trim(number, TRIM_AT_ONCE)
        while trimmed < revision:
            with self._database.write(frees=True) as tx:
                trimmed = tx.log.trim(revision, TRIM_AT_ONCE)
        return trimmed
