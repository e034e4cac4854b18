"""Pulling: what arrives, what is checked, and what is left behind."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from modelregistry import errors
from modelregistry.v1 import version_pb2
from tests.unit.sdk.conftest import Caller
from tests.unit.sdk.fake_registry import KIB, FakeRegistry, digest_of, root_of

CONTENT = {
    "config.json": b"{}",
    "empty": b"",
    "weights/a.bin": os.urandom(100 * KIB),
    "weights/copy.json": b"{}",
}


@pytest.fixture(autouse=True)
def _a_version(fake: FakeRegistry) -> None:
    register(fake, CONTENT)


def register(fake: FakeRegistry, content: dict[str, bytes]) -> None:
    files = [
        version_pb2.FileEntry(path=path, digest=digest_of(data), size_bytes=len(data))
        for path, data in content.items()
    ]
    fake.blobs |= {digest_of(data): data for data in content.values()}
    fake.manifests.append(files)
    name = f"namespaces/default/models/fraud/versions/{len(fake.manifests)}"
    size = sum(map(len, content.values()))
    fake.versions.append(
        version_pb2.Version(name=name, root_digest=root_of(files), size_bytes=size)
    )


def files_in(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_the_folder_holds_exactly_the_files_of_the_version(
    registry: Caller, tmp_path: Path
) -> None:
    path = registry.call("pull", "fraud@champion", tmp_path / "serving")
    assert path == tmp_path / "serving"
    assert files_in(path) == CONTENT
    assert {stat.S_IMODE((path / name).stat().st_mode) for name in CONTENT} == {0o644}
    assert [child.name for child in tmp_path.iterdir()] == ["serving"]


def test_a_target_that_exists_is_replaced_whole(registry: Caller, tmp_path: Path) -> None:
    target = tmp_path / "serving"
    target.mkdir()
    (target / "old.bin").write_bytes(b"old")
    registry.call("pull", "fraud@champion", str(target))
    assert files_in(target) == CONTENT
    assert [child.name for child in tmp_path.iterdir()] == ["serving"]


def test_folders_above_the_target_are_made(registry: Caller, tmp_path: Path) -> None:
    path = registry.call("pull", "fraud@champion", tmp_path / "deep" / "down" / "serving")
    assert files_in(path) == CONTENT


def test_a_broken_stream_goes_on_at_the_byte_it_reached(
    registry: Caller, fake: FakeRegistry, tmp_path: Path
) -> None:
    fake.faults.break_read_after.append(32 * KIB)
    path = registry.call("pull", "fraud@champion", tmp_path / "serving")
    assert files_in(path) == CONTENT
    assert 32 * KIB in fake.offsets


def test_a_message_damaged_on_its_way_is_read_again(
    registry: Caller, fake: FakeRegistry, tmp_path: Path
) -> None:
    fake.faults.damage_read.append(16 * KIB)
    path = registry.call("pull", "fraud@champion", tmp_path / "serving")
    assert files_in(path) == CONTENT
    assert 16 * KIB in fake.offsets


def damaged_blob(fake: FakeRegistry) -> None:
    digest = digest_of(CONTENT["weights/a.bin"])
    fake.blobs[digest] = b"x" + fake.blobs[digest][1:]


def short_blob(fake: FakeRegistry) -> None:
    digest = digest_of(CONTENT["weights/a.bin"])
    fake.blobs[digest] = fake.blobs[digest][:-1]


def wrong_list(fake: FakeRegistry) -> None:
    fake.manifests[-1][0].size_bytes += 1


def climbing_path(fake: FakeRegistry) -> None:
    register(fake, {"../outside": b"x"})


def absolute_path(fake: FakeRegistry) -> None:
    register(fake, {"/tmp/outside": b"x"})  # noqa: S108 - a path that must not be written


@pytest.mark.parametrize(
    "harm", [damaged_blob, short_blob, wrong_list, climbing_path, absolute_path]
)
def test_whatever_is_not_as_registered_leaves_the_target_as_it_was(
    registry: Caller, fake: FakeRegistry, tmp_path: Path, harm: Callable[[FakeRegistry], None]
) -> None:
    harm(fake)
    target = tmp_path / "serving"
    target.mkdir()
    (target / "old.bin").write_bytes(b"old")
    with pytest.raises(errors.ContentMismatch):
        registry.call("pull", "fraud@champion", target)
    assert files_in(tmp_path) == {"serving/old.bin": b"old"}
    assert [child.name for child in tmp_path.iterdir()] == ["serving"]


def test_a_stream_that_goes_on_breaking_is_given_up(
    registry: Caller, fake: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelregistry._wire.retry_policy._MAX_S", 0.001)
    fake.faults.break_read_after.extend([0] * 50)
    with pytest.raises(errors.StorageUnavailable):
        registry.call("pull", "fraud@champion", tmp_path / "serving")
    assert not list(tmp_path.iterdir())


def test_a_file_is_not_a_target(registry: Caller, tmp_path: Path) -> None:
    (tmp_path / "serving").write_text("precious")
    with pytest.raises(errors.TargetRefused):
        registry.call("pull", "fraud@champion", tmp_path / "serving")
    assert (tmp_path / "serving").read_text() == "precious"


@pytest.mark.parametrize("where", [".", ".."])
def test_the_working_directory_is_not_replaced(
    registry: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(errors.TargetRefused):
        registry.call("pull", "fraud@champion", where)


def test_a_blob_is_read_from_any_offset(registry: Caller) -> None:
    data = CONTENT["weights/a.bin"]
    read = registry.call("read_blob", digest_of(data), offset=20_000, length=50_000)
    assert b"".join(read) == data[20_000:70_000]
    assert b"".join(registry.call("read_blob", digest_of(data))) == data


def test_a_blob_read_whole_is_checked_against_its_digest(
    registry: Caller, fake: FakeRegistry
) -> None:
    damaged_blob(fake)
    with pytest.raises(errors.ContentMismatch):
        registry.call("read_blob", digest_of(CONTENT["weights/a.bin"]))
