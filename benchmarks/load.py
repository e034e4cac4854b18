"""As many lookups as a server answers: asked by ghz where Go is, else by Python processes."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing.connection import Connection

import grpc

from benchmarks import ghz
from benchmarks.calls import RESOLVE, lookup
from benchmarks.crew import crew
from benchmarks.run import Run
from benchmarks.servers import ServerProcess

AT_ONCE = 8
"""Calls at any time, each on a connection of its own."""
_PROCESSES = 4
_TIMEOUT_S = 60.0
# Channels of a process with the same target share a connection by default.
_OPTIONS = (("grpc.use_local_subchannel_pool", 1),)


def prepare(run: Run) -> None:
    """Have ghz, if Go is here."""
    ghz.install(run)


def driver() -> Mapping[str, str]:
    """Return who asks, and its version."""
    if ghz.is_there():
        return {"asked by ghz": ghz.VERSION}
    return {"asked by grpcio": grpc.__version__}


def per_second(server: ServerProcess, ref: str, calls: int) -> float:
    """Look a reference up so many times; return how many were answered per second."""
    if ghz.is_there():
        return ghz.per_second(server, ref, calls=calls, at_once=AT_ONCE, connections=AT_ONCE)
    share = calls // AT_ONCE
    with crew(_work, [(server.target, ref, share)] * _PROCESSES) as clients:
        clients.hear()
        clients.tell("go")
        times = clients.hear()
    seconds: float = max(ended for _, ended in times) - min(started for started, _ in times)
    return share * AT_ONCE / seconds


def _work(pipe: "Connection[object, object]", target: str, ref: str, calls: int) -> None:
    """Say that it is ready, wait, make the calls on each of its connections, tell when it was."""
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        channels = [
            stack.enter_context(grpc.insecure_channel(target, options=_OPTIONS))
            for _ in range(AT_ONCE // _PROCESSES)
        ]
        list(pool.map(lambda channel: _ask(channel, ref, 1), channels))
        pipe.send("ready")
        pipe.recv()
        started = time.monotonic()  # one clock for all processes
        list(pool.map(lambda channel: _ask(channel, ref, calls), channels))
        pipe.send((started, time.monotonic()))


def _ask(channel: grpc.Channel, ref: str, calls: int) -> None:
    resolve: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(RESOLVE)
    request = lookup(ref)
    for _ in range(calls):
        resolve(request, timeout=_TIMEOUT_S)
