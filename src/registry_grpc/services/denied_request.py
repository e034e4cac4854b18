"""Recording of denied requests: asynchronous, bounded, and without delaying calls."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from registry_grpc.domain.denied_request import DeniedRequest
from registry_grpc.domain.errors import CommitUnknown, DatabaseReadOnly, DatabaseUnavailable
from registry_grpc.domain.trail import Selection, Span
from registry_grpc.services.allowance import Allowance, Allowances
from registry_grpc.services.ports.database import Database

_log = logging.getLogger(__name__)
MOST_WAITING = 1_000
_AT_ONCE = 200
_AGAIN_S = 1.0
# Far above the rate of a person; for a program in a loop its first requests suffice.
OF_ALL = Allowance(burst=600, per_second=10.0)
OF_AN_ACTOR = Allowance(burst=60, per_second=1.0)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Calls that are recorded in one transaction.

    omitted: the number of unrecorded calls before them. behind: the number of the last denied
    request that was recorded before these.
    """

    calls: Sequence[DeniedRequest]
    omitted: int
    behind: int = 0


class DeniedRequestRecorder:
    """Writes denied requests down in a thread of its own, between `start` and `close`.

    Of more than the allowances permit, or than can wait while the database is unavailable, the rest
    is counted only: in `omitted` of the next one that is written, and by `lost`.
    """

    def __init__(
        self,
        database: Database,
        elapsed: Callable[[], float],
        lost: Callable[[int], None] = lambda _: None,
    ) -> None:
        """elapsed: monotonic seconds. lost: called with the number of further omitted calls."""
        self._database = database
        self._lost = lost
        self._allowances = Allowances(OF_ALL, OF_AN_ACTOR, elapsed)
        self._thread = threading.Thread(target=self._write, name="denied-requests", daemon=True)
        self._changed = threading.Condition()
        self._waiting: deque[DeniedRequest] = deque()
        self._in_doubt: _Batch | None = None
        self._omitted = 0
        self._closed = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """Write queued calls, or report their number as lost; then stop the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def note(self, call: DeniedRequest) -> None:
        """Queue a call for recording. Never blocks and raises nothing."""
        with self._changed:
            full = self._closed or len(self._waiting) >= MOST_WAITING
            if full or not self._allowances.take(call.actor):
                self._omit(1)
                return
            self._waiting.append(call)
            self._changed.notify_all()

    def _omit(self, count: int) -> None:
        self._omitted += count
        self._lost(count)

    def _write(self) -> None:
        while self._wait():
            try:
                self._write_some()
            except (DatabaseUnavailable, DatabaseReadOnly, CommitUnknown):
                self._rest()
            except Exception:  # noqa: BLE001 - it is logged and counted
                # A failed batch would fail again, and must not block others.
                _log.exception("denied requests could not be recorded")
                self._give_up(_AT_ONCE)

    def _wait(self) -> bool:
        """Wait for calls to write; return False after the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            return bool(self._waiting)

    def _write_some(self) -> None:
        batch = self._in_doubt
        if batch is None or not self._recorded(batch):
            batch = self._batch()
            self._record(batch)
        self._in_doubt = None
        if batch.omitted:
            _log.warning("%d denied requests were not recorded: there were too many", batch.omitted)
        with self._changed:
            self._omitted -= batch.omitted
            for _ in batch.calls:
                self._waiting.popleft()

    def _batch(self) -> _Batch:
        with self._changed:
            count = min(_AT_ONCE, len(self._waiting))
            return _Batch([self._waiting[index] for index in range(count)], self._omitted)

    def _record(self, batch: _Batch) -> None:
        newest = 0
        try:
            with self._database.write() as tx:
                newest = tx.denied_requests.newest
                tx.denied_requests.add(batch.calls, batch.omitted)
        except CommitUnknown:
            self._in_doubt = replace(batch, behind=newest)
            raise

    def _recorded(self, batch: _Batch) -> bool:
        """Return whether a batch with an unknown outcome of COMMIT was recorded."""
        first = batch.calls[0]
        # A change waits for transactions that are still being committed, and records nothing here.
        with self._database.change(lambda: first.time) as tx:
            behind = tx.denied_requests.entries(Selection(), Span(after=batch.behind), MOST_WAITING)
        return any(replace(found.request, time=first.time) == first for found in behind)

    def _rest(self) -> None:
        """Wait for the database to return, unless this is closed."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._closed, _AGAIN_S):
                return
        self._give_up(MOST_WAITING)
        _log.error(
            "%d denied requests were not recorded: the database is unavailable", self._omitted
        )

    def _give_up(self, most: int) -> None:
        self._in_doubt = None
        with self._changed:
            gone = min(most, len(self._waiting))
            for _ in range(gone):
                self._waiting.popleft()
            self._omit(gone)
