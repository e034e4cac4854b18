"""A real server process on a free port, for tests that use the registry as clients do."""

import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from registry_grpc import app as application
from registry_grpc.config import Settings
from registry_grpc.domain.principal import Role
from tests.support.python import SERVER, Python, clean_environ
from tests.support.stubs import Stubs, connected

_LISTENING = re.compile(r"listening on ([^\s\"}]+)")
_START_SECONDS = 180
_END_SECONDS = 300


@dataclass
class RegistryProcess:
    """`registry-grpc serve` with its own data folder; `start` and `stop` may be called again."""

    data_dir: Path
    options: Sequence[str] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    lines: list[str] = field(default_factory=list)
    process: Python | None = None
    program: Sequence[str] = SERVER

    def start(self, listen: str = "127.0.0.1:0") -> "RegistryProcess":
        """Start it and wait until it says that it listens."""
        process = Python(
            (*self.program, "serve", "--listen", listen, *self._place, *self.options),
            {**clean_environ(), **self.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            tethered=True,
        )
        self.process, listening = process, threading.Event()
        threading.Thread(target=self._read, args=(process, listening), daemon=True).start()
        if not listening.wait(_START_SECONDS) or not self.target:
            process.kill()
            process.wait()
            message = "the server did not start:\n" + "\n".join(self.lines)
            raise RuntimeError(message)
        return self

    @property
    def _place(self) -> tuple[object, ...]:
        return "--data-dir", self.data_dir

    def token(self, principal: str, role: str) -> str:
        """Create an access token, as `registry-grpc token create` does, and return it."""
        given = dict(zip(self.options[::2], self.options[1::2], strict=False))
        flags = {"data_dir": self.data_dir, "database": given.get("--database")}
        database = application.create_facts(Settings.load(flags, {}))
        try:
            return application.tokens(database).create(principal, Role.parse(role), None)[1]
        finally:
            database.dispose()

    def restart(self) -> None:
        """Start again on the same port."""
        self.start(self.target)

    def kill(self) -> None:
        """End it as a crash would."""
        self.signal(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to drain and return its exit code."""
        return self.signal(signal.SIGTERM)

    def signal(self, number: signal.Signals) -> int:
        """Send a signal, wait for the end and return the exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        try:
            code = self.process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process = None
        return code

    @property
    def log(self) -> str:
        """Everything it has logged."""
        return "\n".join(self.lines)

    def _read(self, process: Python, listening: threading.Event) -> None:
        assert process.stderr is not None
        with process.stderr:
            for line in process.stderr:
                self.lines.append(line.rstrip("\n"))
                if found := _LISTENING.search(line):
                    self.target = found[1]
                    listening.set()
        listening.set()


@pytest.fixture
def registry_on_either(database_url: str, tmp_path: Path) -> Iterator[RegistryProcess]:
    """A server of a test's own, once on SQLite and once on PostgreSQL."""
    server = RegistryProcess(tmp_path / "registry", ("--database", database_url)).start()
    yield server
    server.stop()


@pytest.fixture
def own_registry(tmp_path: Path) -> Iterator[RegistryProcess]:
    """A server of a test's own, not yet started: for those that stop it or set options."""
    server = RegistryProcess(tmp_path / "registry")
    yield server
    server.stop()


@pytest.fixture
def stubs(registry_process: RegistryProcess) -> Iterator[Stubs]:
    """The contract of the module's server."""
    with connected(registry_process.target) as connection:
        yield connection


@pytest.fixture(scope="module")
def registry_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryProcess]:
    """A server with embedded defaults, shared by the tests of a module."""
    server = RegistryProcess(tmp_path_factory.mktemp("registry")).start()
    yield server
    server.stop()
