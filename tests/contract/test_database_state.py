"""The promise of `Log.state`: each existing resource once, parents first, in bounded memory."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.alias import Alias
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.watch import EVERYTHING, Wanted
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import (
    START,
    VersionFields,
    a_model,
    a_move,
    a_namespace,
    a_version,
    add_version,
    at,
    deleted,
)
from tests.support.faults.amount import examples


def add_model(database: Database, name: ModelName, versions: int) -> Model:
    """Store a model with so many versions, of which the second is named twice."""
    model = replace(a_model(name.model), name=name)
    with database.change(lambda: START) as transaction:
        transaction.models.add(model)
        for number in range(1, versions + 1):
            add_version(transaction, model, number)
        if versions > 1:
            transaction.aliases.append(a_move(model, "top", 2, 1))
            transaction.aliases.append(a_move(model, "best", 2, 1))
    return model


def names(database: Database, wanted: Wanted = EVERYTHING) -> list[str]:
    with database.read() as transaction:
        return [str(resource.name) for resource in transaction.log.state(wanted)]


@pytest.fixture
def three(database: Database) -> Database:
    """A registry of two namespaces and three models."""
    with database.change(lambda: START) as transaction:
        transaction.namespaces.add(a_namespace("risk"))
    add_model(database, ModelName("default", "fraud"), 2)
    add_model(database, ModelName("default", "fraud_eu"), 1)
    add_model(database, ModelName("risk", "fraud"), 11)
    return database


def test_a_new_registry_has_its_namespace(database: Database) -> None:
    assert names(database) == ["namespaces/default"]


def test_everything_comes_once_each_after_what_it_belongs_to(three: Database) -> None:
    found = names(three)
    assert len(found) == len(set(found)) == 2 + 3 + 14 + 4
    assert all(
        found.index(parent) < place
        for place, name in enumerate(found)
        if "/" in (parent := name.rpartition("/")[0].rpartition("/")[0])
    )


def test_resources_are_as_they_are_now_and_versions_without_detail(database: Database) -> None:
    model = a_model("fraud")
    with database.change(lambda: START) as transaction:
        transaction.models.add(model)
        fields = VersionFields(labels={"team": "risk"}, metrics={"auc": 0.9}, tags={"a": "b"})
        version = add_version(transaction, model, 1, fields)
        moved = replace(version, stage="staging", update_time=at(1), revision=2)
        transaction.versions.update(moved)
        for alias in ("b", "a"):
            transaction.aliases.append(a_move(model, alias, 1, 3))
    with database.read() as transaction:
        _, *found = transaction.log.state()
    aliases: list[Resource] = [
        Alias(model.name.alias(alias), version.name, at(3), "ann", 3) for alias in ("a", "b")
    ]
    assert found[:2] == [
        replace(model, latest=1),
        replace(moved, aliases=("a", "b"), detail=None),
    ]
    assert sorted(found[2:], key=lambda alias: str(alias.name)) == aliases


def test_deleted_versions_are_not_there(database: Database) -> None:
    model = add_model(database, ModelName("default", "fraud"), 1)
    with database.change(lambda: START) as transaction:
        gone = add_version(transaction, model, 2)
        transaction.versions.update(deleted(gone, at(1), 2))
    found = [name for name in names(database) if "/versions/" in name]
    assert found == [f"{model.name}/versions/1"]


def test_of_deleted_models_nothing_is_there(three: Database) -> None:
    with three.change(lambda: START) as transaction:
        model = transaction.models.get(ModelName("risk", "fraud"))
        assert model is not None
        transaction.models.update(replace(model, delete_time=at(1), update_time=at(1)))
    assert not [name for name in names(three) if name.startswith(str(model.name))]


def test_what_is_wanted_is_chosen_by_the_rule_of_the_domain(three: Database) -> None:
    everything = names(three)
    cuts = st.builds(lambda name, end: name[:end], st.sampled_from(everything), st.integers(1, 60))
    models = st.sampled_from([name for name in everything if name.count("/") == 3])
    wanteds = st.builds(
        Wanted,
        st.sampled_from([None, "default", "risk", "nowhere"]),
        st.frozensets(models, max_size=2),
        st.lists(cuts, max_size=3).map(tuple),
    )

    @settings(max_examples=examples(100))
    @given(wanteds)
    def agrees(wanted: Wanted) -> None:
        found = names(three, wanted)
        assert sorted(found) == sorted(name for name in everything if wanted.matches(name))

    agrees()


def test_more_models_and_namespaces_than_one_portion_come_once(database: Database) -> None:
    expected = ["namespaces/default"]
    with database.change(lambda: START) as transaction:
        for number in range(1_050):
            namespace = replace(a_namespace(), name=NamespaceName(f"n{number}"))
            transaction.namespaces.add(namespace)
            model = replace(a_model(), name=ModelName("default", f"m{number}"))
            transaction.models.add(model)
            expected += [str(namespace.name), str(model.name)]
    assert sorted(names(database)) == sorted(expected)
    few = Wanted(models=frozenset(expected[2::2][:3]))
    assert sorted(names(database, few)) == sorted(few.models)


def _fill(database: SqlDatabase, model: Model, count: int) -> None:
    with database.change(lambda: START) as transaction:
        transaction.models.add(model)
        for number in range(1, count + 1):
            transaction.versions.add(model, a_version(model, number), [])


def test_memory_does_not_grow_with_the_number_of_versions(database: SqlDatabase) -> None:
    small, large = a_model("small"), a_model("large")
    _fill(database, small, 1_000)
    _fill(database, large, 6_000)

    def peak(model: Model) -> int:
        with database.read() as transaction:
            tracemalloc.start()
            wanted = Wanted(models=frozenset({str(model.name)}))
            count = sum(1 for _ in transaction.log.state(wanted))
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert count > 1_000
        return most

    for _ in range(2):
        peak(small)  # what is cached for ever is not counted, nor what a second call adds to it
    assert peak(large) < 1.5 * peak(small)


def test_leaving_early_lets_the_transaction_go_on(three: Database) -> None:
    with three.read() as transaction:
        state = transaction.log.state()
        assert isinstance(state, Iterator)
        next(state)
        for _ in range(4):
            next(state)
        del state
        assert len(list(transaction.log.state())) == 23
        assert transaction.revision == 0
