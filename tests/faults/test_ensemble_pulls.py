"""Pulls of ensembles whose client is killed, or whose disk is full: all members, or what was."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from modelregistry import Client, Ensemble, EnsembleMember
from modelregistry.errors import TargetRefused
from tests.support.hostile.scene import tree, write
from tests.support.mounts import mounted
from tests.support.server import RegistryProcess

MIB: Final = 1024 * 1024
BEFORE: Final = {"members/a/small": b"s"}
AFTER: Final = {
    "members/a/large": b"l" * MIB,
    "members/again/large": b"l" * MIB,
    "members/b/small": b"s",
}
PULLS = """
import os, signal, sys
from modelregistry import Client
from modelregistry.progress import Quiet

class Killing(Quiet):
    left = int(sys.argv[4])

    def file_done(self, path):
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

with Client(sys.argv[1], namespace=sys.argv[2], cache=False) as client:
    client.pull("both/2", sys.argv[3], progress=Killing())
"""


@pytest.fixture
def client(registry_process: RegistryProcess, tmp_path: Path) -> Iterator[Client]:
    """A registry with both/1, of a small member, and both/2, with one that is there twice."""
    namespace = f"pulls-{uuid4().hex[:12]}"
    with Client(registry_process.target, namespace=namespace, cache=False) as made:
        made.create_namespace(namespace)
        for name, data in (("small", b"s"), ("large", b"l" * MIB)):
            made.push(name, write(tmp_path / name, {name: data}), environment=None, source=None)
        roles = {"a": "large/1", "again": "large/1", "b": "small/1"}
        for given in ({"a": "small/1"}, roles):
            members = (EnsembleMember(role=role, version=ref) for role, ref in given.items())
            made.push("both", ensemble=Ensemble(members=tuple(members)))
        yield made


@pytest.mark.parametrize("files", range(3))
def test_a_killed_pull_leaves_what_was_and_the_next_one_ends(
    client: Client, tmp_path: Path, files: int
) -> None:
    target = tmp_path / "place" / "out"
    client.pull("both/1", target)
    arguments = (client.target, client.namespace, target, files)
    done = subprocess.run(
        [sys.executable, "-c", PULLS, *map(str, arguments)],
        check=False,
        timeout=300,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == -signal.SIGKILL
    assert tree(target) == BEFORE
    assert tree(client.pull("both/2", target)) == AFTER
    assert [path.name for path in target.parent.iterdir()] == ["out"]


def test_a_disk_without_room_for_every_member_keeps_what_it_had(
    client: Client, tmp_path: Path
) -> None:
    # Room for the bytes of one of the two members that have them, and not for both.
    with mounted(tmp_path / "disk", "size=1536k") as disk:
        client.pull("both/1", disk / "out")
        with pytest.raises((TargetRefused, OSError)):
            client.pull("both/2", disk / "out")
        assert tree(disk / "out") == BEFORE
        assert [path.name for path in disk.iterdir()] == ["out"]
