"""A server dies or its disk gives up while it stores many small blobs at once."""

import os
import random
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from registry_grpc.domain.errors import BlobCorrupt
from registry_grpc.services.ports.blobstore import StoredBlob
from registry_grpc.storage.filesystem import FilesystemBlobStore
from tests.support.blobstores import NAMESPACE, digest_of, publish, read_all, store_all
from tests.support.python import Python

# Fewer are synced one by one, more at once.
SIZES = [pytest.param(3, id="few"), pytest.param(40, id="many")]

# Stores batches without end, and prints when one begins and what was stored.
WRITER = """
import os, sys
from pathlib import Path
from uuid import uuid4
from registry_grpc.services.ports.blobstore import SmallBlob
from registry_grpc.storage.filesystem import FilesystemBlobStore
from tests.support.blobstores import digest_of

store = FilesystemBlobStore(Path(sys.argv[1]))
while True:
    contents = [os.urandom(3000) for _ in range(int(sys.argv[2]))]
    blobs = [SmallBlob(digest_of(data), data, 0) for data in contents]
    print("begins", flush=True)
    store.store_all("risk", uuid4(), blobs)
    print(*(blob.digest.hex for blob in blobs), flush=True)
"""

# Is not allowed to write the last of its blobs as a whole, and prints the result of each.
BIG_WRITER = """
import resource, sys
from pathlib import Path
from uuid import uuid4
from registry_grpc.services.ports.blobstore import SmallBlob
from registry_grpc.storage.filesystem import FilesystemBlobStore
from tests.support.blobstores import digest_of

store = FilesystemBlobStore(Path(sys.argv[1]))
contents = [bytes(number) for number in (*range(int(sys.argv[2]) - 1), 200_000)]
blobs = [SmallBlob(digest_of(data), data, 0) for data in contents]
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
print(*{type(output).__name__ for output in store.store_all("risk", uuid4(), blobs)})
"""


def blobs_in(root: Path) -> dict[str, Path]:
    return {path.name: path for path in (root / "blobs").rglob("*") if path.is_file()}


def staged_in(root: Path) -> list[Path]:
    return [path for path in (root / "uploads").rglob("*") if path.is_file()]


def run_and_kill(root: Path, count: int, chance: random.Random) -> set[str]:
    """Let some batches be stored, kill the writer, and return what it said was stored."""
    with Python(("-c", WRITER, root, count)) as writer:
        assert writer.stdout is not None
        output = [writer.stdout.readline() for _ in range(1 + 2 * chance.randint(0, 3))]
        for _ in range(chance.randint(0, 20_000)):
            os.getpid()  # some moment of the batch that has begun
        writer.send_signal(signal.SIGKILL)
        output += writer.stdout.readlines()
    assert writer.returncode == -signal.SIGKILL
    return {word for line in output if line.endswith("\n") for word in line.split()} - {"begins"}


@pytest.mark.parametrize("count", SIZES)
def test_kill_9_at_any_point_of_a_batch_leaves_whole_blobs_only(tmp_path: Path, count: int) -> None:
    chance = random.Random(count)  # noqa: S311 (the same points each time)
    promised: set[str] = set()
    for _ in range(8):
        promised |= run_and_kill(tmp_path, count, chance)
        visible = blobs_in(tmp_path)
        assert promised <= visible.keys()
        for name, path in visible.items():
            assert sha256(path.read_bytes()).hexdigest() == name
    assert promised


@pytest.mark.parametrize("count", SIZES)
def test_what_a_batch_that_was_killed_left_can_be_found_and_dropped(
    tmp_path: Path, count: int
) -> None:
    chance = random.Random(count)  # noqa: S311
    run_and_kill(tmp_path, count, chance)
    visible = blobs_in(tmp_path).keys()
    store = FilesystemBlobStore(tmp_path)
    left = list(store.staged())
    assert sorted(name for _, name, _ in left) == sorted(path.name for path in staged_in(tmp_path))
    for namespace, upload_id, _ in left:
        assert str(UUID(upload_id)) == upload_id  # as a collection reads it
        store.drop_staged(namespace, upload_id, b"")
    assert staged_in(tmp_path) == []
    assert blobs_in(tmp_path).keys() == visible


@pytest.mark.parametrize("count", SIZES)
def test_a_disk_that_is_full_refuses_the_batch_and_nothing_becomes_visible(
    tmp_path: Path, count: int
) -> None:
    command = [sys.executable, "-c", BIG_WRITER, str(tmp_path), str(count)]
    output = subprocess.run(command, check=True, capture_output=True, text=True)
    assert output.stdout == "StorageFull\n"
    assert blobs_in(tmp_path) == {}
    assert staged_in(tmp_path) == []


@pytest.mark.parametrize("count", SIZES)
def test_a_blob_that_lies_there_damaged_is_refused_alone(tmp_path: Path, count: int) -> None:
    contents = [bytes(number) for number in range(count)]
    store = FilesystemBlobStore(tmp_path)
    publish(store, contents[1])
    blobs_in(tmp_path)[digest_of(contents[1]).hex].write_bytes(b"something else")
    first, damaged, *others = store_all(store, contents)
    assert isinstance(damaged, BlobCorrupt)
    assert [first, *others] == [
        StoredBlob(0, None, 0),
        *(StoredBlob(len(data), None, 0) for data in contents[2:]),
    ]
    assert staged_in(tmp_path) == []


@pytest.mark.parametrize("count", SIZES)
def test_a_batch_makes_folders_again_that_were_taken_away(tmp_path: Path, count: int) -> None:
    contents = [bytes(number) for number in range(count)]
    store = FilesystemBlobStore(tmp_path)
    store_all(store, contents)
    for path in blobs_in(tmp_path).values():
        path.unlink()
    for folder in (
        *(tmp_path / "blobs" / NAMESPACE / "sha256").iterdir(),
        tmp_path / "uploads" / NAMESPACE,
    ):
        folder.rmdir()
    store_all(store, contents)
    assert [read_all(store, data) for data in contents] == contents
