"""When a transfer whose stream broke is resumed, and when the client gives up.

gRPC retries unary calls itself (see `channel`). A stream has made progress by the time it breaks,
so the code that knows its offset resumes it there.
"""

import random
from typing import Final

from modelregistry.errors import (
    CallerLimitExceeded,
    CommitUnknown,
    DeadlineExceeded,
    RegistryError,
    ServerOverloaded,
    Unavailable,
    descendants,
)

TRANSIENT: Final = tuple(kind for kind in descendants() if kind.retried.transfer)
"""Errors that resuming the stream can cure."""

_UNAVAILABLE: Final = (Unavailable, ServerOverloaded, CallerLimitExceeded, CommitUnknown)
_BUDGET: Final = 48
_INITIAL_S: Final = 0.1
_MAX_S: Final = 2.0
_MIN_PROGRESS: Final = 64 * 1024
MAX_RETRY_AFTER_S: Final = 30.0
"""The longest pause that the client takes when the server requests one."""


class RetryPolicy:
    """Counts the failures since the last progress, and gives up after too many.

    The client tries an unavailable registry 48 times, which takes about a minute: twice the default
    timeout of a call, and longer than a restart. It tries four times after an error that should not
    occur twice (bytes that were damaged or lost).
    """

    def __init__(self) -> None:
        self._gained = self._spent = self._failures = 0
        self._progressed = False

    def record_progress(self, size: int = _MIN_PROGRESS) -> None:
        """Record bytes that were transferred; reset the counters after 64 KiB.

        Fewer bytes are no progress: a transfer of one byte for each stream would never end.
        """
        self._gained += size
        if self._gained >= _MIN_PROGRESS:
            self._gained = self._spent = self._failures = 0
            self._progressed = True

    def pause_after(self, error: RegistryError) -> float:
        """Return the seconds to wait before the next attempt; raise `error` after the last one.

        A stream that reached its deadline before it moved 64 KiB was the last attempt: the server
        hardly responds.
        The pause doubles from 0.1 to 2 seconds, less a random part, so that clients that lost the
        same server do not return at once. It is never shorter than the server requested, up to 30
        seconds.
        """
        self._failures += 1
        self._spent += 1 if isinstance(error, _UNAVAILABLE) else _BUDGET // 4
        stalled = isinstance(error, DeadlineExceeded) and not self._progressed
        if stalled or self._spent >= _BUDGET:
            raise error
        self._progressed = False
        ceiling = min(_MAX_S, _INITIAL_S * 2 ** (self._failures - 1))
        requested = error.retry_after.total_seconds() if error.retry_after else 0.0
        pause = min(requested, MAX_RETRY_AFTER_S)
        self._spent += int(pause)  # a minute of waiting counts as a minute
        return pause + random.uniform(ceiling / 2, ceiling)  # noqa: S311 - spreads load, no secret
