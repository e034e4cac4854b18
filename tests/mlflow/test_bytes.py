"""Where the bytes of a version come from, and that they are the registry's from then on."""

import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from tests.support.mlflow.models import folder
from tests.support.mlflow.registry import Registry


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A folder with a model."""
    return folder(tmp_path / "source")


def content(uri: str) -> dict[str, str]:
    """Return the files at an address of MLflow by their paths, without what MLflow adds."""
    place = Path(mlflow.artifacts.download_artifacts(uri))
    files = {
        str(path.relative_to(place)): path.read_text()
        for path in place.rglob("*")
        if path.is_file()
    }
    files.pop("registered_model_meta", None)
    return files


def test_a_local_folder_is_sent_as_it_is(client: MlflowClient, source: str) -> None:
    client.create_registered_model("m")
    made = client.create_model_version("m", source, description="a model", tags={"a": "b"})
    Path(source, "data", "model.bin").write_text("overwritten")

    assert made.source == source
    assert (made.description, made.tags, made.status) == ("a model", {"a": "b"}, "READY")
    assert content("models:/m/1") == {
        "MLmodel": "flavors: {}\n",
        "data/model.bin": "bytes of a model",
    }


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("form", ["file://{}", "{}"])
def test_a_version_can_be_registered_from_an_address(source: str, form: str) -> None:
    made = mlflow.register_model(form.format(source), "Production_RF")

    assert content(f"models:/Production_RF/{made.version}")["data/model.bin"] == "bytes of a model"


@pytest.mark.usefixtures("client")
def test_artifacts_of_a_run_are_read_through_its_tracking_store(source: str) -> None:
    with mlflow.start_run() as run:
        mlflow.log_artifacts(source, "model")

    made = mlflow.register_model(f"runs:/{run.info.run_id}/model", "m", tags={"a": "b"})

    assert (made.run_id, made.tags) == (run.info.run_id, {"a": "b"})
    assert content("models:/m/1")["data/model.bin"] == "bytes of a model"


def test_what_cannot_be_read_is_registered_by_reference_with_a_warning(
    client: MlflowClient, registry: Registry, namespace: str, caplog: pytest.LogCaptureFixture
) -> None:
    client.create_registered_model("m")
    with caplog.at_level(logging.WARNING, "modelregistry_mlflow"):
        client.create_model_version("m", "s3://nowhere/model", run_link="https://runs/1")

    assert "m is registered by reference" in caplog.text
    assert "s3://nowhere/model" in caplog.text
    assert client.get_model_version_download_uri("m", 1) == "s3://nowhere/model"
    with registry.client(namespace) as ours:
        version = ours.get_version("m/1")
    assert version.by_reference
    assert version.source is not None
    assert (version.source.uri, version.source.run_link) == ("s3://nowhere/model", "https://runs/1")


def test_an_empty_folder_has_no_bytes(client: MlflowClient, tmp_path: Path) -> None:
    (tmp_path / "empty" / "folder").mkdir(parents=True)
    client.create_registered_model("m")

    client.create_model_version("m", str(tmp_path / "empty"))

    assert client.get_model_version_download_uri("m", 1) == str(tmp_path / "empty")


def test_references_are_refused_where_the_address_says_so(
    tracking_uri: str, registry: Registry, namespace: str, source: str
) -> None:
    client = MlflowClient(tracking_uri, registry.uri(namespace, "?reference=refuse"))
    client.create_registered_model("m")

    with pytest.raises(MlflowException, match="reference=refuse") as raised:
        client.create_model_version("m", "s3://nowhere/model")

    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"
    assert client.search_model_versions("name='m'") == []
    assert client.create_model_version("m", source).version == 1


def test_no_source_is_refused(client: MlflowClient) -> None:
    client.create_registered_model("m")
    with pytest.raises(MlflowException, match="'source'"):
        client.create_model_version("m", "")


@pytest.mark.parametrize("at", ["/1", "@champion", "/Production", "/latest"])
def test_every_form_of_reference_leads_to_the_bytes(
    client: MlflowClient, source: str, at: str
) -> None:
    client.create_registered_model("My model 2")
    client.create_model_version("My model 2", source)
    client.set_registered_model_alias("My model 2", "champion", 1)
    client.transition_model_version_stage("My model 2", 1, "Production")

    assert content(f"models:/My model 2{at}")["data/model.bin"] == "bytes of a model"


def test_prompts_are_versions_with_their_text_as_bytes(
    client: MlflowClient, registry: Registry, namespace: str
) -> None:
    text = "Hello {{name}}, " + "x" * 4000
    first = client.register_prompt("greeting", "Hello {{name}}", tags={"lang": "en"})
    second = client.register_prompt("greeting", text, commit_message="longer")
    client.set_prompt_alias("greeting", "champion", 2)

    assert (first.version, second.version) == (1, 2)
    assert client.load_prompt("greeting", 1).template == "Hello {{name}}"
    assert client.load_prompt("prompts:/greeting@champion").template == text
    assert client.search_registered_models() == []
    assert client.search_model_versions() == []
    with registry.client(namespace) as ours:
        version = ours.get_version("greeting/2")
        entry, *_ = ours.list_files(version)
        assert b"".join(ours.read_blob(entry.digest)).decode() == text
    with pytest.raises(MlflowException, match="already taken by a prompt"):
        client.create_registered_model("greeting")
    client.delete_prompt_alias("greeting", "champion")


@pytest.mark.usefixtures("client")
def test_nothing_is_left_behind(source: str) -> None:
    before = sorted(Path.cwd().iterdir())
    with mlflow.start_run() as run:
        mlflow.log_artifacts(source, "model")
    mlflow.register_model(f"runs:/{run.info.run_id}/model", "m")
    content("models:/m/1")

    assert sorted(Path.cwd().iterdir()) == before


def test_a_copy_shares_the_bytes_and_keeps_the_description(
    client: MlflowClient, source: str, registry: Registry, namespace: str
) -> None:
    client.create_registered_model("m")
    client.create_model_version("m", source, tags={"a": "b"}, description="a model")

    copied = client.copy_model_version("models:/m/1", "Production_RF")

    assert (copied.name, copied.version, copied.source) == ("Production_RF", 1, "models:/m/1")
    assert (copied.tags, copied.description) == ({"a": "b"}, "a model")
    assert content("models:/Production_RF/1") == content("models:/m/1")
    with registry.client(namespace) as ours:
        assert (
            len({ours.get_version(f"{name}/1").root_digest for name in ("m", "Production_RF")}) == 1
        )


def test_a_registered_version_is_a_source(client: MlflowClient, source: str) -> None:
    client.create_registered_model("m")
    client.create_model_version("m", source, tags={"a": "b"}, description="a model")
    client.set_registered_model_alias("m", "champion", 1)

    numbered = mlflow.register_model("models:/m/1", "by_number", tags={"c": "d"})
    named = mlflow.register_model("models:/m@champion", "by_alias")

    assert (numbered.tags, named.tags) == ({"c": "d"}, {})
    assert content("models:/by_number/1") == content("models:/by_alias/1") == content("models:/m/1")
    with pytest.raises(MlflowException, match=r"Model Version \(name=m, version=9\) not found"):
        client.create_model_version("m", "models:/m/9")


def test_addresses_in_the_registry_are_sources(
    client: MlflowClient, source: str, registry: Registry
) -> None:
    client.create_registered_model("m")
    client.create_model_version("m", source)
    uri = client.get_model_version_download_uri("m", 1)
    other = MlflowClient(None, registry.uri(registry.namespace("other-of-sources")))
    other.create_registered_model("m")

    assert client.create_model_version("m", uri).source == "models:/m/1"
    client.create_model_version("m", f"{uri}/data")
    other.create_model_version("m", uri)

    assert content("models:/m/2")["data/model.bin"] == "bytes of a model"
    assert content("models:/m/3") == {"model.bin": "bytes of a model"}
    assert other.get_model_version_download_uri("m", 1).endswith("/versions/1")
    assert other.get_model_version_download_uri("m", 1) != uri


def test_a_copy_is_found_by_its_source(client: MlflowClient, source: str) -> None:
    client.create_registered_model("m")
    client.create_model_version("m", source)
    client.copy_model_version("models:/m/1", "copy")

    def found(text: str) -> list[str]:
        return sorted(each.name for each in client.search_model_versions(text))

    assert found(f"source_path = '{source}'") == ["m"]
    assert found("source_path = 'models:/m/1'") == ["copy"]
    assert found("source_path LIKE 'models:/%'") == ["copy"]
    assert found(f"source_path != '{source}'") == ["copy"]


# What `mlflow server` sets for its workers, by default and with --no-serve-artifacts.
@pytest.mark.parametrize(
    "variable", ["_MLFLOW_SERVER_ARTIFACT_DESTINATION", "_MLFLOW_SERVER_ARTIFACT_ROOT"]
)
def test_a_server_reads_nothing_for_its_callers_outside_its_artifact_storage(
    client: MlflowClient,
    variable: str,
    source: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    read: list[str] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            read.append(self.path)
            self.send_error(404)

    monkeypatch.setenv("_MLFLOW_SERVER_FILE_STORE", "sqlite:///of-the-server.db")
    monkeypatch.setenv(variable, (tmp_path / "artifacts").as_uri())
    client.create_registered_model("m")
    folder(tmp_path / "artifacts/1/run/artifacts/model")
    with HTTPServer(("127.0.0.1", 0), Recorder) as inside:
        thread = threading.Thread(target=inside.serve_forever)
        thread.start()
        uri = f"http://127.0.0.1:{inside.server_port}/meta/data?token=secret"
        try:
            client.create_model_version("m", uri)
        finally:
            inside.shutdown()
            thread.join()

    assert read == []
    assert client.get_model_version_download_uri("m", 1) == uri
    assert "by reference" in caplog.text
    assert "secret" not in caplog.text
    stored = f"{(tmp_path / 'artifacts').as_uri()}/1/run/artifacts/model"
    is_proxy = variable.endswith("DESTINATION")
    client.create_model_version(
        "m", "mlflow-artifacts:/1/run/artifacts/model" if is_proxy else stored
    )
    assert content("models:/m/2")["data/model.bin"] == "bytes of a model"
    with mlflow.start_run() as run:
        mlflow.log_artifacts(source, "model")
    client.create_model_version("m", f"{run.info.artifact_uri}/model", run.info.run_id)
    assert content("models:/m/3")["data/model.bin"] == "bytes of a model"
