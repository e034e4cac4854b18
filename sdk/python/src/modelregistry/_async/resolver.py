"""Resolvers: what a reference names, from memory."""

import copy
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Final, Self, TypeAlias

from modelregistry._async.background import call_back
from modelregistry._async.watcher import Watcher
from modelregistry._watching.entry import Entry, differ
from modelregistry._watching.standing import Standing
from modelregistry.errors import ClientClosed, RegistryError, TooStale
from modelregistry.types import Version

_LOG: Final = logging.getLogger("modelregistry")
_CLOSED: Final = Entry("", "", answer=ClientClosed("the resolver is not open"))

OnChange: TypeAlias = Callable[[Version | None, Version | None], object]
"""What is told of a change: the version that the reference names now, and the one before."""


class AsyncResolver:
    """What a reference names now, from memory. Made by `resolver` of a client.

    Open from the beginning to the end of a `with` block, or from `open` to `close`. While it is
    open a watch keeps the answer right, and reading it costs no call and never waits. While the
    registry is away the last answer stays, and says how old it is.
    """

    def __init__(
        self,
        watcher: Watcher,
        ref: str,
        on_change: OnChange | None,
        max_stale: timedelta | None,
    ) -> None:
        self.ref = ref
        self.entry = _CLOSED
        self.standing = Standing(0)
        self.asleep = False
        self._watcher = watcher
        self._on_change = on_change
        self._max_stale = None if max_stale is None else max_stale.total_seconds()
        self._told: Version | None = None
        self._begun = False

    @property
    def version(self) -> Version:
        """The version that the reference names.

        Raises the registry's error when it names none (AliasNotFound, StageEmpty, VersionDeleted
        and so on), TooStale when the answer is older than `max_stale`, and ClientClosed while the
        resolver is not open.
        """
        answer = self.entry.answer
        if type(answer) is Version and self._max_stale is None and not self.asleep:
            return answer
        return self._looked_at_closely()

    def _looked_at_closely(self) -> Version:
        if self.asleep:
            self._watcher.wake()
        answer = self.entry.answer
        if self._max_stale is not None and self.entry is not _CLOSED:
            self._check_age(self._max_stale)
        if isinstance(answer, RegistryError):
            raise copy.copy(answer)  # a traceback of its own
        if answer is None:
            message = f"nothing is known of {self.ref} yet"
            raise ClientClosed(message)
        return answer

    def _check_age(self, most: float) -> None:
        age = self.age
        if age > most:
            message = (
                f"the registry stood behind the answer for {self.ref} {age:.1f} seconds ago, "
                f"at most {most:g} are allowed"
            )
            raise TooStale(message, metadata={"age": f"{age:.3f}", "max_stale": f"{most:g}"})

    @property
    def age(self) -> float:
        """Seconds since the registry last stood behind the answer; some while it is idle."""
        return self.standing.age(self.entry, time.monotonic())

    @property
    def stale(self) -> bool:
        """Whether the registry does not stand behind the answer now.

        It may be away, or have said that something changed, to which the answer is on its way.
        """
        return self.standing.is_stale(self.entry, time.monotonic())

    @property
    def listens(self) -> bool:
        """Whether there is somebody to tell of changes."""
        return self._on_change is not None

    def begin(self) -> None:
        """Take the version that is named now for told."""
        self._told, self._begun = self.entry.version, True

    async def tell(self) -> None:
        """Tell of the version that is named now, unless that was told already."""
        before, now = self._told, self.entry.version
        if self._on_change is None or not self._begun or not differ(before, now):
            return
        self._told = now
        try:
            await call_back(self._on_change, now, before)
        except Exception:  # noqa: BLE001 - the user's
            _LOG.exception("on_change of the resolver of %s failed", self.ref)

    async def open(self) -> Self:
        """Open it; wait for the first answer. Opening twice is harmless.

        That takes as long as the client's timeout at most, and 2 seconds when the answer of an
        earlier run is known: if the registry is away, that one stands until it comes back. A
        reference that names nothing now is no error here, one that is none is InvalidRequest.
        Raises what kept the registry from answering.
        """
        if self.entry is _CLOSED:
            await self._watcher.open(self, self.ref)
        return self

    async def close(self) -> None:
        """Close it; what it works with ends with the last resolver of the client.

        A call of `on_change` that runs is not waited for. Closing twice is harmless.
        """
        await self._watcher.close(self)
        self.abandon()

    def abandon(self) -> None:
        """Be closed."""
        self.entry, self._begun = _CLOSED, False

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
