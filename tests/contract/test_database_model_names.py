"""Names of models in databases: compared exactly, ordered by bytes, and one for each key."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from threading import Barrier
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select

from registry_grpc.domain.errors import ModelAlreadyExists
from registry_grpc.domain.id_text import name_key
from registry_grpc.domain.names import ModelName
from registry_grpc.persistence.catalog_tables import models
from registry_grpc.persistence.database import open_database
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.failures import refusing
from registry_grpc.persistence.migrate import migrate
from registry_grpc.persistence.upgrade import upgrade
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import START, a_model
from tests.support.faults.amount import examples
from tests.support.names import MODEL_IDS

_REFUSED = ModelAlreadyExists("namespaces/default/models/fraud")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engines = open_engines(database_url)
    yield engines.writers
    engines.dispose()


def add(database: Database, *ids: str) -> None:
    with database.change(lambda: START) as transaction:
        for model_id in ids:
            transaction.models.add(replace(a_model(model_id), uid=uuid4()))


def listed(database: Database) -> list[str]:
    with database.read() as transaction:
        page = transaction.models.page("default", None, None, 1_000, show_deleted=True)
    return [model.name.model for model in page]


@pytest.mark.parametrize("other", ["fraud", "FRAUD", "Fra\uff55d"])
def test_an_id_that_differs_only_in_case_or_form_is_taken(database: Database, other: str) -> None:
    add(database, "Fraud")
    with pytest.raises(ModelAlreadyExists):
        add(database, other)
    with database.read() as transaction:
        assert transaction.models.get(ModelName("default", other)) is None
        equal = transaction.models.equal(ModelName("default", other))
    assert equal is not None
    assert equal.name == ModelName("default", "Fraud")


@given(ids=st.sets(MODEL_IDS, min_size=1, max_size=8))
@settings(
    max_examples=examples(20),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_id_is_stored_as_it_is_and_listed_in_the_order_of_bytes(
    database: Database, ids: set[str]
) -> None:
    namespace = f"n{uuid4()}"
    chosen = {name_key(model_id): model_id for model_id in ids}
    with database.change(lambda: START) as transaction:
        space = transaction.namespaces.get("default")
        assert space is not None
        transaction.namespaces.add(replace(space, name=replace(space.name, namespace=namespace)))
        for model_id in chosen.values():
            transaction.models.add(a_model(model_id, namespace=namespace))
    with database.read() as transaction:
        page = transaction.models.page(namespace, None, None, 99, show_deleted=True)
        found = [model.name.model for model in page]
        assert found == sorted(chosen.values(), key=str.encode)
        for model_id in ids:
            equal = transaction.models.equal(ModelName(namespace, model_id))
            assert equal is not None
            assert equal.name.model == chosen[name_key(model_id)]


def _add_in_process(url: str, model_id: str) -> str:
    with open_database(url) as database:
        try:
            add(database, model_id)
        except ModelAlreadyExists:
            return ""
    return model_id


def test_of_processes_that_create_equal_ids_at_once_one_succeeds(database_url: str) -> None:
    ids = ["Fraud", "fraud", "FRAUD", "fraud"]
    with get_context("spawn").Pool(2) as pool:
        created = pool.starmap(_add_in_process, [(database_url, each) for each in ids])
    with open_database(database_url) as database:
        assert listed(database) == [each for each in created if each]
    assert len(list(filter(None, created))) == 1


def test_of_threads_that_create_equal_ids_at_once_one_succeeds(database: Database) -> None:
    start = Barrier(8)

    def create(model_id: str) -> str:
        start.wait()
        try:
            add(database, model_id)
        except ModelAlreadyExists:
            return ""
        return model_id

    with ThreadPoolExecutor(8) as threads:
        created = list(filter(None, threads.map(create, ["Fraud", "fraud"] * 4)))
    assert listed(database) == created
    assert len(created) == 1


def _add_as_older_server(engine: Engine, model_id: str) -> None:
    """Send what servers send that know no keys, with the constraint that they know."""
    model = a_model(model_id)
    values = {
        "uid": model.uid,
        "namespace": "default",
        "model_id": model_id,
        "description": "",
        "labels": {},
        "owner": "",
        "next_version": 1,
        "creator": "ann",
        "create_time": START,
        "update_time": START,
        "revision": 1,
    }
    with refusing("uq_models_namespace_model_id", _REFUSED), engine.begin() as connection:
        connection.execute(insert(models).values(values))


def test_an_older_server_creates_models_with_keys(engine: Engine, database: Database) -> None:
    _add_as_older_server(engine, "fraud")
    with database.read() as transaction:
        found = transaction.models.equal(ModelName("default", "Fraud"))
    assert found is not None
    assert found.name.model == "fraud"
    with pytest.raises(ModelAlreadyExists):
        add(database, "FRAUD")


@pytest.mark.parametrize("taken", ["Fraud", "fraud"])
def test_an_older_server_cannot_create_an_equal_id_and_reports_it_as_taken(
    engine: Engine, database: Database, taken: str
) -> None:
    add(database, taken)
    with pytest.raises(ModelAlreadyExists):
        _add_as_older_server(engine, "fraud")
    assert listed(database) == [taken]


def test_models_from_before_the_keys_get_them(empty_database_url: str) -> None:
    engines = open_engines(empty_database_url)
    with engines.writers.begin() as connection:
        upgrade(connection, "0020")
    for model_id in ("fraud", "a.b_c-d"):
        _add_as_older_server(engines.writers, model_id)
    migrate(empty_database_url)
    with engines.readers.begin() as connection:
        statement = select(models.c.model_id, models.c.name_key).order_by(models.c.model_id)
        assert connection.execute(statement).all() == [("a.b_c-d",) * 2, ("fraud",) * 2]
    engines.dispose()
    with open_database(empty_database_url) as database, pytest.raises(ModelAlreadyExists):
        add(database, "Fraud")
