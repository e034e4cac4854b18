"""Resolvers: what a reference names, from memory."""

import copy
import time
from datetime import timedelta
from types import TracebackType
from typing import Self

from modelregistry._async.seat import OnChange, Seat
from modelregistry._async.watcher import Watcher
from modelregistry.errors import ClientClosed, RegistryError, TooStale
from modelregistry.types import Version


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
        self._watcher = watcher
        self._seat = Seat(ref, on_change)
        self._max_stale = None if max_stale is None else max_stale.total_seconds()

    @property
    def ref(self) -> str:
        """The reference, with its namespace in front if it is not `default`."""
        return self._seat.ref

    @property
    def version(self) -> Version:
        """The version that the reference names.

        Raises the registry's error when it names none (AliasNotFound, StageEmpty, VersionDeleted
        and so on), TooStale when the answer is older than `max_stale`, and ClientClosed while the
        resolver is not open.
        """
        seat = self._seat
        answer = seat.entry.answer
        if type(answer) is Version and self._max_stale is None and not seat.asleep:
            return answer
        return self._looked_at_closely()

    def _looked_at_closely(self) -> Version:
        self._wake()
        answer = self._seat.entry.answer
        if self._max_stale is not None and self._seat.is_open:
            self._check_age(self._max_stale)
        if isinstance(answer, RegistryError):
            raise copy.copy(answer)  # a traceback of its own
        if answer is None:
            message = f"nothing is known of {self.ref} yet"
            raise ClientClosed(message)
        return answer

    def _wake(self) -> None:
        if self._seat.asleep:
            self._watcher.wake()

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
        """Seconds since the registry last stood behind the answer: a few while it is idle."""
        self._wake()
        return self._seat.standing.age(self._seat.entry, time.monotonic())

    @property
    def stale(self) -> bool:
        """Whether the registry does not stand behind the answer now.

        It may be away, or have said that something changed, to which the answer is on its way.
        """
        self._wake()
        return self._seat.standing.is_stale(self._seat.entry, time.monotonic())

    async def open(self) -> Self:
        """Open it; wait for the first answer. Opening twice is harmless.

        That takes as long as the client's timeout at most, and 2 seconds when the answer of an
        earlier run is known: if the registry is away or refuses, that one stands until it answers.
        A reference that names nothing now is no error here, one that is none is InvalidRequest.
        Raises what kept the registry from answering.
        """
        if not self._seat.is_open:
            await self._watcher.open(self._seat)
        return self

    async def close(self) -> None:
        """Close it; what works for it ends with the last resolver of the client.

        A call of `on_change` that runs is not waited for. Closing twice is harmless.
        """
        await self._watcher.close(self._seat)
        self._seat.abandon()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
