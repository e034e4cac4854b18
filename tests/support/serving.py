"""The inference server of examples/ in a process, continuous predictions, a model to serve."""

import http.client
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import joblib
import pytest
from sklearn.linear_model import LinearRegression

from modelregistry import Client, Version
from tests.support.python import clean_environ

PROGRAM = Path(__file__).parents[2] / "examples" / "serving.py"
SEEN_S = 60.0  # a few seconds, on a machine that does much else
START_S = 180.0
THREADS = 4
_LISTENING = re.compile(r"listening on (\S+)")


def within(seconds: float, happens: Callable[[], object]) -> None:
    """Wait until it is so; fail if that takes longer."""
    until = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < until, f"it did not come to be within {seconds:g} seconds"
        time.sleep(0.01)


def ask(where: str, path: str, document: object = None) -> tuple[int, Any]:
    """GET, or POST a document; return the status and the answer."""
    connection = http.client.HTTPConnection(where, timeout=SEEN_S)
    try:
        method, body = ("POST", json.dumps(document)) if document else ("GET", None)
        connection.request(method, path, body)
        reply = connection.getresponse()
        return reply.status, json.load(reply)
    finally:
        connection.close()


@dataclass
class Serving:
    """`examples/serving.py`. What it keeps in `home` outlives its process."""

    registry: str
    ref: str
    home: Path
    more: tuple[str, ...] = ()
    """Further options."""
    where: str = ""
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self) -> None:
        """Start a process and wait until it listens, on a port of its own."""
        self.home.mkdir(exist_ok=True)
        log = self.home / f"log-{len(self.processes)}"
        options = ["--registry", self.registry, "--listen", "127.0.0.1:0", *self.more]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, PROGRAM, self.ref, *options, "--folder", self.home / "model"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=clean_environ() | {"MODELREG_CACHE_DIR": str(self.home / "cache")},
            )
        self.processes.append(process)
        within(START_S, lambda: "listening on" in log.read_text() or process.poll() is not None)
        found = _LISTENING.search(log.read_text())
        assert found is not None, log.read_text()
        self.where = found[1]

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal to the oldest process."""
        self.processes[0].send_signal(number)

    def ended(self) -> int:
        """Wait until that has ended, and return its exit code."""
        return self.processes.pop(0).wait(START_S)

    def health(self) -> dict[str, Any]:
        """Return what the newest process says of itself."""
        status, answer = ask(self.where, "/healthz")
        assert status == 200
        return dict(answer)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@dataclass
class Traffic:
    """Several threads that ask for predictions without a pause, and check every one."""

    where: str
    """Which process they ask; may be changed at any time."""
    factors: dict[str, float]
    """By which factor each version predicts."""
    seen: list[list[str]] = field(default_factory=lambda: [[] for _ in range(THREADS)])
    """For each thread the versions that answered, in order."""
    failures: list[str] = field(default_factory=list)
    answers: int = 0
    slowest: float = 0

    def changes_to(self, version: Version) -> None:
        """Wait until the last answer that each thread got is of this version."""
        within(SEEN_S, lambda: all(seen[-1:] == [version.ref] for seen in self.seen))

    def goes_on(self) -> None:
        """Wait for answers to requests that were not yet made."""
        enough = self.answers + 2 * THREADS
        within(SEEN_S, lambda: self.answers >= enough)

    @contextmanager
    def flowing(self) -> Iterator[Self]:
        """Ask until the block is left; fail then if any prediction failed."""
        over = threading.Event()
        threads = [threading.Thread(target=self._ask, args=(seen, over)) for seen in self.seen]
        for thread in threads:
            thread.start()
        try:
            self.goes_on()
            yield self
        finally:
            over.set()
            for thread in threads:
                thread.join()
            assert self.failures == []

    def _ask(self, seen: list[str], over: threading.Event) -> None:
        number = 0
        while not over.is_set():
            number += 1
            begun = time.monotonic()
            try:
                self._check(float(number), seen)
            except Exception as error:  # noqa: BLE001 - whatever it is, a prediction failed
                self.failures.append(repr(error))
            self.slowest = max(self.slowest, time.monotonic() - begun)

    def _check(self, number: float, seen: list[str]) -> None:
        status, answer = ask(self.where, "/predict", {"rows": [[number], [number + 0.5]]})
        assert status == 200, answer
        factor = self.factors[answer["version"]]
        assert answer["predictions"] == pytest.approx([number * factor, (number + 0.5) * factor])
        if seen[-1:] != [answer["version"]]:
            seen.append(answer["version"])
        self.answers += 1


@dataclass
class Fraud:
    """A model of the registry. Each version predicts by another factor."""

    client: Client
    folder: Path
    name: str = field(default_factory=lambda: f"fraud-{uuid4().hex[:8]}")
    factors: dict[str, float] = field(default_factory=dict)

    def push(self, *, with_it: object = None) -> Version:
        """Train and push another version."""
        factor = 2.0 + len(self.factors)
        model = LinearRegression().fit([[0.0], [1.0], [2.0]], [0, factor, 2 * factor])
        model.with_it = with_it
        self.folder.mkdir(exist_ok=True)
        joblib.dump(model, self.folder / "model.joblib")
        version = self.client.push(self.name, self.folder)
        self.factors[version.ref] = factor
        return version

    def promote(self, version: Version) -> None:
        """Have the alias name this version."""
        self.client.set_alias(self.name, "champion", version)
