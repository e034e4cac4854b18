"""Whether the clock of a machine can be believed, from what is known besides it.

A change that is stamped by a wrong clock stays in the log, and every later one comes after it. So a
moment is compared with other facts before it is written. See
docs/decisions/0024-clocks-are-checked.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

IDLE: Final = timedelta(days=30)
"""How long no server may have run, where no other clock confirms the time."""


@dataclass(frozen=True, slots=True)
class Uptime:
    """How long a machine has run, which setting its clock does not change. boot: of which start."""

    boot: str
    passed: timedelta


@dataclass(frozen=True, slots=True)
class ClockMark:
    """A moment that was believed, and how long the machine had run then."""

    uptime: Uptime
    time: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """An operator's word that the clock is right. accepted: the time of the newest change then."""

    number: int
    accepted: datetime


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """The moments that a clock is compared with.

    uptime: of this machine; None if the system does not state it. mark: of this start of the
    machine. newest_mark: the time of the newest one of any start. newest: the time of the newest
    change; None without any. accepted: that of the last settlement. database: the clock of the
    database's server, if it has one. trusted: whether that server is another machine.
    """

    uptime: Uptime | None = None
    mark: ClockMark | None = None
    newest_mark: datetime | None = None
    newest: datetime | None = None
    accepted: datetime | None = None
    database: datetime | None = None
    trusted: bool = False

    def doubts(self, now: datetime, most: timedelta) -> Iterator[str]:
        """Yield why this moment cannot be believed; nothing if it can. most: the largest jump."""
        if self.database is not None and abs(now - self.database) > most:
            yield f"it is {_apart(now, self.database)} the clock of the database's server"
        confirmed = self.trusted and self.database is not None
        if not confirmed:
            yield from self._jumps(now, most)
        if self.newest is not None:
            ahead = self.newest - max(now, self.accepted or now)
            if ahead > most:
                yield f"it is {_apart(now, self.newest)} the newest change"

    def _jumps(self, now: datetime, most: timedelta) -> Iterator[str]:
        expected = self._expected()
        if self.mark is not None and expected is not None:
            if abs(now - expected) > most:
                since = f"{self.mark.time:%Y-%m-%d %H:%M} UTC"
                yield f"it is {_apart(now, expected)} the time that has passed since {since}"
        elif self.newest_mark is not None:  # not the first look at a registry
            used = max(self.newest_mark, self.newest or self.newest_mark)
            if now - used > max(most, IDLE):
                yield f"it is {_apart(now, used)} the last use of the registry"

    def _expected(self) -> datetime | None:
        """Return the time by the mark and the uptime; None when the machine has started again."""
        if self.mark is None or self.uptime is None or self.uptime.boot != self.mark.uptime.boot:
            return None
        passed = self.uptime.passed - self.mark.uptime.passed
        return self.mark.time + passed if passed >= timedelta() else None


def _apart(now: datetime, other: datetime) -> str:
    """Return "3 days ahead of", "5 hours behind"."""
    seconds = abs(now - other).total_seconds()
    units = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))
    name, size = next(unit for unit in units if seconds >= 2 * unit[1] or unit[1] == 1)
    return f"{seconds / size:,.0f} {name} {'ahead of' if now > other else 'behind'}"
