"""The number of watches on each connection.

A client queues what exceeds the streams that a server accepts on one connection, without an error,
and other calls behind it. So a server accepts more streams than watches, and rejects one watch more
with a reason.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from registry_grpc.domain.errors import CallerLimitExceeded

MOST_WATCHES: Final = 1_000
"""The watches of one connection."""


class ConnectionWatches:
    """Counts watches by peer. Used from one event loop."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    @contextmanager
    def counted(self, peer: str) -> Iterator[None]:
        """Count a watch during the block; raises CallerLimitExceeded at once for one too many."""
        if self._open[peer] >= MOST_WATCHES:
            raise CallerLimitExceeded("watches on one connection", MOST_WATCHES)
        self._open[peer] += 1
        try:
            yield
        finally:
            self._open[peer] -= 1
            if not self._open[peer]:
                del self._open[peer]
