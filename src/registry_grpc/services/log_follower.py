"""Follows the change log: every transaction is delivered once, in order, to each listener."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Protocol

from registry_grpc.domain.change import Event
from registry_grpc.domain.errors import DATABASE_OUTAGES, DatabaseUnavailable
from registry_grpc.domain.history import Position
from registry_grpc.services.ports.database import Database
from registry_grpc.services.ports.log import Log

_log = logging.getLogger(__name__)
_PORTION = 500
_POLL_S = 1.0
_AGAIN_S = 0.2
_LATE_S = 3 * _POLL_S


class LogListener(Protocol):
    """Receives the log. Called by one thread at a time."""

    def advance(self, events: Sequence[Event], revision: int) -> None:
        """Receive the events since the last call, whole transactions, up to `revision`."""

    def restart(self, position: Position) -> None:
        """Start at this position: of another history, or at the first read."""


@dataclass(slots=True, eq=False)
class _Reader:
    """The position of one listener.

    applied, time: its last entry. confirmed: when that was the newest, by `elapsed`.
    failed: whether it failed on the next events.
    """

    listener: LogListener
    confirmed: float
    applied: Position | None = None
    time: datetime | None = None
    failed: bool = False


class LogFollower:
    """Follows the log in a thread of its own, between `start` and `close`.

    The database's listener reports changes of other processes within milliseconds; polling every
    second is the fallback. Code that changes something in this process calls `catch_up` before it
    reports success: then every listener of the process has received it.

    Each listener has its own position. A failing one gets the same events again, and
    delays no other.
    """

    def __init__(
        self,
        database: Database,
        listeners: Sequence[LogListener],
        elapsed: Callable[[], float],
        new_history: Callable[[], str],
    ) -> None:
        """elapsed: a monotonic clock in seconds. new_history: creates a history id."""
        self._database = database
        self._elapsed = elapsed
        self._new_history = new_history
        self._readers = [_Reader(listener, elapsed()) for listener in listeners]
        self._listener = database.listener()
        self._thread = threading.Thread(target=self._follow, name="log-follower", daemon=True)
        self._closed = threading.Event()
        self._turn = threading.Lock()
        self._tickets = count(1)
        self._read_for = 0
        self._left: set[str] = set()
        self._away = False

    def age_of(self, listener: LogListener) -> float:
        """Return the seconds since a listener had the newest revision; 0 while it has.

        Raises LookupError for a listener that was not given.
        """
        for reader in self._readers:
            if reader.listener is listener:
                since = self._elapsed() - reader.confirmed
                behind = self._away or reader.failed or since > _LATE_S
                return since if behind else 0.0
        raise LookupError(listener)

    def start(self) -> None:
        """Read the position of the log, then follow it; raises DatabaseUnavailable."""
        self._catch_up()
        self._thread.start()

    def close(self) -> None:
        """Stop; no event is delivered afterwards."""
        self._closed.set()
        self._listener.close()
        if self._thread.ident is not None:
            self._thread.join()

    def catch_up(self) -> None:
        """Return once everything committed before this call was offered to every listener.

        While the database is unavailable the thread does it later, and `age_of` reports it. It
        raises nothing: a committed change stays committed, whether or not it can be delivered.
        """
        try:
            self._catch_up()
        except DATABASE_OUTAGES:
            _log.warning("a change was made, but the log could not be read after it")
        except Exception:  # noqa: BLE001 - it is in the log, and in `age_of`
            _log.exception("a change was made, but the log could not be read after it")

    def _follow(self) -> None:
        while not self._closed.is_set():
            try:
                self._wait()
                self._catch_up()
            except DATABASE_OUTAGES:
                self._closed.wait(_AGAIN_S)
            except Exception:  # noqa: BLE001 - the same; and this thread must not end
                _log.exception("the log could not be read; trying again")
                self._closed.wait(_POLL_S)

    def _wait(self) -> None:
        try:
            self._listener.wait(_POLL_S)
        except DatabaseUnavailable:
            # Maybe only a connection for the listener is missing: poll.
            self._catch_up()
            self._closed.wait(_AGAIN_S)

    def _catch_up(self) -> None:
        ticket = next(self._tickets)
        with self._turn:
            # A read that began after this call may have done it.
            if self._read_for >= ticket or self._closed.is_set():
                return
            served = next(self._tickets)
            try:
                for together in self._by_position():
                    while self._read_portion(together):
                        pass
            except Exception:
                self._away = True
                raise
            self._away = False
            self._read_for = served

    def _by_position(self) -> Iterator[list[_Reader]]:
        """Yield groups of readers at the same position, which one read can serve."""
        groups: dict[Position | None, list[_Reader]] = {}
        for reader in self._readers:
            groups.setdefault(reader.applied, []).append(reader)
        yield from groups.values()

    def _read_portion(self, together: list[_Reader]) -> bool:
        """Read for readers at one position, except failing ones; return whether to continue."""
        began, at = self._elapsed(), together[0]
        known = at.applied
        with self._database.read() as tx:
            head = tx.head
            lost = self._is_lost(tx.log, head, at)
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
        if not goes_on and known is not None:
            self._left.add(known.history)
        for reader in tuple(together):
            if self._is_delivered(reader.listener, events, head, goes_on=goes_on):
                reader.applied, reader.time = head, time
                reader.confirmed, reader.failed = began, False
            else:
                reader.failed = True
                together.remove(reader)
        return more and bool(together)

    def _is_delivered(
        self, listener: LogListener, events: Sequence[Event], head: Position, *, goes_on: bool
    ) -> bool:
        try:
            if not goes_on:
                listener.restart(head)
            elif events:
                listener.advance(events, head.revision)
        except Exception:  # noqa: BLE001 - it is retried; other listeners continue
            name = type(listener).__name__
            _log.exception("%s failed to take the log to revision %d", name, head.revision)
            return False
        return True

    def _is_lost(self, log: Log, head: Position, reader: _Reader) -> bool:
        """Return whether delivered entries are missing in the log, under the same history id."""
        known = reader.applied
        if head.history in self._left:
            return True
        if known is None or known.history != head.history:
            return False
        if head.revision < known.revision:
            return True
        # A missing entry may have been trimmed: the audit trail is retained longer than any pause.
        return reader.time is not None and log.time_of(known.revision) not in {None, reader.time}

    def _begin_history(self, lost: Position) -> None:
        """Give the log a new history id; one of several processes that detect it does."""
        with self._database.write() as tx:
            begun = tx.log.begin_history(lost.history, self._new_history())
            now = tx.head
        if begun:
            _log.warning(
                "the database was restored: the change log at revision %d has lost entries. Its "
                "history %s ends, %s begins; garbage collection is suspended until "
                "`registry-grpc gc --release`",
                lost.revision,
                lost.history,
                now.history,
            )
