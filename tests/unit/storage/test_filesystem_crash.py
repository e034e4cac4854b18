"""A server dies or its disk gives up: nothing partial is visible, nothing published is lost."""

import errno
import os
import random
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest

from registry_grpc.domain.errors import StorageFull, StorageUnavailable
from registry_grpc.storage.disk import as_storage_error
from registry_grpc.storage.filesystem import FilesystemBlobStore
from tests.support.blobstores import NAMESPACE, digest_of, finished, publish, read_all
from tests.support.python import Python

UPLOAD = str(uuid4())

# Publishes blobs without end, and prints each written piece and each published blob.
WRITER = """
import os, sys
from hashlib import sha256
from pathlib import Path
from registry_grpc.domain.digest import Digest
from registry_grpc.storage.filesystem import FilesystemBlobStore

store = FilesystemBlobStore(Path(sys.argv[1]))
number = 0
while True:
    data = os.urandom(300_000)
    digest = Digest(sha256(data).hexdigest())
    upload = store.stage("risk", digest, f"upload-{number % 4}", len(data))
    for start in range(0, len(data), 20_000):
        upload.write(data[start : start + 20_000])
        print("wrote", flush=True)
    upload.publish(digest, 0)
    upload.discard()
    print(digest.hex, flush=True)
    number += 1
"""

# Writes more than the process is allowed to, and prints the error.
BIG_WRITER = """
import resource, sys
from hashlib import sha256
from pathlib import Path
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import RegistryError
from registry_grpc.storage.filesystem import FilesystemBlobStore

store = FilesystemBlobStore(Path(sys.argv[1]))
data = bytes(3 << 20)
upload = store.stage("risk", Digest(sha256(data).hexdigest()), "upload", len(data))
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
try:
    for start in range(0, len(data), 1 << 20):
        upload.write(data[start : start + (1 << 20)])
except RegistryError as error:
    print(type(error).__name__)
upload.discard()
"""


def blobs_in(root: Path) -> dict[str, Path]:
    return {path.name: path for path in (root / "blobs").rglob("*") if path.is_file()}


def staged_in(root: Path) -> list[Path]:
    return [path for path in (root / "uploads").rglob("*") if path.is_file()]


def run_and_kill(root: Path, lines: int) -> set[str]:
    """Let the writer tell so many lines, kill it, and return what it said was published."""
    with Python(("-c", WRITER, root)) as writer:
        assert writer.stdout is not None
        output = [writer.stdout.readline().strip() for _ in range(lines)]
        writer.send_signal(signal.SIGKILL)
        output += writer.stdout.read().split()
    assert writer.returncode == -signal.SIGKILL
    return {line for line in output if len(line) == 64}


def test_kill_9_at_any_point_leaves_whole_blobs_only(tmp_path: Path) -> None:
    chance = random.Random(20)  # noqa: S311 (the same points each time)
    promised: set[str] = set()
    for _ in range(8):
        promised |= run_and_kill(tmp_path, chance.randint(1, 60))
        visible = blobs_in(tmp_path)
        assert promised <= visible.keys()
        for name, path in visible.items():
            assert sha256(path.read_bytes()).hexdigest() == name
    assert promised


def test_an_upload_killed_before_it_let_go_of_its_blob_does_not_harm_it(tmp_path: Path) -> None:
    # Between linking the blob and removing the staged name, both names are one file.
    publish(FilesystemBlobStore(tmp_path), b"weights")
    staged = tmp_path / "uploads" / NAMESPACE / UPLOAD
    os.link(blobs_in(tmp_path)[digest_of(b"weights").hex], staged)
    store = FilesystemBlobStore(tmp_path)
    upload = store.stage(NAMESPACE, digest_of(b"other"), UPLOAD, 5)
    upload.write(b"other")
    assert read_all(store, b"weights") == b"weights"
    finished(upload, b"other")
    assert read_all(store, b"weights") == b"weights"
    assert read_all(store, b"other") == b"other"
    assert staged_in(tmp_path) == []


def test_what_a_crash_left_of_an_upload_is_written_anew(tmp_path: Path) -> None:
    staged = tmp_path / "uploads" / NAMESPACE / UPLOAD
    staged.parent.mkdir(parents=True)
    staged.write_bytes(b"half of something longer")
    store = FilesystemBlobStore(tmp_path)
    upload = store.stage(NAMESPACE, digest_of(b"weights"), UPLOAD, 7)
    upload.write(b"weights")
    finished(upload, b"weights")
    assert read_all(store, b"weights") == b"weights"


def test_two_writers_of_one_upload_never_share_a_file(tmp_path: Path) -> None:
    store = FilesystemBlobStore(tmp_path)
    first = store.stage(NAMESPACE, digest_of(b"weights"), UPLOAD, 7)
    first.write(b"wei")
    with pytest.raises(StorageUnavailable):
        FilesystemBlobStore(tmp_path).stage(NAMESPACE, digest_of(b"weights"), UPLOAD, 7)
    first.write(b"ghts")
    finished(first, b"weights")
    assert read_all(store, b"weights") == b"weights"


def test_an_interrupted_upload_can_be_continued_by_another_process_after_its_death(
    tmp_path: Path,
) -> None:
    run_and_kill(tmp_path, 5)
    (staged,) = staged_in(tmp_path)
    store = FilesystemBlobStore(tmp_path)
    upload = store.stage(NAMESPACE, digest_of(b"weights"), staged.name, 7)
    upload.write(b"weights")
    finished(upload, b"weights")
    assert read_all(store, b"weights") == b"weights"
    assert staged_in(tmp_path) == []


def test_a_full_disk_is_a_typed_error_and_nothing_becomes_visible(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BIG_WRITER, str(tmp_path)]
    output = subprocess.run(command, check=True, capture_output=True, text=True)
    assert output.stdout == "StorageFull\n"
    assert blobs_in(tmp_path) == {}
    assert staged_in(tmp_path) == []


@pytest.mark.parametrize(
    "number, expected",
    [
        (errno.ENOSPC, StorageFull),
        (errno.EDQUOT, StorageFull),
        (errno.EFBIG, StorageFull),
        (errno.EIO, StorageUnavailable),
        (errno.EROFS, StorageUnavailable),
        (errno.EACCES, StorageUnavailable),
        (errno.EMFILE, StorageUnavailable),
    ],
)
def test_every_refusal_of_the_system_is_a_typed_error(
    number: int, expected: type[Exception]
) -> None:
    error = as_storage_error(OSError(number, os.strerror(number), "/a/secret/path"))
    assert type(error) is expected
    assert "secret" not in str(error)


def test_a_folder_that_cannot_be_used_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = FilesystemBlobStore(tmp_path / "file" / "blobs")
    with pytest.raises(StorageUnavailable):
        store.check()
    with pytest.raises(StorageUnavailable):
        store.stage(NAMESPACE, digest_of(b"x"), UPLOAD, 1)
    with pytest.raises(StorageUnavailable):
        store.stat(NAMESPACE, digest_of(b"x"))
    with pytest.raises(StorageUnavailable):
        list(store.read(NAMESPACE, digest_of(b"x"), generation=0, offset=0, length=1))


def test_a_folder_that_loses_its_staging_area_makes_it_again(tmp_path: Path) -> None:
    store = FilesystemBlobStore(tmp_path)
    publish(store, b"weights")
    (tmp_path / "uploads" / NAMESPACE).rmdir()
    publish(store, b"other")
    assert read_all(store, b"other") == b"other"


@pytest.mark.parametrize("below", ["an empty folder", "nothing"])
def test_a_volume_that_is_unmounted_is_unavailable_and_nothing_goes_into_what_is_below_it(
    tmp_path: Path, below: str
) -> None:
    root, away = tmp_path / "blobs", tmp_path / "volume"
    store = FilesystemBlobStore(root)
    publish(store, b"weights")
    root.rename(away)
    if below == "an empty folder":
        root.mkdir()
    with pytest.raises(StorageUnavailable) as caught:
        store.check()
    assert "it has disappeared" in caught.value.cause
    with pytest.raises(StorageUnavailable):
        publish(store, b"other")
    assert not root.exists() or not list(root.iterdir())
    if root.exists():
        root.rmdir()
    away.rename(root)
    store.check()
    publish(store, b"other")
    assert read_all(store, b"weights") + read_all(store, b"other") == b"weightsother"


def test_a_check_writes_and_leaves_nothing(tmp_path: Path) -> None:
    FilesystemBlobStore(tmp_path).check()
    assert (tmp_path / "uploads").is_dir()
    assert staged_in(tmp_path) == []


def test_flushed_bytes_are_in_the_file(tmp_path: Path) -> None:
    store = FilesystemBlobStore(tmp_path)
    upload = store.stage(NAMESPACE, digest_of(b"weights"), UPLOAD, 7)
    upload.write(b"weig")
    assert upload.flush() == 4
    assert [path.read_bytes() for path in staged_in(tmp_path)] == [b"weig"]
    upload.write(b"hts")
    finished(upload, b"weights")
    assert read_all(store, b"weights") == b"weights"
