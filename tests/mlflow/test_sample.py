"""The documentation's own sample, unchanged: only the registry's address is set around it."""

import shutil
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from tests.support.mlflow.registry import Registry, clean_environ

ROWS = [[0, 0], [1, 1]]
SAMPLE = """
import mlflow
import mlflow.sklearn
from sklearn.ensemble import RandomForestClassifier

mlflow.set_experiment("Registry_Demo")
with mlflow.start_run():
    model = RandomForestClassifier(n_estimators=10).fit([[0, 0], [1, 1]], [0, 1])
    mlflow.sklearn.log_model(model, "random_forest_model", registered_model_name="Production_RF")
client = mlflow.tracking.MlflowClient()
latest_version = client.get_latest_versions("Production_RF", stages=["None"])[0]
print(f"Model Name: {latest_version.name}")        # Model Name: Production_RF
print(f"Model Version: {latest_version.version}")  # Model Version: 1
"""


@pytest.fixture
def ran(registry: Registry, namespace: str, tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    """The sample, run to its end in a folder of its own."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "sample.py").write_text(SAMPLE)
    return subprocess.run(
        [sys.executable, "sample.py"],
        cwd=tmp_path / "work",
        env={
            **clean_environ(),
            "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/mlflow.db",
            "MLFLOW_REGISTRY_URI": registry.uri(namespace),
            "MLFLOW_DISABLE_TELEMETRY": "true",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_sample_prints_what_it_should_and_its_model_cannot_be_changed(
    ran: "subprocess.CompletedProcess[str]",
    registry: Registry,
    namespace: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ran.stdout.splitlines() == ["Model Name: Production_RF", "Model Version: 1"], ran.stderr
    # MLflow keeps the run's artifacts there; the plugin writes nothing.
    left = {path.name for path in (tmp_path / "work").iterdir()}
    assert left <= {"sample.py", "mlruns", "mlartifacts"}

    tracking = f"sqlite:///{tmp_path}/mlflow.db"
    MlflowClient(tracking, registry.uri(namespace)).set_registered_model_alias(
        "Production_RF", "champion", 1
    )
    monkeypatch.setenv("MLFLOW_TRACKING_URI", tracking)
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", registry.uri(namespace))

    def predicted() -> list[int]:
        model = mlflow.pyfunc.load_model("models:/Production_RF@champion")
        return list(model.predict(ROWS).tolist())

    before = predicted()
    assert len(before) == 2

    # Another program overwrites the artifacts of the run, and then removes them.
    overwritten = 0
    for file in (tmp_path / "work").rglob("*"):
        if file.is_file() and file.name != "sample.py":
            file.write_bytes(b"something else")
            overwritten += 1
    assert overwritten
    assert predicted() == before
    for folder in ("mlruns", "mlartifacts"):
        shutil.rmtree(tmp_path / "work" / folder, ignore_errors=True)
    assert predicted() == before


@pytest.mark.usefixtures("client")
def test_what_mlflow_registers_has_the_facts_of_the_run(registry: Registry, namespace: str) -> None:
    from tests.support.mlflow.models import log_forest  # noqa: PLC0415 - imports scikit-learn

    with mlflow.start_run() as run:
        mlflow.log_metrics({"auc": 0.97})
        mlflow.log_params({"epochs": 20, "note": "x" * 5000})
        log_forest(registered="Production_RF")

    with registry.client(namespace) as ours:
        version = ours.get_version(f"namespaces/{namespace}/models/Production_RF/versions/1")

    assert version.metrics == {"auc": 0.97}
    assert version.params["epochs"] == "20"
    assert version.source is not None
    assert version.source.run_id == run.info.run_id
    assert version.signature is not None
    assert [(each.dtype, each.shape) for each in version.signature.inputs] == [("float64", (-1, 2))]
    assert version.environment is not None
    assert {"scikit-learn", "numpy"} <= {each.name for each in version.environment.packages}
    assert version.environment.python_version.startswith(f"3.{sys.version_info.minor}.")
    assert version.file_count >= 4
