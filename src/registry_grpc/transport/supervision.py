"""Ends a stream on which nothing moves, or whose caller may not call any more."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from registry_grpc.domain.errors import Denied, RegistryError, StreamIdle, Unauthenticated

_AGAIN_S = 25.0
_SOONER_S = 5.0


class Supervision:
    """An async context manager around the work of one stream, entered in the task that does it.

    idle: seconds without progress after which the stream ends with StreamIdle. admit: raises when
    the caller may not call any more; the stream ends with what it raised. It is asked every
    _AGAIN_S, so that a revoked token is heard within 30 s, whether bytes flow or not. A database
    that cannot be asked ends nothing: it is asked again _SOONER_S later.
    waits: having nothing to send is not idleness, only what is sent and not taken.
    """

    def __init__(
        self, idle: float, admit: Callable[[], Awaitable[object]], *, waits: bool = False
    ) -> None:
        self._idle = idle
        self._admit = admit
        self._waits = waits
        self._loop = asyncio.get_running_loop()
        self._since: float | None = None
        self._error: Exception | None = None
        self._asking: asyncio.Task[None] | None = None
        self._timers: dict[Callable[[], None], asyncio.TimerHandle] = {}

    async def __aenter__(self) -> Self:
        """Begin to count."""
        task = asyncio.current_task()
        if task is None:
            message = "a stream is supervised in a task"
            raise RuntimeError(message)
        self._task = task
        self._cancelling = task.cancelling()
        self.moved()
        self._after(self._idle, self._look)
        self._after(_AGAIN_S, self._ask)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Raise what ended the stream, if it was ended from here."""
        for timer in self._timers.values():
            timer.cancel()
        if self._asking is not None:
            self._asking.cancel()
        if self._error is not None:
            # As in asyncio.timeout: a cancellation by others goes first.
            others = self._task.uncancel() > self._cancelling
            if kind is asyncio.CancelledError and not others:
                raise self._error from None

    def moved(self) -> None:
        """Note that something moved."""
        self._since = None if self._waits else self._loop.time()

    async def sending(self, write: Awaitable[None]) -> None:
        """Wait for something to be taken."""
        if self._since is None:
            self._since = self._loop.time()
        await write
        self.moved()

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        self._timers[act] = self._loop.call_later(seconds, act)

    def _look(self) -> None:
        left = self._idle
        if self._since is not None:
            left -= self._loop.time() - self._since
        if left <= 0:
            self._end(StreamIdle(self._idle))
        else:
            self._after(left, self._look)

    def _ask(self) -> None:
        self._asking = asyncio.ensure_future(self._admit_again())

    async def _admit_again(self) -> None:
        try:
            await self._admit()
        except (Unauthenticated, Denied) as error:
            self._end(error)
        except RegistryError:
            self._after(_SOONER_S, self._ask)
        except Exception as error:  # noqa: BLE001 - raised where the stream is served
            self._end(error)
        else:
            self._after(_AGAIN_S, self._ask)

    def _end(self, error: Exception) -> None:
        if self._error is None:
            self._error = error
            self._task.cancel()
