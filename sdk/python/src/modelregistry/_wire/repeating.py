"""How a change is repeated until its outcome is known.

The client repeats changes itself and leaves only reads to gRPC, which would hide that an earlier
try has lost its connection: then its outcome is in doubt, whatever a later try is told. Every try
carries the same request id, so that the change is made once and any reply is that of the change.
"""

import random
import time
from collections.abc import Callable
from typing import Final

from modelregistry.errors import (
    Cancelled,
    CommitUnknown,
    DeadlineExceeded,
    Exhausted,
    InternalError,
    PermissionDenied,
    RegistryError,
    Unauthenticated,
    Unavailable,
    UnknownError,
)

_TRIES: Final = 5
"""As many as gRPC makes of a read: after them an error that changed nothing is raised."""
_FIRST_S: Final = 0.1
_LONGEST_S: Final = 2.0

# A server that stops cancels calls that arrive in that moment.
_REPEATED: Final = (Unavailable, Cancelled)
_REPEATED_IN_DOUBT: Final = (*_REPEATED, CommitUnknown, DeadlineExceeded)
# Limits that are met before the registry looks at what the call is about; '' is a proxy's.
_BUSY: Final = frozenset({"SERVER_OVERLOADED", "CALLER_LIMIT_EXCEEDED", ""})
# These say nothing about earlier tries: the registry has not looked, or has not come to an end.
_UNSETTLED: Final = (Unauthenticated, PermissionDenied, InternalError, UnknownError)


class Repeating:
    """The tries of one change, within its deadline."""

    def __init__(
        self, request_id: str, seconds: float, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        """request_id: '' for a method that can be repeated without. seconds: of all tries."""
        self._request_id = request_id
        self._elapsed = elapsed
        self._until = elapsed() + seconds
        self._tries = 0
        self._in_doubt = False

    @property
    def left(self) -> float:
        """Seconds that are left for the next try; above 0."""
        return max(self._until - self._elapsed(), 0.001)

    def pause_after(
        self, error: RegistryError, *, connected: bool = True, closed: bool = False
    ) -> float:
        """Return how many seconds to wait before the next try, or raise what it ends with.

        connected: whether the channel is; without a connection a try that ended at its deadline was
        never sent. closed: whether no further try is possible. Raises `error`, which settles the
        matter, or else CommitUnknown.
        """
        self._tries += 1
        self._in_doubt = self._in_doubt or _leaves_in_doubt(error, connected=connected)
        pause = self._backoff(error)
        in_time = not closed and self._elapsed() + pause < self._until
        if in_time and self._is_repeated(error):
            return pause
        if self._in_doubt and (_is_passing(error) or isinstance(error, _UNSETTLED)):
            raise self._unknown(error) from error
        raise error

    def _is_repeated(self, error: RegistryError) -> bool:
        if self._in_doubt:
            return _is_passing(error)
        return isinstance(error, _REPEATED) and self._tries < _TRIES

    def _backoff(self, error: RegistryError) -> float:
        ceiling = min(_LONGEST_S, _FIRST_S * 2 ** min(self._tries - 1, 10))
        asked = error.retry_after.total_seconds() if self._in_doubt and error.retry_after else 0.0
        return max(asked, random.uniform(ceiling / 2, ceiling))  # noqa: S311 - spreads load, no secret

    def _unknown(self, error: RegistryError) -> CommitUnknown:
        message = f"it is not known whether the change was made: {error.message}"
        if self._request_id and self._request_id not in message:
            message += f"; repeat it with request_id {self._request_id}"
        metadata = {"request_id": self._request_id} if self._request_id else {}
        return CommitUnknown(
            message, metadata=metadata, request_id=self._request_id or error.request_id
        )


def _leaves_in_doubt(error: RegistryError, *, connected: bool) -> bool:
    """Return whether a try that ended so may have made the change, or may make it yet."""
    if isinstance(error, DeadlineExceeded):
        return connected
    # With a reason the registry itself says that nothing was changed; without one the connection
    # broke, or a proxy answered.
    broken = isinstance(error, _REPEATED) and not error.reason
    return isinstance(error, CommitUnknown) or broken


def _is_passing(error: RegistryError) -> bool:
    """Return whether a try that ended so, while the outcome is in doubt, is followed by another."""
    busy = isinstance(error, Exhausted) and error.reason in _BUSY
    return busy or isinstance(error, _REPEATED_IN_DOUBT)
