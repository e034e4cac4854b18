"""Checks again and again whether the callers of streams are still admitted.

Thousands of streams may have one caller, and need the same: they are checked together.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from registry_grpc.domain.errors import PermissionDenied, RegistryError, Unauthenticated

_AGAIN_S = 25.0
_SOONER_S = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Admitted:
    """A stream. in_memory: whether what is in memory admits its caller.

    again: admits the caller again; raises when it is no longer admitted. end: ends the stream with
    an error.
    """

    in_memory: Callable[[], bool]
    again: Callable[[], Awaitable[object]]
    end: Callable[[Exception], None]


class StreamAdmissions:
    """The open streams, by what their callers need. Used from one event loop.

    Callers are checked every _AGAIN_S, so that a revocation takes effect within 30 s, with or
    without traffic. An unavailable database ends no stream: it is asked again _SOONER_S later.
    """

    def __init__(self) -> None:
        self._groups: dict[Hashable, _Group] = {}

    @contextmanager
    def checked(self, key: Hashable, stream: Admitted) -> Iterator[None]:
        """Check a stream, which was just admitted, during the block.

        key: equal for streams of the same caller that need the same.
        """
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = _Group()
        group.add(stream)
        try:
            yield
        finally:
            if group.remove(stream):
                del self._groups[key]


class _Group:
    """The streams that are admitted together."""

    def __init__(self) -> None:
        self._streams: dict[Admitted, None] = {}
        self._loop = asyncio.get_running_loop()
        self._asking: asyncio.Task[None] | None = None
        self._timer = self._loop.call_later(_AGAIN_S, self._check)

    def add(self, stream: Admitted) -> None:
        self._streams[stream] = None

    def remove(self, stream: Admitted) -> bool:
        """Remove a stream; return whether it was the last one."""
        del self._streams[stream]
        if self._streams:
            return False
        self._timer.cancel()
        if self._asking is not None:
            self._asking.cancel()
        return True

    def _check(self) -> None:
        first = next(iter(self._streams))
        if first.in_memory():
            self._after(_AGAIN_S)
        else:
            self._asking = asyncio.ensure_future(self._ask(first))

    def _after(self, seconds: float) -> None:
        self._timer = self._loop.call_later(seconds, self._check)

    async def _ask(self, first: Admitted) -> None:
        wait = _SOONER_S
        try:
            await first.again()
            wait = _AGAIN_S
        except (Unauthenticated, PermissionDenied) as error:
            self._end_all(error)
        except RegistryError:
            pass
        except Exception as error:  # noqa: BLE001 - raised where the streams are served
            self._end_all(error)
        finally:
            if self._streams:
                self._after(wait)

    def _end_all(self, error: Exception) -> None:
        for stream in tuple(self._streams):
            stream.end(error)
