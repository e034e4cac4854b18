"""Many watchers of one server at once, in one event loop, over a few connections."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import grpc
from grpc_status import rpc_status

from modelregistry.v1 import lookup_service_pb2 as pb
from modelregistry.v1 import lookup_service_pb2_grpc as pb_grpc
from tests.support.stubs import Refusal, refusal

_PER_CONNECTION = 100
_SECONDS = 180.0


@dataclass(eq=False)
class Onlooker:
    """One watcher. seen: the revisions that came with events. upto: all up to here was sent.

    end: how the last watch ended; None while it goes on, or when no server said anything.
    """

    stub: Any
    request: pb.WatchRequest
    seen: list[int] = field(default_factory=list)
    upto: int = -1
    end: Refusal | None = None

    async def watch(self) -> None:
        """Watch from where it is until the watch ends."""
        request = pb.WatchRequest()
        request.CopyFrom(self.request)
        if self.upto >= 0:
            request.start_revision = self.upto + 1
        await self.take(self.stub.Watch(request, wait_for_ready=True))

    async def take(self, call: Any) -> None:  # noqa: ANN401 - grpc.aio has no types
        """Take what comes of a watch until it ends."""
        self.end = None
        try:
            async for message in call:
                self._take(message)
        except grpc.aio.AioRpcError as error:
            self.end = refusal_of(error)

    def _take(self, message: pb.WatchResponse) -> None:
        assert message.revision >= self.upto
        if message.events:
            assert message.revision > self.upto
            self.seen.append(message.revision)
        self.upto = message.revision


def refusal_of(error: grpc.RpcError) -> Refusal | None:
    """Return the error of the server; None when it was unavailable."""
    if rpc_status.from_call(cast("grpc.Call", error)) is None:
        assert error.code() is grpc.StatusCode.UNAVAILABLE, error
        return None
    return refusal(error)


@asynccontextmanager
async def stubs_for(target: str, watchers: int) -> AsyncIterator[Sequence[Any]]:
    """Open as many connections as so many watchers need; a stub for each watcher."""
    options = [
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.initial_reconnect_backoff_ms", 50),
        ("grpc.max_reconnect_backoff_ms", 500),
    ]
    count = -(-watchers // _PER_CONNECTION)
    channels = [grpc.aio.insecure_channel(target, options) for _ in range(count)]
    try:
        made = [pb_grpc.LookupServiceStub(channel) for channel in channels]
        yield [made[number % count] for number in range(watchers)]
    finally:
        await asyncio.gather(*(channel.close() for channel in channels))


async def until(condition: Callable[[], object], seconds: float = _SECONDS) -> None:
    """Return when it is so; fail after a while."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not condition():
        assert loop.time() < end, "it did not come to be"
        await asyncio.sleep(0.02)
