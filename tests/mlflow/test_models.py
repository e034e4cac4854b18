"""Registered models, versions and aliases through MLflow's client, with MLflow's errors."""

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.utils.validation import MAX_MODEL_REGISTRY_TAG_VALUE_LENGTH as LONGEST

SOURCE = "s3://nowhere/model"


def error(code: str, text: str) -> "pytest.RaisesExc[MlflowException]":
    """Return the expectation of an error of MLflow."""
    return pytest.RaisesExc(
        MlflowException, match=text, check=lambda raised: raised.error_code == code
    )


@pytest.mark.parametrize("name", ["Production_RF", "My model 2", "Größe-7", "a+b (eu)", "fraud"])
def test_a_model_has_any_name_that_mlflows_users_give(client: MlflowClient, name: str) -> None:
    made = client.create_registered_model(name, tags={"team": "risk"}, description="a forest")
    read = client.get_registered_model(name)

    assert (read.name, read.description, read.tags) == (name, "a forest", {"team": "risk"})
    assert read.creation_timestamp == made.creation_timestamp > 1_600_000_000_000
    assert (read.aliases, read.latest_versions) == ({}, [])


def test_a_name_is_taken_once(client: MlflowClient) -> None:
    client.create_registered_model("Production_RF")

    with error(
        "RESOURCE_ALREADY_EXISTS", r"Registered Model \(name=Production_RF\) already exists"
    ):
        client.create_registered_model("Production_RF")
    # `register_model` would go on after RESOURCE_ALREADY_EXISTS, with a model that does not exist.
    with error("BAD_REQUEST", "Production_RF"):
        client.create_registered_model("production_rf")


@pytest.mark.parametrize(
    "method, given",
    [
        ("get_registered_model", ["nowhere"]),
        ("update_registered_model", ["nowhere", "x"]),
        ("rename_registered_model", ["nowhere", "x"]),
        ("delete_registered_model", ["nowhere"]),
        ("get_latest_versions", ["nowhere"]),
        ("set_registered_model_tag", ["nowhere", "a", "b"]),
        ("delete_registered_model_tag", ["nowhere", "a"]),
        ("create_model_version", ["nowhere", SOURCE]),
        ("delete_registered_model_alias", ["nowhere", "champion"]),
        ("get_model_version_by_alias", ["nowhere", "champion"]),
    ],
)
def test_a_model_that_does_not_exist_is_mlflows_error(
    client: MlflowClient, method: str, given: list[str]
) -> None:
    with error("RESOURCE_DOES_NOT_EXIST", "Registered Model with name=nowhere not found"):
        getattr(client, method)(*given)


@pytest.mark.parametrize(
    "method, given",
    [
        ("get_model_version", ["m", 9]),
        ("get_model_version", ["nowhere", 9]),
        ("update_model_version", ["m", 9, "x"]),
        ("delete_model_version", ["m", "9"]),
        ("set_model_version_tag", ["m", 9, "a", "b"]),
        ("delete_model_version_tag", ["m", 9, "a"]),
        ("set_registered_model_alias", ["m", "champion", 9]),
        ("get_model_version_download_uri", ["m", 9]),
        ("transition_model_version_stage", ["m", 9, "Staging"]),
    ],
)
def test_a_version_that_does_not_exist_is_mlflows_error(
    client: MlflowClient, method: str, given: list[str]
) -> None:
    client.create_registered_model("m")
    with error("RESOURCE_DOES_NOT_EXIST", r"Model Version \(name=\w+, version=9\) not found"):
        getattr(client, method)(*given)


def test_names_that_nothing_can_have_are_not_found(client: MlflowClient) -> None:
    with error("RESOURCE_DOES_NOT_EXIST", "Registered Model with name=100% not found"):
        client.get_registered_model("100%")
    assert client.search_model_versions("name='100%'") == []
    assert client.search_model_versions("name='-'") == []


def test_description_and_tags_change(client: MlflowClient) -> None:
    client.create_registered_model("m")
    client.create_model_version("m", SOURCE, description="first", tags={"a": "1"})
    client.update_registered_model("m", "a forest")
    client.update_model_version("m", 1, "better")
    client.set_model_version_tag("m", 1, "b.c", "2")
    client.set_model_version_tag("m", 1, "a", "x" * LONGEST)
    client.delete_model_version_tag("m", 1, "nothing")

    version = client.get_model_version("m", 1)
    assert client.get_registered_model("m").description == "a forest"
    assert (version.description, version.tags) == ("better", {"a": "x" * LONGEST, "b.c": "2"})
    client.update_registered_model("m", "")
    assert client.get_registered_model("m").description is None


def test_aliases_are_exact_texts(client: MlflowClient) -> None:
    client.create_registered_model("m")
    for _ in range(2):
        client.create_model_version("m", SOURCE)
    for alias, number in (("champion", 1), ("Champion", 2), ("1st", 1), ("größe", 2)):
        client.set_registered_model_alias("m", alias, number)

    assert client.get_registered_model("m").aliases == {
        "1st": 1,
        "Champion": 2,
        "champion": 1,
        "größe": 2,
    }
    assert client.get_model_version_by_alias("m", "Champion").version == 2
    assert sorted(client.get_model_version("m", 1).aliases) == ["1st", "champion"]
    if int(mlflow.__version__.partition(".")[0]) > 2:  # before, MLflow refuses the name
        assert client.get_model_version_by_alias("m", "latest").version == 2
    client.delete_registered_model_alias("m", "champion")
    client.delete_registered_model_alias("m", "champion")
    with error("INVALID_PARAMETER_VALUE", "Registered model alias champion not found."):
        client.get_model_version_by_alias("m", "champion")
    for wrong in ("latest", "v1", "a b"):
        with error("INVALID_PARAMETER_VALUE", "alias"):
            client.set_registered_model_alias("m", wrong, 1)


def test_a_deleted_version_takes_its_aliases_along(client: MlflowClient) -> None:
    client.create_registered_model("m")
    for _ in range(2):
        client.create_model_version("m", SOURCE)
    client.set_registered_model_alias("m", "champion", 1)
    client.transition_model_version_stage("m", 1, "Production")

    client.delete_model_version("m", 1)

    assert client.get_registered_model("m").aliases == {}
    assert [each.version for each in client.search_model_versions("name='m'")] == [2]
    assert client.create_model_version("m", SOURCE).version == 3
    with error("RESOURCE_DOES_NOT_EXIST", "not found"):
        client.get_model_version("m", 1)


def test_a_renamed_model_keeps_versions_and_aliases(client: MlflowClient) -> None:
    client.create_registered_model("m")
    client.create_registered_model("taken")
    client.create_model_version("m", SOURCE)
    client.set_registered_model_alias("m", "champion", 1)

    client.rename_registered_model("m", "Production_RF")

    assert client.get_registered_model("Production_RF").aliases == {"champion": 1}
    assert client.get_model_version_by_alias("Production_RF", "champion").name == "Production_RF"
    with error("RESOURCE_DOES_NOT_EXIST", "name=m not found"):
        client.get_registered_model("m")
    for alias in ("champion", "missing"):
        with error("RESOURCE_DOES_NOT_EXIST", "name=m not found"):
            client.get_model_version_by_alias("m", alias)
    assert client.search_model_versions("name = 'm'") == []
    with error("RESOURCE_ALREADY_EXISTS", r"Registered Model \(name=taken\) already exists"):
        client.rename_registered_model("Production_RF", "taken")
    client.rename_registered_model("taken", "m")
    assert client.get_registered_model("m").aliases == {}


def test_a_deleted_model_can_be_created_again_and_counts_from_one(client: MlflowClient) -> None:
    client.create_registered_model("m", tags={"a": "b"})
    for _ in range(2):
        client.create_model_version("m", SOURCE)
    client.set_registered_model_alias("m", "champion", 1)

    client.delete_registered_model("m")

    assert client.search_registered_models() == []
    assert client.search_model_versions() == []
    with error("RESOURCE_DOES_NOT_EXIST", "name=m not found"):
        client.get_registered_model("m")
    again = client.create_registered_model("m")
    assert (again.tags, again.aliases) == ({}, {})
    assert client.create_model_version("m", SOURCE).version == 1
