"""A small file system that can be made read-only: an image, mounted by the loop device."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

MIB = 1024 * 1024
_PIECE = 16 * 1024
_MKFS = "/usr/sbin/mkfs.ext4"


@dataclass(frozen=True)
class SmallDisk:
    """Where it is mounted."""

    folder: Path

    def fill(self, leave: int) -> None:
        """Take all space but so many bytes."""
        with (self.folder / "ballast").open("wb", buffering=0) as file:
            left = _free(self.folder) - leave
            # What is said to be free is not quite: the file system needs some for itself.
            with suppress(OSError):
                while left > 0:
                    left -= file.write(bytes(min(left, _PIECE)))
            os.fsync(file.fileno())

    def relieve(self) -> None:
        """Give the space back."""
        (self.folder / "ballast").unlink()

    def read_only(self) -> None:
        """Refuse all writes from now on."""
        _run("mount", "-o", "remount,ro", str(self.folder))

    def writable(self) -> None:
        """Accept them again."""
        _run("mount", "-o", "remount,rw", str(self.folder))


@contextmanager
def small_disk(place: Path, size: int = 32 * MIB) -> Iterator[SmallDisk]:
    """Mount an empty ext4 of this size; skip the test, saying why, where that is not allowed."""
    image, folder = place / "disk.img", place / "disk"
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(size)
    try:
        _run(_MKFS, "-q", "-F", "-m", "0", str(image))
        _run("mount", "-o", "loop", str(image), str(folder))
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs root, mkfs.ext4 and a loop device: {error}")
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", str(folder))


def _free(folder: Path) -> int:
    out = subprocess.check_output(
        ["df", "--output=avail", "-B1", str(folder)],  # noqa: S607 - found by PATH
        text=True,
    )
    return int(out.split()[1])


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
