"""The leases of one process: what it runs so that no other process does.

When a lease ends is decided by the clock of the database alone. This process measures by its own
clock only how long ago it asked: it stops before the database lets another process begin, however
the clocks of the two differ, as long as both run at about the same speed.
"""

from collections.abc import Callable, Collection
from datetime import timedelta
from threading import Lock
from typing import Final, ParamSpec, TypeVar

from registry_grpc.domain.consumer import Lease
from registry_grpc.services.ports.database import Database

LEASE_DURATION: Final = timedelta(seconds=10)
"""How long what a process ran stays undone after it was killed."""
_P = ParamSpec("_P")
_T = TypeVar("_T")


class LeaseLost(Exception):
    """Another process has the lease, or may have it by now."""


class Leases:
    """Takes, renews and gives back leases by their names. Safe between threads."""

    def __init__(
        self,
        database: Database,
        names: Collection[str],
        holder: str,
        elapsed: Callable[[], float],
        duration: timedelta = LEASE_DURATION,
    ) -> None:
        """names: to be taken. holder: this process. elapsed: seconds that only ever grow."""
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
        """The leases that this process can be sure to have."""
        return self._held if self._elapsed() < self._until else frozenset()

    def keep(self) -> None:
        """Renew the leases of this process, and take those that no process has.

        To be called several times in the duration of a lease. Raises DatabaseUnavailable.
        """
        with self._turn:
            began = self._elapsed()
            with self._database.read() as tx:
                leased = tx.consumers.leased()
            free = [name for name in self._names if name not in leased]
            if self._closed or not (free or self._held):
                return
            # Garbage collection, which makes room on a full disk, needs a lease.
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

        A call that has begun goes on to its end, also when the lease is lost meanwhile.
        """
        if lease not in self.held:
            raise LeaseLost(lease)
        return function(*args, **kwargs)

    def release(self) -> None:
        """Give all leases back, and take none from now on. Raises DatabaseUnavailable."""
        with self._turn:
            self._closed = True
            held, self._held = self._held, frozenset()
            if held:
                with self._database.write(frees=True) as tx:
                    for lease in held:
                        tx.consumers.release(lease)
