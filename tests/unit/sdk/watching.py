# ruff: noqa: ANN401 - passes any option on
"""A reader of a watch, in either flavour, that a test looks at from outside."""

import asyncio
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from modelregistry import AsyncClient, AsyncWatch, Changes, Client, Watch

SECONDS = 30


@dataclass
class Seen:
    """The messages that the reader received, in order, then the end of the watch."""

    arrived: "queue.Queue[Changes | BaseException | None]" = field(default_factory=queue.Queue)

    def next(self) -> Changes:
        """Return the next message that is not a bookmark."""
        while True:
            changes = self.message()
            if not changes.is_bookmark or changes.initial_state_complete:
                return changes

    def message(self) -> Changes:
        """Return the next message."""
        came = self.arrived.get(timeout=SECONDS)
        assert isinstance(came, Changes), came
        return came

    def revisions(self, count: int) -> list[int]:
        """Return the revisions of the next messages with events."""
        return [self.next().revision for _ in range(count)]

    def end(self) -> BaseException | None:
        """Return what ended it: an error, or None for the plain end."""
        while isinstance(came := self.arrived.get(timeout=SECONDS), Changes):
            pass
        return came


@contextmanager
def watching(
    target: str, flavour: str, *, timeout: float = 10, silence: float = 10, **options: Any
) -> Iterator[Seen]:
    """Watch in a thread until the block is left."""
    runner = _Sync if flavour == "sync" else _Async
    with runner(target, timeout, silence, options) as seen:
        yield seen


def _shorten(client: Client | AsyncClient, silence: float) -> None:
    connection = client._long_lived  # noqa: SLF001 - no test waits 30 seconds
    connection.settings = replace(connection.settings, silence=silence)


class _Sync:
    def __init__(self, target: str, timeout: float, silence: float, options: Any) -> None:
        self._client = Client(target, timeout=timeout)
        _shorten(self._client, silence)
        self._watch: Watch = self._client.watch(**options)
        self._seen = Seen()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Seen:
        self._thread.start()
        return self._seen

    def __exit__(self, *_: object) -> None:
        self._watch.close()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()
        self._client.close()

    def _read(self) -> None:
        try:
            for changes in self._watch:
                self._seen.arrived.put(changes)
            self._seen.arrived.put(None)
        except BaseException as error:  # noqa: BLE001 - reported to the test
            self._seen.arrived.put(error)


class _Async:
    def __init__(self, target: str, timeout: float, silence: float, options: Any) -> None:
        self._how = target, timeout, silence, options
        self._seen = Seen()
        self._loop = asyncio.new_event_loop()
        self._watch: AsyncWatch | None = None
        self._closing: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Seen:
        self._thread.start()
        return self._seen

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._close)
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()
        self._loop.close()

    def _close(self) -> None:
        if self._watch is not None:
            self._closing = self._loop.create_task(self._watch.close())

    def _run(self) -> None:
        self._loop.run_until_complete(self._read())
        if self._closing is not None:
            self._loop.run_until_complete(self._closing)

    async def _read(self) -> None:
        target, timeout, silence, options = self._how
        async with AsyncClient(target, timeout=timeout) as client:
            _shorten(client, silence)
            self._watch = client.watch(**options)
            try:
                async for changes in self._watch:
                    self._seen.arrived.put(changes)
                self._seen.arrived.put(None)
            except BaseException as error:  # noqa: BLE001 - reported to the test
                self._seen.arrived.put(error)
