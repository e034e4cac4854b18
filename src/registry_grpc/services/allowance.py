"""Rate limits: a burst at once, and a number per second after that."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_MOST_ACTORS = 1_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """burst: how many at once after a pause. per_second: how many come back in a second."""

    burst: int
    per_second: float


class _Store:
    """The rest of an allowance."""

    __slots__ = ("_allowance", "_left", "_since")

    def __init__(self, allowance: Allowance, now: float) -> None:
        self._allowance = allowance
        self._left = float(allowance.burst)
        self._since = now

    def left(self, now: float) -> bool:
        """Whether there is one to take."""
        gained = (now - self._since) * self._allowance.per_second
        self._left, self._since = min(self._allowance.burst, self._left + gained), now
        return self._left >= 1

    def take(self) -> None:
        """Take one."""
        self._left -= 1


class Allowances:
    """One allowance for all actors, and a smaller one for each, so that one cannot use up all.

    Not for several threads at once.
    """

    def __init__(self, of_all: Allowance, of_each: Allowance, elapsed: Callable[[], float]) -> None:
        self._of_each = of_each
        self._elapsed = elapsed
        self._all = _Store(of_all, elapsed())
        self._each: OrderedDict[str, _Store] = OrderedDict()  # least recently used first

    def take(self, actor: str) -> bool:
        """Take one for this actor; return whether there was one."""
        now = self._elapsed()
        if actor not in self._each:
            if len(self._each) >= _MOST_ACTORS:
                self._each.popitem(last=False)
            self._each[actor] = _Store(self._of_each, now)
        self._each.move_to_end(actor)
        mine = self._each[actor]
        if not mine.left(now) or not self._all.left(now):
            return False
        mine.take()
        self._all.take()
        return True
