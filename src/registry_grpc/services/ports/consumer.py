"""The port to durable consumers and their leases."""

from collections.abc import Collection
from datetime import timedelta
from typing import Protocol

from registry_grpc.domain.consumer import Consumer, Lease
from registry_grpc.domain.history import Position


class Consumers(Protocol):
    """Named readers of the log, with their cursors and leases.

    Leases end by the clock of the database. Methods that change them must be called in a write.
    """

    def get(self, name: str) -> Consumer | None:
        """Return a consumer, or None before its first lease."""

    def leased(self) -> Collection[str]:
        """Return the names of consumers with a current lease."""

    def take(self, name: str, holder: str, duration: timedelta) -> Lease | None:
        """Take a free lease, creating the consumer if needed.

        Returns None if another process has it. Of concurrent processes, one gets it.
        """

    def renew(self, holder: str, duration: timedelta) -> Collection[Lease]:
        """Extend all leases of a process to `duration` from now; return them.

        Includes leases that have ended, unless another process has taken them.
        """

    def release(self, lease: Lease) -> bool:
        """End a lease, so that others can take it immediately; return whether it was held."""

    def advance(self, lease: Lease, cursor: Position) -> bool:
        """Store the cursor of a consumer, unless the lease was lost; return whether it did."""
