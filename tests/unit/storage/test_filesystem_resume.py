"""Taking up a staged file: whose it is, and what must not be written to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from registry_grpc.domain.errors import StorageUnavailable
from registry_grpc.services.ports.blobstore import SessionLost, StagedBlob
from registry_grpc.storage.filesystem import FilesystemBlobStore
from tests.support.blobstores import NAMESPACE, digest_of, finished, publish, read_all

DATA = os.urandom(100_000)
UPLOAD = "an-upload"

# Holds an upload until its standard input ends.
HOLDER = """
import sys
from pathlib import Path
from registry_grpc.storage.filesystem import FilesystemBlobStore

upload = FilesystemBlobStore(Path(sys.argv[1])).stage("risk", None, "an-upload", 100_000)
upload.write(bytes(50_000))
print(upload.flush(), flush=True)
sys.stdin.read()
"""


def resume(store: FilesystemBlobStore, offset: int, size: int = len(DATA)) -> StagedBlob:
    return store.resume(NAMESPACE, None, UPLOAD, size, b"", offset)


def staged_path(root: Path) -> Path:
    return root / "uploads" / NAMESPACE / UPLOAD


def test_a_living_process_is_not_robbed_and_a_dead_one_is_succeeded(tmp_path: Path) -> None:
    store = FilesystemBlobStore(tmp_path)
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert int(holder.stdout.readline()) == 50_000
        with pytest.raises(StorageUnavailable):
            resume(store, 50_000)
        with pytest.raises(StorageUnavailable):
            store.stage(NAMESPACE, None, UPLOAD, len(DATA))
        with pytest.raises(StorageUnavailable):
            store.drop_staged(NAMESPACE, UPLOAD, b"")
        holder.kill()
    upload = resume(store, 50_000)
    upload.write(bytes(50_000))
    finished(upload, bytes(100_000))
    assert read_all(store, bytes(100_000)) == bytes(100_000)


def test_bytes_behind_the_offset_are_cut_off(tmp_path: Path) -> None:
    store = FilesystemBlobStore(tmp_path)
    upload = store.stage(NAMESPACE, None, UPLOAD, len(DATA))
    upload.write(DATA[:1000] + b"never acknowledged")
    upload.release()
    upload = resume(store, 1000)
    assert staged_path(tmp_path).stat().st_size == 1000
    upload.write(DATA[1000:])
    finished(upload, DATA)
    assert read_all(store, DATA) == DATA


def test_a_file_that_is_published_already_is_never_written_to(tmp_path: Path) -> None:
    store = FilesystemBlobStore(tmp_path)
    upload = store.stage(NAMESPACE, None, UPLOAD, len(DATA))
    upload.write(DATA)
    upload.publish(digest_of(DATA), 0)
    upload.release()
    upload = resume(store, 1000)
    other = DATA[:1000] + bytes(len(DATA) - 1000)
    upload.write(other[1000:])
    assert read_all(store, DATA) == DATA
    finished(upload, other)
    assert read_all(store, DATA) == DATA
    assert read_all(store, other) == other
    assert list(store.staged()) == []


def test_a_copy_that_a_crash_left_goes_with_its_upload(tmp_path: Path) -> None:
    store = FilesystemBlobStore(tmp_path)
    copy = staged_path(tmp_path).with_name(f"{UPLOAD}.copy")
    store.stage(NAMESPACE, None, UPLOAD, len(DATA)).discard()
    copy.write_bytes(b"left")
    assert [name[:2] for name in store.staged()] == [(NAMESPACE, UPLOAD)]
    store.drop_staged(NAMESPACE, UPLOAD, b"")
    assert list(store.staged()) == []
    copy.write_bytes(b"left")
    store.stage(NAMESPACE, None, UPLOAD, len(DATA)).discard()
    assert list(store.staged()) == []


def test_a_file_whose_name_leads_to_another_is_lost(tmp_path: Path) -> None:
    store = FilesystemBlobStore(tmp_path)
    upload = store.stage(NAMESPACE, None, UPLOAD, len(DATA))
    upload.write(DATA)
    upload.release()
    staged_path(tmp_path).unlink()
    with pytest.raises(SessionLost):
        resume(store, 1)


def test_resuming_from_0_needs_nothing(tmp_path: Path) -> None:
    store = FilesystemBlobStore(tmp_path)
    upload = resume(store, 0)
    upload.write(DATA)
    finished(upload, DATA)
    assert read_all(store, DATA) == DATA


def test_what_is_not_a_blob_is_not_listed(tmp_path: Path) -> None:
    store = FilesystemBlobStore(tmp_path)
    publish(store, b"weights")
    (tmp_path / "blobs" / NAMESPACE / "sha256" / "ab").mkdir(exist_ok=True)
    (tmp_path / "blobs" / NAMESPACE / "sha256" / "ab" / "notes.txt").write_bytes(b"x")
    (tmp_path / "blobs" / "notes.txt").write_bytes(b"x")
    assert [digest for _, digest, _, _ in store.published()] == [digest_of(b"weights")]


def test_a_folder_that_cannot_be_listed_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    store = FilesystemBlobStore(tmp_path)
    folder = tmp_path / "blobs"
    folder.symlink_to(folder)  # following it never ends
    with pytest.raises(StorageUnavailable):
        list(store.published())
