"""The work of a call: counted where it is done, and bounded.

Most limits of a request are of its size. What a schema, a filter, a pattern or a policy costs is no
function of its size: so whatever takes a step for them counts it, and one budget bounds them all.

A unit is about a microsecond of one CPU. Counting is cheap enough to be done for each keyword of a
schema that is applied to a value.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from registry_grpc.domain.errors import DeadlineExceeded, LimitExceeded

MAX_WORK = 600_000
"""Units of one call, CheckRegistrationSchema's page included. The contract states it."""

LIMIT = "work of this call"


class Work:
    """What a call has done, and may do. Counted by one thread at a time; `stop` is for any thread.

    allowed: units; None for what is no call, such as the server's own tasks.
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
        """Units until now; 0 where they are not bounded."""
        return 0 if self.allowed is None else round(self.allowed - self._left)

    @property
    def share(self) -> float:
        """Which part of what is allowed was done, here or in the database."""
        return (self.done + self._waited) / self.allowed if self.allowed else 0.0

    def wait(self, units: float) -> None:
        """Count what was waited for: it ends no call, but pages of lists end early by it."""
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
        """Whether no caller waits for the result any more."""
        return self._stopped

    def waits_for(self, interrupt: Callable[[], None] | None) -> None:
        """Note how to end what is waited for elsewhere, or that nothing is waited for any more.

        interrupt: called by `stop`, at most once, and must not block. Raises DeadlineExceeded when
        this is stopped already.
        """
        self._interrupt = interrupt
        if interrupt is not None:
            self.require_wanted()

    def stop(self) -> None:
        """End the work at the next count, and what it waits for at once: no caller waits for it."""
        self._stopped = True
        interrupt, self._interrupt = self._interrupt, None
        if interrupt is not None:
            interrupt()


_CURRENT: ContextVar[Work | None] = ContextVar("work", default=None)


def current_work() -> Work:
    """Return the work of the call that this thread serves; unbounded outside of calls."""
    return _CURRENT.get() or Work(None)


@contextmanager
def counted(work: Work) -> Iterator[None]:
    """Count what the block does, in this thread, as this work."""
    token = _CURRENT.set(work)
    try:
        yield
    finally:
        _CURRENT.reset(token)
