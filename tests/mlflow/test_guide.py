"""The commands of docs/from-mlflow.md, run as they are printed."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import mlflow
from mlflow import MlflowClient

from tests.support.mlflow.registry import BIN, ROOT, Registry, clean_environ

PAGE: Final = (ROOT / "docs" / "from-mlflow.md").read_text("utf-8")
GUIDES: Final = dict(
    re.findall(r"<!-- guide: (.+?) -->\n +```sh\n(.*?) +```$", PAGE, re.MULTILINE | re.DOTALL)
)
TRAIN: Final = """
import mlflow
from sklearn.linear_model import LogisticRegression
with mlflow.start_run():
    model = LogisticRegression().fit([[0, 0], [1, 1]], [0, 1])
    mlflow.sklearn.log_model(model, "model", registered_model_name="fraud")
client = mlflow.MlflowClient()
newest = max(int(each.version) for each in client.search_model_versions("name = 'fraud'"))
client.set_registered_model_alias("fraud", "champion", newest)
"""
SERVE: Final = """
import mlflow
model = mlflow.pyfunc.load_model("models:/fraud@champion")
print("predicted", model.predict([[0, 0], [1, 1]]).tolist())
"""


def run(guide: str, folder: Path, registry: Registry, tracking_uri: str) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), str(BIN), os.environ["PATH"]])
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", GUIDES[guide]],
        cwd=folder,
        env={
            **clean_environ(),
            "PATH": path,
            "HOME": str(folder),
            "MLFLOW_TRACKING_URI": tracking_uri,
            "MLFLOW_ARTIFACTS": str(folder / "runs"),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MODELREG_SERVER": registry.target,
            "REGISTRY_DATA_DIR": str(registry.data_dir),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_user_who_follows_the_page_moves_and_goes_on(
    own_registry: Registry, tracking_uri: str, tmp_path: Path
) -> None:
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "serve.py").write_text(SERVE)
    theirs = MlflowClient(tracking_uri, tracking_uri)
    theirs.create_registered_model("fraud")
    with mlflow.start_run() as made:
        mlflow.log_text("before", "model/weights.txt")
    theirs.create_model_version("fraud", f"{made.info.artifact_uri}/model", made.info.run_id)
    theirs.set_registered_model_alias("fraud", "champion", 1)

    run("namespace", tmp_path, own_registry, tracking_uri)
    printed = run("import", tmp_path, own_registry, tracking_uri)
    assert printed.splitlines() == ["planned   fraud 1", "imported  mlflow/fraud/1  from fraud 1"]
    assert "predicted [0, 1]" in run("use", tmp_path, own_registry, tracking_uri)

    with own_registry.client("mlflow") as client:
        assert client.resolve("fraud@champion").number == 2
        assert client.get_version("fraud/1").annotations["mlflow.version"] == "1"
    assert len(theirs.search_model_versions("name = 'fraud'")) == 1
