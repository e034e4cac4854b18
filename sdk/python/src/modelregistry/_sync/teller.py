# Generated from _async/teller.py by scripts/generate_sync.py: never edit this.
"""Who tells of changes."""

from collections.abc import Sequence
from typing import Protocol

from modelregistry._sync.work import Work
from modelregistry._watching.entry import Entry
from modelregistry._watching.standing import Standing


class Interested(Protocol):
    """Who is interested in a reference."""

    entry: Entry
    standing: Standing
    asleep: bool
    """Whether nobody works for it, because this process was forked from where somebody did."""

    @property
    def listens(self) -> bool:
        """Whether it wants to be told of changes."""

    def begin(self) -> None:
        """Take the answer there is for told."""

    def tell(self) -> None:
        """Tell it that there may be another version."""

    def abandon(self) -> None:
        """Tell it that nobody works for it any more."""


class Teller:
    """Tells everybody who is interested: one after the other, and everything in order.

    It has a thread (a task) of its own, because what it calls may take long.
    """

    def __init__(self, work: Work) -> None:
        self.interested: set[Interested] = set()
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
            told = [each for each in self.interested if each.entry in news]
        for each in told:
            if not work.over:
                each.tell()
