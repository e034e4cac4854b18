"""Ends a stream without progress, or whose caller has lost its permission."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from registry_grpc.domain.errors import PermissionDenied, RegistryError, StreamIdle, Unauthenticated

_AGAIN_S = 25.0
_SOONER_S = 5.0


class Supervision:
    """An async context manager around the work of one stream, entered in its task.

    idle: seconds without progress after which the stream ends with StreamIdle. admit: raises when
    the caller is no longer admitted; the stream ends with this error. It is called every _AGAIN_S,
    so that a revocation takes effect within 30 s, with or without traffic. An unavailable database
    does not end the stream: it is checked again _SOONER_S later. waits: only a pending write counts
    as idle time, not the wait for something to send. admitted: whether what is in memory admits the
    caller, so that thousands of streams cost little.
    """

    def __init__(
        self,
        idle: float,
        admit: Callable[[], Awaitable[object]],
        admitted: Callable[[], bool] = lambda: False,
        *,
        waits: bool = False,
    ) -> None:
        self._idle = idle
        self._admit = admit
        self._admitted = admitted
        self._waits = waits
        self._loop = asyncio.get_running_loop()
        self._since: float | None = None
        self._error: Exception | None = None
        self._admitting: asyncio.Task[None] | None = None
        self._timers: dict[Callable[[], None], asyncio.TimerHandle] = {}

    async def __aenter__(self) -> Self:
        """Start the timers."""
        task = asyncio.current_task()
        if task is None:
            message = "a stream is supervised in a task"
            raise RuntimeError(message)
        self._task = task
        self._cancelling = task.cancelling()
        self.progressed()
        self._after(self._idle, self._check_idle)
        self._after(_AGAIN_S, self._check_admission)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Raise the error that ended the stream, if there is one."""
        for timer in self._timers.values():
            timer.cancel()
        if self._admitting is not None:
            self._admitting.cancel()
        if self._error is not None:
            # As in asyncio.timeout: another cancellation has priority.
            others = self._task.uncancel() > self._cancelling
            if kind is asyncio.CancelledError and not others:
                raise self._error from None

    def progressed(self) -> None:
        """Record progress."""
        self._since = None if self._waits else self._loop.time()

    async def sending(self, write: Awaitable[None]) -> None:
        """Wait for a write; its duration counts as idle time."""
        if self._since is None:
            self._since = self._loop.time()
        await write
        self.progressed()

    def _after(self, seconds: float, function: Callable[[], None]) -> None:
        self._timers[function] = self._loop.call_later(seconds, function)

    def _check_idle(self) -> None:
        left = self._idle
        if self._since is not None:
            left -= self._loop.time() - self._since
        if left <= 0:
            self.end(StreamIdle(self._idle))
        else:
            self._after(left, self._check_idle)

    def _check_admission(self) -> None:
        if self._admitted():
            self._after(_AGAIN_S, self._check_admission)
            return
        self._admitting = asyncio.ensure_future(self._admit_again())

    async def _admit_again(self) -> None:
        try:
            await self._admit()
        except (Unauthenticated, PermissionDenied) as error:
            self.end(error)
        except RegistryError:
            self._after(_SOONER_S, self._check_admission)
        except Exception as error:  # noqa: BLE001 - raised where the stream is served
            self.end(error)
        else:
            self._after(_AGAIN_S, self._check_admission)

    def end(self, error: Exception) -> None:
        """End the stream with an error, unless another one has ended it."""
        if self._error is None:
            self._error = error
            self._task.cancel()
