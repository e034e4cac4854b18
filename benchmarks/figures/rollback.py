"""How long a rollback takes to the last of 100 watchers, against a bare fan-out."""

import statistics
import time
from collections.abc import Callable
from uuid import uuid4

from benchmarks import bare_client, calls, champion, promotions, watchers
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.run import Run
from benchmarks.servers import ServerProcess, bare, registry
from benchmarks.watchers import watching
from modelregistry.v1 import governance_service_pb2, lookup_service_pb2

_WATCH = "/modelregistry.v1.LookupService/Watch"
_REQUEST = lookup_service_pb2.WatchRequest(
    parent="namespaces/default", models=[champion.NAME]
).SerializeToString()
_WATCHERS = 100


def _measure(run: Run) -> Measurement:
    count = run.pick(30, 5)
    with (
        registry(run, "rollback/registry") as server,
        calls.asking(server, promotions.ROLLBACK) as ask,
        promotions.promoting(server) as promotion,
    ):
        promotions.prepare(run, server)
        promotion.per_second(1)  # now there is a version to roll back to

        def roll_back() -> bytes:
            return ask(_rollback())

        message = watchers.message_of(server, _WATCH, _REQUEST, roll_back)
        with (
            bare(run, "rollback/bare", message, "--uvloop") as plain,
            calls.asking(plain, bare_client.TELL) as tell,
        ):
            size = len(message)
            pairs = run.rounds(
                7,
                lambda: _sample(server, _WATCH, _REQUEST, size, count, roll_back),
                lambda: _sample(plain, bare_client.HEAR, b"", size, count, lambda: tell(b"")),
            )
    return Measurement(pairs, {"watchers": _WATCHERS, "rollbacks_a_round": count})


def _rollback() -> bytes:
    target = governance_service_pb2.RollbackTarget(target=f"{champion.MODEL}@production")
    return governance_service_pb2.RollbackRequest(
        targets=[target], reason="it got worse", request_id=str(uuid4())
    ).SerializeToString()


def _sample(
    server: ServerProcess,
    method: str,
    request: bytes,
    size: int,
    count: int,
    send: Callable[[], object],
) -> Sample:
    with watching(server, method, request, _WATCHERS, size) as listening:
        reached = []
        for _ in range(count + 1):
            started = time.monotonic()  # one clock for all processes
            send()
            reached.append(listening.last_arrival() - started)
    counted = reached[1:]  # the first one warms up
    return {
        "p50_ms": statistics.median(counted) * 1e3,
        "p99_ms": statistics.quantiles(counted, n=100, method="inclusive")[-1] * 1e3,
    }


FIGURE = Figure(
    name="rollback",
    title="a rollback: to the last of 100 watchers",
    reference="bare streams that are sent the same bytes, by a bare call",
    quantities=(
        Quantity("p99_ms", "to the last watcher, p99", "ms", headline=True),
        Quantity("p50_ms", "to the last watcher, p50", "ms"),
    ),
    measure=_measure,
)
