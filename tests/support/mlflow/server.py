"""`mlflow server` as a real process, over a registry of either kind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.mlflow.registry import clean_environ

_START_S: Final = 240
_SETTINGS: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # More processes, which the registry does not need.
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "no_proxy": "127.0.0.1",
}


@dataclass(frozen=True)
class MlflowServer:
    """A running server. artifacts: the folder in which it keeps artifacts of runs."""

    uri: str
    artifacts: Path


def ask(url: str) -> bytes:
    """Return what a server answers to a browser's request."""
    with urllib.request.urlopen(url, timeout=60) as reply:  # noqa: S310 - ours, by http
        return bytes(reply.read())


@contextmanager
def serving(folder: Path, backend: str, registry: str = "") -> Iterator[MlflowServer]:
    """Run a server over a tracking store and a registry, by default that of the tracking store."""
    folder.mkdir()
    port = _free_port()
    chosen = ("--registry-store-uri", registry) if registry else ()
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"),
                *("--port", str(port), "--workers", "1", "--backend-store-uri", backend),
                *("--artifacts-destination", str(folder / "artifacts"), *chosen),
            ],
            cwd=folder,
            env={**clean_environ(), **_SETTINGS},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Its workers are ended with it.
            start_new_session=True,
        )
    try:
        server = MlflowServer(f"http://127.0.0.1:{port}", folder / "artifacts")
        _wait(server, process, folder / "server.log")
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(server: MlflowServer, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + _START_S
    while True:
        try:
            ask(f"{server.uri}/health")
        except (urllib.error.URLError, ConnectionError) as error:
            if process.poll() is not None or time.monotonic() > end:
                message = f"mlflow server did not start:\n{log.read_text()}"
                raise RuntimeError(message) from error
            time.sleep(0.2)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
