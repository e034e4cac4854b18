"""What was recorded cannot be changed, not even by SQL."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, Executable, delete, insert, literal, select, text, update
from sqlalchemy.exc import IntegrityError

from registry_grpc.domain.facts import DatasetInput, DatasetRole
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.tables import METADATA
from tests.contract.database_examples import (
    START,
    a_change,
    a_graph,
    a_move,
    a_refused_call,
    a_schema,
    a_transition,
    add_version,
    at,
    deleted,
    stored_model,
)
from tests.contract.policy_examples import a_policy, an_attestation, an_evaluation
from tests.support.lineage import a_record, registered
from tests.support.promotions import a_promotion

_IMMUTABLE = {
    "versions": "number",
    "version_files": "path",
    "model_lifecycle": "revision",
    "alias_entries": "revision",
    "stage_entries": "revision",
    "version_states": "revision",
    "evaluations": "revision",
    "attestations": "revision",
    "policy_revisions": "revision",
    "lineage_nodes": "pin",
    "lineage_edges": "recorder",
    "dataset_uses": "digest",
    "lineage_records": "event",
    "registration_schemas": "number",
    "stage_graphs": "revision",
}

_TRAIL = ("changes", "moved_models", "refusals")


@pytest.fixture
def engine(database: SqlDatabase, database_url: str) -> Iterator[Engine]:
    """Raw SQL on a registry with a row in every table that keeps its rows."""
    model = stored_model(database)
    registered(database, model, 7, inputs=[DatasetInput("gs://x", "", DatasetRole.TEST)])
    with database.change(lambda: START) as transaction:
        transaction.record([a_change(model), a_promotion(str(model.name))])
        version = add_version(transaction, model, 1)
        transaction.evaluations.add(version, an_evaluation(version, 1))
        transaction.attestations.add(version, an_attestation(version, 1))
        transaction.policies.append(a_policy())
        transaction.versions.update(deleted(version, at(1), 1))
        transaction.aliases.append(a_move(model, "champion", 1, 1))
        transaction.stages.append(model, a_transition(model, 1, "staging", "none", 1))
        transaction.models.update(replace(model, delete_time=at(1)))
        transaction.lineage.add_record(a_record(), None)
        transaction.registration_schemas.append(a_schema(1))
        transaction.graphs.add(a_graph(1))
        transaction.refusals.add([a_refused_call(), a_refused_call()])
    engines = open_engines(database_url)
    yield engines.writers
    engines.dispose()


def _rows(engine: Engine, table: str) -> list[tuple[object, ...]]:
    with engine.begin() as connection:
        return [tuple(row) for row in connection.execute(select(METADATA.tables[table]))]


def _refused(engine: Engine, table: str, statement: Executable) -> None:
    before = _rows(engine, table)
    assert before
    with pytest.raises(IntegrityError, match="changed"), engine.begin() as connection:
        connection.execute(statement)
    assert _rows(engine, table) == before


def test_rows_cannot_be_updated(engine: Engine) -> None:
    for table, column in _IMMUTABLE.items():
        values = {column: text(column)}
        _refused(engine, table, update(METADATA.tables[table]).values(values))


def test_rows_cannot_be_deleted(engine: Engine) -> None:
    for table in _IMMUTABLE:
        _refused(engine, table, delete(METADATA.tables[table]))


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_tables_cannot_be_truncated(engine: Engine) -> None:
    for table in _IMMUTABLE:
        _refused(engine, table, text(f"TRUNCATE {table} CASCADE"))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_rows_cannot_be_replaced(engine: Engine) -> None:
    for table in (*_IMMUTABLE, *_TRAIL):
        rows = METADATA.tables[table]
        again = insert(rows).from_select([column.name for column in rows.c], select(rows))
        _refused(engine, table, again.prefix_with("OR REPLACE"))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_version_cannot_be_replaced_through_its_number(engine: Engine) -> None:
    rows = METADATA.tables["versions"]
    others = [column for column in rows.c if column.name != "uid"]
    again = insert(rows).from_select(
        ["uid", *(column.name for column in others)], select(literal("another"), *others)
    )
    _refused(engine, "versions", again.prefix_with("OR REPLACE"))


def test_the_trail_cannot_be_rewritten(engine: Engine) -> None:
    for table in _TRAIL:
        place = "number" if table == "refusals" else "revision"
        _refused(engine, table, update(METADATA.tables[table]).values({place: text(place)}))


def test_of_the_trail_only_what_is_trimmed_can_be_removed(engine: Engine) -> None:
    for table in _TRAIL:
        _refused(engine, table, delete(METADATA.tables[table]))
    with engine.begin() as connection:
        connection.execute(text("UPDATE revision_counter SET compacted = 1"))
        connection.execute(text("UPDATE revision_counter SET trimmed = 1, refused_trimmed = 1"))
        connection.execute(text("DELETE FROM changes"))
        connection.execute(text("DELETE FROM moved_models"))
    assert _rows(engine, "changes") == _rows(engine, "moved_models") == []
    _refused(engine, "refusals", text("DELETE FROM refusals"))  # the second of them is kept
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM refusals WHERE number <= 1"))
    assert len(_rows(engine, "refusals")) == 1


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_the_trail_cannot_be_truncated(engine: Engine) -> None:
    for table in _TRAIL:
        _refused(engine, table, text(f"TRUNCATE {table}"))


def test_floors_never_fall_and_nothing_that_is_watched_is_let_go(engine: Engine) -> None:
    counter = METADATA.tables["revision_counter"]
    with engine.begin() as connection:
        connection.execute(update(counter).values(revision=9, compacted=5))
        connection.execute(update(counter).values(trimmed=3, refused=4, refused_trimmed=2))
    for column, value in (
        *(("trimmed", 2), ("trimmed", 6), ("refused", 3)),
        *(("refused_trimmed", 1), ("refused_trimmed", 5)),
    ):
        _refused(engine, "revision_counter", update(counter).values({column: value}))


def test_there_is_one_counter(engine: Engine) -> None:
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("INSERT INTO revision_counter VALUES (2, 0, 0, 0, 0, 0, 0)"))
    assert len(_rows(engine, "revision_counter")) == 1
