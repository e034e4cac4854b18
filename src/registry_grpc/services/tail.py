"""The tail of the change log: every transaction is handed on once, in order, as soon as may be."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Protocol

from registry_grpc.domain.change import Event
from registry_grpc.domain.errors import DatabaseUnavailable
from registry_grpc.domain.history import Position
from registry_grpc.services.ports.database import Database
from registry_grpc.services.ports.log import Log

_log = logging.getLogger(__name__)
_PORTION = 500
_POLL_S = 1.0
_AGAIN_S = 0.2
_LATE_S = 3 * _POLL_S


class Follower(Protocol):
    """Who hears of the log. Called by one thread at a time."""

    def advance(self, events: Sequence[Event], revision: int) -> None:
        """Hear what happened since the last call, whole transactions, up to `revision`."""

    def restart(self, position: Position) -> None:
        """Hear that the log is not what it was (or is read for the first time): now at this."""


class Tail:
    """Follows the log in a thread of its own, between `start` and `close`.

    What other processes change is heard of through the database's listener, within milliseconds, or
    by a look every second. Whoever changes something in this process calls `catch_up` before he
    says so: then everybody here knows it first.
    """

    def __init__(
        self,
        database: Database,
        follower: Follower,
        elapsed: Callable[[], float],
        new_history: Callable[[], str],
    ) -> None:
        self._database = database
        self._follower = follower
        self._elapsed = elapsed  # seconds that only ever grow
        self._new_history = new_history
        self._listener = database.listener()
        self._thread = threading.Thread(target=self._follow, name="tail", daemon=True)
        self._closed = threading.Event()
        self._turn = threading.Lock()
        self._tickets = count(1)
        self._read_for = 0
        self._applied: Position | None = None
        self._time: datetime | None = None  # of that entry
        self._left: set[str] = set()
        self._confirmed = elapsed()
        self._away = False

    @property
    def age(self) -> float:
        """Seconds since what was handed on was known to be the newest; 0 while it is kept so."""
        since = self._elapsed() - self._confirmed
        return since if self._away or since > _LATE_S else 0.0

    def start(self) -> None:
        """Read where the log stands now, then follow it; raises DatabaseUnavailable."""
        self._catch_up()
        self._thread.start()

    def close(self) -> None:
        """Stop; nothing is handed on afterwards."""
        self._closed.set()
        self._listener.close()
        if self._thread.ident is not None:
            self._thread.join()

    def catch_up(self) -> None:
        """Return once everything committed before this call was handed on.

        While the database is away that is left to the thread, and `age` says so. It raises nothing:
        what was committed is done, whatever becomes of the news.
        """
        try:
            self._catch_up()
        except DatabaseUnavailable:
            _log.warning("a change was made, but the log could not be read after it")
        except Exception:  # noqa: BLE001 - it is told in the log, and by `age`
            _log.exception("a change was made, but the news of it could not be handed on")

    def _follow(self) -> None:
        while not self._closed.is_set():
            try:
                self._wait()
                self._catch_up()
            except DatabaseUnavailable:
                self._closed.wait(_AGAIN_S)
            except Exception:  # noqa: BLE001 - the same; and this thread must not end
                _log.exception("the news could not be handed on; trying again")
                self._closed.wait(_POLL_S)

    def _wait(self) -> None:
        try:
            self._listener.wait(_POLL_S)
        except DatabaseUnavailable:
            # Perhaps only for want of one more connection: a look tells.
            self._catch_up()
            self._closed.wait(_AGAIN_S)

    def _catch_up(self) -> None:
        ticket = next(self._tickets)
        with self._turn:
            # Who waited may have been served by a read that began after he came.
            if self._read_for >= ticket or self._closed.is_set():
                return
            served = next(self._tickets)
            try:
                while self._read_portion():
                    pass
            except Exception:
                self._away = True
                raise
            self._read_for = served

    def _read_portion(self) -> bool:
        """Read on; return whether there is more."""
        began, known = self._elapsed(), self._applied
        with self._database.read() as tx:
            head = tx.head
            lost = self._is_lost(tx.log, head)
            goes_on = known is not None and known.history == head.history
            after = known.revision if known is not None else 0
            events = tx.log.events(after, _PORTION) if goes_on and not lost else ()
            more = bool(events) and events[-1].revision < head.revision
            if more:
                head = replace(head, revision=events[-1].revision)
            time = tx.log.time_of(head.revision)
        if lost:
            self._begin_history(head)
            return True
        if not goes_on:
            if known is not None:
                self._left.add(known.history)
            self._follower.restart(head)
        elif events:
            self._follower.advance(events, head.revision)
        self._applied, self._time, self._confirmed, self._away = head, time, began, False
        return more

    def _is_lost(self, log: Log, head: Position) -> bool:
        """Whether entries that were handed on are not in the log any more, under the same id."""
        known = self._applied
        if head.history in self._left:
            return True
        if known is None or known.history != head.history:
            return False
        if head.revision < known.revision:
            return True
        # An entry that is not kept was trimmed: the audit trail is kept for longer than any pause.
        return self._time is not None and log.time_of(known.revision) not in {None, self._time}

    def _begin_history(self, lost: Position) -> None:
        """Give the log another id; of several processes that find the same, one does."""
        with self._database.write() as tx:
            begun = tx.log.begin_history(lost.history, self._new_history())
            now = tx.head
        if begun:
            _log.warning(
                "the database was restored: the change log at revision %d has lost entries. Its "
                "history %s ends, %s begins; garbage collection is held until "
                "`registry-grpc gc --release`",
                lost.revision,
                lost.history,
                now.history,
            )
