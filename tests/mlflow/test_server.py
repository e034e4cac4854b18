"""`mlflow server --registry-store-uri modelreg://…`: its REST API and what its pages ask for."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from typing_extensions import override

from tests.mlflow.test_sample import SAMPLE
from tests.support.mlflow.machine import SameCalls
from tests.support.mlflow.registry import Registry, clean_environ
from tests.support.mlflow.server import MlflowServer, ask, serving


def database(empty: Path, copy: Path) -> str:
    copy.write_bytes(empty.read_bytes())
    return f"sqlite:///{copy}"


@pytest.fixture(scope="module")
def over_registry(
    registry: Registry, empty_tracking: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MlflowServer]:
    folder = tmp_path_factory.mktemp("ours")
    uri = registry.uri(registry.namespace("behind-mlflow-server"))
    with serving(folder / "server", database(empty_tracking, folder / "a.db"), uri) as server:
        yield server


@pytest.fixture(scope="module")
def over_sql(
    empty_tracking: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MlflowServer]:
    folder = tmp_path_factory.mktemp("theirs")
    with serving(folder / "server", database(empty_tracking, folder / "a.db")) as server:
        yield server


def run(code: str, folder: Path, server: MlflowServer) -> list[str]:
    """Run a program whose only setting is the address of the server; return its lines."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={
            **clean_environ(),
            "MLFLOW_TRACKING_URI": server.uri,
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "no_proxy": "127.0.0.1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_sample_runs_against_the_server_and_its_model_cannot_be_changed(
    over_registry: MlflowServer, tmp_path: Path
) -> None:
    printed = run(SAMPLE, tmp_path, over_registry)
    # MLflow's client prints links to the run as well.
    own = [line for line in printed if line.startswith("Model ")]
    assert own == ["Model Name: Production_RF", "Model Version: 1"]
    client = MlflowClient(over_registry.uri)
    client.set_registered_model_alias("Production_RF", "champion", "1")
    for path in over_registry.artifacts.rglob("*"):
        if path.is_file():
            path.write_bytes(b"overwritten")
    shutil.rmtree(over_registry.artifacts)
    mlflow.set_tracking_uri(over_registry.uri)
    model = mlflow.pyfunc.load_model("models:/Production_RF@champion")
    assert model.predict([[0, 0], [1, 1]]).tolist() == [0, 1]


def test_a_tracking_server_chooses_no_folder_of_this_machine(
    over_sql: MlflowServer,
    registry: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    private = tmp_path / "private"
    (private / "keys").mkdir(parents=True)
    (private / "keys" / "MLmodel").write_text("secret")
    uri = registry.uri(registry.namespace("chosen-folders"))
    mlflow.set_tracking_uri(over_sql.uri)
    mlflow.set_registry_uri(uri)
    client = MlflowClient(over_sql.uri, uri)
    run = client.create_run(client.create_experiment("chosen folders")).info.run_id
    with closing(sqlite3.connect(over_sql.artifacts.parents[1] / "a.db")) as rows, rows:
        rows.execute("UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?", [str(private), run])

    mlflow.register_model(f"runs:/{run}/keys", "m")
    client.create_model_version("m", f"runs:/{run}/keys")
    client.create_model_version("m", f"file://host{private}/keys", run)
    assert "MODELREG_ARTIFACT_ROOTS" in caplog.text

    def by_reference() -> list[bool]:
        with registry.client("chosen-folders") as ours:
            return [each.by_reference for each in ours.list_versions("m", order_by="number")]

    assert by_reference() == [True] * 3
    # What the program itself names is read, and so is what the user has allowed.
    client.create_model_version("m", str(private / "keys"))
    monkeypatch.setenv("MODELREG_ARTIFACT_ROOTS", f"/nowhere{os.pathsep}{private}")
    mlflow.register_model(f"runs:/{run}/keys", "m")
    assert by_reference() == [True] * 3 + [False] * 2
    monkeypatch.setenv("MODELREG_ARTIFACT_ROOTS", "relative")
    with pytest.raises(MlflowException, match="no absolute path"):
        mlflow.register_model(f"runs:/{run}/keys", "m")


PAGES: Final = (
    ("registered-models/search", {"filter": "", "max_results": 25, "order_by": "name ASC"}),
    ("registered-models/search", {"filter": "name ilike '%fraud%'", "max_results": 10}),
    ("registered-models/search", {"filter": "tags.`mlflow.prompt.is_prompt` = 'true'"}),
    ("registered-models/get", {"name": "fraud"}),
    ("registered-models/get", {"name": "nowhere"}),
    ("registered-models/get-latest-versions", {"name": "fraud"}),
    ("registered-models/alias", {"name": "fraud", "alias": "champion"}),
    (
        "model-versions/search",
        {"filter": "name='fraud'", "max_results": 100, "order_by": "version_number DESC"},
    ),
    ("model-versions/search", {"filter": "name = 'fraud' AND tag.checked = 'yes'"}),
    ("model-versions/get", {"name": "fraud", "version": "3"}),
    ("model-versions/get", {"name": "fraud", "version": "4"}),
)
"""What MLflow's pages ask for."""
OWN: Final = {"creation_timestamp", "last_updated_timestamp", "user_id"}
"""Fields in which the two may differ."""


def test_clients_and_pages_of_the_server_see_what_those_of_mlflows_own_store_see(
    over_sql: MlflowServer, over_registry: MlflowServer, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "weights.bin").write_bytes(b"weights")

    class Calls(SameCalls):
        source = "s3://nowhere/model"  # the server allows no folder of its own machine

        @staticmethod
        @override
        def pair() -> tuple[MlflowClient, MlflowClient]:
            return MlflowClient(over_sql.uri), MlflowClient(over_registry.uri)

    mlflow.set_tracking_uri(over_sql.uri)
    calls = Calls()
    calls.theirs, calls.ours = Calls.pair()
    calls.calls, calls.differ = [], False
    for name in ("fraud", "My model 2"):
        calls.do("create_registered_model", name, tags={"team": "risk"}, description="A **model**")
    calls.do("create_registered_model", "fraud")
    for tags in ({}, {"a.b": "1"}, {"with space": "50% off"}):
        calls.do("create_model_version", "fraud", Calls.source, run_id=None, tags=tags)
    calls.do("create_model_version", "fraud", Calls.source, run_id="run-2", run_link="http://r/1")
    calls.do("create_model_version", "nowhere", Calls.source)
    calls.do("transition_model_version_stage", "fraud", "2", "Production")
    calls.do(
        "transition_model_version_stage", "fraud", "3", "production", archive_existing_versions=True
    )
    calls.do("transition_model_version_stage", "fraud", "3", "Live")
    calls.do("set_registered_model_alias", "fraud", "champion", "2")
    calls.do("get_model_version_by_alias", "fraud", "nobody")
    calls.do("set_registered_model_tag", "fraud", "größe", "it's")
    calls.do("delete_registered_model_tag", "fraud", "team")
    calls.do("set_model_version_tag", "fraud", "1", "checked", "yes")
    calls.do("update_model_version", "fraud", "1", "")
    calls.do("update_registered_model", "My model 2", "")
    calls.do("delete_model_version", "fraud", "4")
    calls.do("get_latest_versions", "fraud", ["None"])
    calls.do("get_registered_model", "fraud")
    calls.do("register_prompt", "greeting", "Hello {{name}}", commit_message="first")
    calls.do("set_prompt_alias", "greeting", "live", 1)
    calls.do("load_prompt", "prompts:/greeting@live")
    for path, asked in PAGES:
        place = f"ajax-api/2.0/mlflow/{path}?{urlencode(asked)}"
        calls.same(place, partial(answered, place=place))


def answered(client: MlflowClient, place: str) -> object:
    """Return the JSON that a browser gets, or the status and error."""
    try:
        return without(json.loads(ask(f"{client.tracking_uri}/{place}")))
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def without(value: object) -> object:
    """Return JSON without what may differ, empty texts, and the model of the other test."""
    if isinstance(value, dict):
        left_out = {key for key, item in value.items() if key in OWN or item == ""}
        kept: dict[str, Any] = {
            key: without(item) for key, item in value.items() if key not in left_out
        }
        # MLflow's store returns these as its database does.
        for field, key in (("latest_versions", "version"), ("tags", "key"), ("aliases", "alias")):
            if field in kept:
                kept[field].sort(
                    key=lambda each, key=key: str(each if type(each) is str else each[key])
                )
        return kept
    if isinstance(value, list):
        return [
            without(item)
            for item in value
            if not isinstance(item, dict) or item.get("name") != "Production_RF"
        ]
    return value
