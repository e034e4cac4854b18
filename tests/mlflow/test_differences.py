"""The differences from MLflow's own store that docs/from-mlflow.md names: each is as it says."""

from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException


@pytest.fixture
def own(tracking_uri: str, empty_tracking: Path, tmp_path: Path) -> MlflowClient:
    """MLflow's client over MLflow's store."""
    file = tmp_path / "own.db"
    file.write_bytes(empty_tracking.read_bytes())
    return MlflowClient(tracking_uri, f"sqlite:///{file}")


def test_names_of_few_punctuation_marks(own: MlflowClient, client: MlflowClient) -> None:
    for name in ("50% off", "a@b", "it's", 'say "hi"', "a*b", "x" * 257):
        own.create_registered_model(name)
        with pytest.raises(MlflowException) as raised:
            client.create_registered_model(name)
        assert raised.value.error_code == "INVALID_PARAMETER_VALUE", name
    for name in ("Größe (eu) + 1", "模型", "a_b-c.d"):
        own.create_registered_model(name)
        assert client.create_registered_model(name).name == name


def test_names_that_differ_by_case_only(own: MlflowClient, client: MlflowClient) -> None:
    for each in (own, client):
        each.create_registered_model("fraud")
    own.create_registered_model("Fraud")
    with pytest.raises(MlflowException) as raised:
        client.create_registered_model("Fraud")
    # Not RESOURCE_ALREADY_EXISTS, after which `register_model` would go on with `Fraud`.
    assert raised.value.error_code == "BAD_REQUEST"


def test_aliases_that_read_like_numbers_or_stages(own: MlflowClient, client: MlflowClient) -> None:
    for each in (own, client):
        each.create_registered_model("fraud")
        each.create_model_version("fraud", "s3://nowhere/model")
    for alias in ("2024", "production", "Staging"):
        own.set_registered_model_alias("fraud", alias, "1")
        with pytest.raises(MlflowException) as raised:
            client.set_registered_model_alias("fraud", alias, "1")
        assert raised.value.error_code == "INVALID_PARAMETER_VALUE", alias


def test_version_numbers_are_compared_with_whole_numbers_only(client: MlflowClient) -> None:
    # As the newest MLflow: older ones compare them with fractions.
    with pytest.raises(MlflowException, match="numeric attribute 'version_number'") as raised:
        client.search_model_versions("version_number >= 1.5")
    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"


def test_empty_texts_are_none(own: MlflowClient, client: MlflowClient) -> None:
    assert own.create_registered_model("fraud", description="").description == ""
    assert client.create_registered_model("fraud", description="").description is None


def test_the_download_uri_is_where_the_files_are(
    own: MlflowClient, client: MlflowClient, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "weights.bin").write_bytes(b"weights")
    for each in (own, client):
        each.create_registered_model("fraud")
        each.create_model_version("fraud", model.as_uri())
    assert own.get_model_version_download_uri("fraud", "1") == model.as_uri()
    uri = client.get_model_version_download_uri("fraud", "1")
    assert uri.startswith("modelreg://")
    assert uri.endswith("/models/fraud/versions/1")


def test_webhooks_are_refused_with_the_alternative(client: MlflowClient) -> None:
    if not hasattr(client, "list_webhooks"):
        return  # MLflow 2 has none
    with pytest.raises(MlflowException, match="modelreg watch"):
        client.get_webhook("1")
