"""Use cases of the change log and the audit trail."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.history import Position
from registry_grpc.domain.limits import PAGE_BYTES
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.trail import Asked, Entry, same_transaction
from registry_grpc.services.listing import Listed, require_page
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.reading import require_namespace
from registry_grpc.services.trail import Spans, require_above

TRIM_AT_ONCE = 500
_TICK = timedelta(microseconds=1)


def require_kept(tx: Transaction, revision: int) -> None:
    """Raise RevisionCompacted when a change from `revision` on is not retained for watches."""
    require_above(tx, revision, tx.log.compacted)


class Changes:
    """Lists, compacts and trims the change log and the audit trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, query: Query, page: Page, asked: Asked) -> Listed[Entry]:
        """Return a page of the selected entries.

        Transactions are never divided, so that a page may be longer than requested; it is shorter
        where it would exceed PAGE_BYTES. Raises NamespaceNotFound, HistoryChanged or
        RevisionCompacted.
        """
        with self._database.read() as tx:
            namespace = asked.selection.wanted.namespace
            if namespace is not None:
                require_namespace(tx, namespace)
            head = tx.head
            require_page(page, head)
            Position(asked.history).require_in(head)
            spans = Spans.of(tx, asked).behind(tx, page, asked)
            items = _fitting(spans.first(tx, asked, page.size))
            key = spans.read_up_to(tx, items)
            more = bool(items) and any(spans.beyond(*key).read(tx, asked, 1))
            token = query.token(key, head.history) if more else ""
            return Listed(items, token, head.revision)

    def compact(self, moment: datetime) -> int:
        """Retain no changes from before `moment` for watches; return the compacted revision."""
        with self._database.write(frees=True) as tx:
            return tx.log.compact(tx.revision_at(moment - _TICK))

    def keep_for(self, days: int) -> int:
        """Set the retention of the trail in days, 0 for unlimited; return the one in force."""
        with self._database.write(frees=True) as tx:
            return tx.log.keep_for(days)

    def trim(self, moment: datetime) -> int:
        """Delete compacted entries from before `moment`; return the newest deleted revision.

        It works in portions, each in a transaction, so that other changes can run between them.
        """
        with self._database.read() as tx:
            number = tx.denied_requests.number_at(moment - _TICK)
            revision = min(tx.revision_at(moment - _TICK), tx.log.compacted)
            trimmed = tx.log.trimmed
        gone = 0
        while gone < number:
            with self._database.write(frees=True) as tx:
                gone = tx.denied_requests.trim(number, TRIM_AT_ONCE)
        while trimmed < revision:
            with self._database.write(frees=True) as tx:
                trimmed = tx.log.trim(revision, TRIM_AT_ONCE)
        return trimmed


def _fitting(items: Sequence[Entry]) -> Sequence[Entry]:
    """Return the first entries that fit into one page, in whole transactions."""
    size = end = 0
    for place, item in enumerate(items):
        if place and not same_transaction(items[place - 1], item):
            end = place
        size += most_encoded(item)
        if end and size > PAGE_BYTES:
            return items[:end]
    return items
