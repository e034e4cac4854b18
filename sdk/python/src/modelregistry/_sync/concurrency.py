"""Parallel work in threads. Written by hand: the twin of `_async/concurrency.py`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar, TypeVarTuple

import grpc

from modelregistry._local import interruption
from modelregistry._wire.call import Metadata
from modelregistry.errors import Cancelled

_STATE_S = 1.0

Item = TypeVar("Item")
Result = TypeVar("Result")
Request = TypeVar("Request")
Reply = TypeVar("Reply")
Arguments = TypeVarTuple("Arguments")

Work = Callable[[Item], Result]
"""A function that makes a result of an item."""

Stream = Generator[Item, None, None]
"""Items as they arrive; a reader that stops early closes it."""


class Signal:
    """An event that happens once."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Set the event; setting it again changes nothing."""
        self._event.set()

    def wait(self) -> None:
        """Return once the event is set."""
        self._event.wait()


class Cancellable(Protocol):
    """A call that can be cancelled."""

    def cancel(self) -> object:
        """Cancel the call."""


def call(
    method: grpc.UnaryUnaryMultiCallable[Request, Reply],
    request: Request,
    *,
    timeout: float,
    metadata: Metadata,
    fail_fast: bool = False,
) -> Reply:
    """Make a unary call; in the work of a scope it ends when the scope is stopped.

    fail_fast: fail when no connection can be made, and do not wait for one.
    """
    if fail_fast:
        return method(request, timeout=timeout, metadata=metadata, wait_for_ready=False)
    scope = _scope.get()
    if scope is None:  # gRPC itself ends this call at an interrupt
        return method(request, timeout=timeout, metadata=metadata)
    running = method.future(request, timeout=timeout, metadata=metadata)
    with scope.tracking(running):
        try:
            return running.result()
        except grpc.FutureCancelledError as error:
            raise Cancelled(interruption.STOPPED) from error


def run_blocking(function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
    """Run a function that waits for the disk or computes for long: here, call it."""
    return function(*arguments)


def sleep(seconds: float) -> None:
    """Wait; raise Cancelled when the work of a scope is stopped meanwhile."""
    interruption.pause(seconds)


def is_connected(channel: grpc.Channel) -> bool:
    """Return whether a channel has a connection, or may have one."""
    states: list[grpc.ChannelConnectivity] = []
    received = threading.Event()

    def record(state: grpc.ChannelConnectivity) -> None:
        states.append(state)
        received.set()

    channel.subscribe(record, try_to_connect=False)
    try:
        received.wait(_STATE_S)
    finally:
        channel.unsubscribe(record)
    return not states or states[0] is grpc.ChannelConnectivity.READY


class Scope:
    """Work in parallel that ends together: the first failure stops the rest."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._calls: set[Cancellable] = set()
        self._first: list[BaseException] = []

    def map(self, work: Work[Item, Result], items: Iterable[Item]) -> list[Result]:
        """Return the results in the order of the items, working on at most `limit` at a time.

        The first failure is raised once all other work has stopped; so is an interrupt.
        """
        futures: list[Future[Result]] = []
        try:
            with ThreadPoolExecutor(self._limit, "modelregistry") as pool:
                try:
                    # Inside the block too: an interrupt may arrive while they are being submitted.
                    futures += (pool.submit(self._run, work, item) for item in items)
                    for future in as_completed(futures):
                        future.result()
                except BaseException as error:
                    self._stop(futures, error)
                    raise
        except Exception as error:
            # A part of an item, in a map of its own, stops the other items before its item fails.
            failed = self._failed_first(futures)
            if failed is None or failed is error:
                raise
            raise failed from failed.__cause__
        return [future.result() for future in futures]

    def _failed_first(self, futures: list[Future[Result]]) -> BaseException | None:
        """Return the error of the item whose failure stopped the others."""
        for future in futures:
            error = None if future.cancelled() else future.exception()
            if error is not None and any(one is self._first[0] for one in _chain(error)):
                return error
        return None

    def _run(self, work: Work[Item, Result], item: Item) -> Result:
        _scope.set(self)  # in the context of a thread of this scope's own
        with interruption.stopped_by(self._stopped):
            return work(item)

    def _stop(self, futures: list[Future[Result]], error: BaseException) -> None:
        for future in futures:
            future.cancel()
        with self._lock:
            self._first.append(error)
            self._stopped.set()
            running = list(self._calls)
        for call in running:
            call.cancel()

    @contextmanager
    def tracking(self, call: Cancellable) -> Iterator[None]:
        """Cancel the call at the end of the block, or when the scope is stopped."""
        with self._lock:
            self._calls.add(call)
            stopped = self._stopped.is_set()
        try:
            if stopped:
                raise Cancelled(interruption.STOPPED)
            yield
        finally:
            with self._lock:
                self._calls.discard(call)
            call.cancel()

    def sleep(self, seconds: float) -> None:
        """Wait; raise Cancelled when the scope is stopped meanwhile."""
        if self._stopped.wait(seconds):
            raise Cancelled(interruption.STOPPED)

    def beside(self, limit: int) -> Scope:
        """Return a scope for parts of one item of this scope's work, which ends with this one."""
        scope = Scope(limit)
        scope._lock, scope._stopped, scope._calls = self._lock, self._stopped, self._calls
        scope._first = self._first
        return scope


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


class Budget:
    """A number of bytes that may be in use at once."""

    def __init__(self, total: int) -> None:
        self._total = self._free = total
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, wanted: int) -> Iterator[None]:
        """Wait until `wanted` bytes, or all, are free, and use them in the block."""
        size = min(wanted, self._total)
        with self._changed:
            # Every holder returns its bytes, also when it is stopped, so this wait ends.
            self._changed.wait_for(lambda: self._free >= size)
            self._free -= size
        try:
            yield
        finally:
            with self._changed:
                self._free += size
                self._changed.notify_all()


_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)
