"""Server processes on free ports, and what they use: CPU seconds and resident bytes."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.run import NotMeasurableError, Run

ROOT = Path(__file__).resolve().parent.parent
DATA = "data"
_REGISTRY = (sys.executable, "-m", "registry_grpc")
_LISTENING = re.compile(r"(?:listening on |running on http://)(\S+:\d+)\b")
_START_S, _STOP_S = 120.0, 60.0
_SAMPLE_S = 0.02
# A process's clock as clock_getcpuclockid(3) makes it: in nanoseconds, where /proc has 10 ms.
_SCHEDULED = 2


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A server that listens at `target`. data_dir: what it was given to write to."""

    target: str
    data_dir: Path
    _process: psutil.Process

    @property
    def client_dir(self) -> Path:
        """A place for what its clients remember. It goes with the server: the next begin afresh."""
        return self.data_dir.with_name("client")

    def cpu_seconds(self) -> float:
        """User and system time of all its threads since it began."""
        if psutil.LINUX:
            return time.clock_gettime(~self._process.pid << 3 | _SCHEDULED)
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def resident_bytes(self) -> int:
        """Memory it holds now."""
        return int(self._process.memory_info().rss)

    @contextmanager
    def watching_memory(self) -> Iterator["Memory"]:
        """Sample the resident memory every 20 ms until leaving."""
        memory = Memory(self.resident_bytes(), self.resident_bytes())
        stop = threading.Event()

        def sample() -> None:
            while not stop.wait(_SAMPLE_S):
                memory.peak = max(memory.peak, self.resident_bytes())

        thread = threading.Thread(target=sample, daemon=True)
        thread.start()
        try:
            yield memory
        finally:
            stop.set()
            thread.join()


@dataclass(slots=True)
class Memory:
    """Bytes: at the beginning, and the most that was seen."""

    before: int
    peak: int


@contextmanager
def registry(run: Run, name: str, *options: str) -> Iterator[ServerProcess]:
    """Run `registry-grpc serve` in an empty folder of its own: embedded defaults, or options."""
    with run.folder(name) as folder:
        command = (*_REGISTRY, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(folder / DATA))
        with serving((*command, *options), folder) as server:
            yield server


def administer(*command: str) -> str:
    """Run another command of `registry-grpc` and return what it prints."""
    done = subprocess.run(
        (*_REGISTRY, *command),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=clean_environ(),
        check=False,
    )
    if done.returncode:
        message = f"registry-grpc {command[0]} failed: {done.stderr.strip()[-500:]}"
        raise NotMeasurableError(message)
    return done.stdout.strip()


def token(server: ServerProcess, role: str) -> str:
    """Create an access token of an embedded registry: from now on every caller needs one."""
    place = ("--data-dir", str(server.data_dir))
    return administer("token", "create", f"benchmark-{role}", "--role", role, *place)


@contextmanager
def bare(run: Run, name: str, reply: bytes = b"", *options: str) -> Iterator[ServerProcess]:
    """Run `bare_server` in a folder of its own; `reply` is what its unary method answers."""
    with run.folder(name) as folder:
        answer = folder / "reply"
        answer.write_bytes(reply)
        command = (sys.executable, "-m", "benchmarks.bare_server", "--reply", str(answer))
        with serving((*command, "--data-dir", str(folder / DATA), *options), folder) as server:
            yield server


@contextmanager
def serving(
    command: Sequence[str], folder: Path, more: Mapping[str, str] | None = None
) -> Iterator[ServerProcess]:
    """Run a server that says where it listens; its data is to go to `DATA` in the folder.

    `more` is added to its environment. On leaving it has ended, and with it all that it started.
    """
    data_dir, log = folder / DATA, folder / "log"
    data_dir.mkdir()
    # Its log goes to a file: a pipe would make us work while we measure.
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stream,
            cwd=ROOT,
            env={**clean_environ(), **(more or {})},
            start_new_session=True,
        )
    try:
        yield ServerProcess(_listening(process, log), data_dir, psutil.Process(process.pid))
    finally:
        _stop(process)


def clean_environ() -> Mapping[str, str]:
    """Return the environment without what would configure a registry or a client."""
    ours = ("REGISTRY_", "MODELREG_", "STORAGE_EMULATOR_HOST", "GRPC_", "MLFLOW_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _listening(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        if found := _LISTENING.search(log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.02)
    said = log.read_text(errors="replace")[-2000:]
    message = f"a server did not start, or did not say where it listens:\n{said}"
    raise NotMeasurableError(message)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
    finally:
        with suppress(ProcessLookupError):  # nothing is left of its session
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
