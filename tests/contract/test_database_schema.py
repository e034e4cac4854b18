"""Migrations lead to the schema that the code describes."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from registry_grpc.persistence.database import TABLES, open_database
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.migrate import (
    create_if_missing,
    current,
    is_current,
    migrate,
)
from registry_grpc.persistence.schema_range import head


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Raw SQL on a migrated database."""
    engines = open_engines(database_url)
    yield engines.writers
    engines.dispose()


def _differences(engine: Engine) -> list[object]:
    with engine.begin() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), TABLES))


def test_migrations_lead_to_the_tables_of_the_code(engine: Engine) -> None:
    assert _differences(engine) == []


def test_a_missing_index_would_be_noticed(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_models_live"))
    assert len(_differences(engine)) == 1


def test_constraints_have_the_names_of_the_convention(engine: Engine) -> None:
    found = inspect(engine)
    for table in TABLES.tables.values():
        names = {constraint.name for constraint in table.constraints}
        keys = [
            found.get_pk_constraint(table.name)["name"],
            *(key["name"] for key in found.get_foreign_keys(table.name)),
            *(key["name"] for key in found.get_unique_constraints(table.name)),
            *(key["name"] for key in found.get_check_constraints(table.name)),
        ]
        assert set(keys) == names


def test_an_empty_database_has_no_revision(empty_database_url: str) -> None:
    assert current(empty_database_url) is None
    assert not is_current(empty_database_url)


def test_a_migrated_database_is_current(empty_database_url: str) -> None:
    migrate(empty_database_url)
    assert current(empty_database_url) == head()
    assert is_current(empty_database_url)


def test_migrating_again_changes_nothing(database_url: str) -> None:
    migrate(database_url)
    assert is_current(database_url)
    with open_database(database_url) as database, database.read() as transaction:
        assert len(transaction.namespaces.page(None, 9)) == 1


def test_many_who_migrate_at_once_migrate_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: migrate(empty_database_url), range(4)))
    with open_database(empty_database_url) as database, database.read() as transaction:
        assert len(transaction.namespaces.page(None, 9)) == 1


@pytest.mark.direct
def test_the_schema_of_a_newer_release_is_refused_with_a_sentence(
    engine: Engine, database_url: str
) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ValueError, match=r"schema '9999' of a newer release"):
        migrate(database_url)
    assert not is_current(database_url)


def test_a_database_without_a_schema_is_created(empty_database_url: str) -> None:
    assert create_if_missing(empty_database_url)
    assert is_current(empty_database_url)
    assert not create_if_missing(empty_database_url)


def test_a_database_with_another_schema_is_left_alone(engine: Engine, database_url: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert not create_if_missing(database_url)
    assert current(database_url) == "0000"


def test_a_migration_that_fails_leaves_nothing(empty_database_url: str) -> None:
    engines = open_engines(empty_database_url)
    with engines.writers.begin() as connection:
        connection.execute(text("CREATE TABLE revision_counter (id INTEGER)"))
    with pytest.raises(Exception, match="revision_counter"):
        migrate(empty_database_url)
    assert current(empty_database_url) is None
    assert inspect(engines.writers).get_table_names() == ["revision_counter"]
    engines.dispose()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_migrations_do_not_depend_on_the_working_folder(empty_database_url: str) -> None:
    program = (
        "import os, sys; os.chdir('/');"
        "from registry_grpc.persistence.migrate import migrate; migrate(sys.argv[1])"
    )
    subprocess.run(
        [sys.executable, "-c", program, empty_database_url],
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert is_current(empty_database_url)
