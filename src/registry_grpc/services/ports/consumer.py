"""The port to durable consumers and their leases."""

from collections.abc import Collection
from datetime import timedelta
from typing import Protocol

from registry_grpc.domain.consumer import Consumer, Lease
from registry_grpc.domain.history import Position


class Consumers(Protocol):
    """Named readers of the log, how far each has read, and which process runs it.

    Leases end by the clock of the database alone. What changes them belongs into a write.
    """

    def get(self, name: str) -> Consumer | None:
        """Return a consumer, or None before its lease was taken for the first time."""

    def leased(self) -> Collection[str]:
        """Return the names of those that a process has a lease on which has not ended."""

    def take(self, name: str, holder: str, duration: timedelta) -> Lease | None:
        """Take a lease that no process has, creating the consumer; None when one has it.

        Of several processes that try at once, one gets it.
        """

    def renew(self, holder: str, duration: timedelta) -> Collection[Lease]:
        """Let all leases of a process last for `duration` from now; return those it has.

        Also those that have ended, as long as no other process has taken them.
        """

    def release(self, lease: Lease) -> bool:
        """End a lease, so that another process can take it at once; return whether it was held."""

    def advance(self, lease: Lease, cursor: Position) -> bool:
        """Store how far the consumer has read, unless the lease was lost; return whether it did."""
