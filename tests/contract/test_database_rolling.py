"""Rolling schemas: released code works on the newest schema, and contractions are declared."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from modelregistry import Client
from registry_grpc.persistence.engine import Engines, open_engines
from registry_grpc.persistence.index_building import unbuilt_indexes
from registry_grpc.persistence.migrate import current, is_current, migrate, schema_state
from registry_grpc.persistence.schema_range import OLDEST_SERVED, SchemaState, head
from registry_grpc.persistence.upgrade import alembic_config, minimum_head, upgrade
from tests.support.databases import Fresh, Kind
from tests.support.registry_use import check_use, use_registry
from tests.support.released import (
    MODEL,
    RELEASED,
    create_tokens,
    load_released,
    released_statements,
)
from tests.support.schema_changes import Tables, contractions
from tests.support.server import RegistryProcess

_PARAMETER = re.compile(r"%\((\w+)\)s")


@pytest.fixture
def released_url(empty_database_url: str, database_kind: Kind) -> str:
    """A database as the last release left it, with a registry in it."""
    load_released(empty_database_url, database_kind)
    assert current(empty_database_url) == RELEASED
    return empty_database_url


@pytest.fixture
def engines(empty_database_url: str) -> Iterator[Engines]:
    opened = open_engines(empty_database_url)
    yield opened
    opened.dispose()


def use_all(url: str, folder: Path) -> None:
    """Check what the registry has, then use it, through a server on this database."""
    tokens = create_tokens(url)
    server = RegistryProcess(folder / "registry", ("--database", url)).start()
    try:
        with Client(server.target, token=tokens["ann"], cache=False) as ann:
            check_use(ann, MODEL)
        use_registry(server.target, tokens, folder, "today")
    finally:
        server.stop()


def test_a_registry_of_the_last_release_is_migrated_and_used(
    released_url: str, tmp_path: Path
) -> None:
    migrate(released_url)
    assert is_current(released_url)
    use_all(released_url, tmp_path)


def test_the_released_schema_becomes_the_one_that_a_new_database_has(
    released_url: str, fresh_database: Fresh
) -> None:
    migrate(released_url)
    with fresh_database() as url:
        found = [_tables(released_url), _tables(url)]
    assert found[0] == found[1]


def _tables(url: str) -> Tables:
    engines = open_engines(url)
    try:
        with engines.readers.begin() as connection:
            assert not unbuilt_indexes(connection)
            return Tables.of(connection)
    finally:
        engines.dispose()


def test_statements_of_the_last_release_run_on_the_newest_schema(
    released_url: str, database_kind: Kind
) -> None:
    migrate(released_url)
    assert failing(released_url, released_statements(database_kind)) == []
    assert len(failing(released_url, ["SELECT models.gone FROM models"])) == 1


def failing(url: str, statements: Sequence[str]) -> Sequence[str]:
    """Return those that the database cannot plan, with what it says."""
    return (_failing_on_sqlite if url.startswith("sqlite") else _failing_on_postgres)(
        url, statements
    )


def _failing_on_sqlite(url: str, statements: Sequence[str]) -> Sequence[str]:
    found = []
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        for statement in statements:
            try:
                connection.execute(f"EXPLAIN {statement}", [None] * statement.count("?"))
            except sqlite3.Error as error:
                found.append(f"{error}: {statement}")
    return found


def _failing_on_postgres(url: str, statements: Sequence[str]) -> Sequence[str]:
    found = []
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            numbered = statement
            for number, name in enumerate(dict.fromkeys(_PARAMETER.findall(statement)), 1):
                numbered = numbered.replace(f"%({name})s", f"${number}")
            planned = connection.pgconn.prepare(b"", numbered.replace("%%", "%").encode())
            if planned.status != psycopg.pq.ExecStatus.COMMAND_OK:
                found.append(f"{planned.error_message.decode()}: {statement}")
    return found


def test_the_oldest_schema_that_is_served_is_served(
    empty_database_url: str, engines: Engines, tmp_path: Path
) -> None:
    with engines.writers.begin() as connection:
        upgrade(connection, OLDEST_SERVED)
    tokens = create_tokens(empty_database_url)
    server = RegistryProcess(tmp_path / "registry", ("--database", empty_database_url)).start()
    try:
        use_registry(server.target, tokens, tmp_path, "today")
    finally:
        server.stop()
    assert current(empty_database_url) == OLDEST_SERVED


def test_migrations_that_contract_say_so(engines: Engines) -> None:
    script = ScriptDirectory.from_config(alembic_config())
    steps = list(script.walk_revisions())[::-1]
    unmarked = {}
    before = Tables({}, {})
    for step in steps:
        with engines.writers.begin() as connection:
            upgrade(connection, step.revision)
        with engines.readers.begin() as connection:
            after = Tables.of(connection)
        found = contractions(before, after)
        if found and not hasattr(step.module, "minimum_head"):
            unmarked[step.revision] = found
        before = after
    assert unmarked == {}, "state minimum_head: see docs/decisions/0017-schemas-roll.md"


@pytest.mark.parametrize(
    "statement, found",
    [
        ("DROP TABLE retention", ["retention is gone"]),
        ("ALTER TABLE models DROP COLUMN description", ["models.description is gone"]),
        (
            "ALTER TABLE models RENAME COLUMN description TO about",
            ["models.description is gone", "models.about is new and has no default"],
        ),
        (
            "CREATE TRIGGER models_keep",
            ["models has a new rule: trigger"],
        ),
        ("ALTER TABLE models ADD COLUMN about TEXT", []),
        ("ALTER TABLE models ADD COLUMN about TEXT NOT NULL DEFAULT ''", []),
        ("CREATE TABLE abouts (about TEXT NOT NULL)", []),
        ("CREATE INDEX ix_models_owner ON models (owner)", []),
        ("CREATE UNIQUE INDEX uq_models_owner ON models (owner)", ["models has a new rule: uni"]),
    ],
)
def test_what_contracts_is_found(database_url: str, statement: str, found: list[str]) -> None:
    engine = open_engines(database_url).writers
    if statement.startswith("CREATE TRIGGER"):
        statement = _TRIGGER[engine.dialect.name]
    before, after = _changed(engine, statement)
    message = contractions(before, after)
    assert len(message) == len(found)
    assert all(one.startswith(start) for one, start in zip(message, found, strict=True))
    engine.dispose()


_TRIGGER = {
    "sqlite": "CREATE TRIGGER models_keep BEFORE UPDATE ON models BEGIN SELECT 1; END",
    "postgresql": (
        "CREATE TRIGGER models_keep BEFORE UPDATE ON models "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_rows()"
    ),
}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "statement, found",
    [
        ("ALTER TABLE models ADD COLUMN about TEXT NOT NULL", "models.about is new and has"),
        (
            "ALTER TABLE versions ALTER COLUMN detail_bytes SET NOT NULL",
            "versions.detail_bytes may",
        ),
        ("ALTER TABLE models ALTER COLUMN next_version TYPE INTEGER", "models.next_version has an"),
        ("ALTER TABLE models ADD CHECK (owner <> 'ann')", "models has a new rule: check"),
        ("ALTER TABLE changes ALTER COLUMN model DROP DEFAULT", "changes.model has no default"),
    ],
)
def test_what_contracts_in_place_is_found(database_url: str, statement: str, found: str) -> None:
    engine = open_engines(database_url).writers
    (message,) = contractions(*_changed(engine, statement))
    assert message.startswith(found)
    engine.dispose()


def _changed(engine: Engine, statement: str) -> tuple[Tables, Tables]:
    with engine.begin() as connection:
        before = Tables.of(connection)
        connection.execute(text(statement))
        inspect(connection).clear_cache()
        return before, Tables.of(connection)


def test_the_schema_states_the_oldest_head_that_it_supports(database_url: str) -> None:
    assert schema_state(database_url) == SchemaState(head(), minimum_head())
    assert minimum_head("0013") < minimum_head() <= RELEASED


def test_a_database_from_before_that_states_nothing(released_url: str) -> None:
    assert schema_state(released_url) == SchemaState(RELEASED, "")
    assert SchemaState(OLDEST_SERVED).refusal() is None


@pytest.mark.parametrize(
    "state, message",
    [
        (SchemaState(None), "has no schema; run `registry-grpc migrate`"),
        (SchemaState("0003"), r"'0003'; this release serves .*; run `registry-grpc migrate`"),
        (SchemaState("9999"), "'9999' of a newer release; .*; start a newer release"),
        (SchemaState("9999", "9998"), "'9999' .*, for servers that know '9998'; .*; start a newer"),
    ],
)
def test_other_schemas_are_refused_with_what_to_do(state: SchemaState, message: str) -> None:
    refusal = state.refusal()
    assert refusal is not None
    assert re.search(message, refusal)


def test_a_newer_schema_that_supports_this_release_is_served() -> None:
    assert SchemaState("9999", head()).refusal() is None
