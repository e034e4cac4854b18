"""The place that a resolver has with the keeper: its entry, and what it was told last."""

import logging
from collections.abc import Callable
from typing import Final, TypeAlias

from modelregistry._async.background import call_back
from modelregistry._watching.entry import Entry, differ
from modelregistry._watching.standing import Standing
from modelregistry.errors import ClientClosed
from modelregistry.types import Version

_LOG: Final = logging.getLogger("modelregistry")
_CLOSED: Final = Entry("", "", answer=ClientClosed("the resolver is not open"))

OnChange: TypeAlias = Callable[[Version | None, Version | None], object]
"""What is told of a change: the version that the reference names now, and the one before."""


class Seat:
    """Who is interested in a reference. The keeper gives it an entry, and what tells its age."""

    def __init__(self, ref: str, on_change: OnChange | None) -> None:
        self.ref = ref
        self.on_change = on_change
        self.entry = _CLOSED
        self.standing = Standing(0)
        self.asleep = False
        """Whether nobody works for it, because this process was forked from where somebody did."""
        self._told: Version | None = None
        self._begun = False

    @property
    def is_open(self) -> bool:
        """Whether it has an entry."""
        return self.entry is not _CLOSED

    def begin(self) -> None:
        """Take the version that is named now for told."""
        self._told, self._begun = self.entry.version, True

    async def tell(self) -> None:
        """Tell of the version that is named now, unless that was told already."""
        before, now = self._told, self.entry.version
        if self.on_change is None or not self._begun or not differ(before, now):
            return
        self._told = now
        try:
            await call_back(self.on_change, now, before)
        except Exception:  # noqa: BLE001 - the user's
            _LOG.exception("on_change of the resolver of %s failed", self.ref)

    def abandon(self) -> None:
        """Have no entry any more."""
        self.entry, self._begun = _CLOSED, False
