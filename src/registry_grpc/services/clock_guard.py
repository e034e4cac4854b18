"""Stops changes while the clock of this machine is in doubt, until it is right or settled.

Each process compares its clock with the moment at which it last believed it, in memory. It reads
what the database knows at its first look, every minute, and while the clock is in doubt.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from registry_grpc.domain.clock_check import ClockFacts, ClockMark, Settlement, Uptime
from registry_grpc.domain.errors import ClockUnsettled
from registry_grpc.services.ports.clock import Clock
from registry_grpc.services.ports.database import Transaction

CHECKED_EVERY: Final = timedelta(minutes=1)
"""How long a believed moment is compared with alone, without the database."""


@dataclass(frozen=True, slots=True)
class _Belief:
    """A believed moment, and the newest settlement then."""

    mark: ClockMark
    settlement: Settlement | None


class ClockGuard:
    """Compares one clock with what is known. Safe between threads.

    most: the largest jump; 0 believes every clock. trusted: whether the database's server is
    another machine, whose clock confirms this one.
    """

    def __init__(
        self,
        clock: Clock,
        uptime: Callable[[], Uptime | None],
        most: timedelta,
        *,
        trusted: bool = False,
    ) -> None:
        self._clock = clock
        self._uptime = uptime
        self._most = most
        self._trusted = trusted
        self._known: _Belief | None = None
        self._doubted = bool(most)
        self._kept: Uptime | None = None

    def require(self, tx: Transaction) -> None:
        """Raise ClockUnsettled if the clock is in doubt."""
        if doubts := self.doubts(tx):
            raise ClockUnsettled(doubts=doubts)

    def admit(self, tx: Transaction) -> None:
        """Raise ClockUnsettled if the clock is in doubt; else keep the moment, if that is due.

        So the changes of commands are known to the servers that start later. Must be called in a
        write.
        """
        self.require(tx)
        if self.is_due:
            self.keep(tx)

    def doubts(self, tx: Transaction) -> str:
        """Return why the clock is in doubt; "" if it is believed."""
        now, uptime = self._clock(), self._uptime()
        if not self._most or self._was_believed(now, uptime):
            return ""
        settlement = tx.clock_marks.settlement()
        facts = self._facts(tx, uptime, settlement)
        found = " and ".join(facts.doubts(now, self._most))
        self._doubted = bool(found)
        if not found and uptime is not None:
            self._known = _Belief(ClockMark(uptime, now), settlement)
        return found

    def believes(self) -> bool:
        """Return whether the clock was believed at the last look, and has not jumped since then."""
        if not self._most or self._known is None:
            return not self._doubted
        now, known = self._clock(), ClockFacts(self._uptime(), self._known.mark)
        return not self._doubted and not any(known.doubts(now, self._most))

    @property
    def is_due(self) -> bool:
        """Whether the stored moment of this process is older than CHECKED_EVERY, or none is."""
        known = self._known
        return known is not None and (
            self._kept is None or known.mark.uptime.passed - self._kept.passed >= CHECKED_EVERY
        )

    def keep(self, tx: Transaction) -> None:
        """Store the newest believed moment. Must be called in a write."""
        if self._known is not None:
            tx.clock_marks.keep(self._known.mark)
            self._kept = self._known.mark.uptime

    def settle(self, tx: Transaction) -> None:
        """Believe the clock from now on, in every process. Must be called in a write.

        Raises ClockUnsettled if the clock of the database's server differs: then one of the two is
        wrong.
        """
        now, uptime = self._clock(), self._uptime()
        database = ClockFacts(database=tx.clock_marks.database_time())
        if doubts := " and ".join(database.doubts(now, self._most)):
            raise ClockUnsettled(doubts=doubts)
        tx.clock_marks.settle(tx.log.time_of(tx.head.revision) or now)
        if uptime is not None:
            tx.clock_marks.keep(ClockMark(uptime, now))

    def _was_believed(self, now: datetime, uptime: Uptime | None) -> bool:
        known = self._known
        if known is None or uptime is None:
            return False
        passed = uptime.passed - known.mark.uptime.passed
        expected = ClockFacts(uptime, known.mark)
        return passed < CHECKED_EVERY and not any(expected.doubts(now, self._most))

    def _facts(
        self, tx: Transaction, uptime: Uptime | None, settlement: Settlement | None
    ) -> ClockFacts:
        mark = tx.clock_marks.mark(uptime.boot) if uptime else None
        known = self._known
        if mark is None and known is not None and known.settlement == settlement:
            mark = known.mark
        return ClockFacts(
            uptime=uptime,
            mark=mark,
            newest_mark=tx.clock_marks.newest_mark(),
            newest=tx.log.time_of(tx.head.revision),
            accepted=settlement.accepted if settlement else None,
            database=tx.clock_marks.database_time(),
            trusted=self._trusted,
        )
