"""The local cache: never above its bound, never wrong bytes, under concurrent use."""

import hashlib
import multiprocessing
import os
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modelregistry._local.blob_cache import BlobCache
from modelregistry._local.cache_index import CacheIndex
from modelregistry._local.cache_settings import CacheSettings
from modelregistry._local.incoming import CheckedBytes, CheckedFile, checked_bytes, checked_file
from modelregistry.cache import Verify
from modelregistry.types import FileEntry
from tests.support.faults.amount import examples
from tests.unit.sdk.fake_registry import digest_of

BOUND = 1_000


def opened(folder: Path, max_bytes: int = BOUND, verify: Verify = "size") -> BlobCache:
    return BlobCache(CacheSettings(folder=folder, max_bytes=max_bytes, verify=verify))


def blob(number: int) -> bytes:
    return random.Random(number).randbytes(50 + number * 37 % 400)  # noqa: S311 - test data


def entry_of(data: bytes) -> FileEntry:
    return FileEntry(path="a", digest=digest_of(data), size_bytes=len(data))


def hashed(data: bytes) -> CheckedBytes:
    return checked_bytes(entry_of(data), data)


def hashed_file(data: bytes) -> CheckedFile:
    return checked_file(entry_of(data), hashlib.sha256(data).hexdigest())


def receive(cache: BlobCache, data: bytes) -> None:
    with cache.lease(digest_of(data), len(data)) as lease:
        if lease.path is not None:
            lease.path.write_bytes(data)
            cache.commit(hashed_file(data), lease)


def taken(cache: BlobCache, data: bytes, target: Path, *, link: bool = False) -> bytes | None:
    digest = digest_of(data)
    entry = cache.find([digest]).get(digest)
    target.unlink(missing_ok=True)
    if entry is None or not cache.copy_to(entry, target, link=link):
        return None
    return target.read_bytes()


def used(folder: Path) -> int:
    kept = [*(folder / "blobs").rglob("*"), *(folder / "partial").rglob("*")]
    return sum(path.stat().st_size for path in kept if path.is_file())


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "receive", "abandon", "take", "damage", "lose", "index"]),
        st.integers(0, 12),
    ),
    max_size=25,
)


@settings(max_examples=examples(40))
@given(steps=STEPS)
# A small blob that is stored leaves no part of an earlier download beside it.
@example(steps=[("put", 0), ("put", 5), ("abandon", 3), ("put", 3), ("put", 4), ("put", 7)])
def test_it_never_exceeds_its_bound_and_never_gives_wrong_bytes(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    folder, target = tmp_path_factory.mktemp("cache"), tmp_path_factory.mktemp("out") / "file"
    for action, number in steps:
        act(opened(folder), folder, action, blob(number))
        assert used(folder) <= BOUND
        assert taken(opened(folder), blob(number), target) in {None, blob(number)}


def test_a_blob_is_not_stored_while_another_process_downloads_it(tmp_path: Path) -> None:
    cache, data = opened(tmp_path), b"a" * 600
    with cache.lease(digest_of(data), len(data)) as lease:
        assert lease.path is not None
        lease.path.write_bytes(data)
        opened(tmp_path).store([hashed(data)])
        assert used(tmp_path) <= BOUND
        assert cache.commit(hashed_file(data), lease) is not None
    assert taken(cache, data, tmp_path / "out") == data


def test_what_a_process_that_died_wrote_makes_room_for_the_same_blob(tmp_path: Path) -> None:
    data, index = b"a" * 600, CacheIndex(tmp_path, BOUND)
    assert index.reserve([(digest_of(data), len(data))])
    index.small_path(digest_of(data)).write_bytes(data)
    with opened(tmp_path).lease(digest_of(data), len(data)) as lease:
        assert lease.path is not None
        lease.path.write_bytes(data)
        assert used(tmp_path) <= BOUND


def act(cache: BlobCache, folder: Path, action: str, data: bytes) -> None:
    name = digest_of(data).removeprefix("sha256:")
    kept = folder / "blobs" / name[:2] / name
    if action == "put":
        cache.store([hashed(data)])
    elif action == "receive":
        receive(cache, data)
    elif action == "abandon":
        with cache.lease(digest_of(data), len(data)) as lease:
            if lease.path is not None:
                lease.path.write_bytes(data[: len(data) // 2])
    elif action == "damage" and kept.exists():
        kept.chmod(0o644)
        kept.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    elif action == "lose":
        kept.unlink(missing_ok=True)
    elif action == "index":
        (folder / "cache-1.sqlite").write_bytes(b"damaged " * 600)


def test_what_was_used_longest_ago_gives_way(tmp_path: Path) -> None:
    cache, target = opened(tmp_path), tmp_path / "out"
    blobs = [bytes([number]) * 300 for number in range(4)]
    for data in blobs[:3]:
        cache.store([hashed(data)])
    assert taken(cache, blobs[0], target) == blobs[0]
    cache.store([hashed(blobs[3])])
    found = [taken(cache, data, target) is not None for data in blobs]
    assert found == [True, False, True, True]


def test_what_does_not_fit_is_not_kept_and_drives_nothing_out(tmp_path: Path) -> None:
    cache, small, big = opened(tmp_path), b"s" * 100, b"b" * (BOUND + 1)
    cache.store([hashed(small)])
    receive(cache, big)
    cache.store([hashed(big)])
    assert taken(cache, big, tmp_path / "out") is None
    assert taken(cache, small, tmp_path / "out") == small
    assert used(tmp_path) == 100


def test_what_is_being_received_is_not_driven_out(tmp_path: Path) -> None:
    cache, data = opened(tmp_path), b"a" * 700
    with cache.lease(digest_of(data), len(data)) as lease:
        assert lease.path is not None
        lease.path.write_bytes(data)
        with opened(tmp_path).lease(digest_of(b"b" * 400), 400) as other:
            assert (other.path, other.busy) == (None, False)
        with opened(tmp_path).lease(digest_of(data), len(data)) as same:
            assert (same.path, same.busy) == (None, True)
        assert cache.commit(hashed_file(data), lease) is not None
    assert taken(cache, data, tmp_path / "out") == data


def test_a_part_that_was_left_is_there_for_the_next(tmp_path: Path) -> None:
    cache, data = opened(tmp_path), b"a" * 700
    with cache.lease(digest_of(data), len(data)) as lease:
        assert lease.path is not None
        lease.path.write_bytes(data[:300])
    with cache.lease(digest_of(data), len(data)) as lease:
        assert lease.path is not None
        assert lease.path.read_bytes() == data[:300]


@pytest.mark.parametrize("keep_times", [True, False])
def test_full_verification_finds_damage_that_no_size_or_time_shows(
    tmp_path: Path, *, keep_times: bool
) -> None:
    cache, data = opened(tmp_path, verify="full" if keep_times else "size"), b"a" * 100
    cache.store([hashed(data)])
    (path,) = (path for path in (tmp_path / "blobs").rglob("*") if path.is_file())
    before = path.stat()
    path.chmod(0o644)
    path.write_bytes(b"b" * 100)
    if keep_times:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert taken(cache, data, tmp_path / "out") is None
    assert not path.exists()


def test_an_untouched_copy_that_moved_is_hashed_and_kept(tmp_path: Path) -> None:
    data = b"a" * 100
    opened(tmp_path / "one").store([hashed(data)])
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    assert taken(opened(tmp_path / "two"), data, tmp_path / "out") == data


def test_a_copy_can_be_changed_without_harm_and_a_link_is_read_only(tmp_path: Path) -> None:
    cache, data = opened(tmp_path), b"a" * 100
    cache.store([hashed(data)])
    assert taken(cache, data, tmp_path / "copy") == data
    (tmp_path / "copy").write_bytes(b"changed")
    assert taken(cache, data, tmp_path / "link", link=True) == data
    assert (tmp_path / "link").stat().st_nlink == 2
    assert (tmp_path / "link").stat().st_mode & 0o222 == 0
    (tmp_path / "link").chmod(0o644)
    (tmp_path / "link").write_bytes(b"b" * 100)
    assert taken(cache, data, tmp_path / "again") is None


def test_a_cache_that_is_off_or_cannot_be_made_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for cache in (opened(tmp_path / "none", max_bytes=0), opened(tmp_path / "file")):
        cache.store([hashed(b"a")])
        receive(cache, b"a")
        cache.remove(digest_of(b"a"))
        assert cache.find([digest_of(b"a")]) == {}
    assert not (tmp_path / "none").exists()


def _hammer(folder: Path, seed: int, wrong: "multiprocessing.Queue[int]") -> None:
    chance, bad = random.Random(seed), 0  # noqa: S311 - a test's order
    for _ in range(60):
        cache, data = opened(folder), blob(chance.randrange(13))
        if chance.random() < 0.5:
            receive(cache, data)
        else:
            cache.store([hashed(data)])
        bad += taken(cache, data, folder.with_name(f"out-{seed}")) not in {None, data}
        bad += counted(folder) > BOUND
    wrong.put(bad)


def counted(folder: Path) -> int:
    """The size of the complete files, read while no process can evict or add any."""
    index = sqlite3.connect(folder / "cache-1.sqlite", timeout=60, isolation_level=None)
    with closing(index):
        index.execute("BEGIN IMMEDIATE")
        return sum(path.stat().st_size for path in (folder / "blobs").rglob("*") if path.is_file())


def test_processes_share_it_without_exceeding_the_bound_or_reading_wrong_bytes(
    tmp_path: Path,
) -> None:
    fork = multiprocessing.get_context("fork")
    wrong: multiprocessing.Queue[int] = fork.Queue()
    workers = [
        fork.Process(target=_hammer, args=(tmp_path / "cache", seed, wrong)) for seed in range(4)
    ]
    for worker in workers:
        worker.start()
    assert [wrong.get(timeout=90) for _ in workers] == [0] * 4
    for worker in workers:
        worker.join()
    assert used(tmp_path / "cache") <= BOUND
