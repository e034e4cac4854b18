"""The leases of one process for work that only one process may do.

Only the clock of the database decides when a lease ends. This process measures with its own
clock only the time since its request: it stops before the database lets another process begin,
however the clocks differ, as long as both run at about the same speed.
"""

from collections.abc import Callable, Collection
from datetime import timedelta
from threading import Lock
from typing import Final, ParamSpec, TypeVar

from registry_grpc.domain.consumer import Lease
from registry_grpc.services.ports.database import Database

LEASE_DURATION: Final = timedelta(seconds=10)
"""The maximum time without a holder after a process was killed."""
_P = ParamSpec("_P")
_T = TypeVar("_T")


class LeaseLost(Exception):
    """Another process has the lease, or may have it."""


class Leases:
    """Takes, renews and releases leases by name. Safe between threads."""

    def __init__(
        self,
        database: Database,
        names: Collection[str],
        holder: str,
        elapsed: Callable[[], float],
        duration: timedelta = LEASE_DURATION,
        *,
        may_run: Callable[[], bool] = lambda: True,
    ) -> None:
        """names: the leases. holder: this process. elapsed: a monotonic clock in seconds.

        may_run: whether this process can do the work at present; else it uses and renews no lease.
        """
        self._may_run = may_run
        self._database = database
        self._names = names
        self._holder = holder
        self._elapsed = elapsed
        self._duration = duration
        self._held: Collection[Lease] = frozenset()
        self._until = 0.0
        self._turn = Lock()
        self._closed = False

    @property
    def held(self) -> Collection[Lease]:
        """The leases that this process certainly has."""
        return self._held if self._elapsed() < self._until and self._may_run() else frozenset()

    def keep(self) -> None:
        """Renew the leases of this process, and take free ones.

        Call it several times within the duration of a lease. Raises DatabaseUnavailable.
        """
        with self._turn:
            if not self._may_run():
                return
            began = self._elapsed()
            with self._database.read() as tx:
                leased = tx.consumers.leased()
            free = [name for name in self._names if name not in leased]
            if self._closed or not (free or self._held):
                return
            # Garbage collection, which frees space on a full disk, needs a lease.
            with self._database.write(frees=True) as tx:
                held = {*tx.consumers.renew(self._holder, self._duration)}
                renewed = {lease.name for lease in held}
                taken = (
                    tx.consumers.take(name, self._holder, self._duration)
                    for name in free
                    if name not in renewed
                )
                held.update(lease for lease in taken if lease is not None)
            self._held, self._until = held, began + self._duration.total_seconds()

    def run(
        self, lease: Lease, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Call a function under a lease; raises LeaseLost when this process may have lost it.

        A running call completes, even if the lease is lost meanwhile.
        """
        if lease not in self.held:
            raise LeaseLost(lease)
        return function(*args, **kwargs)

    def release(self) -> None:
        """Release all leases, and take none from now on. Raises DatabaseUnavailable."""
        with self._turn:
            self._closed = True
            held, self._held = self._held, frozenset()
            if held:
                with self._database.write(frees=True) as tx:
                    for lease in held:
                        tx.consumers.release(lease)
