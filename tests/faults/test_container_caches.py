"""A cache folder that fails: transfers go on without it, with one warning and exit code 0."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from modelregistry import Cache, Client
from tests.support.mounts import (
    NOBODY,
    ended,
    make_read_only,
    modelreg_as,
    mounted,
    needs_root,
    shared,
)
from tests.unit.sdk.fake_registry import KIB, FakeRegistry, served

__all__ = ["shared"]

CONTENT = {
    "config.json": b"{}",
    "copy.json": b"{}",
    "notes": b"n" * 20 * KIB,
    "weights.bin": bytes(range(256)) * 4 * 600,
}
WARNING = "cannot be used, continuing without it"

Spoil = Callable[[Path, ExitStack], Path]


@pytest.fixture
def target() -> Iterator[str]:
    with served(FakeRegistry()) as where:  # type: ignore[abstract]
        yield where


@pytest.fixture
def model(shared: Path, target: str) -> Path:
    folder = shared / "model"
    folder.mkdir()
    for name, data in CONTENT.items():
        (folder / name).write_bytes(data)
        os.utime(folder / name, (1, 1))  # old enough for the cache of digests
    with Client(target, cache=False) as client:
        client.push("fraud", folder, environment=None, source=None)
    return folder


def a_file(shared: Path, _: ExitStack) -> Path:
    (shared / "cache").write_text("mine")
    return shared / "cache"


def of_another_user(shared: Path, _: ExitStack) -> Path:
    (shared / "cache").mkdir(mode=0o700)
    return shared / "cache"


def below_the_home_of_another_user(shared: Path, _: ExitStack) -> Path:
    (shared / "root").mkdir(mode=0o700)
    return shared / "root" / ".cache" / "modelregistry"


def read_only(shared: Path, stack: ExitStack) -> Path:
    folder = stack.enter_context(mounted(shared / "cache", "mode=777"))
    make_read_only(folder)
    return folder


def on_a_full_disk(shared: Path, stack: ExitStack) -> Path:
    folder = stack.enter_context(mounted(shared / "cache", "mode=777", "size=64k"))
    fill(folder / "ballast")
    return folder


def fill(ballast: Path) -> None:
    """Use all the space of a disk."""
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def with_damaged_databases(shared: Path, _: ExitStack) -> Path:
    folder = shared / "cache"
    folder.mkdir()
    for name in ("cache-1.sqlite", "hashes-1.sqlite"):
        (folder / name).write_bytes(b"no database at all, " * 1000)
    return owned(folder)


def with_folders_for_databases(shared: Path, _: ExitStack) -> Path:
    folder = shared / "cache"
    for name in ("cache-1.sqlite", "hashes-1.sqlite"):
        (folder / name).mkdir(parents=True)
    return owned(folder)


def with_files_for_folders(shared: Path, _: ExitStack) -> Path:
    folder = shared / "cache"
    folder.mkdir()
    for name in ("blobs", "partial", "uploads", "answers"):
        (folder / name).write_text("in the way")
    return owned(folder)


def used_by_another_user(shared: Path, _: ExitStack) -> Path:
    folder = shared / "cache"
    folder.mkdir()
    for name in ("blobs", "partial", "uploads"):
        (folder / name).mkdir(mode=0o700)
    (folder / "cache-1.sqlite").touch()
    (folder / "hashes-1.sqlite").touch()
    folder.chmod(0o777)
    return folder


def owned(folder: Path) -> Path:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    return folder


SPOILED: list[Spoil] = [
    a_file,
    of_another_user,
    below_the_home_of_another_user,
    read_only,
    on_a_full_disk,
    with_damaged_databases,
    with_folders_for_databases,
    with_files_for_folders,
    used_by_another_user,
]


@pytest.mark.parametrize("spoil", SPOILED, ids=lambda spoil: spoil.__name__)
def test_pull_and_push_need_no_cache(shared: Path, target: str, model: Path, spoil: Spoil) -> None:
    needs_root()
    (shared / "out").mkdir()
    os.chown(shared / "out", NOBODY, NOBODY)
    with ExitStack() as stack:
        cache = spoil(shared, stack)
        where = {"MODELREG_SERVER": target, "MODELREG_CACHE_DIR": str(cache)}
        pulled = shared / "out" / "model"
        commands: tuple[tuple[object, ...], ...] = (
            ("pull", "fraud/1", pulled),
            ("push", "fraud", model),
        )
        for command in commands:
            code, out, err = ended(modelreg_as(NOBODY, *command, cwd=shared, **where))
            assert code == 0, err
            assert "fraud/" in out
            warnings = [line for line in err.splitlines() if "cache" in line]
            # The pull may have rebuilt a damaged index for the push.
            assert len(warnings) == 1 or (command[0] == "push" and not warnings), err
            assert all(WARNING in line and str(cache) in line for line in warnings)
    assert {path.name: path.read_bytes() for path in pulled.iterdir()} == CONTENT


def test_a_user_without_a_home_pulls_and_pushes(shared: Path, target: str, model: Path) -> None:
    needs_root()
    (shared / "out").mkdir()
    os.chown(shared / "out", NOBODY, NOBODY)
    for command in (("pull", "fraud/1", shared / "out" / "model"), ("push", "fraud", model)):
        code, _, err = ended(modelreg_as(NOBODY, *command, cwd=shared, MODELREG_SERVER=target))
        assert code == 0, err
        [warning] = [line for line in err.splitlines() if "cache" in line]
        assert "MODELREG_CACHE_DIR" in warning


class Filling:
    """Fills the disk of the cache when the first bytes have arrived."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def begin(self, title: str, *, total_bytes: int, total_files: int) -> None:
        """Show nothing."""

    def advance(self, byte_count: int) -> None:  # noqa: ARG002 - as the protocol names it
        """Fill it."""
        if not self._ballast.exists():
            fill(self._ballast)

    def file_done(self, path: str) -> None:
        """Show nothing."""

    def end(self) -> None:
        """Show nothing."""


def test_a_cache_disk_that_fills_during_a_download_does_not_end_it(
    tmp_path: Path, target: str, caplog: pytest.LogCaptureFixture
) -> None:
    large = os.urandom(4 * 1024 * KIB)
    (tmp_path / "weights.bin").write_bytes(large)
    with mounted(tmp_path / "cache", "size=8m") as disk:
        with Client(target, cache=False) as client:
            client.push("fraud", tmp_path / "weights.bin", environment=None, source=None)
        with Client(target, cache=disk) as client:
            path = client.pull("fraud/1", tmp_path / "out", progress=Filling(disk))
        assert (path / "weights.bin").read_bytes() == large
        assert [record.message for record in caplog.records if WARNING in record.message]
        assert not list((disk / "partial").iterdir())


def test_the_cache_of_another_user_is_verified_at_each_use(
    shared: Path, target: str, model: Path
) -> None:
    needs_root()
    cache = shared / "cache"
    with Client(target, cache=Cache(folder=cache)) as client:
        client.pull("fraud/1", shared / "first")
    [blob] = [path for path in (cache / "blobs").rglob("*") if path.stat().st_size > 20 * KIB]
    status = blob.stat()
    blob.chmod(0o644)
    with blob.open("r+b") as file:
        file.write(b"poison")
    os.utime(blob, ns=(status.st_mtime_ns, status.st_mtime_ns))
    for path in (cache, *cache.rglob("*")):
        path.chmod(0o777)
        os.chown(path, 4321, 4321)
    (shared / "out").mkdir(mode=0o777)
    (shared / "out").chmod(0o777)
    environ = {"MODELREG_SERVER": target, "MODELREG_CACHE_DIR": str(cache)}
    pulled = shared / "out" / "model"
    code, _, err = ended(modelreg_as(NOBODY, "pull", "fraud/1", pulled, cwd=shared, **environ))
    assert code == 0, err
    assert {path.name: path.read_bytes() for path in pulled.iterdir()} == CONTENT
    assert "damaged copy" in err
    shutil.rmtree(cache)
    assert model.is_dir()
