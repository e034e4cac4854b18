"""What the end of a watch means: whether it is taken up again, when, and from where."""

import random
import re
from typing import Final

from modelregistry._wire.patience import LONGEST_ASKED_S
from modelregistry.errors import (
    Cancelled,
    DeadlineExceeded,
    RegistryError,
    RevisionNotReached,
    ServerOverloaded,
    Unavailable,
    UnknownError,
    WatchTooSlow,
)

TRANSIENT: Final = (
    Unavailable,
    ServerOverloaded,
    WatchTooSlow,
    DeadlineExceeded,
    # A server or a proxy that ends calls as it goes down says one of these.
    Cancelled,
    UnknownError,
)
"""What connecting again can cure."""

_REVISION: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_FIRST_S: Final = 0.1
_LONGEST_S: Final = 5.0


class Backoff:
    """How long to wait before the next try: full jitter, so that a crowd does not come at once.

    Between nothing and a ceiling that doubles from 0.1 seconds to the `longest`. When the server
    asked for a pause, it is that and up to as much again.
    """

    def __init__(self, longest: float = _LONGEST_S) -> None:
        self._longest = longest
        self._failures = 0

    def progressed(self) -> None:
        """Begin anew: it worked."""
        self._failures = 0

    def pause_after(self, error: Exception) -> float:
        """Return the seconds to wait."""
        self._failures += 1
        ceiling = min(self._longest, _FIRST_S * 2 ** min(self._failures - 1, 16))
        after = error.retry_after if isinstance(error, RegistryError) else None
        asked = min(after.total_seconds(), LONGEST_ASKED_S) if after else 0.0
        return asked + random.uniform(0, max(asked, ceiling))  # noqa: S311 - spreads load, no secret


class Retrying:
    """Decides whether a watch that ended is taken up again, and when.

    A connection that breaks is made anew for as long as it takes. Only before the first word of the
    registry there is an end, `patience` seconds after the first try: what never answered may not be
    there at all. So there is for a revision that the registry has not reached: a replica comes up
    to it in a moment, a database that was restored does not.
    """

    def __init__(self, patience: float, now: float) -> None:
        self._patience = patience
        self.backoff = Backoff()
        self._heard = False
        self._heard_here = False
        self._begun = now
        self._behind_since: float | None = None

    def heard(self, *, news: bool) -> None:
        """Note a message of the registry; `news` when it holds more than where it begins."""
        if news or self._heard_here:
            self.backoff.progressed()
        self._heard = self._heard_here = True
        self._behind_since = None

    def pause_after(self, error: RegistryError, now: float) -> float:
        """Return how many seconds to wait; raise `error` when the watch is over."""
        self._heard_here = False
        if not isinstance(error, TRANSIENT) or self._is_over(error, now):
            raise error
        return self.backoff.pause_after(error)

    def _is_over(self, error: RegistryError, now: float) -> bool:
        if isinstance(error, RevisionNotReached):
            if self._behind_since is None:
                self._behind_since = now
            return now - self._behind_since >= self._patience
        return not self._heard and now - self._begun >= self._patience


def resume_revision(error: RegistryError) -> int:
    """Return where the server said to go on when it ended a watch; 0 when it did not say."""
    text = error.metadata.get("resume_revision", "")
    return int(text) if _REVISION.fullmatch(text) else 0
