"""A stream that is read message by message, on an event loop. Its twin in `_sync` has threads."""

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


class Messages(Protocol[Item_co]):
    """A call that is answered by a stream."""

    def __aiter__(self) -> AsyncIterator[Item_co]:
        """Read the answers."""

    def cancel(self) -> object:
        """End the call."""


class Call(Protocol[Item_co]):
    """A call that is answered once."""

    def __await__(self) -> Generator[object, None, Item_co]:
        """Wait for the answer."""

    def cancel(self) -> object:
        """End the call."""


def begun(
    method: grpc.aio.UnaryUnaryMultiCallable[Request, Item_co],
    request: Request,
    seconds: float,
    metadata: Metadata,
) -> Call[Item_co]:
    """Begin a call."""
    return method(request, timeout=seconds, metadata=metadata)


class Question(Generic[Item_co]):
    """One call that can be given up."""

    def __init__(self, call: Call[Item_co], call_id: str, unanswered: str) -> None:
        self._call = call
        self._call_id = call_id
        self._unanswered = unanswered

    async def answer(self) -> Item_co:
        """Wait for the answer. Raises the registry's error, or Cancelled."""
        try:
            return answered(await self._call, self._call_id)
        except asyncio.CancelledError as error:
            raise _cancelled(self._call_id) from error
        except grpc.RpcError as error:
            raise failure.from_rpc_error(error, self._call_id, self._unanswered) from error

    def cancel(self) -> None:
        """End the call; whoever waits gets Cancelled."""
        self._call.cancel()


class Line(Generic[Item_co]):
    """The answers of one call, for as long as they come. Without a reader it ends the call.

    It has no deadline, but a registry that is to speak now and then and is silent for `silence`
    seconds while somebody waits is taken for gone.
    """

    def __init__(self, call: Messages[Item_co], call_id: str, silence: float) -> None:
        self._call = call
        self._answers = aiter(call)
        self._call_id = call_id
        self._silence = silence

    async def next(self) -> Item_co:
        """Wait for an answer. Raises the registry's error, Unavailable at the end or in silence."""
        try:
            async with asyncio.timeout(self._silence):
                return answered(await anext(self._answers), self._call_id)
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
        """End the call; whoever waits gets Cancelled."""
        self._call.cancel()


def _cancelled(call_id: str) -> BaseException:
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        return asyncio.CancelledError()  # the task that waits is to end, and not only the call
    return failure.cancelled(call_id)


def close_at_once(channel: grpc.aio.Channel) -> None:
    """Do nothing: here closing would have to be awaited. An event loop does not survive a fork."""
    del channel
