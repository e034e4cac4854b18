"""How parallel work that was stopped ends soon, also while it hashes, copies or waits."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from modelregistry.errors import Cancelled

_stopped: ContextVar[threading.Event | None] = ContextVar("stopped", default=None)
STOPPED: Final = "stopped, because parallel work failed"


@contextmanager
def stopped_by(event: threading.Event) -> Iterator[None]:
    """Make `check` and `pause` raise Cancelled in the block once the event is set."""
    token = _stopped.set(event)
    try:
        yield
    finally:
        _stopped.reset(token)


def is_stopped() -> bool:
    """Return whether the work that calls this was stopped."""
    event = _stopped.get()
    return event is not None and event.is_set()


def check() -> None:
    """Raise Cancelled if the work that calls this was stopped."""
    if is_stopped():
        raise Cancelled(STOPPED)


def pause(seconds: float) -> None:
    """Wait; raise Cancelled once the work that calls this is stopped."""
    event = _stopped.get()
    if event is None:
        time.sleep(seconds)
    elif event.wait(seconds):
        raise Cancelled(STOPPED)
