"""Whether a watch that ended is resumed, after how long, and from where."""

import random
import re
from typing import Final

from modelregistry._wire.retry_policy import MAX_RETRY_AFTER_S
from modelregistry.errors import RegistryError, RevisionNotReached, descendants

TRANSIENT: Final = tuple(kind for kind in descendants() if kind.retried.watch)
"""Errors that a new connection can cure."""

_REVISION: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_INITIAL_S: Final = 0.1
_MAX_S: Final = 5.0


class Backoff:
    """The pause before the next attempt, with full jitter, so that many clients do not collide.

    The pause lies between 0 and a ceiling that doubles from 0.1 seconds to `longest`. When the
    server requested a pause, it is that pause and up to as much again.
    """

    def __init__(self, longest: float = _MAX_S) -> None:
        """longest: the highest ceiling, in seconds."""
        self._longest = longest
        self._failures = 0

    def reset(self) -> None:
        """Start again at the lowest ceiling, after a success."""
        self._failures = 0

    def pause_after(self, error: Exception) -> float:
        """Return the seconds to wait."""
        self._failures += 1
        ceiling = min(self._longest, _INITIAL_S * 2 ** min(self._failures - 1, 16))
        after = error.retry_after if isinstance(error, RegistryError) else None
        asked = min(after.total_seconds(), MAX_RETRY_AFTER_S) if after else 0.0
        return asked + random.uniform(0, max(asked, ceiling))  # noqa: S311 - spreads load, no secret


class WatchRetryPolicy:
    """Decides whether a watch that ended is resumed, and when.

    A connection that breaks is replaced for as long as that takes. Two cases end the watch after
    `limit` seconds: no message has arrived since the first attempt, because the registry may not
    exist; and the registry does not reach a requested revision, which a replica reaches in a moment
    and a restored database never does.
    """

    def __init__(self, limit: float, now: float) -> None:
        self._limit = limit
        self.backoff = Backoff()
        self._answered = False
        self._answered_here = False
        self._started = now
        self._behind_since: float | None = None

    def record_message(self, *, has_news: bool) -> None:
        """Record a message; `has_news` when it holds more than the start of the connection."""
        if has_news or self._answered_here:
            self.backoff.reset()
        self._answered = self._answered_here = True
        self._behind_since = None

    def pause_after(self, error: RegistryError, now: float) -> float:
        """Return the seconds to wait; raise `error` when the watch is over."""
        self._answered_here = False
        if not isinstance(error, TRANSIENT) or self._is_over(error, now):
            raise error
        return self.backoff.pause_after(error)

    def _is_over(self, error: RegistryError, now: float) -> bool:
        if isinstance(error, RevisionNotReached):
            if self._behind_since is None:
                self._behind_since = now
            return now - self._behind_since >= self._limit
        return not self._answered and now - self._started >= self._limit


def resume_revision(error: RegistryError) -> int:
    """Return the revision from which the server allows to resume; 0 when it gave none."""
    text = error.metadata.get("resume_revision", "")
    return int(text) if _REVISION.fullmatch(text) else 0
