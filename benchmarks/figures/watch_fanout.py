"""How long the move of an alias takes to the last of many watchers, against a bare fan-out."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from uuid import uuid4

from benchmarks import bare_client, calls, champion, watchers
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.run import Run
from benchmarks.servers import ServerProcess, bare, registry
from benchmarks.watchers import Watchers, watching
from modelregistry.v1 import catalog_service_pb2, lookup_service_pb2

_SET_ALIAS = "/modelregistry.v1.CatalogService/SetAlias"
_WATCH = "/modelregistry.v1.LookupService/Watch"
_REQUEST = lookup_service_pb2.WatchRequest(
    parent="namespaces/default", models=[champion.NAME]
).SerializeToString()


@dataclass(frozen=True, slots=True)
class _Side:
    """A server, how it is listened to, and what makes it send `message` to all who listen."""

    server: ServerProcess
    method: str
    request: bytes
    message: bytes
    send: Callable[[], object]


def _measure(run: Run) -> Measurement:
    many, moves = run.pick((1_000, 30), (100, 5))
    requests = _moves()
    with (
        registry(run, "watch_fanout/registry") as server,
        calls.asking(server, _SET_ALIAS) as set_alias,
    ):
        for _ in range(2):
            champion.register(run, server)

        def move() -> bytes:
            return set_alias(next(requests))

        message = watchers.message_of(server, _WATCH, _REQUEST, move)
        with (
            bare(run, "watch_fanout/bare", message, "--uvloop") as plain,
            calls.asking(plain, bare_client.TELL) as tell,
        ):
            ours = _Side(server, _WATCH, _REQUEST, message, move)
            reference = _Side(plain, bare_client.HEAR, b"", message, lambda: tell(b""))
            pairs = run.rounds(
                7, lambda: _sample(ours, many, moves), lambda: _sample(reference, many, moves)
            )
    sizes = {"watchers": many, "moves_a_round": moves, "clients": watchers.PROCESSES}
    return Measurement(pairs, {**sizes, "message_bytes": len(message)})


def _moves() -> Iterator[bytes]:
    """Yield requests that move the alias from one of its model's two versions to the other."""
    for number in cycle((1, 2)):
        request = catalog_service_pb2.SetAliasRequest(
            name=f"{champion.NAME}/aliases/{champion.ALIAS}",
            version=f"{champion.NAME}/versions/{number}",
            request_id=str(uuid4()),
        )
        yield request.SerializeToString()


def _sample(side: _Side, many: int, moves: int) -> Sample:
    size = len(side.message)
    with watching(side.server, side.method, side.request, many, size) as listening:
        _reach(side, listening)  # the first one warms up
        before = side.server.cpu_seconds()
        times = [_reach(side, listening) for _ in range(moves)]
        used = side.server.cpu_seconds() - before
    called, reached = zip(*times, strict=True)
    return {
        "p50_ms": statistics.median(reached) * 1e3,
        "p99_ms": statistics.quantiles(reached, n=100, method="inclusive")[-1] * 1e3,
        "call_ms": statistics.median(called) * 1e3,
        "cpu_ms": used / moves * 1e3,
    }


def _reach(side: _Side, listening: Watchers) -> tuple[float, float]:
    """Send once; return seconds to the end of the call and to the arrival at the last watcher."""
    started = time.monotonic()  # one clock for all processes
    side.send()
    called = time.monotonic()
    return called - started, listening.last_arrival() - started


FIGURE = Figure(
    name="watch_fanout",
    title="an alias moves: to the last of many watchers",
    reference="bare streams that are sent the same bytes, by a bare call",
    quantities=(
        Quantity("p99_ms", "to the last watcher, p99", "ms", headline=True),
        Quantity("p50_ms", "to the last watcher, p50", "ms", headline=True),
        Quantity("call_ms", "to the end of the call, p50", "ms"),
        Quantity("cpu_ms", "server CPU per move", "ms"),
    ),
    measure=_measure,
)
