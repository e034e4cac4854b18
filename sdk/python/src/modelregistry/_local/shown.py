"""How far a transfer shows to have come: bytes that travel twice are shown once."""

import threading
from collections.abc import Callable


class Shown:
    """Tells `advance` how many bytes more are settled; safe to share between threads."""

    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance
        self._lock = threading.Lock()
        self._offset = 0

    def reach(self, offset: int) -> None:
        """Show what is new up to this offset."""
        with self._lock:
            new = offset - self._offset
            self._offset = max(self._offset, offset)
        if new > 0:
            self._advance(new)
