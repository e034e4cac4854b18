"""How long to keep trying a stream that breaks.

Unary calls are retried by gRPC itself (see `channel`). A stream has moved on by the time it breaks,
so it is taken up where it stands, by the code that knows where that is.
"""

import random
from typing import Final

from modelregistry.errors import (
    CallerLimitExceeded,
    ChunkCorrupt,
    CommitUnknown,
    DeadlineExceeded,
    OffsetMismatch,
    RegistryError,
    ServerOverloaded,
    Unavailable,
    UploadIncomplete,
)

TRANSIENT: Final = (
    Unavailable,
    ServerOverloaded,
    CallerLimitExceeded,
    ChunkCorrupt,
    OffsetMismatch,
    UploadIncomplete,
    DeadlineExceeded,
    CommitUnknown,
)
"""What taking the stream up again can cure."""

_ABSENCE: Final = (Unavailable, ServerOverloaded, CallerLimitExceeded, CommitUnknown)
_BUDGET: Final = 48
_FIRST_S: Final = 0.1
_LONGEST_S: Final = 2.0
_LEAST_PROGRESS: Final = 64 * 1024
LONGEST_ASKED_S: Final = 30.0
"""A server that asks for a longer pause is asked again after this."""


class Patience:
    """Counts the failures since something last moved, and gives up in the end.

    A registry that is away is tried 48 times, which takes about a minute, twice as long as a call
    waits by default: a restart is shorter. What should not happen twice (bytes damaged or
    forgotten) is tried four times.
    """

    def __init__(self) -> None:
        self._gained = self._spent = self._failures = 0
        self._moved = False

    def progressed(self, size: int = _LEAST_PROGRESS) -> None:
        """Start counting afresh once so many bytes have moved, and enough of them.

        One byte for each stream is no progress: a transfer would take for ever.
        """
        self._gained += size
        if self._gained >= _LEAST_PROGRESS:
            self._gained = self._spent = self._failures = 0
            self._moved = True

    def pause_after(self, error: RegistryError) -> float:
        """Return how many seconds to wait before the next try; raise `error` when it was the last.

        A stream that reached its deadline without moving 64 KiB is not tried again: nobody answers
        there, or as good as nobody.
        The wait doubles from 0.1 to 2 seconds, less a random part, so that clients that lost the
        same server do not come back at once. It is never shorter than the server asked for, up to
        30 seconds.
        """
        self._failures += 1
        self._spent += 1 if isinstance(error, _ABSENCE) else _BUDGET // 4
        stalled = isinstance(error, DeadlineExceeded) and not self._moved
        if stalled or self._spent >= _BUDGET:
            raise error
        self._moved = False
        ceiling = min(_LONGEST_S, _FIRST_S * 2 ** (self._failures - 1))
        told = error.retry_after.total_seconds() if error.retry_after else 0.0
        asked = min(told, LONGEST_ASKED_S)
        self._spent += int(asked)  # so that a minute of waiting is a minute, however it is spent
        return asked + random.uniform(ceiling / 2, ceiling)  # noqa: S311 - spreads load, no secret
