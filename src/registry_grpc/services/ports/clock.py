"""The ports to time and identity, and to what is known about the clock."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from registry_grpc.domain.clock_check import ClockMark, Settlement


class Clock(Protocol):
    """The current time."""

    def __call__(self) -> datetime:
        """Return the current time, in UTC."""


class Ids(Protocol):
    """Creates unique ids."""

    def __call__(self) -> UUID:
        """Return a new UUIDv7 (RFC 9562): unique, and sorting roughly by time."""


class ClockMarks(Protocol):
    """Stored moments at which a clock was believed, and the settlements of operators."""

    def database_time(self) -> datetime | None:
        """Return the clock of the database's server; None if it is no other program's."""

    def mark(self, boot: str) -> ClockMark | None:
        """Return the mark of a start of a machine."""

    def newest_mark(self) -> datetime | None:
        """Return the time of the newest mark of any machine."""

    def keep(self, mark: ClockMark) -> None:
        """Replace the mark of the same start."""

    def settlement(self) -> Settlement | None:
        """Return the newest settlement."""

    def settle(self, accepted: datetime) -> None:
        """Add a settlement, and forget all marks."""
