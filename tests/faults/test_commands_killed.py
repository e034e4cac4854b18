"""Operator commands that are killed at any of their steps: they can be run again.

A command is another process, which kills itself at a given statement of its database or at a file
that it removes or moves.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from modelregistry import Client
from registry_grpc.cli import cli
from registry_grpc.persistence.engine import open_engines
from registry_grpc.persistence.index_building import unbuilt_indexes
from registry_grpc.persistence.migrate import current
from registry_grpc.persistence.schema_range import head
from registry_grpc.persistence.upgrade import upgrade
from tests.support.python import run_python
from tests.support.server import RegistryProcess

BEFORE = "0007"
ROWS = 200
_OLD_CHANGE = text(
    "INSERT INTO changes (revision, ordinal, namespace, action, name, actor, reason, time) "
    "VALUES (:revision, 0, 'default', 'model.update', :name, 'ann', '', :revision)"
)
_PROGRAM = """
import os, signal, sys
from sqlalchemy import Engine, event
from registry_grpc.cli import main
left = int(sys.argv.pop(1))

def step(*ignored):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def audit(name, arguments):
    if name in {"os.remove", "os.rename"}:
        step()

event.listen(Engine, "before_cursor_execute", step)
event.listen(Engine, "commit", step)
sys.addaudithook(audit)
main()
"""
KILLED = -9
pytestmark = pytest.mark.timeout(600)


def points() -> Iterator[int]:
    """Yield the steps at which to kill: all of the first, then ever fewer."""
    step = 1
    while True:
        yield step
        step += 1 + step // 2


def killed_at(step: int, *arguments: str) -> bool:
    """Run a command that is killed at a step; whether it was, or else has ended well."""
    done = run_python(("-c", _PROGRAM, step, *arguments))
    assert done.returncode in {0, KILLED}, done.stderr
    return done.returncode == KILLED


@pytest.fixture
def old_database(empty_database_url: str) -> str:
    """A database of an earlier release that holds something."""
    engines = open_engines(empty_database_url)
    with engines.writers.begin() as connection:
        upgrade(connection, BEFORE)
        rows = [
            {"revision": number, "name": f"namespaces/default/models/m{number}"}
            for number in range(1, ROWS + 1)
        ]
        connection.execute(_OLD_CHANGE, rows)
        counted = text("UPDATE revision_counter SET revision = :rows, last_time = :rows")
        connection.execute(counted, {"rows": ROWS})
    engines.dispose()
    return empty_database_url


def test_a_migration_that_is_killed_has_done_nothing_and_can_be_run_again(
    old_database: str,
) -> None:
    for step in points():
        if not killed_at(step, "migrate", "--database", old_database):
            break
        assert current(old_database) in {BEFORE, head()}
    assert step > 5
    assert current(old_database) == head()
    engines = open_engines(old_database)
    with engines.readers.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM changes")) == ROWS
        assert unbuilt_indexes(connection) == []
    engines.dispose()


def test_a_collection_that_is_killed_removes_nothing_needed_and_can_be_run_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server = RegistryProcess(tmp_path / "registry", ("--gc-every", "0")).start()
    model = tmp_path / "model"
    model.mkdir()
    contents = {name: name.encode() * 9 for name in ("kept", "gone1", "gone2", "gone3")}
    with Client(server.target, cache=False) as client:
        for name, data in contents.items():
            (model / "weights").write_bytes(data)
            made = client.push(name, model)
            if name != "kept":
                client.delete_version(made)
    server.stop()
    place = ("--data-dir", str(server.data_dir))
    engines = open_engines(f"sqlite:///{server.data_dir / 'registry.db'}")
    with engines.writers.begin() as connection:
        connection.execute(text("UPDATE blobs SET lease_until = 1"))
    engines.dispose()
    cli(["restored", "--yes", *place], standalone_mode=False)

    collect = ("gc", "--yes", "--release", "--grace", "0", "--orphan-age", "0", *place)
    for step in points():
        if not killed_at(step, *collect):
            break
    assert step > 5
    while True:  # what was condemned goes with the next one
        capfd.readouterr()
        cli(list(collect), standalone_mode=False)
        if "freed 0 bytes" in capfd.readouterr().out:
            break
    cli(["verify", *place], standalone_mode=False)
    assert "1 blobs read, 0 damaged" in capfd.readouterr().out
    server.start()
    try:
        with Client(server.target, cache=False) as client:
            pulled = client.pull("kept/1", tmp_path / "out")
            assert (pulled / "weights").read_bytes() == contents["kept"]
    finally:
        server.stop()
