"""Pull and sync into mounted volumes, under read-only roots and into folders of other users."""

import os
import shutil
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelregistry import Client, Version
from modelregistry.errors import TargetRefused
from tests.support.mounts import (
    NOBODY,
    ended,
    make_read_only,
    modelreg_as,
    mounted,
    needs_root,
    shared,
)
from tests.support.server import RegistryProcess, registry_process

__all__ = ["registry_process", "shared"]

ONE = {"config.json": b"{}", "weights/a.bin": b"a" * 700_000, "weights/only-1": b"1"}
TWO = {"config.json": b"[]", "weights/a.bin": b"b" * 700_000, "labels": b"2"}


@pytest.fixture(scope="module")
def client(
    registry_process: RegistryProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    cache = tmp_path_factory.mktemp("cache")
    with Client(registry_process.target, cache=cache) as made:
        for content in (ONE, TWO):
            folder = tmp_path_factory.mktemp("model")
            for path, data in content.items():
                (folder / path).parent.mkdir(exist_ok=True)
                (folder / path).write_bytes(data)
            made.push("fraud", folder, alias="champion", environment=None, source=None)
        yield made


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "..current.versions" not in path.parts
    }


def test_a_mounted_volume_is_filled_and_changes_to_the_next_version(
    client: Client, tmp_path: Path
) -> None:
    with mounted(tmp_path / "models") as models:
        (models / "lost+found").mkdir()
        inode = models.stat().st_ino
        client.pull("fraud/1", models)
        assert content(models) == ONE
        client.pull("fraud/2", models)
        assert content(models) == TWO
        assert sorted(path.name for path in models.iterdir()) == [
            *("config.json", "labels", "lost+found", "weights")
        ]
        before = (models / "config.json").stat().st_ctime_ns
        client.pull("fraud/2", models)
        assert (models / "config.json").stat().st_ctime_ns == before, "it was right"
        assert models.stat().st_ino == inode
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models"]


def test_a_folder_in_the_way_of_a_file_and_the_reverse_are_replaced_in_a_volume(
    client: Client, tmp_path: Path
) -> None:
    with mounted(tmp_path / "models") as models:
        (models / "config.json" / "deep").mkdir(parents=True)
        (models / "weights").symlink_to(tmp_path)
        client.pull("fraud/1", models)
        assert content(models) == ONE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models"]


def test_a_bound_folder_of_the_same_disk_is_filled(client: Client, tmp_path: Path) -> None:
    (tmp_path / "volume").mkdir()
    (tmp_path / "models").mkdir()
    with mounted(tmp_path / "models", source=tmp_path / "volume") as models:
        client.pull("fraud/1", models)
        assert content(models) == ONE
        assert content(tmp_path / "volume") == ONE


def test_a_mount_inside_the_target_is_refused_before_anything_is_downloaded(
    client: Client, tmp_path: Path
) -> None:
    target, settings = tmp_path / "models", tmp_path / "settings.json"
    (target / "data").mkdir(parents=True)
    (target / "config.json").touch()
    settings.write_text("mine")
    with mounted(target / "data") as volume:
        (volume / "precious").write_text("kept")
        with pytest.raises(TargetRefused, match=str(volume)):
            client.pull("fraud/1", target)
        assert (volume / "precious").read_text() == "kept"
    with mounted(target / "config.json", source=settings) as file:
        with pytest.raises(TargetRefused, match=str(file)):
            client.pull("fraud/1", target)
        with pytest.raises(TargetRefused, match="is a file"):
            client.pull("fraud/1", file)
    assert settings.read_text() == "mine"


@pytest.mark.usefixtures("client")
def test_an_init_container_with_a_read_only_root_fills_its_volume(
    registry_process: RegistryProcess, shared: Path
) -> None:
    needs_root()
    with mounted(shared / "root", "mode=755") as root:
        (root / "models").mkdir()
        with mounted(root / "models", "mode=777") as models:
            make_read_only(root)
            where = ("--server", registry_process.target)
            for ref, expected in (("fraud/1", ONE), ("fraud/2", TWO)):
                for target in (models, models / "fraud"):
                    process = modelreg_as(
                        NOBODY, *where, "pull", ref, target, cwd=root, HOME=str(root)
                    )
                    code, out, err = ended(process)
                    assert code == 0, err
                    assert f"pulled {ref}" in out
                    assert err.count("\n") == 1, "one line: the cache cannot be used"
                    assert content(target) == expected
                shutil.rmtree(models / "fraud")
            code, _, err = ended(
                modelreg_as(NOBODY, *where, "pull", "fraud/1", root / "new", cwd=root)
            )
            assert code == 1
            assert err.startswith(f"error: {root}/new cannot be created: ")


def test_sync_keeps_a_mounted_volume_up_to_date(
    registry_process: RegistryProcess, client: Client, shared: Path
) -> None:
    ref = ("sync", "fraud@synced", "--once", "--server", registry_process.target)
    with mounted(shared / "models", "mode=777") as models:
        for number, expected in ((1, ONE), (2, TWO)):
            client.set_alias("fraud", "synced", number)
            code, out, err = ended(modelreg_as(NOBODY, *ref, models, cwd=shared))
            assert code == 0, err
            assert str(models) in out
            names = {path.partition("/")[0] for path in expected}
            assert {p.name for p in models.iterdir()} == names | {".current", "..current.versions"}
            assert {name: (models / name).read_bytes() for name in expected} == expected
        (models / "precious").write_text("mine")
        code, _, err = ended(modelreg_as(NOBODY, *ref, models, cwd=shared))
        assert code == 1
        assert err.startswith(f"error: {models}/precious is not a link that sync made")


def test_a_target_below_a_folder_that_may_not_be_written_is_filled_in_place(
    client: Client, registry_process: RegistryProcess, shared: Path
) -> None:
    needs_root()
    target = shared / "models" / "fraud"
    target.mkdir(parents=True)
    os.chown(target, NOBODY, NOBODY)
    where = ("--server", registry_process.target, "pull", "fraud/2")
    code, _, err = ended(modelreg_as(NOBODY, *where, target, cwd=shared))
    assert code == 0, err
    assert content(target) == TWO

    os.chown(target / "weights", 0, 0)
    (target / "weights" / "a.bin").write_bytes(b"other")
    code, _, err = ended(modelreg_as(NOBODY, *where, target, cwd=shared))
    assert code == 1
    assert f"{target / 'weights'} cannot be written" in err.splitlines()[0]
    assert (target / "labels").read_bytes() == b"2", "nothing was changed"
    assert client.resolve("fraud/2").number == 2


def test_mode_group_acl_and_attributes_of_a_target_are_kept(client: Client, tmp_path: Path) -> None:
    needs_root()
    target = tmp_path / "models"
    target.mkdir()
    os.chown(target, NOBODY, 4321)
    target.chmod(0o2750)
    os.setxattr(target, "user.note", b"mine")
    # user::rwx, user:12345:rwx, group::r-x, mask::rwx, other::---: see acl(5)
    entries = (1, 7, -1), (2, 7, NOBODY), (4, 5, -1), (16, 7, -1), (32, 0, -1)
    acl = b"\2\0\0\0" + b"".join(
        tag.to_bytes(2, "little") + bits.to_bytes(2, "little") + (who % 2**32).to_bytes(4, "little")
        for tag, bits, who in entries
    )
    os.setxattr(target, "system.posix_acl_default", acl)
    inode = target.stat().st_ino
    client.pull("fraud/1", target)
    status = target.stat()
    assert status.st_ino != inode, "it was replaced as a whole"
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (NOBODY, 4321, 0o2750)
    assert os.getxattr(target, "user.note") == b"mine"
    assert os.getxattr(target, "system.posix_acl_default") == acl
    assert (target / "weights" / "a.bin").stat().st_gid == 4321
    assert "system.posix_acl_access" in os.listxattr(target / "config.json")


def test_pulls_into_one_new_target_all_end_well(client: Client, tmp_path: Path) -> None:
    versions = [client.resolve("fraud/1"), client.resolve("fraud/2")] * 4
    for place in ("beside", "mounted"):
        with mounted(tmp_path / "volume") as volume:
            target = volume if place == "mounted" else tmp_path / "new"
            pulled_at_once(client, versions, target)
            assert content(target) in (ONE, TWO)
            # Each process hashed what it wrote, not what another one put there.
            client.pull("fraud/1", target)
            assert content(target) == ONE
            assert [path for path in target.iterdir() if path.name.startswith(".")] == []
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def pulled_at_once(client: Client, versions: list[Version], target: Path) -> None:
    """Pull versions into one target, each in a thread."""
    failures: list[BaseException] = []
    ready = threading.Barrier(len(versions))

    def pull(version: Version) -> None:
        try:
            ready.wait()
            client.pull(version, target)
        except BaseException as error:  # noqa: BLE001 - raised below
            failures.append(error)

    threads = [threading.Thread(target=pull, args=(version,)) for version in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
