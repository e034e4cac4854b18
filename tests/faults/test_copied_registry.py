"""Two registries that run on one data folder and a copy of it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from modelregistry import Client
from modelregistry.errors import HistoryChanged
from tests.support.python import SERVER, run_python
from tests.support.server import RegistryProcess

pytestmark = pytest.mark.timeout(300)
NO_COLLECTION = ("--gc-every", "0")


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `registry-grpc`."""
    return run_python((*SERVER, *arguments))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """The data folder of a registry with a version, and a copy of it."""
    original, copy = tmp_path / "original", tmp_path / "copy"
    with serving(original) as client:
        push(client, tmp_path / "model", "fraud", b"weights")
    shutil.copytree(original, copy)
    return original, copy


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Client]:
    """Serve a data folder; yield a client of it."""
    server = RegistryProcess(folder, (*NO_COLLECTION, *options)).start()
    try:
        with Client(server.target, cache=False) as client:
            yield client
    finally:
        server.stop()


def push(client: Client, file: Path, model: str, data: bytes) -> None:
    """Register a version of one file."""
    file.write_bytes(data)
    client.push(model, file, alias="champion")


def test_a_copy_that_is_declared_has_a_history_of_its_own(folders: tuple[Path, Path]) -> None:
    original, copy = folders
    assert command("restored", "--yes", "--data-dir", str(copy)).returncode == 0
    with serving(original) as one, serving(copy) as other:
        alias = one.get_alias("fraud", "champion")
        assert other.get_alias("fraud", "champion").version == alias.version
        with pytest.raises(HistoryChanged):
            other.set_alias("fraud", "champion", 1, etag=alias.etag)
        assert one.set_alias("fraud", "champion", 1, etag=alias.etag).version == alias.version


def test_a_copy_that_is_not_declared_takes_what_belongs_to_the_other(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    with serving(folders[0]) as one, serving(folders[1]) as other:
        alias = one.get_alias("fraud", "champion")
        assert other.set_alias("fraud", "champion", 1, etag=alias.etag).version == alias.version
        # They change apart from each other all the same, each with bytes of its own.
        for client, data in ((one, b"of the one"), (other, b"of the other")):
            push(client, tmp_path / "model", "fraud", data)
            pulled = client.pull("fraud/2", tmp_path / data.decode())
            assert (pulled / "model").read_bytes() == data
    collect = ("gc", "--yes", "--grace", "0", "--orphan-age", "0", "--data-dir")
    for folder in folders:
        assert command(*collect, str(folder)).returncode == 0
        assert command("verify", "--data-dir", str(folder)).returncode == 0


def test_blobs_that_two_registries_share_are_lost_and_that_is_said(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    original, copy = folders
    shared = ("--blobs", f"file://{original / 'blobs'}")
    with serving(copy, *shared) as client:
        push(client, tmp_path / "model", "fraud", b"only of the copy")
    place = ("--data-dir", str(original))
    assert command("gc", "--yes", "--grace", "0", "--orphan-age", "0", *place).returncode == 0
    assert command("verify", *place).returncode == 0
    done = command("verify", "--data-dir", str(copy), *shared)
    assert done.returncode == 1
    assert "missing" in done.stdout
