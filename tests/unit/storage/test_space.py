"""The reserve, whatever people and copies have made of it; and disks without inodes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry_grpc.storage.space import RESERVE, DiskSpace, Reserve
from tests.support.faults.small_disk import MIB, SmallDisk, small_disk


@pytest.fixture
def reserve(tmp_path: Path) -> Path:
    """The place of a reserve."""
    return tmp_path / "registry.db.reserve"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk with few inodes."""
    with small_disk(tmp_path, 8 * MIB) as mounted:
        yield mounted


def test_a_copy_without_blocks_is_no_reserve(reserve: Path) -> None:
    with reserve.open("wb") as file:
        file.truncate(RESERVE)
    assert not Reserve(reserve).held
    Reserve(reserve).make()
    assert Reserve(reserve).held
    Reserve(reserve).release()
    assert not Reserve(reserve).held
    assert reserve.stat().st_blocks == 0


def test_what_a_link_names_is_left_alone(reserve: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"x" * RESERVE)
    reserve.symlink_to(other)
    Reserve(reserve).release()
    Reserve(reserve).make()
    assert not Reserve(reserve).held
    assert other.stat().st_size == RESERVE


def test_what_is_no_file_is_no_reserve(reserve: Path) -> None:
    for make in (reserve.mkdir, lambda: os.mkfifo(reserve)):
        make()
        Reserve(reserve).release()
        Reserve(reserve).make()
        assert not Reserve(reserve).held
        if reserve.is_dir():
            reserve.rmdir()


def take_all_inodes(folder: Path) -> None:
    for number in range(10**6):
        (folder / str(number)).touch()


def test_a_disk_without_inodes_has_no_room_for_blobs(disk: SmallDisk) -> None:
    space = DiskSpace(None, disk.folder / "blobs")
    assert space.blob_room
    with pytest.raises(OSError, match="No space"):
        take_all_inodes(disk.folder)
    assert space.blob_room == 0
    assert space.blobs_free
