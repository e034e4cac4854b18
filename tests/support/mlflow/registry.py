"""A registry for the tests with MLflow: the server's own environment, as a process.

MLflow's pins exclude the server's, so nothing of the server can be imported here.
"""

import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from modelregistry import Client

ROOT: Final = Path(__file__).resolve().parents[3]
BIN: Final = ROOT / ".venv" / "bin"
_LISTENING: Final = re.compile(r"listening on ([^\s\"}]+)")
_OURS: Final = ("REGISTRY_", "MODELREG_", "MLFLOW_", "_MLFLOW_")
_START_S: Final = 180
_END_S: Final = 120


def clean_environ() -> dict[str, str]:
    """Return this environment without what would configure a registry, a client or MLflow."""
    return {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}


@dataclass
class Registry:
    """`registry-grpc serve` with its own data folder; `start` and `stop` may be called again."""

    data_dir: Path
    options: Sequence[str] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    lines: list[str] = field(default_factory=list)
    token_ids: dict[str, list[str]] = field(default_factory=dict)
    process: "subprocess.Popen[str] | None" = None

    def start(self, listen: str = "127.0.0.1:0") -> "Registry":
        """Start it and wait until it says that it listens."""
        process = subprocess.Popen(
            [BIN / "registry-grpc", "serve", "--listen", listen, *self._place, *self.options],
            env={**clean_environ(), **self.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.process, listening = process, threading.Event()
        threading.Thread(target=self._read, args=(process, listening), daemon=True).start()
        if not listening.wait(_START_S) or not self.target:
            process.kill()
            process.wait()
            message = "the server did not start:\n" + "\n".join(self.lines)
            raise RuntimeError(message)
        return self

    def restart(self) -> None:
        """Start again on the same port."""
        self.start(self.target)

    def kill(self) -> None:
        """End it as a crash would."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to drain and wait for its end."""
        self._signal(signal.SIGTERM)

    def uri(self, namespace: str, query: str = "") -> str:
        """Return the address of a namespace as MLflow's registry."""
        return f"modelreg://{self.target}/{namespace}{query}"

    def client(self, namespace: str = "default", token: str | None = None) -> Client:
        """Return a client of our own, not of MLflow."""
        return Client(self.target, namespace=namespace, token=token)

    def namespace(self, name: str, token: str | None = None) -> str:
        """Create a namespace for MLflow's users and return its id."""
        with self.client(name, token) as client:
            client.create_namespace(name, preset="mlflow")
        return name

    def token(self, principal: str, role: str) -> str:
        """Create an access token and return it."""
        made = json.loads(self._run("token", "create", principal, "--role", role, "--json"))
        self.token_ids.setdefault(principal, []).append(made["id"])
        return str(made["token"])

    def revoke(self, principal: str) -> None:
        """Revoke its tokens of a principal; a running server rejects them within a second."""
        for token in self.token_ids.pop(principal):
            self._run("token", "revoke", token, "--yes")

    @property
    def log(self) -> str:
        """Everything it has logged."""
        return "\n".join(self.lines)

    @property
    def _place(self) -> tuple[str, str]:
        return "--data-dir", str(self.data_dir)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [BIN / "registry-grpc", *arguments, *self._place],
            env=clean_environ(),
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def _signal(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(timeout=_END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.process = None

    def _read(self, process: "subprocess.Popen[str]", listening: threading.Event) -> None:
        assert process.stderr is not None
        with process.stderr:
            for line in process.stderr:
                self.lines.append(line.rstrip("\n"))
                if found := _LISTENING.search(line):
                    self.target = found[1]
                    listening.set()
        listening.set()
