"""Recorded rows cannot be changed, not even by SQL."""

import re
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import Engine, Executable, delete, insert, literal, select, text, update
from sqlalchemy.exc import IntegrityError

from registry_grpc.domain.database_fault import FaultKind
from registry_grpc.domain.errors import DatabaseUnavailable
from registry_grpc.domain.facts import DatasetInput, DatasetRole
from registry_grpc.persistence.database import TABLES, SqlDatabase
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.retention import grant_serving
from registry_grpc.persistence.transaction import SqlTransaction
from tests.contract.database_examples import (
    START,
    a_change,
    a_denied_request,
    a_graph,
    a_move,
    a_plan,
    a_route_entry,
    a_schema,
    a_summary,
    a_transition,
    add_version,
    an_ensemble,
    at,
    deleted,
    stored_model,
)
from tests.contract.monitor_examples import a_monitor, a_signal, a_state
from tests.contract.policy_examples import a_policy, an_attestation, an_evaluation
from tests.support.lineage import a_record, registered
from tests.support.promotions import a_promotion

_IMMUTABLE = {
    "versions": "number",
    "version_files": "path",
    "model_lifecycle": "revision",
    "alias_entries": "revision",
    "route_entries": "revision",
    "ensemble_members": "role",
    "ensemble_entries": "revision",
    "stage_entries": "revision",
    "version_states": "revision",
    "evaluations": "revision",
    "attestations": "revision",
    "policy_revisions": "revision",
    "signals": "subject",
    "monitor_revisions": "revision",
    "monitor_state_entries": "ordinal",
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
        transaction.signals.add([a_signal(version)])
        transaction.monitors.append(a_monitor())
        transaction.monitor_states.append(version.uid, a_state(version).state, 0)
        transaction.versions.update(deleted(version, at(1), 1))
        transaction.aliases.append(a_move(model, "champion", 1, 1))
        transaction.routes.append(a_route_entry(model, "checkout", 1, a_plan(model, 1)))
        ensemble = an_ensemble(version, 2)
        transaction.versions.add(model, ensemble, [])
        transaction.ensembles.add(ensemble, [version])
        transaction.ensembles.set_summaries({ensemble.uid: a_summary(ensemble)}, 1, at(1))
        transaction.stages.append(model, a_transition(model, 1, "staging", "none", 1))
        transaction.models.update(replace(model, delete_time=at(1)))
        transaction.lineage.add_record(a_record(), None)
        transaction.registration_schemas.append(a_schema(1))
        transaction.graphs.add(a_graph(1))
        transaction.denied_requests.add([a_denied_request(), a_denied_request()])
    engines = open_engines(database_url)
    yield engines.writers
    engines.dispose()


def _rows(engine: Engine, table: str) -> list[tuple[object, ...]]:
    with engine.begin() as connection:
        return [tuple(row) for row in connection.execute(select(TABLES.tables[table]))]


def _refused(engine: Engine, table: str, statement: Executable) -> None:
    before = _rows(engine, table)
    assert before
    with pytest.raises(IntegrityError, match="changed"), engine.begin() as connection:
        connection.execute(statement)
    assert _rows(engine, table) == before


def test_rows_cannot_be_updated(engine: Engine) -> None:
    for table, column in _IMMUTABLE.items():
        values = {column: text(column)}
        _refused(engine, table, update(TABLES.tables[table]).values(values))


def test_rows_cannot_be_deleted(engine: Engine) -> None:
    for table in _IMMUTABLE:
        _refused(engine, table, delete(TABLES.tables[table]))


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_tables_cannot_be_truncated(engine: Engine) -> None:
    for table in _IMMUTABLE:
        _refused(engine, table, text(f"TRUNCATE {table} CASCADE"))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_rows_cannot_be_replaced(engine: Engine) -> None:
    for table in (*_IMMUTABLE, *_TRAIL):
        rows = TABLES.tables[table]
        again = insert(rows).from_select([column.name for column in rows.c], select(rows))
        _refused(engine, table, again.prefix_with("OR REPLACE"))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_version_cannot_be_replaced_through_its_number(engine: Engine) -> None:
    rows = TABLES.tables["versions"]
    others = [column for column in rows.c if column.name != "uid"]
    again = insert(rows).from_select(
        ["uid", *(column.name for column in others)], select(literal("another"), *others)
    )
    _refused(engine, "versions", again.prefix_with("OR REPLACE"))


def test_the_trail_cannot_be_rewritten(engine: Engine) -> None:
    for table in _TRAIL:
        place = "number" if table == "refusals" else "revision"
        _refused(engine, table, update(TABLES.tables[table]).values({place: text(place)}))


def test_of_the_trail_only_what_is_trimmed_can_be_removed(engine: Engine) -> None:
    for table in _TRAIL:
        _refused(engine, table, delete(TABLES.tables[table]))
    with engine.begin() as connection:
        connection.execute(text("UPDATE retention SET audit_days = 1"))
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
    counter = TABLES.tables["revision_counter"]
    with engine.begin() as connection:
        connection.execute(text("UPDATE retention SET audit_days = 1"))
        connection.execute(update(counter).values(compacted=5))
        connection.execute(update(counter).values(trimmed=3, refused=4, refused_trimmed=2))
    for column, value in (
        *(("trimmed", 2), ("trimmed", 6), ("refused", 3)),
        *(("refused_trimmed", 1), ("refused_trimmed", 5)),
    ):
        _refused(engine, "revision_counter", update(counter).values({column: value}))


def test_no_floor_lets_entries_go_that_are_kept(engine: Engine) -> None:
    move = text("UPDATE revision_counter SET compacted = 1, trimmed = 1, refused_trimmed = 1")
    _refused(engine, "revision_counter", move)  # for ever is the default
    with engine.begin() as connection:
        connection.execute(text("UPDATE retention SET audit_days = 36500"))
    for statement in (
        "UPDATE revision_counter SET compacted = 1, trimmed = 1",
        "UPDATE revision_counter SET refused_trimmed = 1",
        "DELETE FROM revision_counter",
        "DELETE FROM retention",
        "INSERT INTO retention VALUES (1, 1)",
    ):
        table = "retention" if "retention" in statement else "revision_counter"
        _refused(engine, table, text(statement))


def test_entries_are_only_appended(engine: Engine) -> None:
    last = max(int(str(row[0])) for row in _rows(engine, "changes"))
    for revision, ordinal in ((last, 99), (last, 2), (0, 0), (last + 1, 1), (last + 2, 0)):
        _refused(engine, "changes", _another("changes", revision=revision, ordinal=ordinal))
    _refused(engine, "changes", _another("changes", revision=last + 1, ordinal=0, time=0))
    moved = _another("moved_models", revision=last, ordinal=0)
    _refused(engine, "moved_models", moved)
    for number in (0, 1, 3, 99):
        _refused(engine, "refusals", _another("refusals", number=number))


def _another(table: str, **values: int) -> Executable:
    """Return an insert of a copy of some row with other values."""
    columns = [column.name for column in TABLES.tables[table].c]
    copied = ", ".join(str(values.get(name, name)) for name in columns)
    return text(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {copied} FROM {table} LIMIT 1"  # noqa: S608
    )


def test_the_counter_follows_the_log(engine: Engine) -> None:
    counter = TABLES.tables["revision_counter"].c
    for column, value in (
        (counter.revision, "revision + 1"),
        (counter.revision, "revision - 1"),
        (counter.revision, "99"),
        (counter.last_time, "last_time - 1"),
    ):
        changed = update(counter.id.table).values({column: text(value)})
        _refused(engine, "revision_counter", changed)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_the_role_that_serves_cannot_shorten_the_trail(
    engine: Engine, database: SqlDatabase, database_url: str
) -> None:
    role = f"serving_{uuid4().hex[:8]}"
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {role}"))
    grant_serving(database_url, role)

    def serving(statement: str) -> None:
        with engine.begin() as connection:
            connection.execute(text(f"SET LOCAL ROLE {role}"))
            connection.execute(text(statement))

    for statement in (
        "UPDATE retention SET audit_days = 1",
        "UPDATE revision_counter SET trimmed = 0",
        "UPDATE revision_counter SET refused_trimmed = 0",
        *map("DELETE FROM {}".format, (*_TRAIL, "revision_counter")),
        *(f"TRUNCATE {table}" for table in (*_TRAIL, "retention")),
        "DROP TRIGGER changes_next ON changes",
        "DELETE FROM alembic_version",
    ):
        with pytest.raises(DatabaseUnavailable) as caught:
            serving(statement)
        assert caught.value.fault is not None
        assert caught.value.fault.kind is FaultKind.PERMISSION
        assert re.search(r"permission denied|must be owner", caught.value.cause)
    # Temporary tables, which any role may create, do not take the place of the registry's.
    shadows = "CREATE TEMP TABLE {0} ON COMMIT DROP AS SELECT * FROM {0}"
    shadowed = "; ".join(map(shadows.format, ("revision_counter", "retention", *_TRAIL)))
    changed = (
        "UPDATE pg_temp.revision_counter SET trimmed = 1, refused_trimmed = 1, revision = 0; "
        "UPDATE pg_temp.retention SET audit_days = 1; GRANT ALL ON pg_temp.revision_counter, "
        "pg_temp.retention TO PUBLIC; DELETE FROM pg_temp.changes"
    )
    schema = "SET LOCAL search_path = pg_temp, public"
    into = "INSERT INTO public.changes SELECT * FROM public.changes LIMIT 1"
    for statement in ("SELECT trim_changes(1)", "SELECT public.trim_refusals(1)", into):
        with pytest.raises(IntegrityError, match="changed"):
            serving(f"{shadowed}; {changed}; {schema}; {statement}")
    serving("UPDATE revision_counter SET compacted = 1")
    with pytest.raises(IntegrityError, match="changed"):
        serving("SELECT trim_changes(1)")
    # What a server does it may do: record, and trim what is old enough.
    with database.write() as tx:
        assert tx.log.keep_for(1) == 1
    with engine.begin() as connection:
        connection.execute(text(f"SET LOCAL ROLE {role}"))
        tx = SqlTransaction(connection)
        assert tx.log.keep_for(30) == 1
        assert tx.log.trim(1, 10) == 1
        assert tx.denied_requests.trim(1, 10) == 1
    with engine.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))


def test_there_is_one_counter(engine: Engine) -> None:
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(
            text("INSERT INTO revision_counter VALUES (2, 0, 0, 0, 0, 0, 0, '', FALSE)")
        )
    assert len(_rows(engine, "revision_counter")) == 1
