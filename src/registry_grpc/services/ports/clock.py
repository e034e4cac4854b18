"""The ports to time and identity."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    """The current time."""

    def __call__(self) -> datetime:
        """Return the current time, in UTC."""


class Ids(Protocol):
    """Creates unique ids."""

    def __call__(self) -> UUID:
        """Return a new UUIDv7 (RFC 9562): unique, and sorting roughly by time."""
