# Generated from _async/watcher.py by scripts/generate_sync.py: never edit this.
"""The one watcher of a client: there while somebody is interested, also after a fork."""

import threading
import time
from typing import Final

from modelregistry import names
from modelregistry._local.last_known import LastKnown
from modelregistry._sync.background import can_start
from modelregistry._sync.keeper import Keeper
from modelregistry._sync.lasting import LastingConnection
from modelregistry._sync.seat import Seat
from modelregistry._wire import fork

_inherited: Final[list[Keeper]] = []
"""Those of a parent process: kept, because freeing their calls would touch its connection."""


class Watcher:
    """Has a keeper work while there is anybody interested. Safe to share between threads."""

    def __init__(self, connection: LastingConnection) -> None:
        self._connection = connection
        settings = connection.settings
        self._last_known = LastKnown(settings.cache.folder, settings.target)
        self._keeper: Keeper | None = None
        self._orphans: list[Seat] = []
        self._lock = threading.Lock()
        fork.watch(self)

    def open(self, seat: Seat) -> None:
        """Be interested in a reference, and wait for an answer. Raises what `settle` raises."""
        self.wake()
        with self._lock:
            keeper = self._keeper = self._keeper or Keeper(self._connection, self._last_known)
            keeper.join(seat, names.model_of(seat.ref))
        try:
            keeper.settle(seat)
        except BaseException:
            self.close(seat)
            seat.abandon()
            raise

    def close(self, seat: Seat) -> None:
        """Be interested no more; without anybody the work ends."""
        with self._lock:
            self._orphans = [each for each in self._orphans if each is not seat]
            keeper = self._keeper
            if keeper is None or keeper.leave(seat):
                return
            self._keeper = None
        keeper.stop()

    def stop(self) -> None:
        """End the work, whoever is interested."""
        with self._lock:
            keeper, self._keeper, self._orphans = self._keeper, None, []
        if keeper is not None:
            for seat in keeper.seats:
                seat.abandon()
            keeper.stop()

    def forget(self) -> None:
        """Leave the keeper of the parent process alone, in a child: nobody works for it here."""
        self._lock = threading.Lock()
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            _inherited.append(keeper)
            keeper.forget()
            self._orphans = keeper.seats
            for seat in self._orphans:
                seat.asleep = True

    def wake(self) -> None:
        """Have somebody work for those who were interested before the fork."""
        with self._lock:
            if not self._orphans or not can_start():
                return
            orphans, self._orphans = self._orphans, []
            keeper = self._keeper = Keeper(self._connection, self._last_known)
            for seat in orphans:
                before, age = seat.entry, seat.standing.age(seat.entry, time.monotonic())
                known = None if before.answer is None else (before.answer, age)
                keeper.join(seat, before.model, known)
                seat.asleep = False
