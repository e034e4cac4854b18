"""Calls that last, on an event loop. The twin in `_sync`, written by hand too, uses threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator
from typing import Generic, Protocol, TypeVar

import grpc
import grpc.aio

from modelregistry._wire import failure
from modelregistry._wire.call import Metadata
from modelregistry._wire.decoding import answered

Item_co = TypeVar("Item_co", covariant=True)
Request = TypeVar("Request")


class StreamCall(Protocol[Item_co]):
    """A call with a stream of replies."""

    def __aiter__(self) -> AsyncIterator[Item_co]:
        """Iterate over the replies."""

    def cancel(self) -> object:
        """End the call."""


class UnaryCall(Protocol[Item_co]):
    """A call with one reply."""

    def __await__(self) -> Generator[object, None, Item_co]:
        """Wait for the reply."""

    def cancel(self) -> object:
        """End the call."""


def start_call(
    method: grpc.aio.UnaryUnaryMultiCallable[Request, Item_co],
    request: Request,
    seconds: float,
    metadata: Metadata,
) -> UnaryCall[Item_co]:
    """Start a call."""
    return method(request, timeout=seconds, metadata=metadata)


class CancellableCall(Generic[Item_co]):
    """One call with one reply, which can be cancelled."""

    def __init__(self, call: UnaryCall[Item_co], call_id: str, unanswered: str) -> None:
        self._call = call
        self._call_id = call_id
        self._unanswered = unanswered

    async def result(self) -> Item_co:
        """Wait for the reply. Raises the registry's error, or Cancelled."""
        try:
            return answered(await self._call, self._call_id)
        except asyncio.CancelledError as error:
            raise _cancelled(self._call_id) from error
        except grpc.RpcError as error:
            raise failure.from_rpc_error(error, self._call_id, self._unanswered) from error

    def cancel(self) -> None:
        """End the call; a reader that waits gets Cancelled."""
        self._call.cancel()


class MessageStream(Generic[Item_co]):
    """The replies of one call without a deadline. The call ends when the stream is freed.

    A registry sends a message now and then. When it sends none for `silence` seconds while a reader
    waits, the connection counts as lost.
    """

    def __init__(self, call: StreamCall[Item_co], call_id: str, silence: float) -> None:
        self._call = call
        self._messages = aiter(call)
        self._call_id = call_id
        self._silence = silence

    async def next(self) -> Item_co:
        """Wait for a message; raise the registry's error, Unavailable at the end or in silence."""
        try:
            async with asyncio.timeout(self._silence):
                return answered(await anext(self._messages), self._call_id)
        except StopAsyncIteration:
            raise failure.ended(self._call_id) from None
        except TimeoutError as error:
            self.cancel()
            raise failure.silent(self._silence, self._call_id) from error
        except asyncio.CancelledError as error:
            raise _cancelled(self._call_id) from error
        except grpc.RpcError as error:
            raise failure.from_broken_stream(error, self._call_id) from error

    def cancel(self) -> None:
        """End the call; a reader that waits gets Cancelled."""
        self._call.cancel()


def _cancelled(call_id: str) -> BaseException:
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        return asyncio.CancelledError()  # the waiting task ends, and not only the call
    return failure.cancelled(call_id)


def close_channel(channel: grpc.aio.Channel) -> None:
    """Do nothing: closing would have to be awaited, and an event loop does not survive a fork."""
    del channel
