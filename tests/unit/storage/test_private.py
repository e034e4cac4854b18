"""Files of the registry are private to its user; wider permissions are revoked or reported."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry_grpc import app
from registry_grpc.app.opening import open_bytes
from registry_grpc.config import Settings
from registry_grpc.storage.private import tighten_folder


@pytest.fixture(params=[0o000, 0o022, 0o077])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder.parent)): stat.S_IMODE(path.stat().st_mode)
        for path in (folder, *folder.rglob("*"))
    }


def used(folder: Path) -> Settings:
    """Make and write a registry in a folder."""
    settings = Settings(data_dir=folder)
    with app.create_facts(settings) as database:
        open_bytes(settings)
        with database.write() as tx:
            tx.uploads.forget(app.clock())
        found = modes(folder)
    assert {"registry/registry.db", "registry/registry.db-wal", "registry/registry.db-shm"} <= set(
        found
    )
    for name, mode in found.items():
        assert mode == (0o700 if (folder.parent / name).is_dir() else 0o600), (name, oct(mode))
    return settings


@pytest.mark.usefixtures("_umask")
def test_a_new_folder_is_private_whatever_the_umask(tmp_path: Path) -> None:
    used(tmp_path / "registry")


def test_what_was_open_to_others_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    used(folder)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    used(folder)


def test_a_database_of_its_own_place_is_closed_but_not_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    (folder / "other").write_text("not ours")
    settings = Settings.load(
        {"database": f"sqlite:///{folder / 'facts.db'}", "data_dir": tmp_path / "data"}, {}
    )
    app.migrate_facts(settings)
    (folder / "facts.db").chmod(0o644)
    with app.create_facts(settings):
        assert stat.S_IMODE((folder / "facts.db").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_a_folder_that_holds_other_things_keeps_its_mode_and_is_warned_of(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    (folder / "notes.txt").write_text("not ours")
    [warning] = tighten_folder(folder, {"registry.db"})
    assert "notes.txt" in warning
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert list(tighten_folder(tmp_path / "missing", ())) == []
