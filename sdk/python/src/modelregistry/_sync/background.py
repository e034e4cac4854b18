"""What goes on beside the caller, with threads. Written by hand: see `_async/background.py`."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, TypeAlias, TypeVarTuple

Arguments = TypeVarTuple("Arguments")

Step: TypeAlias = Callable[[], None]
"""Something to be done in the background."""

_ENDING_S: Final = 5.0


def call_back(function: Callable[[*Arguments], object], *arguments: *Arguments) -> None:
    """Call a function of the user's."""
    function(*arguments)


class Crew:
    """Those who work in the background: one thread for each work, which knows when it is over."""

    def __init__(self) -> None:
        self._threads: dict[str, threading.Thread] = {}
        self._awaited: list[threading.Thread] = []

    def start(self, name: str, work: Step, *, awaited: bool = True) -> None:
        """Have this done from now on, unless it is already."""
        if name not in self._threads:
            thread = threading.Thread(target=work, name=f"modelregistry-{name}", daemon=True)
            self._threads[name] = thread
            if awaited:
                self._awaited.append(thread)
            thread.start()

    def stop(self) -> None:
        """Wait until those who are awaited have noticed that it is over."""
        for thread in self._awaited:
            if thread is not threading.current_thread():
                thread.join(_ENDING_S)


def can_start() -> bool:
    """Tell whether there is something to work on: threads there always are."""
    return True


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
