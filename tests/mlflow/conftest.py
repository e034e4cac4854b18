"""Fixtures of the tests with MLflow: a registry, a tracking store of each test, and a client."""

import contextlib
import itertools
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

# Before MLflow is imported: no telemetry, no cache of the user, and nothing of the caller's setup.
for _variable in [name for name in os.environ if name.startswith(("MLFLOW_", "MODELREG_"))]:
    del os.environ[_variable]
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"
os.environ["GIT_PYTHON_REFRESH"] = "quiet"

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402

from modelregistry import Client  # noqa: E402
from modelregistry_mlflow import connection  # noqa: E402
from tests.support.mlflow.registry import Registry  # noqa: E402

PATIENCE_S = 240
_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep clients of this session away from the user's cache."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(autouse=True)
def own_settings() -> Iterator[None]:
    """Leave MLflow's settings to no later test: what sets them writes variables that stay."""
    yield
    mlflow.set_tracking_uri(None)
    mlflow.set_registry_uri(None)
    for variable in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        os.environ.pop(variable, None)


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server with embedded defaults, for all tests of a process."""
    server = Registry(tmp_path_factory.mktemp("registry")).start()
    yield server
    server.stop()


@pytest.fixture
def own_registry(tmp_path: Path) -> Iterator[Registry]:
    """A server of a test's own, for those that stop it or create tokens."""
    server = Registry(tmp_path / "registry").start()
    yield server
    server.stop()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have calls wait for a server that restarts as long as a busy machine takes to start one."""
    monkeypatch.setattr(connection, "Client", partial(Client, timeout=PATIENCE_S))


@pytest.fixture
def namespace(registry: Registry) -> str:
    """A namespace of a test's own, with MLflow's stages."""
    return registry.namespace(f"test-{next(_numbers)}")


@pytest.fixture
def registry_uri(registry: Registry, namespace: str) -> str:
    """The namespace as MLflow's registry."""
    return registry.uri(namespace)


@pytest.fixture(scope="session")
def empty_tracking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tracking database without runs, to be copied: MLflow takes seconds to make one."""
    file = tmp_path_factory.mktemp("tracking") / "mlflow.db"
    # The place of artifacts of the default experiment is `mlruns` in the working directory.
    with contextlib.chdir(file.parent):
        MlflowClient(f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture
def tracking_uri(
    empty_tracking: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A tracking store of a test's own, and MLflow set to it. The test works in a new folder."""
    file = tmp_path / "mlflow.db"
    file.write_bytes(empty_tracking.read_bytes())
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    uri = f"sqlite:///{file}"
    mlflow.set_tracking_uri(uri)
    client = MlflowClient(uri)
    if client.get_experiment_by_name("tests") is None:
        client.create_experiment("tests", artifact_location=str(tmp_path / "runs"))
    mlflow.set_experiment("tests")
    yield uri
    mlflow.set_tracking_uri(None)


@pytest.fixture
def client(tracking_uri: str, registry_uri: str) -> Iterator[MlflowClient]:
    """MLflow's client over the registry; MLflow's functions use the same two."""
    mlflow.set_registry_uri(registry_uri)
    yield MlflowClient(tracking_uri, registry_uri)
    mlflow.set_registry_uri(None)
