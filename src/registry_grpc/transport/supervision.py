"""Ends a stream without progress, or with an error from elsewhere."""

import asyncio
from collections.abc import Awaitable
from types import TracebackType
from typing import Self

from registry_grpc.domain.errors import StreamIdle


class Supervision:
    """An async context manager around the work of one stream, entered in its task.

    idle: seconds without progress after which the stream ends with StreamIdle. waits: only a
    pending write counts as idle time, not the wait for something to send.
    """

    def __init__(self, idle: float, *, waits: bool = False) -> None:
        self._idle = idle
        self._waits = waits
        self._loop = asyncio.get_running_loop()
        self._since: float | None = None
        self._error: Exception | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        """Start the timers."""
        task = asyncio.current_task()
        if task is None:
            message = "a stream is supervised in a task"
            raise RuntimeError(message)
        self._task = task
        self._cancelling = task.cancelling()
        self.progressed()
        self._timer = self._loop.call_later(self._idle, self._check_idle)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Raise the error that ended the stream, if there is one."""
        if self._timer is not None:
            self._timer.cancel()
        if self._error is not None:
            # As in asyncio.timeout: another cancellation has priority.
            others = self._task.uncancel() > self._cancelling
            if kind is asyncio.CancelledError and not others:
                # Of several streams perhaps: each raises it without the traceback of another.
                raise self._error.with_traceback(None) from None

    def progressed(self) -> None:
        """Record progress."""
        self._since = None if self._waits else self._loop.time()

    async def sending(self, write: Awaitable[None]) -> None:
        """Wait for a write; its duration counts as idle time."""
        if self._since is None:
            self._since = self._loop.time()
        await write
        self.progressed()

    def _check_idle(self) -> None:
        left = self._idle
        if self._since is not None:
            left -= self._loop.time() - self._since
        if left <= 0:
            self.end(StreamIdle(self._idle))
        else:
            self._timer = self._loop.call_later(left, self._check_idle)

    def end(self, error: Exception) -> None:
        """End the stream with an error, unless another one has ended it."""
        if self._error is None:
            self._error = error
            self._task.cancel()
