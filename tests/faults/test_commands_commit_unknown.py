"""Operator commands without a reply to COMMIT: they report it, and can be run again."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from modelregistry import Client
from registry_grpc.persistence.migrate import migrate
from tests.support.faults.amount import randomness
from tests.support.faults.cutting_proxy import CuttingProxy, cutting_proxy
from tests.support.postgres_away import own_postgres
from tests.support.python import SERVER, run_python
from tests.support.server import RegistryProcess

pytestmark = pytest.mark.timeout(300)
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def postgres_uri(postgres_folder: Path, tmp_path: Path) -> Iterator[str]:
    """A migrated PostgreSQL of its own."""
    with own_postgres(postgres_folder / tmp_path.name) as postgres:
        migrate(postgres.get_uri())
        yield postgres.get_uri()


@pytest.fixture
def proxy(postgres_uri: str, postgres_folder: Path, tmp_path: Path) -> Iterator[CuttingProxy]:
    """The target of the commands."""
    del postgres_uri
    socket = postgres_folder / tmp_path.name / ".s.PGSQL.5432"
    with cutting_proxy(str(socket), randomness("commands")) as made:
        yield made


@pytest.fixture
def registry_grpc(proxy: CuttingProxy) -> Run:
    """Runs `registry-grpc` through the proxy, as a process; returns how it ended."""
    url = f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres?sslmode=disable"

    def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run_python((*SERVER, *arguments, "--database", url))

    return ran


def is_in_doubt(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether a command has said that it may have made its change."""
    return (
        done.returncode == 1 and "COMMIT" in done.stderr.upper() and "Traceback" not in done.stderr
    )


def test_a_token_whose_creation_is_in_doubt_is_never_shown_and_can_be_revoked(
    proxy: CuttingProxy, registry_grpc: Run
) -> None:
    proxy.unanswered = b"INSERT INTO tokens"
    done = registry_grpc("token", "create", "ann", "--role", "writer")
    assert is_in_doubt(done), done
    assert done.stdout == ""
    proxy.unanswered = b""
    (token,) = json.loads(registry_grpc("token", "list", "--json").stdout)
    assert (token["principal"], token["revoke_time"]) == ("ann", None)

    proxy.unanswered = b"UPDATE tokens"
    assert is_in_doubt(registry_grpc("token", "revoke", "--yes", token["id"]))
    proxy.unanswered = b""
    assert "revoked" in registry_grpc("token", "revoke", "--yes", token["id"]).stdout
    (token,) = json.loads(registry_grpc("token", "list", "--json").stdout)
    assert token["revoke_time"] is not None


@pytest.mark.parametrize("unanswered", [b"UPDATE blobs", b"DELETE FROM blobs"])
def test_a_collection_that_is_in_doubt_is_run_again_and_removes_nothing_needed(
    proxy: CuttingProxy, registry_grpc: Run, postgres_uri: str, tmp_path: Path, unanswered: bytes
) -> None:
    place = ("--blobs", f"file://{tmp_path / 'blobs'}")
    options = ("--database", postgres_uri, *place, "--gc-every", "0")
    server = RegistryProcess(tmp_path / "registry", options).start()
    model = tmp_path / "model"
    try:
        with Client(server.target, cache=False) as client:
            for name in ("kept", "gone"):
                model.write_bytes(name.encode())
                client.push(name, model)
            client.delete_version("gone/1")
            with psycopg.connect(postgres_uri) as connection:
                connection.execute("UPDATE blobs SET lease_until = 1")
            collect = ("gc", "--yes", "--grace", "0", *place)
            proxy.unanswered = unanswered
            ends = [registry_grpc(*collect) for _ in range(2)]
            assert any(map(is_in_doubt, ends)), ends
            proxy.unanswered = b""
            registry_grpc(*collect)
            assert "freed 0 bytes" in registry_grpc(*collect).stdout
            assert "1 blobs read, 0 damaged" in registry_grpc("verify", *place).stdout
            assert client.pull("kept/1", tmp_path / "out").is_dir()
    finally:
        server.stop()
