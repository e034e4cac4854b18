"""SIGTERM as an exception, so that a command ends its calls and removes its hidden folders."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(BaseException):
    """SIGTERM was received."""


@contextmanager
def raised_by_sigterm() -> Iterator[None]:
    """Raise Terminated in the block when SIGTERM is received."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may receive signals
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
