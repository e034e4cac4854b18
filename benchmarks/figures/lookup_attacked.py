"""The latency of a warm lookup while a client without a token attacks, against a quiet server.

A lookup that the server cancels, because more calls wait than it takes, is repeated as the SDK does
(docs/decisions/0004): its latency is that of all attempts.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

import grpc

from benchmarks import calls, champion
from benchmarks.calls import Ask
from benchmarks.figure import Figure, Measurement, Quantity, Sample
from benchmarks.run import Run
from benchmarks.servers import ServerProcess, registry, token
from tests.support.http2.attacks import ATTACKS

_BEGUN_S = 1.0
_PAUSE_S = 0.001


def _measure(run: Run) -> Measurement:
    request = calls.lookup(champion.REF)
    block = [request] * run.pick(1_000, 100)
    attacks = cycle(ATTACKS)
    with registry(run, "lookup_attacked/registry") as server:
        champion.register(run, server, token(server, "writer"))
        with calls.asking(server, calls.RESOLVE, token(server, "reader")) as once:
            ask = _repeating(once)
            calls.warm_up(ask, block)
            pairs = run.rounds(
                len(ATTACKS),
                lambda: _attacked(server, ask, block, next(attacks)),
                lambda: _latencies(server, ask, block),
            )
    return Measurement(pairs, {"calls_a_round": len(block), "attacks": len(ATTACKS)})


def _repeating(ask: Ask) -> Ask:
    def repeating(request: bytes) -> bytes:
        while True:
            try:
                return ask(request)
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.CANCELLED:
                    raise
                time.sleep(_PAUSE_S)

    return repeating


def _attacked(server: ServerProcess, ask: Ask, block: list[bytes], name: str) -> Sample:
    with _attacking(server, name):
        return _latencies(server, ask, block)


@contextmanager
def _attacking(server: ServerProcess, name: str) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.support.http2", name, server.target]
    attacker = subprocess.Popen(command)
    try:
        time.sleep(_BEGUN_S)
        yield
    finally:
        attacker.kill()
        attacker.wait()


def _latencies(server: ServerProcess, ask: Ask, block: list[bytes]) -> Sample:
    measured = calls.one_by_one(server, ask, block)
    return {key: measured[key] for key in ("p50_ms", "p99_ms")}


FIGURE = Figure(
    name="lookup_attacked",
    title="resolve an alias from memory while a client without a token attacks (SQLite)",
    reference="the same lookups of the same server, unattacked",
    quantities=(
        Quantity("p99_ms", "latency p99", "ms", headline=True),
        Quantity("p50_ms", "latency p50", "ms"),
    ),
    measure=_measure,
    short_name="quiet",
    budget_s=600.0,
)
