"""Searches of MLflow: filters, orders and pages."""

import re
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.utils.search_utils import SearchModelUtils

from tests.support.mlflow.registry import Registry

NAMES = ("Production_RF", "My model 2", "fraud", "fraud.v2", "Größe-7")


@pytest.fixture(scope="module")
def searched(
    registry: Registry, empty_tracking: Path, tmp_path_factory: pytest.TempPathFactory
) -> MlflowClient:
    """A client with five models of three versions each, for all tests of the module."""
    tracking = tmp_path_factory.mktemp("searched") / "mlflow.db"
    tracking.write_bytes(empty_tracking.read_bytes())
    uri = registry.uri(registry.namespace("searched"))
    client = MlflowClient(f"sqlite:///{tracking}", uri)
    for index, name in enumerate(NAMES):
        client.create_registered_model(name, tags={"team": "risk" if index % 2 else "Claims"})
        for number in (1, 2, 3):
            client.create_model_version(
                name,
                f"s3://bucket/{name}/{number}",
                run_id=f"run{number}",
                tags={"n": str(number), "odd one/x.y": "a\\b" if number % 2 else 'say "hi"'},
            )
    return client


@pytest.mark.parametrize(
    "text, found",
    [
        (None, set(NAMES)),
        ("name = 'fraud'", {"fraud"}),
        ("name != 'fraud'", set(NAMES) - {"fraud"}),
        ("name LIKE 'fraud%'", {"fraud", "fraud.v2"}),
        ("name LIKE 'Fraud%'", set()),
        ("name ILIKE '%MODEL _'", {"My model 2"}),
        ("name ILIKE 'FRAUD_V2'", {"fraud.v2"}),
        ("name LIKE 'Größe%'", {"Größe-7"}),
        ("tags.team = 'risk'", {"My model 2", "fraud.v2"}),
        ("tags.team ILIKE 'claims' AND name LIKE '%a%'", {"fraud"}),
        ("tags.missing != 'x'", set()),
        ("tag.`mlflow.prompt.is_prompt` != 'true'", set(NAMES)),
        ("name LIKE '%\\%'", set()),
        ("name = '*'", set()),
    ],
)
def test_models_are_found(searched: MlflowClient, text: str | None, found: set[str]) -> None:
    assert {each.name for each in searched.search_registered_models(text)} == found


def test_models_are_found_by_lists_of_names_where_mlflow_reads_lists(
    searched: MlflowClient,
) -> None:
    text = "name IN ('fraud', 'Größe-7')"
    try:
        SearchModelUtils.parse_search_filter(text)
    except MlflowException as refused:  # of MLflow 2
        with pytest.raises(MlflowException, match=re.escape(refused.message)):
            searched.search_registered_models(text)
    else:
        found = searched.search_registered_models(text)
        assert {each.name for each in found} == {"fraud", "Größe-7"}


@pytest.mark.parametrize(
    "text, count",
    [
        (None, 15),
        ("name = 'fraud'", 3),
        ("name LIKE 'fraud%' AND run_id = 'run2'", 2),
        ("run_id IN ('run1', 'run3') AND name='fraud'", 2),
        ("version_number > 1", 10),
        ("version_number <= 1 AND name != 'fraud'", 4),
        ("source_path = 's3://bucket/fraud/2'", 1),
        ("source_path ILIKE 'S3://bucket/FRAUD/%'", 3),
        ("tags.n = '3'", 5),
        ("tags.`odd one/x.y` = 'a\\b' AND name = 'fraud'", 2),
        ("tags.`odd one/x.y` LIKE 'say%' AND name = 'fraud'", 1),
        ("name = 'fraud' AND name = 'fraud.v2'", 0),
        ("name = 'nowhere'", 0),
    ],
)
def test_versions_are_found(searched: MlflowClient, text: str | None, count: int) -> None:
    assert len(searched.search_model_versions(text)) == count


def test_orders_are_mlflows(searched: MlflowClient) -> None:
    by_name = sorted(NAMES)
    assert [each.name for each in searched.search_registered_models()] == by_name
    found = searched.search_registered_models(order_by=["name DESC"])
    assert [each.name for each in found] == by_name[::-1]
    found = searched.search_registered_models(order_by=["last_updated_timestamp DESC"])
    assert {each.name for each in found} == set(NAMES)

    numbers = [each.version for each in searched.search_model_versions("name='fraud'")]
    assert numbers == [3, 2, 1]
    versions = searched.search_model_versions(order_by=["name ASC", "version_number ASC"])
    assert [(each.name, each.version) for each in versions] == [
        (name, number) for name in by_name for number in (1, 2, 3)
    ]


def test_the_default_order_begins_with_what_changed_last(client: MlflowClient) -> None:
    for name in ("a", "b"):
        client.create_registered_model(name)
        for _ in range(2):
            client.create_model_version(name, "s3://nowhere/model")
    client.update_model_version("a", 1, "changed")

    newest = client.search_model_versions(max_results=1)
    assert [(each.name, each.version) for each in newest] == [("a", 1)]


@pytest.mark.parametrize("size", [1, 2, 4, 15])
@pytest.mark.parametrize("text", ["", "tags.n != '2'", "name LIKE '%' AND version_number < 3"])
def test_pages_have_every_row_once(searched: MlflowClient, size: int, text: str) -> None:
    whole = [(each.name, each.version) for each in searched.search_model_versions(text)]
    rows, token, pages = [], None, 0
    while token or not pages:
        page = searched.search_model_versions(text, max_results=size, page_token=token)
        rows += [(each.name, each.version) for each in page]
        token, pages = page.token, pages + 1
        assert len(page) <= size
    assert rows == whole
    assert pages == -(-len(whole) // size)


@pytest.mark.parametrize(
    "method, given, named",
    [
        ("search_registered_models", ["nome = 'x'"], {}),
        ("search_registered_models", ["name = fraud"], {}),
        ("search_registered_models", ["name > 'a'"], {}),
        ("search_registered_models", [], {"max_results": 5000}),
        ("search_registered_models", [], {"order_by": ["nome"]}),
        ("search_registered_models", [], {"page_token": "x"}),
        ("search_registered_models", [], {"page_token": "eyJvZmZzZXQiOiA1fQ=="}),
        ("search_model_versions", ["version_number = 'one'"], {}),
        ("search_model_versions", ["name = 'a' OR name = 'b'"], {}),
        ("search_model_versions", [], {"max_results": 0}),
        ("search_model_versions", [], {"order_by": ["nome"]}),
    ],
)
def test_wrong_searches_are_mlflows_errors(
    client: MlflowClient, method: str, given: list[str], named: dict[str, object]
) -> None:
    with pytest.raises(MlflowException) as raised:
        getattr(client, method)(*given, **named)
    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"


def test_a_wrong_order_is_reported_before_a_wrong_comparator(client: MlflowClient) -> None:
    with pytest.raises(MlflowException, match="nome"):
        client.search_registered_models("name > 'a'", order_by=["nome"])


def test_what_the_registry_cannot_evaluate_is_evaluated_here(client: MlflowClient) -> None:
    client.create_registered_model("m", tags={"text": "x" * 5000})
    client.create_registered_model("n", tags={"text": "y"})

    def found(text: str) -> list[str]:
        return [each.name for each in client.search_registered_models(text)]

    assert found(f"tags.text = '{'x' * 5000}'") == ["m"]
    assert found(f"tags.text LIKE '{'x' * 400}%'") == ["m"]
    assert found(f"tags.text LIKE '{'_' * 5000}'") == ["m"]
    assert found(" AND ".join(f"tags.text != '{index:01000}'" for index in range(40))) == ["m", "n"]


def test_aliases_are_in_what_is_read_one_by_one(client: MlflowClient) -> None:
    # As in MLflow's own store, which leaves them out of what it finds.
    client.create_registered_model("m")
    client.create_model_version("m", "s3://nowhere/model")
    client.set_registered_model_alias("m", "champion", 1)

    assert client.get_model_version("m", 1).aliases == ["champion"]
    assert client.get_latest_versions("m")[0].aliases == ["champion"]
    assert list(client.search_model_versions("name='m'")[0].aliases) == []
