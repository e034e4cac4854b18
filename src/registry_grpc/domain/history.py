"""The history of a revision: the id of the change log that it belongs to.

A revision counts the changes of one log. When the database is restored from a backup, the log
continues from an earlier revision, and uses the numbers above it again for other changes. So each
log has its own id, and code that stores a revision stores the id with it.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from registry_grpc.domain.errors import EtagMismatch, HistoryChanged

_ETAG = re.compile(r"r\d+\.[0-9a-f]{16}")
ABSENT_ETAG = "none"
"""The etag of a resource that does not exist, in any history."""


@dataclass(frozen=True, slots=True)
class Position:
    """A revision of a history. history: '' when a caller sent a revision without its history."""

    history: str = ""
    revision: int = 0

    def require_in(self, head: "Position") -> None:
        """Raise HistoryChanged when its history is not the one of `head`."""
        if self.history and self.history != head.history:
            raise HistoryChanged(self.history, head.history, head.revision)


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry of the log: its position and its time."""

    position: Position
    time: datetime


def full_etag(mark: str, history: str) -> str:
    """Return the etag that callers receive, from that of a resource within one history."""
    return mark if mark in {"", ABSENT_ETAG} else f"{mark}.{history}"


def require_etag(resource: object, given: str, mark: str, head: Position) -> None:
    """Raise when an etag was given and is not the current one (AIP-154).

    given: as callers send it. mark: the current one of the resource, within the history of `head`.
    Raises HistoryChanged for an etag of another history, else EtagMismatch.
    """
    current = full_etag(mark, head.history)
    if given in {"", current}:
        return
    history = given.rpartition(".")[2]
    if _ETAG.fullmatch(given) and history != head.history:
        raise HistoryChanged(history, head.history, head.revision)
    raise EtagMismatch(str(resource), given, current)
