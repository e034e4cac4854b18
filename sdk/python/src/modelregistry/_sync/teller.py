# Generated from _async/teller.py by scripts/generate_sync.py: never edit this.
"""Who tells of changes."""

from collections.abc import Sequence

from modelregistry._sync.seat import Seat
from modelregistry._sync.work import Work
from modelregistry._watching.entry import Entry


class Teller:
    """Tells everybody who is interested: one after the other, and everything in order.

    It has a thread (a task) of its own, because what it calls may take long.
    """

    def __init__(self, work: Work) -> None:
        self.seats: set[Seat] = set()
        self._work = work
        self._news: set[Entry] = set()

    def note(self, changed: Sequence[Entry]) -> None:
        """Note which references name another version; with the bell held."""
        self._news.update(changed)

    def step(self) -> None:
        """Wait until there is something to tell, and tell it."""
        work = self._work
        work.bell.wait(lambda: work.over or bool(self._news))
        with work.bell:
            news, self._news = self._news, set()
            told = [seat for seat in self.seats if seat.entry in news]
        for seat in told:
            if not work.over:
                seat.tell()
