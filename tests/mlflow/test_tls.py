"""A registry with TLS as MLflow's registry: `modelregs://`, and the files of the environment."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from tests.support.mlflow.models import folder
from tests.support.mlflow.registry import BIN, Registry


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Certificates: client.pem of the authority, server.pem and server.key for 127.0.0.1."""
    place = tmp_path / "certificates"
    place.mkdir()
    subprocess.run(
        [BIN / "python", "-m", "trustme", "-q", "-d", place, "-i", "127.0.0.1"], check=True
    )
    return place


@pytest.fixture
def secure(tmp_path: Path, files: Path) -> Iterator[Registry]:
    """A server with TLS that requires a certificate of its clients."""
    options = {
        "--tls-cert": "server.pem",
        "--tls-key": "server.key",
        "--tls-client-ca": "client.pem",
    }
    given = [part for key, name in options.items() for part in (key, str(files / name))]
    server = Registry(tmp_path / "registry", given).start()
    yield server
    server.stop()


def test_models_are_sent_and_read_with_certificates_of_the_environment(
    secure: Registry,
    files: Path,
    tracking_uri: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uri = secure.uri("default").replace("modelreg:", "modelregs:")
    client = MlflowClient(tracking_uri, uri)
    # Of an authority that the client does not know.
    with pytest.raises(MlflowException) as unknown:
        client.search_registered_models()

    monkeypatch.setenv("MODELREG_CA", str(files / "client.pem"))
    monkeypatch.setenv("MODELREG_CERT", str(files / "server.pem"))
    monkeypatch.setenv("MODELREG_KEY", str(files / "server.key"))
    client.create_registered_model("m")
    client.create_model_version("m", folder(tmp_path / "source"))
    place = client.get_model_version_download_uri("m", 1)

    assert unknown.value.error_code == "TEMPORARILY_UNAVAILABLE"
    assert place == f"{uri}/models/m/versions/1"
    found = mlflow.artifacts.download_artifacts(place, dst_path=str(tmp_path))
    assert Path(found, "data", "model.bin").read_text() == "bytes of a model"
