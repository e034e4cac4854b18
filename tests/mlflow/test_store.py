"""The store has every method of MLflow's, with arguments that MLflow may pass."""

import inspect
import pickle

import pytest
from mlflow import MlflowClient
from mlflow.entities.model_registry import RegisteredModelTag
from mlflow.exceptions import MlflowException
from mlflow.protos import model_registry_pb2 as pb
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.store.model_registry.abstract_store import AbstractStore
from mlflow.tracking._model_registry.utils import _get_store

from modelregistry_mlflow.artifacts import VersionArtifacts
from modelregistry_mlflow.store import RegistryStore

ABSTRACT = sorted(
    name
    for name, method in inspect.getmembers(AbstractStore, inspect.isfunction)
    if getattr(method, "__isabstractmethod__", False)
)


def test_mlflow_states_what_a_store_has() -> None:
    assert len(ABSTRACT) >= 21


@pytest.mark.parametrize("name", ABSTRACT)
def test_every_abstract_method_is_there_with_all_its_arguments(name: str) -> None:
    # Python does not insist on them here: a missing one would return None.
    method = getattr(RegistryStore, name)
    assert method is not getattr(AbstractStore, name)
    theirs = list(inspect.signature(getattr(AbstractStore, name)).parameters)
    ours = list(inspect.signature(method).parameters)
    assert ours[: len(theirs)] == theirs


def test_mlflow_finds_store_and_artifacts_by_their_scheme(registry_uri: str) -> None:
    store = _get_store(registry_uri)
    assert isinstance(store, RegistryStore)
    for place in (registry_uri, registry_uri.replace("modelreg:", "modelregs:")):
        assert isinstance(get_artifact_repository(f"{place}/models/m/versions/1"), VersionArtifacts)


def test_a_pickled_store_works(registry_uri: str, tracking_uri: str) -> None:
    store = RegistryStore(registry_uri, tracking_uri)
    store.create_registered_model("Production_RF")

    again = pickle.loads(pickle.dumps(store))  # noqa: S301

    assert again.get_registered_model("Production_RF").name == "Production_RF"


def test_a_pickled_model_has_its_aliases(client: MlflowClient) -> None:
    client.create_registered_model("Production_RF", tags={"team": "risk"}, description="a forest")
    model = client.get_registered_model("Production_RF")

    again = pickle.loads(pickle.dumps(model))  # noqa: S301

    assert dict(again) == dict(model)
    assert again.tags == {"team": "risk"}


def test_containers_of_protobuf_are_accepted_as_the_server_of_mlflow_passes_them(
    registry_uri: str, tracking_uri: str
) -> None:
    store = RegistryStore(registry_uri, tracking_uri)
    asked = pb.CreateRegisteredModel(
        name="Production_RF", tags=[pb.RegisteredModelTag(key="team", value="risk")]
    )
    made = store.create_registered_model(asked.name, asked.tags, asked.description)
    version = pb.CreateModelVersion(
        name="Production_RF",
        source="s3://nowhere/model",
        tags=[pb.ModelVersionTag(key="data", value="q3")],
    )
    created = store.create_model_version(
        name=version.name,
        source=version.source,
        run_id=version.run_id,
        run_link=version.run_link,
        tags=version.tags,
        description=version.description,
    )
    query = pb.SearchModelVersions(order_by=["version_number DESC"])
    found = store.search_model_versions(query.filter, 10, query.order_by, query.page_token)
    models = store.search_registered_models("", 10, pb.SearchRegisteredModels().order_by, "")

    assert made.tags == {"team": "risk"}
    assert (created.tags, created.run_id, created.description) == ({"data": "q3"}, None, None)
    assert [each.version for each in found] == [1]
    assert [each.name for each in models] == ["Production_RF"]


def test_numbers_are_whole_numbers_and_accepted_as_text(client: MlflowClient) -> None:
    client.create_registered_model("m")
    assert client.create_model_version("m", "s3://nowhere/model").version == 1
    assert client.get_model_version("m", "1").version == 1
    with pytest.raises(MlflowException, match="must be an integer") as raised:
        client.get_model_version("m", "one")
    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"


def test_webhooks_of_mlflow_are_refused_with_what_to_use_instead(registry_uri: str) -> None:
    store = RegistryStore(registry_uri)
    with pytest.raises(MlflowException, match="modelreg watch") as raised:
        store.create_webhook("hook", "https://example.com", [])
    assert raised.value.error_code == "NOT_IMPLEMENTED"
    assert list(store.list_webhooks()) == []
    assert list(store.list_webhooks_by_event(None)) == []


def test_reading_a_model_is_one_lookup(client: MlflowClient) -> None:
    client.create_registered_model("m")
    for _ in range(3):
        client.create_model_version("m", "s3://nowhere/model")
    client.set_registered_model_alias("m", "champion", 2)

    model = client.get_registered_model("m")

    # Fields that take more calls are read when they are used.
    assert not {"aliases_read", "latest_read"} & set(vars(model))
    assert model.aliases == {"champion": 2}
    assert [each.version for each in model.latest_versions] == [3]
    assert dict(model)["aliases"] == {"champion": 2}
    assert model.to_proto().aliases[0].version == "2"
    assert "champion" in repr(model)


def test_a_tag_is_a_tag_of_mlflow(client: MlflowClient, registry_uri: str) -> None:
    client.create_registered_model("m", tags={"a.b": "1", "größe": "x" * 5000, "with space": ""})
    RegistryStore(registry_uri).set_registered_model_tag("m", RegisteredModelTag("a.b", "2"))
    client.delete_registered_model_tag("m", "with space")
    client.delete_registered_model_tag("m", "with space")

    assert client.get_registered_model("m").tags == {"a.b": "2", "größe": "x" * 5000}
