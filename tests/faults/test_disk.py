"""Full and read-only disks: reported, and used again once they are writable."""

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from modelregistry.v1 import artifact_service_pb2 as artifact
from tests.support.content import MIB, NAMESPACE, a_blob, digest_of, pushed, read
from tests.support.faults.amount import randomness
from tests.support.faults.invariants import check_swept, check_visible
from tests.support.faults.sender import Sender, register
from tests.support.faults.site import Site, on_files
from tests.support.faults.small_disk import SmallDisk, small_disk
from tests.support.stubs import Stubs, refusal, refused

SIZE = 12 * MIB


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A small disk."""
    with small_disk(tmp_path) as mounted:
        yield mounted


@pytest.fixture
def site(disk: SmallDisk, tmp_path: Path) -> Iterator[Site]:
    """A registry with its bytes, not its facts, on the small disk."""
    with on_files(tmp_path / "registry", blobs=disk.folder / "blobs") as made:
        yield made


def test_an_upload_goes_on_when_a_full_disk_has_room_again(site: Site, disk: SmallDisk) -> None:
    random = randomness("full disk")
    sender = Sender(random.randbytes(SIZE), random)
    small = random.randbytes(2 * MIB)
    with site.stubs() as stubs:
        pushed(stubs, b"before")
        register(stubs, b"before", "disk")
        sender.standing(stubs)  # begun while there is room
        disk.fill(leave=5 * MIB)

        with pytest.raises(grpc.RpcError) as caught:
            sender.go_on(stubs)
        found = refusal(caught.value)
        assert (found.code, found.reason) == ("RESOURCE_EXHAUSTED", "STORAGE_FULL")

        stuck = sender.standing(stubs)
        assert stuck.state == artifact.UPLOAD_STATE_OPEN
        assert 0 < stuck.committed_offset < SIZE
        blob = artifact.BlobData(digest=digest_of(small), data=small)
        batch = artifact.BatchUploadBlobsRequest(parent=NAMESPACE, blobs=[blob])
        assert refused(stubs.BatchUploadBlobs, batch).reason == "STORAGE_FULL"
        assert len(check_visible(stubs)) == 1

        disk.relieve()
        sender.go_on(stubs)
        assert sender.restarts == 0
        register(stubs, sender.data, "disk")
        a_blob(stubs, small)
    check_swept(site)


def test_a_disk_that_turned_read_only_still_serves(site: Site, disk: SmallDisk) -> None:
    random = randomness("read-only disk")
    sender = Sender(random.randbytes(SIZE), random)
    with site.stubs() as stubs:
        pushed(stubs, b"before")
        register(stubs, b"before", "disk")
        name = sender.standing(stubs).name
        some = list(sender._messages(0, lambda _: None))[:6]  # noqa: SLF001
        list(stubs.WriteUpload(iter(some)))
        held = stubs.GetUpload(artifact.GetUploadRequest(name=name)).committed_offset
        disk.read_only()

        with pytest.raises(grpc.RpcError) as caught:
            sender.go_on(stubs)
        assert refusal(caught.value).reason == "STORAGE_UNAVAILABLE"
        assert read(stubs, digest_of(b"before")) == b"before"
        assert len(check_visible(stubs)) == 1

        disk.writable()
        assert sender.standing(stubs).committed_offset == held
        sender.go_on(stubs)
        register(stubs, sender.data, "disk")
        assert sender.restarts == 0
    check_swept(site)


def fill_up(stubs: Stubs, sender: Sender) -> None:
    """Register and upload until something has no room."""
    for number in range(200):
        register(stubs, b"before", f"disk-{number}")
    sender.go_on(stubs)


def test_facts_on_a_full_disk_are_refused_and_never_half_written(disk: SmallDisk) -> None:
    random = randomness("full disk under the database")
    sender = Sender(random.randbytes(SIZE), random)
    with on_files(disk.folder / "registry") as site, site.stubs() as stubs:
        pushed(stubs, b"before")
        register(stubs, b"before", "disk")
        disk.fill(leave=0)

        with pytest.raises(grpc.RpcError) as caught:
            fill_up(stubs, sender)
        assert refusal(caught.value).reason in {"DATABASE_FULL", "STORAGE_FULL"}
        check_visible(stubs)

        disk.relieve()
        sender.go_on(stubs)
        register(stubs, sender.data, "disk")
        site.server.kill()
        site.server.restart()
        with site.stubs() as again:
            assert digest_of(sender.data) in check_visible(again)
        check_swept(site)
