"""A timer that ends a wait."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def calling_after(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    """Call `act` after so many seconds, unless the block has ended; never for infinity."""
    timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), act)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
