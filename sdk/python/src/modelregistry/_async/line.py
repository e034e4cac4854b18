"""A stream that is read message by message, on an event loop. Its twin in `_sync` has threads."""

import asyncio
from collections.abc import AsyncIterator
from typing import Generic, Protocol, TypeVar

import grpc

from modelregistry._wire import failure
from modelregistry.errors import Cancelled

Item_co = TypeVar("Item_co", covariant=True)


class Messages(Protocol[Item_co]):
    """A call that is answered by a stream."""

    def __aiter__(self) -> AsyncIterator[Item_co]:
        """Read the answers."""

    def cancel(self) -> object:
        """End the call."""


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
                return await anext(self._answers)
        except StopAsyncIteration:
            raise failure.ended(self._call_id) from None
        except TimeoutError as error:
            self.cancel()
            raise failure.silent(self._silence, self._call_id) from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            message = "the call was ended from this side"  # and not the task that waits
            raise Cancelled(message, request_id=self._call_id) from error
        except grpc.RpcError as error:
            raise failure.from_broken_stream(error, self._call_id) from error

    def cancel(self) -> None:
        """End the call; whoever waits gets Cancelled."""
        self._call.cancel()
