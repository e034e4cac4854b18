"""Unary calls on bytes, and what a block of them costs the server and its caller."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeAlias

import grpc

from benchmarks.figure import Sample
from benchmarks.servers import ServerProcess
from modelregistry.v1 import lookup_service_pb2 as pb

RESOLVE = "/modelregistry.v1.LookupService/ResolveVersion"
AT_ONCE = 8
_TIMEOUT_S = 60.0
Ask: TypeAlias = Callable[[bytes], bytes]
_Call: TypeAlias = "grpc.UnaryUnaryMultiCallable[bytes, bytes]"


@contextmanager
def asking(server: ServerProcess, method: str, token: str = "") -> Iterator[Ask]:
    """Give a function that calls a method over one connection, bytes in and bytes out."""
    metadata = (("authorization", f"Bearer {token}"),) if token else ()
    with grpc.insecure_channel(server.target) as channel:
        call: _Call = channel.unary_unary(method)

        def ask(request: bytes) -> bytes:
            return call(request, timeout=_TIMEOUT_S, metadata=metadata)

        yield ask


def lookup(ref: str) -> bytes:
    """Return the request that resolves a reference."""
    return pb.ResolveVersionRequest(ref=ref).SerializeToString()


def warm_up(ask: Ask, requests: Sequence[bytes]) -> None:
    """Make calls that are not measured."""
    for request in requests:
        ask(request)


def one_by_one(server: ServerProcess, ask: Ask, requests: Sequence[bytes]) -> Sample:
    """Make calls one after the other: cpu_us of the server per call, p50_ms, p99_ms."""
    before = server.cpu_seconds()
    latencies = _seconds(ask, requests)
    used = server.cpu_seconds() - before
    return {
        "cpu_us": used / len(requests) * 1e6,
        "p50_ms": statistics.median(latencies) * 1e3,
        "p99_ms": statistics.quantiles(latencies, n=100, method="inclusive")[-1] * 1e3,
    }


def at_once(server: ServerProcess, ask: Ask, requests: Sequence[bytes]) -> Sample:
    """Make calls from AT_ONCE threads: crowded_cpu_us of the server per call, crowded_per_s."""
    shares = [requests[index::AT_ONCE] for index in range(AT_ONCE)]
    before, started = server.cpu_seconds(), time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda share: _seconds(ask, share), shares))
    wall = time.perf_counter() - started
    return {
        "crowded_cpu_us": (server.cpu_seconds() - before) / len(requests) * 1e6,
        "crowded_per_s": len(requests) / wall,
    }


def _seconds(ask: Ask, requests: Sequence[bytes]) -> list[float]:
    taken = []
    for request in requests:
        started = time.perf_counter()
        ask(request)
        taken.append(time.perf_counter() - started)
    return taken
