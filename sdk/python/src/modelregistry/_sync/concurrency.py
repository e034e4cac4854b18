"""Side by side, with threads. Written by hand: the twin of `_async/concurrency.py`."""

import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Protocol, TypeVar, TypeVarTuple

import grpc

from modelregistry.errors import Cancelled

_STATE_S = 1.0

Item = TypeVar("Item")
Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

Work = Callable[[Item], Result]
"""What makes a result of an item."""

Stream = Generator[Item, None, None]
"""Items as they come; to be closed by who stops early."""


class Signal:
    """Something that happens once and can be waited for."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Say that it happened; saying it twice is harmless."""
        self._event.set()

    def wait(self) -> None:
        """Return once it has happened."""
        self._event.wait()


class Cancellable(Protocol):
    """A call that can be ended from another thread."""

    def cancel(self) -> object:
        """End it."""


def run_blocking(function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
    """Run something that waits for the disk or computes for long: here, simply that."""
    return function(*arguments)


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


def is_connected(channel: grpc.Channel) -> bool:
    """Return whether a channel has a connection, or may have one."""
    states: list[grpc.ChannelConnectivity] = []
    told = threading.Event()

    def hear(state: grpc.ChannelConnectivity) -> None:
        states.append(state)
        told.set()

    channel.subscribe(hear, try_to_connect=False)
    try:
        told.wait(_STATE_S)
    finally:
        channel.unsubscribe(hear)
    return not states or states[0] is grpc.ChannelConnectivity.READY


class Scope:
    """Work that runs side by side and ends together: the first failure stops the rest."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._calls: set[Cancellable] = set()

    def map(self, work: Work[Item, Result], items: Iterable[Item]) -> list[Result]:
        """Return the results in the order of the items, working on at most `limit` at a time.

        The first failure is raised once everything else has been stopped; so is an interrupt.
        """
        with ThreadPoolExecutor(self._limit, "modelregistry") as pool:
            futures = [pool.submit(work, item) for item in items]
            try:
                for future in as_completed(futures):
                    future.result()
            except BaseException:
                self._stop(futures)
                raise
        return [future.result() for future in futures]

    def _stop(self, futures: list[Future[Result]]) -> None:
        for future in futures:
            future.cancel()
        with self._lock:
            self._stopped.set()
            running = list(self._calls)
        for call in running:
            call.cancel()

    @contextmanager
    def tracking(self, call: Cancellable) -> Iterator[None]:
        """End the call with the block, or when the scope is stopped."""
        with self._lock:
            self._calls.add(call)
            stopped = self._stopped.is_set()
        try:
            if stopped:
                raise Cancelled(_STOPPED)
            yield
        finally:
            with self._lock:
                self._calls.discard(call)
            call.cancel()

    def sleep(self, seconds: float) -> None:
        """Wait; raise Cancelled when the scope is stopped meanwhile."""
        if self._stopped.wait(seconds):
            raise Cancelled(_STOPPED)

    def beside(self, limit: int) -> "Scope":
        """Return a scope for parts of one piece of this one's work, which ends with this one."""
        scope = Scope(limit)
        scope._lock, scope._stopped, scope._calls = self._lock, self._stopped, self._calls
        return scope


class Budget:
    """So many bytes that may be on their way at once."""

    def __init__(self, total: int) -> None:
        self._total = self._free = total
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, wanted: int) -> Iterator[None]:
        """Wait until so many are free, and have them for the block; never more than there are."""
        size = min(wanted, self._total)
        with self._changed:
            # Whoever holds some gives it back, also when stopped: this ends.
            self._changed.wait_for(lambda: self._free >= size)
            self._free -= size
        try:
            yield
        finally:
            with self._changed:
                self._free += size
                self._changed.notify_all()


_STOPPED = "stopped, because something beside it failed"
