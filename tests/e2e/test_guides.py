"""The guides of docs/operations.md, their commands run as they are printed."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelregistry import Client
from tests.support.backups import postgres_tools
from tests.support.databases import Kind
from tests.support.python import clean_environ
from tests.support.released import MODEL, load_released
from tests.support.server import RegistryProcess

DOCS = Path(__file__).parents[2] / "docs" / "operations.md"
GUIDE = re.compile(r"^<!-- guide: (.+?) -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GUIDES = dict(GUIDE.findall(DOCS.read_text("utf-8")))
PROGRAMS = Path(sys.prefix) / "bin"

pytestmark = [
    pytest.mark.skipif(
        not (PROGRAMS / "registry-grpc").exists(), reason="not in an environment of `make`"
    ),
    pytest.mark.skipif(shutil.which("sqlite3") is None, reason="sqlite3 is not on this machine"),
]


class Place:
    """A folder in which an operator works, and the server of the registry there."""

    def __init__(self, folder: Path, kind: Kind, url: str) -> None:
        self.folder = folder
        self.kind = kind
        given = () if kind == "sqlite" else ("--database", url)
        self.server = RegistryProcess(folder / "registry-data", given)
        self._url = url

    def follow(self, guide: str, code: int = 0) -> str:
        """Run the lines of a guide until one fails; return what they print."""
        return self.run(GUIDES[guide], code)

    def run(self, lines: str, code: int = 0) -> str:
        """Run lines of shell, with this exit code."""
        path = os.pathsep.join([str(PROGRAMS), str(postgres_tools()), os.environ["PATH"]])
        database = {} if self.kind == "sqlite" else {"REGISTRY_DATABASE": self._url}
        done = subprocess.run(
            ["/bin/sh", "-e", "-c", lines],
            capture_output=True,
            check=False,
            cwd=self.folder,
            env={**clean_environ(), **database, "PATH": path, "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=500,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def client(self) -> Client:
        return Client(self.server.target, cache=False)

    def push(self, content: bytes) -> str:
        (self.folder / "model.bin").write_bytes(content)
        with self.client() as registry:
            return registry.push(
                "fraud", self.folder / "model.bin", environment=None, source=None
            ).ref


@pytest.fixture
def place(tmp_path: Path, database_kind: Kind, empty_database_url: str) -> Iterator[Place]:
    made = Place(tmp_path, database_kind, empty_database_url)
    if database_kind == "postgresql":
        made.run("registry-grpc migrate")
    yield made
    made.server.stop()


def test_an_operator_who_follows_the_guide_gets_the_registry_back(place: Place) -> None:
    place.server.start()
    assert place.push(b"in the backup") == "fraud/1"
    place.follow(f"back up {place.kind}")
    assert place.push(b"after the backup") == "fraud/2"
    blobs = place.server.data_dir / "blobs" / "blobs"
    place.server.stop()
    kept = {path: path.read_bytes() for path in blobs.rglob("*") if path.is_file()}
    [lost] = [path for path, content in kept.items() if content == b"in the backup"]
    lost.unlink()

    place.follow(f"restore {place.kind}")

    place.server.start()
    # Bytes of fraud/2 have no record now. They stay until an operator resumes the collection.
    printed = place.run("registry-grpc gc --orphan-age 0 --grace 0 --yes", code=1)
    assert "garbage collection is suspended" in printed
    assert {path: path.read_bytes() for path in kept} == kept
    assert place.push(b"after the backup") == "fraud/2"
    assert "2 blobs read, 0 damaged" in place.follow("after the restore")
    with place.client() as registry:
        pulled = registry.pull("fraud/1", place.folder / "pulled")
    assert (pulled / "model.bin").read_bytes() == b"in the backup"


def test_blobs_that_were_not_restored_are_missed(place: Place) -> None:
    place.server.start()
    place.push(b"weights")
    place.server.stop()
    blobs = place.server.data_dir / "blobs"
    blobs.rename(blobs.with_name("lost"))
    assert f"there is no blob store in {blobs}" in place.run("registry-grpc verify", code=2)
    assert not blobs.exists()


def test_an_operator_who_follows_the_guide_upgrades(
    tmp_path: Path, database_kind: Kind, empty_database_url: str
) -> None:
    data = tmp_path / "registry-data"
    data.mkdir(mode=0o700)
    url = empty_database_url
    if database_kind == "sqlite":
        url = f"sqlite:///{data}/registry.db"
    load_released(url, database_kind)
    place = Place(tmp_path, database_kind, url)
    assert "migrated from 0015 to" in place.follow("upgrade")
    place.server.start()
    try:
        flags = f"--listen {place.server.target}"
        lines = GUIDES["after the upgrade"].replace("doctor", f"doctor {flags}")
        assert "FAIL" not in place.run(lines)
        token = place.server.token("ann", "admin")
        with Client(place.server.target, token=token, cache=False) as registry:
            assert registry.get_model(MODEL).name.endswith(MODEL)
    finally:
        place.server.stop()
