"""When a change is repeated, until its outcome is known.

The client repeats changes itself and leaves only reads to gRPC, because gRPC hides that an earlier
attempt lost its connection: then the outcome is in doubt, whatever a later attempt returns. All
attempts have the same request id, so that the change is made once and each reply is that of the
change.
"""

import random
import time
from collections.abc import Callable
from typing import Final

from modelregistry.errors import (
    Cancelled,
    CannotConnect,
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

_ATTEMPTS: Final = 5
"""As many attempts as gRPC makes of a read; after them an error that changed nothing is raised."""
_INITIAL_S: Final = 0.1
_MAX_S: Final = 2.0

# A stopping server cancels calls that arrive at that moment.
_REPEATED: Final = (Unavailable, Cancelled)
# Limits that the registry checks before it reads the request; '' is the reason of a proxy.
_BUSY: Final = frozenset({"SERVER_OVERLOADED", "CALLER_LIMIT_EXCEEDED", ""})
# Errors without information on earlier attempts: the registry did not evaluate the request.
_UNSETTLED: Final = (Unauthenticated, PermissionDenied, InternalError, UnknownError)


class MutationRetryPolicy:
    """The attempts of one change, within its deadline."""

    def __init__(
        self, request_id: str, seconds: float, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        """request_id: '' for a method that needs none to be repeated. seconds: for all attempts."""
        self._request_id = request_id
        self._elapsed = elapsed
        self._until = elapsed() + seconds
        self._attempts = 0
        self._in_doubt = False

    @property
    def left(self) -> float:
        """Seconds left for the next attempt; above 0."""
        return max(self._until - self._elapsed(), 0.001)

    def pause_after(
        self, error: RegistryError, *, connected: bool = True, closed: bool = False
    ) -> float:
        """Return the seconds to wait before the next attempt, or raise the final error.

        connected: whether the channel is connected; without a connection, an attempt that ended at
        its deadline was never sent. closed: whether no further attempt is possible. Raises `error`
        when the outcome is known, and CommitUnknown when it is not.
        """
        self._attempts += 1
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
        if isinstance(error, CannotConnect):
            return False  # the attempts to connect have ended
        return isinstance(error, _REPEATED) and self._attempts < _ATTEMPTS

    def _backoff(self, error: RegistryError) -> float:
        ceiling = min(_MAX_S, _INITIAL_S * 2 ** min(self._attempts - 1, 10))
        requested = (
            error.retry_after.total_seconds() if self._in_doubt and error.retry_after else 0.0
        )
        return max(requested, random.uniform(ceiling / 2, ceiling))  # noqa: S311 - spreads load, no secret

    def _unknown(self, error: RegistryError) -> CommitUnknown:
        message = f"it is not known whether the change was made: {error.message}"
        if self._request_id and self._request_id not in message:
            message += f"; repeat it with request_id {self._request_id}"
        metadata = {"request_id": self._request_id} if self._request_id else {}
        return CommitUnknown(
            message, metadata=metadata, request_id=self._request_id or error.request_id
        )


def _leaves_in_doubt(error: RegistryError, *, connected: bool) -> bool:
    """Return whether the attempt may have made the change, or may still make it."""
    if isinstance(error, DeadlineExceeded):
        return connected
    # An error with a reason comes from the registry, which changed nothing; without one the
    # connection broke, or a proxy replied.
    sent = not isinstance(error, CannotConnect)
    broken = sent and isinstance(error, _REPEATED) and not error.reason
    return isinstance(error, CommitUnknown) or broken


def _is_passing(error: RegistryError) -> bool:
    """Return whether a change whose outcome is in doubt is repeated after this error."""
    busy = isinstance(error, Exhausted) and error.reason in _BUSY
    return busy or error.retried.mutation
