"""Names that something deleted has taken, and what becomes of its versions and bytes."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.python import CLIENT, SERVER, clean_environ, run_python
from tests.support.server import RegistryProcess

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


@pytest.fixture
def run(own_registry: RegistryProcess, tmp_path: Path) -> Run:
    """Run `modelreg` as root, an admin; who="ann": as a writer."""
    roles = {"root": "admin", "ann": "writer"}
    tokens = {name: own_registry.token(name, role) for name, role in roles.items()}
    target = own_registry.start().target

    def modelreg(*arguments: object, who: str = "root") -> Done:
        environ = {
            **clean_environ(),
            "HOME": str(tmp_path),
            "MODELREG_SERVER": target,
            "MODELREG_TOKEN": tokens[who],
        }
        return run_python((*CLIENT, *arguments), environ)

    return modelreg


def test_the_name_of_a_deleted_model_says_what_has_taken_it_and_how_to_go_on(
    run: Run, own_registry: RegistryProcess, tmp_path: Path
) -> None:
    for number in range(2):
        (tmp_path / "model").write_bytes(b"weights" * (1000 + number))
        assert run("push", "fraud", tmp_path / "model", "--alias", "champion").returncode == 0
    assert run("models", "purge", "fraud", "--yes").returncode == 1  # it is not deleted
    assert run("models", "delete", "fraud", "--yes", who="ann").returncode == 0

    taken = run("models", "create", "fraud")
    assert taken.returncode == 1
    assert "already exists, deleted at 20" in taken.stderr
    assert "by ann: undelete it" in taken.stderr
    assert "`modelreg models undelete fraud`" in taken.stderr
    assert "fraud deleted" in run("models", "list", "--show-deleted").stdout

    assert run("versions", "delete", "fraud/1", "--yes", who="ann").returncode == 0
    in_use = run("versions", "delete", "fraud/2", "--yes", who="ann")
    assert (in_use.returncode, "in use by alias champion" in in_use.stderr) == (1, True)
    assert run("versions", "purge", "fraud/1", "--yes", who="ann").returncode == 4
    purged = run("models", "purge", "fraud", "--yes", "--reason", "leaked")
    assert (purged.returncode, purged.stdout) == (0, "purged fraud\n"), purged.stderr
    assert run("models", "purge", "fraud", "--yes").returncode == 0

    collect = ("gc", "--yes", "--json", "--data-dir", own_registry.data_dir)
    collected = run_python((*SERVER, *collect), clean_environ())
    assert len(json.loads(collected.stdout)["deleted"]) == 2, collected.stderr

    for command in (("models", "create", "fraud"), ("models", "undelete", "fraud")):
        gone = run(*command)
        assert (gone.returncode, "purged" in gone.stderr) == (1, True), gone.stderr
    assert run("push", "fraud", tmp_path / "model").returncode == 1
    assert "fraud purged" in run("models", "list", "--deleted").stdout
    versions = run("versions", "list", "fraud", "--deleted").stdout
    assert ("fraud/1 purged" in versions, "fraud/2 purged" in versions) == (True, True)
    trail = json.loads(run("audit", "--model", "fraud", "--oldest-first", "--json").stdout)
    purges = [(e["action"], e["actor"]) for e in trail if e["action"].endswith(".purge")]
    assert purges == [("version.purge", "root")] * 2 + [("model.purge", "root")]
