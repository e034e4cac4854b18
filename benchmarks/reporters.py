"""Many streams that are open, and on which an empty message goes out now and then."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import grpc
import uvloop

from benchmarks.crew import Crew, crew
from benchmarks.servers import ServerProcess
from modelregistry.v1 import deployment_service_pb2 as pb

PROCESSES = 4
"""Of clients; each instance is a stream of its own."""
_ON_CONNECTION = 800
PORTION = 100
"""The streams that a process opens together."""
_Call = grpc.aio.StreamStreamCall[bytes, bytes]


@contextmanager
def reporting(
    server: ServerProcess, method: str, first: pb.ReportDeploymentsRequest, count: int
) -> Iterator[Crew]:
    """Open `count` streams, spread over processes, and wait for the first reply of each.

    Each sends an empty message after the interval that the last reply states. `first` is the first
    message of each, with a name of its own.
    """
    share = count // PROCESSES
    encoded = first.SerializeToString()
    each = [(server.target, method, encoded, number * share, share) for number in range(PROCESSES)]
    with crew(_report, each) as clients:
        for _ in range(0, share, PORTION):
            clients.hear()
        yield clients


def _report(
    pipe: "Connection[object, object]",
    target: str,
    method: str,
    first: bytes,
    start: int,
    count: int,
) -> None:
    uvloop.run(_Reporters(pipe, method, first).run(target, start, count))


class _Reporters:
    def __init__(self, pipe: "Connection[object, object]", method: str, first: bytes) -> None:
        self._pipe = pipe
        self._method = method
        self._first = first

    async def run(self, target: str, start: int, count: int) -> None:
        # Own connections, as processes would have; a server has a limit for one.
        options = [("grpc.use_local_subchannel_pool", 1)]
        channels = [
            grpc.aio.insecure_channel(target, options) for _ in range(0, count, _ON_CONNECTION)
        ]
        async with asyncio.TaskGroup() as group:
            for begin in range(0, count, PORTION):
                opening = (
                    self._begin(channels[number % len(channels)], start + number)
                    for number in range(begin, min(count, begin + PORTION))
                )
                for call, interval in await asyncio.gather(*opening):
                    group.create_task(_beat(call, interval))
                self._pipe.send(begin)

    async def _begin(self, channel: grpc.aio.Channel, number: int) -> tuple[_Call, float]:
        message = pb.ReportDeploymentsRequest.FromString(self._first)
        message.instance = f"host-{number:06}"
        open_: grpc.aio.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(
            self._method
        )
        call = open_()
        await call.write(message.SerializeToString())
        return call, _interval(await call.read())


async def _beat(call: _Call, interval: float) -> None:
    """Send empty messages for ever; a reply changes how often."""
    await asyncio.sleep(random.uniform(0, interval))  # noqa: S311 - spreads load
    reading = asyncio.ensure_future(call.read())
    while True:
        await call.write(b"")
        await asyncio.wait([reading], timeout=interval)
        if reading.done():
            interval = _interval(reading.result())
            reading = asyncio.ensure_future(call.read())


def _interval(reply: object) -> float:
    # gRPC returns a marker at the end of a stream, which none of these has.
    assert isinstance(reply, bytes)  # noqa: S101 - the server ended the stream
    message = pb.ReportDeploymentsResponse.FromString(reply)
    return message.heartbeat_interval.ToTimedelta().total_seconds()
