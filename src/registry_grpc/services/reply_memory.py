"""The memory for building large replies, shared by all calls of a process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from registry_grpc.domain.errors import ServerOverloaded
from registry_grpc.domain.limits import KIB

_SMALL_BYTES = 64 * KIB
_EXPANDED = 8
"""Memory per encoded byte: text of the database, its objects, the message and the reply."""
_WAIT_S = 5.0


class ReplyMemory:
    """A bounded number of bytes. Used from many threads."""

    def __init__(self, total: int, wait: float = _WAIT_S) -> None:
        """wait: seconds after which a call without available memory fails with ServerOverloaded."""
        self._total = total
        self._wait = wait
        self._taken = 0
        self._released = threading.Condition()

    @property
    def taken(self) -> int:
        """The bytes in use now."""
        return self._taken

    @contextmanager
    def building(self, encoded: int) -> Iterator[None]:
        """Reserve the memory to build a reply of `encoded` bytes; small ones need none.

        Waits for other calls; raises ServerOverloaded when that takes too long.
        """
        count = min(encoded * _EXPANDED, self._total) if encoded > _SMALL_BYTES else 0
        if not count:
            yield
            return
        with self._released:
            if not self._released.wait_for(lambda: self._fits(count), self._wait):
                raise ServerOverloaded
            self._taken += count
        try:
            yield
        finally:
            with self._released:
                self._taken -= count
                self._released.notify_all()

    def _fits(self, count: int) -> bool:
        return self._taken + count <= self._total
