"""Annotations and activity of models in the database, and what migration 0022 makes of old rows."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cmp_to_key
from itertools import count
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, insert, select, text
from sqlalchemy.exc import DBAPIError

from registry_grpc.domain.annotation import Annotations
from registry_grpc.domain.list_order import MODEL_ORDER, OrderTerm, parse_order
from registry_grpc.domain.model import Model
from registry_grpc.domain.names import ModelName
from registry_grpc.persistence.annotation import annotation_entries
from registry_grpc.persistence.catalog_tables import models, version_heads, versions
from registry_grpc.persistence.database import open_database
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.migrate import migrate
from registry_grpc.persistence.upgrade import upgrade
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.model_list import ModelKey, ModelQuery
from registry_grpc.transport.convert.record import record_digest
from tests.contract.database_examples import (
    VersionFields,
    a_digest,
    a_model,
    a_namespace,
    add_version,
    at,
    stored_model,
    version_filter,
)
from tests.support.faults.amount import examples

_names = count(1)
pairs = st.dictionaries(st.sampled_from(("a", "b", "ä b")), st.none() | st.text("xy", max_size=2))


@given(changes=st.lists(pairs, min_size=1, max_size=6))
@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_moment_has_the_annotations_of_then(
    database: Database, changes: list[dict[str, str | None]]
) -> None:
    model = a_model(f"m{next(_names)}")
    known: dict[str, str] = {}
    history: list[dict[str, str]] = []
    with database.change(lambda: at(0)) as tx:
        tx.models.add(model)
        version = add_version(tx, model, 1)
        for minute, change in enumerate(changes, 1):
            tx.annotations.change(version.uid, change, minute, at(minute))
            known = {key: value for key, value in (known | change).items() if value is not None}
            history.append(known)
        now = replace(version, annotations=Annotations.of(known))
        assert tx.versions.with_annotations([now])[0].annotations.pairs == known
        for minute, then in enumerate(history, 1):
            past = replace(version, annotations=Annotations.of(then).brief())
            (found,) = tx.versions.with_annotations([past], at(minute + 0.5))
            assert found.annotations.pairs == then


def test_the_history_of_annotations_cannot_be_changed(
    database: Database, database_url: str
) -> None:
    model = stored_model(database)
    with database.change(lambda: at(1)) as tx:
        tx.annotations.change(model.uid, {"a": "1"}, 1, at(1))
    engines = open_engines(database_url)
    for statement in (
        "UPDATE annotation_entries SET value = '2'",
        "DELETE FROM annotation_entries",
    ):
        with (
            pytest.raises(DBAPIError, match="cannot be changed"),
            engines.writers.begin() as connection,
        ):
            connection.execute(text(statement))
    with engines.readers.begin() as connection:
        assert connection.scalar(select(annotation_entries.c.value)) == "1"
    engines.dispose()


def test_a_change_of_a_version_is_activity_of_its_model(database: Database) -> None:
    model = stored_model(database)

    def activity(tx: Transaction) -> datetime | None:
        found = tx.models.get(model.name)
        assert found is not None
        assert found.update_time == model.update_time
        return found.activity_time

    with database.change(lambda: at(1)) as tx:
        assert activity(tx) == model.update_time
        version = add_version(tx, model, 1, VersionFields(create_time=at(1)))
        assert activity(tx) == at(1)
        tx.versions.update(replace(version, stage="staging", update_time=at(2)))
        assert activity(tx) == at(2)


moments = st.integers(0, 2).map(at)
orders = st.dictionaries(
    st.sampled_from(("id", "create_time", "update_time", "activity_time")),
    st.sampled_from(("", " desc")),
    min_size=1,
    max_size=4,
).map(lambda ways: ", ".join(field + way for field, way in ways.items()))


@given(
    catalog=st.dictionaries(st.sampled_from(("a", "ab", "b", "B", "c d")), moments, max_size=5),
    order=orders,
    size=st.integers(1, 3),
)
@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_pages_in_any_order_are_the_sorted_models(
    database: Database, catalog: dict[str, datetime], order: str, size: int
) -> None:
    namespace, terms = f"n{next(_names)}", parse_order(order, MODEL_ORDER)
    catalog = {
        name: moment for name, moment in catalog.items() if name != "B" or "b" not in catalog
    }
    with database.change(lambda: at(0)) as tx:
        tx.namespaces.add(a_namespace(namespace))
        for name, moment in catalog.items():
            tx.models.add(a_model(name, namespace=namespace, create_time=moment))
        stored = [tx.models.get(ModelName(namespace, name)) for name in catalog]
        found = [model.name.model for model in _pages(tx, namespace, terms, size)]
    assert found == [model.name.model for model in _sorted(terms, [one for one in stored if one])]


def _pages(
    tx: Transaction, namespace: str, terms: Sequence[OrderTerm], size: int
) -> Iterator[Model]:
    query, after = ModelQuery(namespace, None, show_deleted=False), None
    while uids := tx.model_lists.ordered(query, terms, after, size):
        page = tx.model_lists.read(uids)
        yield from page
        values = [term.value(page[-1]) for term in terms]
        after = ModelKey(values, page[-1].name.model)


def _sorted(terms: Sequence[OrderTerm], models: list[Model]) -> list[Model]:
    last = OrderTerm("id", None, terms[-1].descending)

    def differ(one: Model, other: Model) -> int:
        for term in (*terms, last):
            mine, theirs = term.value(one), term.value(other)
            if mine != theirs:
                less = mine < theirs  # type: ignore[operator]
                return 1 if less == term.descending else -1
        return 0

    return sorted(models, key=cmp_to_key(differ))


def test_rows_of_earlier_releases_are_found_by_their_source_and_have_activity(
    empty_database_url: str,
) -> None:
    """They were stored before there were columns for it, and their rows cannot be changed."""
    engines = open_engines(empty_database_url)
    with engines.writers.begin() as connection:
        upgrade(connection, "0021")
    engines.dispose()
    _store_as_before(empty_database_url)
    migrate(empty_database_url)
    with open_database(empty_database_url, digest=record_digest) as database, database.read() as tx:
        model = tx.models.get(ModelName("default", "fraud"))
        assert model is not None
        assert model.activity_time == at(7)
        for wanted, filters in (
            (
                ["described"],
                ('run_id = "0a1b"', 'source.uri = "s3://a" AND description = "described"'),
            ),
            ([], ('run_id = ""', 'like(source.uri, "gs%")')),
        ):
            for asked in filters:
                page = tx.versions.page(model, version_filter(asked), None, 9, show_deleted=True)
                assert [version.description for version in page] == wanted, asked


def _store_as_before(url: str) -> None:
    """Store a model with a version by the columns that the schema 0021 has."""
    model, source = UUID(int=1), {"source": {"run_id": "0a1b", "uri": "s3://a"}}
    version = {"uid": UUID(int=2), "model_uid": model, "number": 1}
    rows: Sequence[tuple[Table, dict[str, object]]] = (
        (
            models,
            {
                "uid": model,
                "namespace": "default",
                "model_id": "fraud",
                "name_key": "fraud",
                "description": "",
                "labels": {},
                "owner": "",
                "next_version": 2,
                "creator": "ann",
                "create_time": at(0),
                "update_time": at(0),
                "revision": 1,
            },
        ),
        (
            versions,
            {
                **version,
                "root_digest": a_digest("x"),
                "size": 1,
                "file_count": 1,
                "creator": "ann",
                "create_time": at(0),
                "description": "described",
                "tags": {},
                "metrics": {},
                "params": {},
                "detail": source,
            },
        ),
        (
            version_heads,
            {
                **version,
                "labels": {},
                "stage": "none",
                "stage_revision": 1,
                "state": "active",
                "update_time": at(7),
                "revision": 1,
            },
        ),
    )
    engines = open_engines(url)
    with engines.writers.begin() as connection:
        for table, row in rows:
            connection.execute(insert(table), row)
    engines.dispose()
