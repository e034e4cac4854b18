"""One transfer by a client in a process of its own, timed there: no start, no import counts."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal, TypeAlias

from benchmarks import mlflow_server
from benchmarks.figure import Sample
from benchmarks.run import NotMeasurableError
from benchmarks.servers import ROOT, ServerProcess, clean_environ

Action: TypeAlias = Literal["push", "pull"]


def registry_client(action: Action, server: ServerProcess, path: Path, size: int) -> Sample:
    """Push a file to a registry, or pull the newest, of so many bytes, into a folder."""
    return _transfer(
        (sys.executable, "-m", "benchmarks.registry_client"), action, server, path, size
    )


def mlflow_client(action: Action, server: ServerProcess, path: Path, size: int) -> Sample:
    """Log a file to a new run of MLflow, or download that of the newest into a folder."""
    program = (str(mlflow_server.PYTHON), "-m", "benchmarks.mlflow_client")
    return _transfer(program, action, server, path, size)


def _transfer(
    program: tuple[str, ...], action: Action, server: ServerProcess, path: Path, size: int
) -> Sample:
    # What one side left to be written must not slow the other: MLflow syncs nothing.
    os.sync()
    server.client_dir.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=server.client_dir) as home:
        done = subprocess.run(
            (*program, action, server.target, str(path), home, str(size)),
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**clean_environ(), **mlflow_server.SETTINGS},
            check=False,
        )
    if done.returncode:
        message = f"a client ended with exit code {done.returncode}: {done.stderr.strip()[-500:]}"
        raise NotMeasurableError(message)
    sample: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return sample
