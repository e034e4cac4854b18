"""What a lookup costs the server, against a call that answers the same bytes and does nothing."""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import grpc

from benchmarks import bare_client, content, registry_client
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.run import Run
from benchmarks.servers import ServerProcess, bare, registry
from modelregistry import Quiet, SliceMetric
from modelregistry.v1 import lookup_service_pb2 as pb

_METHOD = "/modelregistry.v1.LookupService/ResolveVersion"
_REF = "fraud@champion"
_AT_ONCE = 8
_TIMEOUT_S = 60.0
_Ask = Callable[[], float]
_Call: TypeAlias = "grpc.UnaryUnaryMultiCallable[bytes, bytes]"


def _measure(run: Run) -> Measurement:
    request = pb.ResolveVersionRequest(ref=_REF).SerializeToString()
    calls = run.pick(2_000, 200)
    with registry(run, "lookup/registry") as ours:
        _register(run, ours)
        with grpc.insecure_channel(ours.target) as channel:
            resolve: _Call = channel.unary_unary(_METHOD)
            reply = resolve(request, timeout=_TIMEOUT_S)
            with (
                bare(run, "lookup/bare", reply) as reference,
                grpc.insecure_channel(reference.target) as other,
            ):
                mine = _asking(resolve, request)
                theirs = _asking(other.unary_unary(bare_client.ANSWER), request)
                for ask in (mine, theirs):
                    _one_by_one(ask, calls // 4)
                pairs = run.rounds(
                    9,
                    lambda: _sample(ours, mine, calls),
                    lambda: _sample(reference, theirs, calls),
                )
    return Measurement(pairs, {"calls": calls, "at_once": _AT_ONCE, "reply_bytes": len(reply)})


def _register(run: Run, server: ServerProcess) -> None:
    """Have a version with everything that a push records, and an alias on it."""
    with (
        run.folder("lookup/model") as folder,
        registry_client.fresh(server.target, server.client_dir) as client,
    ):
        for index in range(4):
            content.write_file(folder / f"part-{index}.bin", 4_096)
        client.push(
            "fraud",
            folder,
            alias="champion",
            metrics={"auc": 0.97, "recall": 0.81, "brier": 0.07},
            slices=[_slice(index) for index in range(8)],
            tags={"team": "risk", "ticket": "RISK-7"},
            params={"depth": "6", "rate": "0.1"},
            progress=Quiet(),
        )


def _slice(index: int) -> SliceMetric:
    return SliceMetric(dimension="region", value=str(index), metric="auc", result=0.9, count=100)


def _asking(call: _Call, request: bytes) -> _Ask:
    """Return a function that makes one call, on bytes, and returns its seconds."""

    def ask() -> float:
        started = time.perf_counter()
        call(request, timeout=_TIMEOUT_S)
        return time.perf_counter() - started

    return ask


def _one_by_one(ask: _Ask, calls: int) -> list[float]:
    return [ask() for _ in range(calls)]


def _sample(server: ServerProcess, ask: _Ask, calls: int) -> Sample:
    before = server.cpu_seconds()
    latencies = _one_by_one(ask, calls)
    between, started = server.cpu_seconds(), time.perf_counter()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda _: _one_by_one(ask, calls // _AT_ONCE), range(_AT_ONCE)))
    crowded = calls // _AT_ONCE * _AT_ONCE
    percentiles = statistics.quantiles(latencies, n=100)
    return {
        "cpu_us": (between - before) / calls * 1e6,
        "p50_ms": percentiles[49] * 1e3,
        "p99_ms": percentiles[98] * 1e3,
        "crowded_per_s": crowded / (time.perf_counter() - started),
        "crowded_cpu_us": (server.cpu_seconds() - between) / crowded * 1e6,
    }


FIGURE = Figure(
    name="lookup",
    title="resolve an alias (SQLite)",
    reference="a bare grpc.aio method that answers the same bytes",
    quantities=(
        Quantity("cpu_us", "server CPU per call", "µs", headline=True),
        Quantity("p50_ms", "latency p50", "ms"),
        Quantity("p99_ms", "latency p99", "ms"),
        Quantity("crowded_cpu_us", f"CPU per call, {_AT_ONCE} at once", "µs"),
        Quantity("crowded_per_s", f"calls per second, {_AT_ONCE} at once", "/s"),
    ),
    measure=_measure,
)
