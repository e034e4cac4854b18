"""The work of a call: counted and bounded.

Most limits of a request bound its size. The cost of a schema, a filter, a pattern or a policy does
not depend on its size: each of their steps is counted, and one budget bounds them all. A unit is
about a microsecond of one CPU. Counting is cheap enough for each application of a keyword of a
schema to a value.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from registry_grpc.domain.errors import DeadlineExceeded, LimitExceeded

MAX_WORK = 600_000
"""Units of one call, CheckRegistrationSchema's page included. The contract states it."""

LIMIT = "work of this call"


class Work:
    """The work of a call and its budget.

    Used by one thread at a time, except `stop`. allowed: units; None outside of calls, such as for
    background tasks.
    """

    __slots__ = ("_interrupt", "_left", "_stopped", "_waited", "allowed")

    def __init__(self, allowed: int | None = MAX_WORK) -> None:
        self.allowed = allowed
        self._left: float = float("inf") if allowed is None else allowed
        self._stopped = False
        self._interrupt: Callable[[], None] | None = None
        self._waited = 0.0

    @property
    def done(self) -> int:
        """The units so far; 0 if they are not bounded."""
        return 0 if self.allowed is None else round(self.allowed - self._left)

    @property
    def share(self) -> float:
        """The used fraction of the budget, here or in the database."""
        return (self.done + self._waited) / self.allowed if self.allowed else 0.0

    def wait(self, units: float) -> None:
        """Count waiting time: it does not end a call, but ends pages of lists early."""
        self._waited += units

    def take(self, units: float) -> None:
        """Count units; raise LimitExceeded beyond the budget, DeadlineExceeded after `stop`."""
        self._left -= units
        if self._left < 0:
            raise LimitExceeded(LIMIT, self.allowed or 0, self.done)
        self.require_wanted()

    def require_wanted(self) -> None:
        """Raise DeadlineExceeded after `stop`."""
        if self._stopped:
            raise DeadlineExceeded

    @property
    def is_stopped(self) -> bool:
        """Whether the call was cancelled."""
        return self._stopped

    def waits_for(self, interrupt: Callable[[], None] | None) -> None:
        """Set how to interrupt a wait elsewhere, or None after it.

        interrupt: called by `stop`, at most once, and must not block. Raises DeadlineExceeded if
        this is stopped already.
        """
        self._interrupt = interrupt
        if interrupt is not None:
            self.require_wanted()

    def stop(self) -> None:
        """End the work at the next count, and interrupt its wait immediately."""
        self._stopped = True
        interrupt, self._interrupt = self._interrupt, None
        if interrupt is not None:
            interrupt()


_CURRENT: ContextVar[Work | None] = ContextVar("work", default=None)


def current_work() -> Work:
    """Return the work of the call in this thread; unbounded outside of calls."""
    return _CURRENT.get() or Work(None)


@contextmanager
def counted(work: Work) -> Iterator[None]:
    """Count the block, in this thread, as this work."""
    token = _CURRENT.set(work)
    try:
        yield
    finally:
        _CURRENT.reset(token)
