"""State kept between runs: digests of files, and open uploads."""

import multiprocessing
import os
import sqlite3
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelregistry import Cache, errors
from modelregistry._local.cache_settings import DEFAULT_MAX_BYTES, complete
from modelregistry._local.files import LocalFile, hash_file
from modelregistry._local.hash_cache import HashCache
from modelregistry._local.pieces import PieceReader, RunningHash
from modelregistry._local.upload_journal import UploadJournal
from tests.unit.sdk.fake_registry import digest_of

HOUR_NS = 3600 * 10**9


def old_file(path: Path, data: bytes) -> LocalFile:
    path.write_bytes(data)
    moment = time.time_ns() - HOUR_NS
    os.utime(path, ns=(moment, moment))
    return LocalFile.of(path, path.name, path.stat())


def test_a_digest_is_remembered_while_the_file_stays_as_it_is(tmp_path: Path) -> None:
    memory, file = HashCache(tmp_path / "cache"), old_file(tmp_path / "a", b"one")
    memory.record([hash_file(file)], begun_ns=time.time_ns())
    assert HashCache(tmp_path / "cache").find([file])["a"].digest == digest_of(b"one")


def test_a_file_changed_in_place_with_its_time_put_back_is_not_recalled(tmp_path: Path) -> None:
    memory, file = HashCache(tmp_path / "cache"), old_file(tmp_path / "a", b"one")
    memory.record([hash_file(file)], begun_ns=time.time_ns())
    (tmp_path / "a").write_bytes(b"two")
    os.utime(tmp_path / "a", ns=(file.state[0], file.state[0]))
    again = LocalFile.of(file.path, "a", file.path.stat())
    assert again == file
    assert memory.find([again]) == {}


def test_a_file_that_was_just_written_is_not_remembered(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    file = LocalFile.of(tmp_path / "a", "a", (tmp_path / "a").stat())
    memory = HashCache(tmp_path / "cache")
    memory.record([hash_file(file)], begun_ns=time.time_ns())
    assert memory.find([file]) == {}


def test_the_memory_is_bounded_and_forgets_the_oldest(tmp_path: Path) -> None:
    memory = HashCache(tmp_path / "cache", max_rows=3)
    files = [old_file(tmp_path / str(number), b"x") for number in range(5)]
    for file in files:
        memory.record([hash_file(file)], begun_ns=time.time_ns())
    assert set(memory.find(files)) == {"2", "3", "4"}


def test_a_damaged_memory_starts_anew(tmp_path: Path) -> None:
    memory, file = HashCache(tmp_path), old_file(tmp_path / "a", b"one")
    (tmp_path / "hashes-1.sqlite").write_bytes(b"no database at all, " * 1000)
    assert memory.find([file]) == {}
    memory.record([hash_file(file)], begun_ns=time.time_ns())
    assert set(memory.find([file])) == {"a"}


def test_a_folder_that_cannot_be_made_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("x")
    memory, file = HashCache(tmp_path / "in-the-way"), old_file(tmp_path / "a", b"one")
    memory.record([hash_file(file)], begun_ns=time.time_ns())
    assert memory.find([file]) == {}
    uploads = UploadJournal(tmp_path / "in-the-way", "here", "namespaces/default")
    uploads.prune()
    with uploads.by_file(file) as begun:
        begun.record("uploads/1")


def _remember(folder: Path, file: LocalFile) -> None:
    for _ in range(20):
        HashCache(folder).record([hash_file(file)], begun_ns=time.time_ns())


def test_processes_share_the_memory(tmp_path: Path) -> None:
    files = [old_file(tmp_path / str(number), b"x") for number in range(4)]
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=_remember, args=(tmp_path / "cache", file)) for file in files]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert len(HashCache(tmp_path / "cache").find(files)) == 4
    with sqlite3.connect(tmp_path / "cache" / "hashes-1.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_an_upload_is_remembered_until_it_is_forgotten(tmp_path: Path) -> None:
    memory = UploadJournal(tmp_path, "here", "namespaces/default")
    with memory.by_digest("sha256:a", 1) as begun:
        assert begun.upload == ""
        begun.record("uploads/1")
    with memory.by_digest("sha256:a", 1) as begun:
        assert begun.upload == "uploads/1"
        begun.clear()
    with memory.by_digest("sha256:a", 1) as begun:
        assert begun.upload == ""
    assert list((tmp_path / "uploads").iterdir()) == []


def test_an_upload_is_continued_by_one_at_a_time(tmp_path: Path) -> None:
    memory = UploadJournal(tmp_path, "here", "namespaces/default")
    with memory.by_digest("sha256:a", 1) as begun:
        begun.record("uploads/1")
        with memory.by_digest("sha256:a", 1) as other:
            assert other.upload == ""
            other.record("uploads/2")
    with memory.by_digest("sha256:a", 1) as begun:
        assert begun.upload == "uploads/1"


def test_uploads_of_other_places_and_of_changed_files_are_others(tmp_path: Path) -> None:
    file = old_file(tmp_path / "a", b"one")
    with UploadJournal(tmp_path, "here", "namespaces/a").by_file(file) as begun:
        begun.record("uploads/1")
    for target, parent in (("there", "namespaces/a"), ("here", "namespaces/b")):
        with UploadJournal(tmp_path, target, parent).by_file(file) as begun:
            assert begun.upload == ""
    changed = old_file(tmp_path / "a", b"two")
    with UploadJournal(tmp_path, "here", "namespaces/a").by_file(changed) as begun:
        assert begun.upload == ""


@pytest.mark.parametrize("text", ["", "{", "[]", '{"upload": ', "null"])
def test_a_record_that_was_cut_is_none(tmp_path: Path, text: str) -> None:
    memory = UploadJournal(tmp_path, "here", "namespaces/default")
    with memory.by_digest("sha256:a", 1) as begun:
        begun.record("uploads/1")
    next((tmp_path / "uploads").iterdir()).write_text(text)
    with memory.by_digest("sha256:a", 1) as begun:
        assert begun.upload == ""


def test_records_too_old_to_be_of_use_are_removed(tmp_path: Path) -> None:
    memory = UploadJournal(tmp_path, "here", "namespaces/default")
    with memory.by_digest("sha256:a", 1) as begun:
        begun.record("uploads/1")
    record = next((tmp_path / "uploads").iterdir())
    os.utime(record, (0, 0))
    memory.prune()
    assert not record.exists()


@given(
    data=st.binary(max_size=200),
    starts=st.lists(st.integers(0, 200), max_size=5),
    piece=st.integers(1, 64),
)
def test_a_file_hashes_right_however_often_its_sending_starts_again(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, starts: list[int], piece: int
) -> None:
    file = old_file(tmp_path_factory.mktemp("file") / "a", data)
    hashed = RunningHash()
    for start in [*starts, 0]:
        offset = min(start, len(data))
        with PieceReader(file, offset, piece, hashed) as reader:
            got = b"".join(iter(lambda: reader.read().data, b""))
        assert got == data[offset:]
    assert hashed.digest == digest_of(data)


def test_the_cache_lives_where_the_options_or_the_environment_say(tmp_path: Path) -> None:
    environ = {"MODELREG_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b", "MODELREG_CACHE_BYTES": "7"}
    assert complete(tmp_path, environ).folder == tmp_path
    assert complete(None, environ).folder == Path("/a")
    assert complete(None, environ).max_bytes == 7
    del environ["MODELREG_CACHE_DIR"]
    assert complete(True, environ).folder == Path("/b/modelregistry")  # noqa: FBT003 - the switch
    assert complete(False, environ).max_bytes == 0  # noqa: FBT003 - the switch
    assert complete(Cache(max_bytes=9), environ).max_bytes == 9
    assert complete(None, {}).folder == Path.home() / ".cache" / "modelregistry"
    assert complete(None, {"XDG_CACHE_HOME": "relative"}).folder.is_relative_to(Path.home())
    assert complete(None, {}).max_bytes == DEFAULT_MAX_BYTES


@pytest.mark.parametrize("bad", ["a lot", "1.5", "-1"])
def test_a_bound_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(errors.ConfigurationError):
        complete(None, {"MODELREG_CACHE_BYTES": bad})
