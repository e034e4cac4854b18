"""Servers, workers and commands on a database that a newer release has migrated."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from modelregistry import Client
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.schema_range import head
from tests.support.faults.crew import replace_worker
from tests.support.python import SERVER, run_python
from tests.support.registry_use import use_registry
from tests.support.released import create_tokens
from tests.support.server import RegistryProcess

EXPANSIONS = (
    "CREATE TABLE things_to_come (name TEXT NOT NULL)",
    "ALTER TABLE models ADD COLUMN card TEXT",
    "ALTER TABLE versions ADD COLUMN card TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE changes ADD COLUMN card TEXT NOT NULL DEFAULT ''",
)


def expand(url: str, minimum_head: str) -> None:
    """Do what a migration of a newer release does that only adds, and supports such servers."""
    engines = open_engines(url)
    with engines.writers.begin() as connection:
        for statement in EXPANSIONS:
            connection.execute(text(statement))
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        stated = text("UPDATE schema_compatibility SET minimum_head = :minimum")
        connection.execute(stated, {"minimum": minimum_head})
    engines.dispose()


def registry_grpc(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return run_python((*SERVER, *arguments))


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[RegistryProcess]:
    """A server with two workers, not yet started."""
    options = ("--database", database_url, "--workers", "2", "--log-format", "json")
    made = RegistryProcess(tmp_path / "registry", options)
    yield made
    made.stop()


def test_servers_go_on_and_start_again_on_a_schema_that_a_newer_release_has_expanded(
    server: RegistryProcess, database_url: str, tmp_path: Path
) -> None:
    tokens = create_tokens(database_url)
    server.start()
    use_registry(server.target, tokens, tmp_path, "before")
    expand(database_url, head())
    use_registry(server.target, tokens, tmp_path, "during")
    for number in range(2):
        replace_worker(server, number)
    use_registry(server.target, tokens, tmp_path, "replaced")
    server.stop()
    server.start()
    use_registry(server.target, tokens, tmp_path, "after")
    assert "the schema of the database is not the newest of this release" in server.log


def test_a_schema_that_has_contracted_beyond_this_release_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    expand(database_url, "9998")
    place = ("--database", database_url, "--data-dir", str(tmp_path / "registry"))
    for command in (("serve", "--listen", "127.0.0.1:0"), ("gc", "--yes"), ("token", "list")):
        refused = registry_grpc(*command, *(place[:2] if command[0] == "token" else place))
        assert refused.returncode == 1
        assert "error: the database has the schema '9999' of a newer release" in refused.stderr
        assert "for servers that know '9998'" in refused.stderr
        assert "start a newer release of the server" in refused.stderr


def test_an_embedded_database_that_a_newer_release_has_expanded_is_served(
    own_registry: RegistryProcess,
) -> None:
    own_registry.start()
    own_registry.stop()
    expand(f"sqlite:///{own_registry.data_dir / 'registry.db'}", head())
    own_registry.start()
    with Client(own_registry.target, cache=False) as client:
        client.create_model("fraud")
        assert [model.name for model in client.list_models()] == ["namespaces/default/models/fraud"]
