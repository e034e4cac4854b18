"""Going on: pushes and pulls that were cut off, and bytes that are never sent twice."""

import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typing_extensions import override

from modelregistry import Cache, Client, errors
from modelregistry._local.files import LocalFile
from modelregistry._local.upload_journal import UploadJournal
from tests.unit.sdk.conftest import Caller
from tests.unit.sdk.fake_registry import KIB, FakeRegistry, digest_of
from tests.unit.sdk.test_push import PLAIN, Recorder

DATA = os.urandom(200 * KIB)


@pytest.fixture
def big(tmp_path: Path) -> Path:
    (tmp_path / "big.bin").write_bytes(DATA)
    return tmp_path / "big.bin"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelregistry._wire.retry_policy._MAX_S", 0.001)
    monkeypatch.setattr("modelregistry._async.receiving._PARALLEL_FROM", 64 * KIB)
    monkeypatch.setattr("modelregistry._sync.receiving._PARALLEL_FROM", 64 * KIB)


@pytest.mark.parametrize("late", [False, True])
def test_a_push_that_gave_up_goes_on_when_it_is_run_again(
    registry: Caller, fake: FakeRegistry, big: Path, *, late: bool
) -> None:
    fake.limits.late_digest = late
    fake.faults.away_above = 96 * KIB
    with pytest.raises(errors.StorageUnavailable):
        registry.call("push", "fraud", big, **PLAIN)
    sent, progress = fake.received, Recorder()
    fake.faults.away_above = None
    registry.call("push", "fraud", big, progress=progress, **PLAIN)
    assert (sent, fake.received, fake.offsets[-1]) == (96 * KIB, len(DATA), 96 * KIB)
    assert fake.calls.count("BeginUpload") == 1
    assert fake.blobs[digest_of(DATA)] == DATA
    assert progress.bytes == len(DATA)


@pytest.mark.parametrize("late", [False, True])
def test_an_upload_that_the_registry_forgot_begins_again(
    registry: Caller, fake: FakeRegistry, big: Path, *, late: bool
) -> None:
    fake.limits.late_digest = late
    fake.faults.away_above = 96 * KIB
    with pytest.raises(errors.StorageUnavailable):
        registry.call("push", "fraud", big, **PLAIN)
    fake.faults.away_above = None
    fake.uploads.clear()
    registry.call("push", "fraud", big, **PLAIN)
    assert fake.blobs[digest_of(DATA)] == DATA


def test_a_lost_session_starts_at_0_and_still_ends_right(
    registry: Caller, fake: FakeRegistry, big: Path
) -> None:
    fake.limits.late_digest = True
    fake.faults.break_write_after.append(96 * KIB)
    fake.faults.lose_session = True
    progress = Recorder()
    registry.call("push", "fraud", big, progress=progress, **PLAIN)
    assert fake.offsets == [0, 0]
    assert fake.blobs[digest_of(DATA)] == DATA
    assert progress.bytes == len(DATA)


def test_an_upload_of_other_bytes_than_remembered_begins_again(
    registry: Caller, fake: FakeRegistry, big: Path
) -> None:
    fake.limits.late_digest = True
    fake.faults.away_above = 96 * KIB
    with pytest.raises(errors.StorageUnavailable):
        registry.call("push", "fraud", big, **PLAIN)
    fake.faults.away_above = None
    next(iter(fake.buffers.values()))[:4] = b"oops"
    registry.call("push", "fraud", big, **PLAIN)
    assert len(fake.uploads) == 2
    assert fake.blobs[digest_of(DATA)] == DATA


def test_two_processes_never_write_to_one_upload(
    registry: Caller, fake: FakeRegistry, big: Path, target: str
) -> None:
    fake.limits.late_digest = True
    memory = UploadJournal(Path(os.environ["MODELREG_CACHE_DIR"]), target, "namespaces/default")
    with memory.by_file(LocalFile.of(big, big.name, big.stat())) as begun:
        begun.record("namespaces/default/uploads/theirs")
        registry.call("push", "fraud", big, **PLAIN)
    assert "GetUpload" not in fake.calls
    assert fake.blobs[digest_of(DATA)] == DATA


def test_a_late_digest_is_stated_only_where_no_blob_can_be_the_same(
    registry: Caller, fake: FakeRegistry, big: Path
) -> None:
    fake.limits.late_digest = True
    registry.call("push", "fraud", big, **PLAIN)
    assert fake.received == len(DATA)
    again = big.with_name("again.bin")
    again.write_bytes(DATA)
    registry.call("push", "fraud", again, **PLAIN)
    assert fake.received == len(DATA)


def test_a_remembered_digest_saves_reading_the_file(
    registry: Caller, fake: FakeRegistry, big: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.utime(big, (1, 1))
    registry.call("push", "fraud", big, **PLAIN)

    def read(_file: LocalFile) -> None:
        pytest.fail("the file was read again")

    monkeypatch.setattr("modelregistry._async.sending.hash_file", read)
    monkeypatch.setattr("modelregistry._sync.sending.hash_file", read)
    registry.call("push", "fraud", big, **PLAIN)
    assert fake.received == len(DATA)


def test_a_namespace_with_too_many_uploads_is_waited_for(
    registry: Caller, fake: FakeRegistry, big: Path
) -> None:
    fake.faults.too_many_uploads = 2
    registry.call("push", "fraud", big, **PLAIN)
    assert fake.calls.count("BeginUpload") == 3


def test_many_small_files_travel_in_few_calls_both_ways(
    registry: Caller, fake: FakeRegistry, tmp_path: Path
) -> None:
    (tmp_path / "m").mkdir()
    for number in range(20):
        (tmp_path / "m" / str(number)).write_bytes(os.urandom(100))
    registry.call("push", "fraud", tmp_path / "m", **PLAIN)
    registry.call("pull", "fraud/1", tmp_path / "out")
    # Three at a time, as many as may be asked for; and four.
    assert (fake.calls.count("BatchUploadBlobs"), fake.calls.count("BatchReadBlobs")) == (7, 5)
    assert "ReadBlob" not in fake.calls


def test_an_older_registry_is_read_by_streams(
    registry: Caller, fake: FakeRegistry, tmp_path: Path
) -> None:
    fake.batch_reads = False
    (tmp_path / "m").mkdir()
    for number in range(5):
        (tmp_path / "m" / str(number)).write_bytes(os.urandom(100 * number * KIB // 4))
    registry.call("push", "fraud", tmp_path / "m", **PLAIN)
    path = registry.call("pull", "fraud/1", tmp_path / "out")
    for number in range(5):
        assert (path / str(number)).read_bytes() == (tmp_path / "m" / str(number)).read_bytes()


def test_a_second_pull_reads_nothing_from_the_registry(
    registry: Caller, fake: FakeRegistry, big: Path
) -> None:
    registry.call("push", "fraud", big, **PLAIN)
    first = registry.call("pull", "fraud/1", big.with_name("out"))
    inode = (first / "big.bin").stat().st_ino
    fake.calls.clear()
    progress = Recorder()
    registry.call("pull", "fraud/1", big.with_name("other"), progress=progress)
    registry.call("pull", "fraud/1", first)
    assert fake.calls == []
    assert progress.bytes == len(DATA)
    assert (first / "big.bin").stat().st_ino == inode
    assert big.with_name("other").joinpath("big.bin").read_bytes() == DATA


def test_a_target_that_was_edited_is_replaced(
    registry: Caller, fake: FakeRegistry, big: Path
) -> None:
    registry.call("push", "fraud", big, **PLAIN)
    path = registry.call("pull", "fraud/1", big.with_name("out"))
    (path / "big.bin").write_bytes(DATA[:-1] + bytes([DATA[-1] ^ 1]))
    registry.call("pull", "fraud/1", path)
    assert (path / "big.bin").read_bytes() == DATA
    (path / "extra").write_text("x")
    registry.call("pull", "fraud/1", path)
    assert [child.name for child in path.iterdir()] == ["big.bin"]
    assert fake.calls.count("ReadBlob") == 1


@pytest.mark.parametrize("block_bytes", [0, 32 * KIB])
def test_a_pull_that_gave_up_goes_on_with_what_it_had(
    registry: Caller, fake: FakeRegistry, bucket: type["Bucket"], big: Path, block_bytes: int
) -> None:
    # Blocks are asked for one by one where there is a bucket, of the registry when it refuses.
    fake.block_bytes, fake.url, bucket.mode = block_bytes, bucket.url, "refused"
    registry.call("push", "fraud", big, **PLAIN)
    # Either the first 96 KiB, or three whole blocks. Which three, and how many of them are in place
    # when the pull gives up, is up to the threads; a fourth is asked for when one of them is.
    fake.faults.break_read_after.extend([96 * KIB] if not block_bytes else [64 * KIB] * 3)
    fake.faults.break_read_after.extend([0] * 200)
    had = Recorder()
    with pytest.raises(errors.StorageUnavailable):
        registry.call("pull", "fraud/1", big.with_name("out"), progress=had)
    assert had.bytes >= (block_bytes or 96 * KIB)
    fake.faults.break_read_after.clear()
    fake.asked.clear()
    path = registry.call("pull", "fraud/1", big.with_name("out"))
    assert (path / "big.bin").read_bytes() == DATA
    # A call that the first pull gave up may reach the registry only now, but for nothing it had.
    assert sum(fake.asked.values()) <= len(DATA) - had.bytes


def test_blocks_that_come_wrong_are_never_put_in_place(
    registry: Caller, fake: FakeRegistry, bucket: type["Bucket"], big: Path
) -> None:
    fake.block_bytes, fake.url = 32 * KIB, bucket.url
    fake.faults.damage_blocks = {2}
    registry.call("push", "fraud", big, **PLAIN)
    with pytest.raises(errors.ContentMismatch):
        registry.call("pull", "fraud/1", big.with_name("out"))
    assert not big.with_name("out").exists()


class Bucket(http.server.BaseHTTPRequestHandler):
    """Answers ranges in the chosen way: `good`, `damaged`, `short` or `refused`."""

    mode = "good"
    url = ""
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        start, end = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
        data = DATA[start : end + 1]
        if self.mode == "damaged":
            data = bytes([data[0] ^ 1]) + data[1:]
        self.send_response(403 if self.mode == "refused" else 206)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: 10 if self.mode == "short" else len(data)])

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def bucket() -> Iterator[type[Bucket]]:
    class Own(Bucket):
        pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        Own.url = f"http://127.0.0.1:{server.server_port}/secret"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Own
        server.shutdown()


@pytest.mark.parametrize("mode", ["good", "damaged", "short", "refused"])
def test_ranges_come_from_the_bucket_where_it_serves_and_else_from_the_registry(
    registry: Caller, fake: FakeRegistry, big: Path, bucket: type[Bucket], mode: str
) -> None:
    fake.block_bytes, bucket.mode = 32 * KIB, mode
    fake.url = bucket.url
    registry.call("push", "fraud", big, **PLAIN)
    path = registry.call("pull", "fraud/1", big.with_name("out"))
    assert (path / "big.bin").read_bytes() == DATA
    assert bucket.asked > 0
    assert ("ReadBlob" in fake.calls) == (mode != "good")


@pytest.mark.parametrize("address", ["file:///etc/hostname", "ftp://127.0.0.1/x", "nonsense"])
def test_an_address_of_anything_but_http_is_not_opened(
    registry: Caller, fake: FakeRegistry, big: Path, address: str
) -> None:
    fake.block_bytes, fake.url = 32 * KIB, address
    registry.call("push", "fraud", big, **PLAIN)
    path = registry.call("pull", "fraud/1", big.with_name("out"))
    assert (path / "big.bin").read_bytes() == DATA


@pytest.mark.parametrize("off", [False, Cache(max_bytes=100 * KIB)])
def test_without_room_in_the_cache_a_pull_works_all_the_same(
    target: str, fake: FakeRegistry, big: Path, off: Cache | bool
) -> None:
    with Client(target, cache=off, timeout=10) as registry:
        registry.push("fraud", big, environment=None, source=None)
        path = registry.pull("fraud/1", big.with_name("out"))
        assert (path / "big.bin").read_bytes() == DATA
        registry.pull("fraud/1", big.with_name("other"))
    assert fake.calls.count("ReadBlob") == 2


def test_a_linked_pull_shares_the_caches_own_files(registry: Caller, big: Path) -> None:
    registry.call("push", "fraud", big, **PLAIN)
    one = registry.call("pull", "fraud/1", big.with_name("one"), link=True) / "big.bin"
    two = registry.call("pull", "fraud/1", big.with_name("two"), link=True) / "big.bin"
    assert one.stat().st_ino == two.stat().st_ino
    assert one.read_bytes() == DATA
