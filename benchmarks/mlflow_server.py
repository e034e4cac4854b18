"""MLflow's server, and the environment it lives in: nothing of it comes into ours."""

import shutil
import subprocess
import venv
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.run import NotMeasurableError, Run
from benchmarks.servers import DATA, ROOT, ServerProcess, serving

_REQUIREMENT = "mlflow>=3.17,<3.18"
_ENVIRONMENT = ROOT / "build" / "mlflow-venv"
_STAMP = _ENVIRONMENT / "requirement"
PYTHON = _ENVIRONMENT / "bin" / "python"
SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # Seven more processes, which artifacts do not need.
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    # A proxy of the machine is not for loopback.
    "no_proxy": "127.0.0.1",
}
"""Of server and client: whatever would make them slower for something else is off."""


def install(run: Run) -> None:
    """Have MLflow in build/mlflow-venv; the first time takes minutes, and an index to ask."""
    if _STAMP.is_file() and _STAMP.read_text() == _REQUIREMENT:
        return
    run.say(f"installing {_REQUIREMENT} into {_ENVIRONMENT.relative_to(ROOT)}, this once")
    if _ENVIRONMENT.exists():
        shutil.rmtree(_ENVIRONMENT)
    venv.create(_ENVIRONMENT, with_pip=True)
    pip = (str(PYTHON), "-m", "pip", "install", "--quiet", _REQUIREMENT)
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{_REQUIREMENT} could not be installed: {done.stderr.strip()[-500:]}"
        raise NotMeasurableError(message)
    _STAMP.write_text(_REQUIREMENT)


def version() -> str:
    """Return the version that is installed."""
    ask = "from importlib.metadata import version; print(version('mlflow'))"
    command = (str(PYTHON), "-c", ask)
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def mlflow(run: Run, name: str) -> Iterator[ServerProcess]:
    """Run `mlflow server` with one worker: SQLite, artifacts through it into a folder."""
    with run.folder(name) as folder:
        command = (
            *(str(PYTHON), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", "0"),
            *("--workers", "1", "--serve-artifacts"),
            *("--artifacts-destination", str(folder / DATA)),
            *("--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"),
        )
        with serving(command, folder, SETTINGS) as server:
            yield server


def empty(server: ServerProcess) -> None:
    """Remove what a server holds of artifacts."""
    for path in server.data_dir.iterdir():
        shutil.rmtree(path)
