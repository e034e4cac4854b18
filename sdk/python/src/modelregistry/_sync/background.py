"""Background tasks in threads. Written by hand: the twin of `_async/background.py`."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, TypeAlias, TypeVarTuple

Arguments = TypeVarTuple("Arguments")

Step: TypeAlias = Callable[[], None]
"""A function to run in the background."""

_STOP_TIMEOUT_S: Final = 5.0


def call_back(function: Callable[[*Arguments], object], *arguments: *Arguments) -> None:
    """Call a function of the user."""
    function(*arguments)


class TaskGroup:
    """Background threads by name, whose work ends by itself after a request to stop."""

    def __init__(self) -> None:
        self._threads: dict[str, threading.Thread] = {}
        self._awaited: list[threading.Thread] = []

    def start(self, name: str, work: Step, *, awaited: bool = True) -> None:
        """Start a thread, unless one of this name was started already.

        awaited: whether `stop` waits for it.
        """
        if name not in self._threads:
            thread = threading.Thread(target=work, name=f"modelregistry-{name}", daemon=True)
            self._threads[name] = thread
            if awaited:
                self._awaited.append(thread)
            thread.start()

    def stop(self) -> None:
        """Wait for the awaited threads to end, except for the one that calls this."""
        for thread in self._awaited:
            if thread is not threading.current_thread():
                thread.join(_STOP_TIMEOUT_S)


def can_start() -> bool:
    """Return whether tasks can run: threads always can."""
    return True


class Condition:
    """A condition variable: a lock, and a way to wait for a predicate."""

    def __init__(self) -> None:
        self._condition = threading.Condition()

    def __enter__(self) -> None:
        """Acquire the lock."""
        self._condition.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the lock."""
        self._condition.release()

    def notify_all(self) -> None:
        """Make all waiting threads evaluate their predicates again."""
        with self._condition:
            self._condition.notify_all()

    def wait_for(self, predicate: Callable[[], bool], seconds: float | None = None) -> bool:
        """Wait until the predicate is true, or `seconds` have passed; return its last value."""
        with self._condition:
            return self._condition.wait_for(predicate, seconds)
