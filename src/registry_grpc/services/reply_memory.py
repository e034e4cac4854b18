"""Room for what large replies take while they are built: shared by all calls of a process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from registry_grpc.domain.errors import ServerOverloaded
from registry_grpc.domain.limits import KIB

_SMALL_BYTES = 64 * KIB
_EXPANDED = 8
"""Memory for each encoded byte: text of the database, its objects, the message and the reply."""
_WAIT_S = 5.0


class ReplyMemory:
    """So many bytes of memory. Used from many threads."""

    def __init__(self, total: int, wait: float = _WAIT_S) -> None:
        """wait: seconds after which a call that finds no room is shed."""
        self._total = total
        self._wait = wait
        self._taken = 0
        self._given_back = threading.Condition()

    @property
    def taken(self) -> int:
        """The bytes in use now."""
        return self._taken

    @contextmanager
    def building(self, encoded: int) -> Iterator[None]:
        """Hold what it takes to build a reply of so many bytes; small ones take nothing.

        Waits while others build theirs; raises ServerOverloaded when that takes too long.
        """
        count = min(encoded * _EXPANDED, self._total) if encoded > _SMALL_BYTES else 0
        if not count:
            yield
            return
        with self._given_back:
            if not self._given_back.wait_for(lambda: self._fits(count), self._wait):
                raise ServerOverloaded
            self._taken += count
        try:
            yield
        finally:
            with self._given_back:
                self._taken -= count
                self._given_back.notify_all()

    def _fits(self, count: int) -> bool:
        return self._taken + count <= self._total
