"""Time and CPU of a stretch of work. Imports the standard library only: MLflow's client uses it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.servers import ServerProcess


@contextmanager
def spent() -> Iterator[dict[str, float]]:
    """Fill a sample on leaving: wall_s and client_cpu_s (this process)."""
    sample: dict[str, float] = {}
    cpu, started = time.process_time(), time.perf_counter()
    yield sample
    sample["wall_s"] = time.perf_counter() - started
    sample["client_cpu_s"] = time.process_time() - cpu


@contextmanager
def timed(server: "ServerProcess") -> Iterator[dict[str, float]]:
    """Fill a sample on leaving: what `spent` has, and server_cpu_s."""
    before = server.cpu_seconds()
    with spent() as sample:
        yield sample
    sample["server_cpu_s"] = server.cpu_seconds() - before
