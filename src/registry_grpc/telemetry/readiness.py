"""The readiness of a server, by part, as /readyz and /healthz report it.

A probe reports each part periodically. A part without a recent report is not ready: a probe that
hangs reports nothing.
"""

import math
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final

PARTS: Final = ("serving", "reads", "writes", "schema", "storage")
"""serving: it listens and does not drain. reads, writes: of the database. schema: of the database,
served by this release. storage: the blob store accepts bytes."""
_RECENT_S: Final = {"reads": 30.0, "writes": 30.0, "schema": 90.0, "storage": 90.0}
_ALIVE_S: Final = 60.0
_UNKNOWN: Final = "starting"


class Readiness:
    """The state of each part. Safe between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: seconds."""
        self._clock = clock
        self._lock = Lock()
        self._beaten = clock()
        self._reported = {part: (_UNKNOWN, clock()) for part in PARTS}

    def report(self, part: str, problem: str = "") -> None:
        """Record the state of a part now. problem: why it cannot be used, for any reader."""
        if part not in self._reported:
            message = f"{part!r} is no part of the readiness; there are {', '.join(PARTS)}"
            raise ValueError(message)
        with self._lock:
            self._reported[part] = (problem, self._clock())

    def beat(self) -> None:
        """Record that the event loop runs."""
        self._beaten = self._clock()

    @property
    def alive(self) -> bool:
        """Whether the event loop ran within the last minute."""
        return self._clock() - self._beaten < _ALIVE_S

    def problem(self, part: str) -> str:
        """Return why a part cannot be used; "" if it can."""
        with self._lock:
            problem, reported = self._reported[part]
        # A server listens until it reports something else.
        recent = _RECENT_S.get(part, math.inf)
        late = self._clock() - reported >= recent
        return f"not checked for {recent:.0f} seconds" if late else problem

    def problems(self) -> Mapping[str, str]:
        """Return the problem of each part; "" for one that can be used."""
        return {part: self.problem(part) for part in PARTS}
