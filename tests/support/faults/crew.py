"""Server processes on one database, any of which may be killed and restarted at any time."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import grpc

from registry_grpc.domain.change import Event
from registry_grpc.persistence.database import open_database
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs

_SECONDS = 180
_CHANNEL = (
    ("grpc.use_local_subchannel_pool", 1),  # a connection of its own
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 500),
)


def until(condition: Callable[[], object], seconds: float = _SECONDS) -> None:
    """Return when it is so; fail after a while."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.02)


@contextmanager
def own_connection(target: str) -> Iterator[Stubs]:
    """Stubs with their own connection."""
    with grpc.insecure_channel(target, _CHANNEL) as channel:
        yield Stubs(channel)


@dataclass
class Crew:
    """The server processes. kills: twice the kills so far; odd during one."""

    database_url: str
    servers: list[RegistryProcess]
    workers: int
    kills: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def kill(self, random: Random) -> None:
        """End a process as a crash would, and return when another one has taken its place."""
        with self._lock:
            self.kills += 1
            server = random.choice(self.servers)
            if self.workers > 1:
                self._kill_worker(server, random.randrange(self.workers))
            else:
                server.kill()
                server.restart()
            self.kills += 1

    def _kill_worker(self, server: RegistryProcess, number: int) -> None:
        replace_worker(server, number)

    def log(self) -> list[Event]:
        """Everything that is recorded, in order."""
        found: list[Event] = []
        with open_database(self.database_url, pool_size=2) as database:
            while True:
                after = found[-1].revision if found else 0
                with database.read() as transaction:
                    more = transaction.log.events(after, 10_000)
                if not more:
                    return found
                found += more


def replace_worker(server: RegistryProcess, number: int) -> None:
    """Kill a worker, and return when another process has taken its place."""
    victim = worker_pid(server, number)
    os.kill(victim, signal.SIGKILL)
    until(lambda: worker_pid(server, number) != victim)


def worker_pid(server: RegistryProcess, number: int) -> int:
    found = 0
    for line in list(server.lines):
        if '"worker listens"' in line and (entry := json.loads(line))["worker"] == number:
            found = int(entry["pid"])
    return found


@contextmanager
def crew_of(folder: Path, database_url: str, *, servers: int, workers: int) -> Iterator[Crew]:
    """Run so many servers of so many processes each."""
    options = ["--database", database_url, "--blobs", f"file://{folder / 'blobs'}"]
    options += ["--gc-every", "0", "--log-format", "json", "--workers", str(workers)]
    running = [RegistryProcess(folder / str(number), options) for number in range(servers)]
    with ExitStack() as stack:
        for server in running:
            stack.callback(server.stop)
            server.start()
        yield Crew(database_url, running, workers)
