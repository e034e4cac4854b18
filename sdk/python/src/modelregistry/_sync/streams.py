"""Calls that last, with threads. Written by hand: the twin of `_async/streams.py`."""

from __future__ import annotations

import threading
import time
from typing import Final, Generic, Protocol, TypeVar
from weakref import ReferenceType, ref

import grpc

from modelregistry._wire import failure
from modelregistry._wire.call import Metadata
from modelregistry._wire.decoding import answered

Item_co = TypeVar("Item_co", covariant=True)
Request = TypeVar("Request")

_NEVER: Final = float("inf")


class StreamCall(Protocol[Item_co]):
    """A call with a stream of replies."""

    def __next__(self) -> Item_co:
        """Wait for the next reply."""

    def cancel(self) -> object:
        """End the call."""


class UnaryCall(Protocol[Item_co]):
    """A call with one reply."""

    def result(self) -> Item_co:
        """Wait for the reply."""

    def cancel(self) -> object:
        """End the call."""


def start_call(
    method: grpc.UnaryUnaryMultiCallable[Request, Item_co],
    request: Request,
    seconds: float,
    metadata: Metadata,
) -> UnaryCall[Item_co]:
    """Start a call."""
    return method.future(request, timeout=seconds, metadata=metadata)


class CancellableCall(Generic[Item_co]):
    """One call with one reply, which can be cancelled."""

    def __init__(self, call: UnaryCall[Item_co], call_id: str, unanswered: str) -> None:
        self._call = call
        self._call_id = call_id
        self._unanswered = unanswered

    def result(self) -> Item_co:
        """Wait for the reply. Raises the registry's error, or Cancelled."""
        try:
            return answered(self._call.result(), self._call_id)
        except grpc.FutureCancelledError as error:
            raise failure.cancelled(self._call_id) from error
        except grpc.RpcError as error:
            raise failure.from_rpc_error(error, self._call_id, self._unanswered) from error

    def cancel(self) -> None:
        """End the call; a reader that waits gets Cancelled. Safe from any thread."""
        self._call.cancel()


class MessageStream(Generic[Item_co]):
    """The replies of one call without a deadline. The call ends when the stream is freed.

    A registry sends a message now and then. When it sends none for `silence` seconds while a reader
    waits, the connection counts as lost.
    """

    def __init__(self, call: StreamCall[Item_co], call_id: str, silence: float) -> None:
        self._call = call
        self._call_id = call_id
        self._timer = _SilenceTimer(silence)
        guard = threading.Thread(
            target=_guard, args=(ref(call), self._timer), name="modelregistry-guard", daemon=True
        )
        guard.start()

    def __del__(self) -> None:
        self._timer.over.set()

    def next(self) -> Item_co:
        """Wait for a message; raise the registry's error, Unavailable at the end or in silence."""
        self._timer.begin()
        try:
            return answered(next(self._call), self._call_id)
        except StopIteration:
            raise failure.ended(self._call_id) from None
        except grpc.RpcError as error:
            if self._timer.lost:
                raise failure.silent(self._timer.seconds, self._call_id) from error
            raise failure.from_broken_stream(error, self._call_id) from error
        finally:
            self._timer.end()

    def cancel(self) -> None:
        """End the call; a reader that waits gets Cancelled. Safe from any thread."""
        self._timer.over.set()
        self._call.cancel()


class _SilenceTimer:
    """How long the silence may still last. The timer runs only while a reader waits."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.over = threading.Event()
        self.lost = False
        self._deadline = _NEVER

    def begin(self) -> None:
        self._deadline = time.monotonic() + self.seconds

    def end(self) -> None:
        self._deadline = _NEVER

    def left(self) -> float:
        return min(self._deadline - time.monotonic(), self.seconds)


def _guard(call: ReferenceType[StreamCall[object]], timer: _SilenceTimer) -> None:
    # A weak reference, so that a stream that is dropped without `cancel` can be freed.
    while not timer.over.wait(max(0.0, timer.left())):
        watched = call()
        if watched is None:
            return
        if timer.left() <= 0:
            timer.lost = True
            watched.cancel()
            return
        del watched


_anchors: list[grpc.Channel] = []


def close_channel(channel: grpc.Channel) -> None:
    """Close a channel at once, and so end all calls that threads wait for."""
    if not _anchors:
        # gRPC shuts down after its last channel closes, in a thread of its own. A child that is
        # forked meanwhile hangs at its next channel. So one channel, which never connects, stays.
        _anchors.append(grpc.insecure_channel("localhost:1"))
    channel.close()
