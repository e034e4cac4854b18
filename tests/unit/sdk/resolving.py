# ruff: noqa: ANN401 - passes any option on
"""A resolver in either flavour, open, that a test reads from outside."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from modelregistry import AsyncClient, AsyncResolver, Client, Resolver, Version
from modelregistry.errors import RegistryError

SECONDS = 30
AnyResolver = Resolver | AsyncResolver


def eventually(happens: Callable[[], object]) -> None:
    """Wait until it is so, with a deadline."""
    until = time.monotonic() + SECONDS
    while not happens():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.002)


def named(resolver: AnyResolver) -> int | type[RegistryError]:
    """Return the number of the version, or the class of what is raised."""
    try:
        return resolver.version.number
    except RegistryError as error:
        return type(error)


@dataclass
class Callback:
    """Records the calls of `on_change`, as numbers."""

    calls: list[tuple[int | None, int | None]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    fail: bool = False
    hold: threading.Event | None = None
    reached: threading.Event = field(default_factory=threading.Event)

    def __call__(self, now: Version | None, before: Version | None) -> None:
        self.calls.append((now.number if now else None, before.number if before else None))
        self.threads.add(threading.get_ident())
        if self.hold is not None:
            self.reached.set()
            assert self.hold.wait(SECONDS)
        if self.fail:
            message = "a bug of the user's"
            raise ValueError(message)

    async def later(self, now: Version | None, before: Version | None) -> None:
        await asyncio.sleep(0)
        self(now, before)


@dataclass
class Setting:
    """How resolvers are opened: in which flavour, with what."""

    target: str
    flavour: str
    cache: Path
    timeout: float = 10
    silence: float = 10

    @contextmanager
    def resolvers(
        self,
        *refs: str,
        on_change: Callable[[Version | None, Version | None], object] | None = None,
        max_stale: timedelta | None = None,
    ) -> Iterator[list[AnyResolver]]:
        """Open resolvers of one client until the block is left."""
        options = {"on_change": on_change, "max_stale": max_stale}
        opened = self._sync if self.flavour == "sync" else self._async
        with opened(refs, options) as found:
            yield found

    @contextmanager
    def resolver(
        self,
        ref: str = "fraud@champion",
        *,
        on_change: Callable[[Version | None, Version | None], object] | None = None,
        max_stale: timedelta | None = None,
    ) -> Iterator[AnyResolver]:
        """Open one."""
        with self.resolvers(ref, on_change=on_change, max_stale=max_stale) as found:
            yield found[0]

    def _settled(self, client: Client | AsyncClient) -> None:
        connection = client._long_lived  # noqa: SLF001 - no test waits 30 seconds
        connection.settings = replace(connection.settings, silence=self.silence)

    @contextmanager
    def _sync(self, refs: tuple[str, ...], options: Any) -> Iterator[list[AnyResolver]]:
        with Client(self.target, timeout=self.timeout, cache=self.cache) as client:
            self._settled(client)
            yield [client.resolver(ref, **options).open() for ref in refs]

    @contextmanager
    def _async(self, refs: tuple[str, ...], options: Any) -> Iterator[list[AnyResolver]]:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        client = AsyncClient(self.target, timeout=self.timeout, cache=self.cache)
        self._settled(client)

        async def opened() -> list[AnyResolver]:
            return [await client.resolver(ref, **options).open() for ref in refs]

        try:
            yield asyncio.run_coroutine_threadsafe(opened(), loop).result(2 * SECONDS)
        finally:
            asyncio.run_coroutine_threadsafe(client.close(), loop).result(SECONDS)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(SECONDS)
            loop.close()
