# Generated from _async/work.py by scripts/generate_sync.py: never edit this.
"""What those who keep answers right in the background share."""

import logging
from typing import Final

from modelregistry._sync.background import Bell, Step
from modelregistry._sync.lasting import LastingConnection
from modelregistry._watching.book import Book
from modelregistry.errors import RegistryError

_LOG: Final = logging.getLogger("modelregistry")
_AFTER_A_BUG_S: Final = 5.0


class Work:
    """The book, the bell that rings whenever it changed, and whether it is over."""

    def __init__(self, connection: LastingConnection) -> None:
        self.connection = connection
        self.book = Book(connection.settings.silence)
        self.bell = Bell()
        self.over = False
        self._troubles: dict[str, RegistryError] = {}

    @property
    def trouble(self) -> RegistryError | None:
        """What keeps the answers from being right just now."""
        return next(iter(self._troubles.values()), None)

    def repeat(self, step: Step) -> None:
        """Do this again and again until it is over, whatever it raises."""
        while not self.over:
            try:
                step()
            except Exception:  # noqa: BLE001 - also of the user's token function
                _LOG.exception("watching %s failed; it goes on", self.connection.settings.target)
                self.pause(_AFTER_A_BUG_S)

    def pause(self, seconds: float) -> None:
        """Wait, unless it is over."""
        self.bell.wait(lambda: self.over, seconds)

    def fails(self, what: str, error: RegistryError) -> None:
        """Note that the registry cannot be watched, or asked; said once."""
        before = self._troubles.get(what)
        self._troubles[what] = error
        self.bell.ring()
        if type(before) is not type(error):
            target = self.connection.settings.target
            _LOG.warning("%s %s fails, answers may be stale: %s", what, target, error)

    def succeeds(self, what: str) -> None:
        """Note that it can."""
        if self._troubles.pop(what, None) is not None:
            _LOG.info("%s %s works again", what, self.connection.settings.target)

    def end(self) -> None:
        """Be over."""
        self.over = True
        self.bell.ring()
