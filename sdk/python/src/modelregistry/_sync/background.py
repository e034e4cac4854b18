"""What goes on beside the caller, with threads. Written by hand: see `_async/background.py`."""

import threading
from collections.abc import Callable
from types import TracebackType


class Bell:
    """Guards what several threads look at, and wakes those who wait for it to change.

    As a context manager it keeps the others away.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()

    def __enter__(self) -> None:
        """Nobody else."""
        self._condition.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """The others again."""
        self._condition.release()

    def ring(self) -> None:
        """Have everybody look whether what they wait for is so."""
        with self._condition:
            self._condition.notify_all()

    def wait(self, ready: Callable[[], bool], seconds: float | None = None) -> bool:
        """Return once it is so, or after so many seconds; and whether it is."""
        with self._condition:
            return self._condition.wait_for(ready, seconds)
