"""A stream that is read message by message, with threads. Written by hand: see `_async/line.py`."""

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


class Messages(Protocol[Item_co]):
    """A call that is answered by a stream."""

    def __next__(self) -> Item_co:
        """Wait for the next answer."""

    def cancel(self) -> object:
        """End the call."""


class Call(Protocol[Item_co]):
    """A call that is answered once."""

    def result(self) -> Item_co:
        """Wait for the answer."""

    def cancel(self) -> object:
        """End the call."""


def begun(
    method: grpc.UnaryUnaryMultiCallable[Request, Item_co],
    request: Request,
    seconds: float,
    metadata: Metadata,
) -> Call[Item_co]:
    """Begin a call."""
    return method.future(request, timeout=seconds, metadata=metadata)


class Question(Generic[Item_co]):
    """One call that can be given up."""

    def __init__(self, call: Call[Item_co], call_id: str, unanswered: str) -> None:
        self._call = call
        self._call_id = call_id
        self._unanswered = unanswered

    def answer(self) -> Item_co:
        """Wait for the answer. Raises the registry's error, or Cancelled."""
        try:
            return answered(self._call.result(), self._call_id)
        except grpc.FutureCancelledError as error:
            raise failure.cancelled(self._call_id) from error
        except grpc.RpcError as error:
            raise failure.from_rpc_error(error, self._call_id, self._unanswered) from error

    def cancel(self) -> None:
        """End the call; whoever waits gets Cancelled. Safe from any thread."""
        self._call.cancel()


class Line(Generic[Item_co]):
    """The answers of one call, for as long as they come. Without a reader it ends the call.

    It has no deadline, but a registry that is to speak now and then and is silent for `silence`
    seconds while somebody waits is taken for gone.
    """

    def __init__(self, call: Messages[Item_co], call_id: str, silence: float) -> None:
        self._call = call
        self._call_id = call_id
        self._patience = _Patience(silence)
        guard = threading.Thread(
            target=_guard, args=(ref(call), self._patience), name="modelregistry-guard", daemon=True
        )
        guard.start()

    def __del__(self) -> None:
        self._patience.over.set()

    def next(self) -> Item_co:
        """Wait for an answer. Raises the registry's error, Unavailable at the end or in silence."""
        self._patience.begin()
        try:
            return answered(next(self._call), self._call_id)
        except StopIteration:
            raise failure.ended(self._call_id) from None
        except grpc.RpcError as error:
            if self._patience.lost:
                raise failure.silent(self._patience.seconds, self._call_id) from error
            raise failure.from_broken_stream(error, self._call_id) from error
        finally:
            self._patience.end()

    def cancel(self) -> None:
        """End the call; whoever waits gets Cancelled. Safe from any thread."""
        self._patience.over.set()
        self._call.cancel()


class _Patience:
    """How long a silence may still last. There is none while nobody waits."""

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


def _guard(call: ReferenceType[Messages[object]], patience: _Patience) -> None:
    # A weak reference: who forgets a line without a word must be able to lose it.
    while not patience.over.wait(max(0.0, patience.left())):
        watched = call()
        if watched is None:
            return
        if patience.left() <= 0:
            patience.lost = True
            watched.cancel()
            return
        del watched


_anchors: list[grpc.Channel] = []


def close_at_once(channel: grpc.Channel) -> None:
    """Close a channel; no thread waits in gRPC for a call on it any more."""
    if not _anchors:
        # gRPC shuts down behind its last channel, in a thread of its own: a child forked meanwhile
        # hangs with its next channel. So one is never closed; nor is it ever connected.
        _anchors.append(grpc.insecure_channel("localhost:1"))
    channel.close()
