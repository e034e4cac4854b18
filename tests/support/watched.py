"""The memory and the latency of a server process during a test."""

import threading
import time
from types import TracebackType
from typing import Any, Self

import grpc
import psutil
from grpc_health.v1 import health_pb2

from tests.support.costs import cpu_seconds
from tests.support.server import RegistryProcess

_LOOK_S = 0.005
_ASK_S = 0.05
_ANSWER_S = 30.0


class Watched:
    """Looks at a server, from a thread, for as long as the context lasts. Sizes in bytes.

    checks: health checks that were answered; failed: the others, as text.
    """

    def __init__(self, server: RegistryProcess) -> None:
        assert server.process is not None
        self._process = psutil.Process(server.process.pid)
        self._target = server.target
        self._end = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._look, self._ask)]
        self.before = self.peak = self.resident
        self.cpu = -self._cpu_seconds
        self.checks = 0
        self.failed: list[str] = []

    @property
    def resident(self) -> int:
        """Memory of the process now."""
        return int(self._process.memory_info().rss)

    @property
    def growth(self) -> int:
        """The most that the memory was above what it was before."""
        return self.peak - self.before

    @property
    def _cpu_seconds(self) -> float:
        return cpu_seconds(self._process)

    def __enter__(self) -> Self:
        """Begin, and return once a health check was answered (or failed)."""
        for thread in self._threads:
            thread.start()
        while not (self.checks or self.failed):
            time.sleep(_LOOK_S)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()
        self.cpu += self._cpu_seconds

    def _look(self) -> None:
        while not self._end.wait(_LOOK_S):
            self.peak = max(self.peak, self.resident)

    def _ask(self) -> None:
        with grpc.insecure_channel(self._target) as channel:
            check: grpc.UnaryUnaryMultiCallable[Any, Any] = channel.unary_unary(
                "/grpc.health.v1.Health/Check",
                health_pb2.HealthCheckRequest.SerializeToString,
                health_pb2.HealthCheckResponse.FromString,
            )
            while True:
                began = time.monotonic()
                try:
                    check(health_pb2.HealthCheckRequest(), timeout=_ANSWER_S)
                    self.checks += 1
                except grpc.RpcError as error:
                    self.failed.append(f"{error} after {time.monotonic() - began} s")
                if self._end.wait(_ASK_S):
                    return
