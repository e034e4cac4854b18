"""The cost of a call on the server and its end; bounds of time that are valid on any machine."""

import json
import time
from collections.abc import Callable

import grpc
import psutil
from google.protobuf.message import Message

from modelregistry.v1 import catalog_service_pb2 as catalog
from registry_grpc.domain.work import LIMIT
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, refusal

DONE, TOO_MUCH = "OK", "LIMIT_EXCEEDED"
_MOST_CPU_S = 1.0
_SECONDS = 30.0
# What `_reference` takes on the machine for which the bounds are stated, when that is idle: the
# least of 450 measurements (Xeon, Python 3.11.7).
_NOMINAL_S = 0.015
_ROUNDS = 50


def took_less(taken: float, most: float, clock: Callable[[], float] = time.thread_time) -> bool:
    """Whether seconds are below a bound, which is longer where a core is slower or shared.

    clock: by which they were measured: of a CPU, or `time.monotonic`. Only when the bound is
    exceeded the same machine does work of which the time is known, and the bound is stretched by as
    much as that takes longer.
    """
    return taken < most or taken < most * max(1.0, _slowness(clock))


def _slowness(clock: Callable[[], float]) -> float:
    before = clock()
    for _ in range(_ROUNDS):
        _reference()
    return (clock() - before) / (_ROUNDS * _NOMINAL_S)


def _reference() -> int:
    """Do what calls do: make objects, encode, sort."""
    rows = [{"path": f"a/{n:05d}", "size": n, "tags": {"k": str(n)}} for n in range(4_000)]
    return sum(map(len, sorted(json.dumps(row, sort_keys=True) for row in rows)))


def ended(server: RegistryProcess, stubs: Stubs, method: str, request: Message, model: str) -> str:
    """Return how a call ends: OK or its reason. Others are answered meanwhile.

    Fails when it takes a second of the server's CPU (see `took_less`).
    """
    before = _cpu(server)
    coming = getattr(stubs, method).future(request, timeout=_SECONDS)
    stubs.GetModel(catalog.GetModelRequest(name=model), timeout=_SECONDS)
    try:
        coming.result()
        reason = DONE
    except grpc.RpcError as error:
        refused = refusal(error)
        reason = refused.reason
        assert reason != TOO_MUCH or refused.metadata["limit"] == LIMIT
    taken = _cpu(server) - before
    assert took_less(taken, _MOST_CPU_S), f"{taken:.2f} s of CPU"
    return reason


def cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU time that a process took so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def _cpu(server: RegistryProcess) -> float:
    assert server.process is not None
    return cpu_seconds(psutil.Process(server.process.pid))
