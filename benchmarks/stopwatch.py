"""Time and CPU of a stretch of work, on both ends."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.servers import ServerProcess


@contextmanager
def timed(server: ServerProcess) -> Iterator[dict[str, float]]:
    """Fill a sample on leaving: wall_s, server_cpu_s and client_cpu_s (this process)."""
    sample: dict[str, float] = {}
    server_cpu, client_cpu = server.cpu_seconds(), time.process_time()
    started = time.perf_counter()
    yield sample
    sample["wall_s"] = time.perf_counter() - started
    sample["client_cpu_s"] = time.process_time() - client_cpu
    sample["server_cpu_s"] = server.cpu_seconds() - server_cpu
