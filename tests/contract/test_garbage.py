"""Garbage collection, quotas and verification on both databases: removed and retained blobs."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import google_crc32c
import pytest

from registry_grpc.domain.blob import UploadState
from registry_grpc.domain.errors import BlobsMissing, UploadNotOpen, VersionNotDeleted
from registry_grpc.services.verification import Verification
from tests.support.services import NAMESPACE, LocalRegistry, digest_of, local_registry

A_DAY = timedelta(hours=25)
UPLOAD = "01890000-0000-7000-8000-000000000000"


@pytest.fixture
def registry(database_url: str, tmp_path: Path) -> Iterator[LocalRegistry]:
    with local_registry(database_url, tmp_path / "blobs") as opened:
        yield opened


def test_what_a_version_names_stays_for_ever(registry: LocalRegistry) -> None:
    registry.push(b"kept")
    registry.register(b"kept")
    registry.clock.forward(timedelta(days=400))

    for _ in range(3):
        assert registry.collect().counts()["deleted"] == 0

    assert registry.stored() == {digest_of(b"kept")}


def test_what_nothing_names_goes_after_lease_and_grace(registry: LocalRegistry) -> None:
    digest = registry.push(b"lonely")

    assert registry.collect().condemned == []
    registry.clock.forward(A_DAY)
    grace = timedelta(hours=1)
    assert registry.collect(grace=grace).condemned == [f"namespaces/default/blobs/{digest}"]
    assert registry.collect(grace=grace).deleted == []
    registry.clock.forward(timedelta(hours=2))
    found = registry.collect(grace=grace)

    assert found.deleted == [f"namespaces/default/blobs/{digest}"]
    assert found.freed_bytes == 6
    assert registry.stored() == set()
    assert registry.blobs.missing(NAMESPACE, [(digest, 6)]) == [(digest, 6)]


def test_a_dry_run_tells_and_changes_nothing(registry: LocalRegistry) -> None:
    digest = registry.push(b"lonely")
    registry.clock.forward(A_DAY)

    planned = registry.collect(dry_run=True)
    assert planned.condemned == registry.collect(dry_run=True).condemned != []
    registry.collect()
    assert registry.collect(dry_run=True).deleted == [f"namespaces/default/blobs/{digest}"]
    assert registry.stored() == {digest}


def test_asking_for_a_condemned_blob_keeps_it(registry: LocalRegistry) -> None:
    digest = registry.push(b"wanted again")
    registry.clock.forward(A_DAY)
    registry.collect()

    assert registry.blobs.missing(NAMESPACE, [(digest, 12)]) == []
    registry.collect()
    registry.register(b"wanted again")
    registry.clock.forward(A_DAY)
    registry.collect()
    registry.collect()

    assert registry.stored() == {digest}


def test_a_version_registered_between_the_phases_saves_its_blob(registry: LocalRegistry) -> None:
    digest = registry.push(b"in time")
    registry.clock.forward(A_DAY)
    registry.collect()
    registry.register(b"in time")

    assert registry.collect().deleted == []
    assert registry.stored() == {digest}


def test_a_deleted_version_frees_what_nothing_else_names(registry: LocalRegistry) -> None:
    registry.push(b"shared")
    registry.push(b"own")
    registry.register(b"shared", b"own")
    registry.register(b"shared")
    registry.delete(1)
    registry.clock.forward(A_DAY)
    registry.collect()
    registry.collect()

    assert registry.stored() == {digest_of(b"shared")}
    with pytest.raises(BlobsMissing):
        registry.register(b"own")


def test_a_purged_version_frees_what_nothing_else_names_at_once(registry: LocalRegistry) -> None:
    for content in (b"shared", b"own"):
        registry.push(content)
    registry.register(b"shared", b"own")
    registry.register(b"shared")
    with pytest.raises(VersionNotDeleted):
        registry.purge(1)
    registry.delete(1)
    assert registry.collect().deleted == []
    registry.purge(1)

    found = registry.collect(grace=timedelta(hours=1))

    assert found.deleted == [f"namespaces/default/blobs/{digest_of(b'own')}"]
    assert registry.stored() == {digest_of(b"shared")}
    with pytest.raises(BlobsMissing):
        registry.register(b"own")
    registry.push(b"own")
    registry.register(b"own")
    registry.purge(1)  # again: changes nothing, and takes nothing from the new version
    assert registry.collect().deleted == []


def test_a_blob_that_is_wanted_again_after_a_purge_stays(registry: LocalRegistry) -> None:
    digest = registry.push(b"own")
    registry.register(b"own")
    registry.delete(1)
    registry.purge(1)
    assert registry.blobs.missing(NAMESPACE, [(digest, 3)]) == []
    registry.collect()
    registry.register(b"own")
    registry.collect()
    assert registry.stored() == {digest}


def test_a_blob_that_was_collected_can_be_pushed_again(registry: LocalRegistry) -> None:
    digest = registry.push(b"again")
    registry.clock.forward(A_DAY)
    registry.collect()
    registry.collect()

    assert registry.push(b"again") == digest
    registry.register(b"again")
    assert registry.stored() == {digest}


def test_an_abandoned_upload_ends_and_its_bytes_go(registry: LocalRegistry) -> None:
    name = registry.begin(b"never finished")
    writer = registry.uploads.writer(name)
    writer.write(0, b"never", google_crc32c.value(b"never"))
    writer.close()
    assert list(registry.store.staged()) != []
    registry.clock.forward(A_DAY)

    found = registry.collect()

    assert found.expired_uploads == [str(name)]
    assert registry.uploads.get(name).state is UploadState.EXPIRED
    assert list(registry.store.staged()) == []
    with pytest.raises(UploadNotOpen):
        registry.uploads.writer(name)


def test_bytes_published_by_a_process_that_died_before_it_recorded_them_go(
    registry: LocalRegistry,
) -> None:
    staged = registry.store.stage(NAMESPACE, digest_of(b"orphan"), UPLOAD, 6)
    staged.write(b"orphan")
    staged.publish(digest_of(b"orphan"), google_crc32c.value(b"orphan"))
    staged.discard()
    registry.clock.forward(timedelta(days=10_000))  # files carry the machine's own time

    assert registry.collect().orphans == [f"namespaces/default/blobs/{digest_of(b'orphan')}"]
    assert registry.stored() == set()
    registry.push(b"orphan")
    assert registry.stored() == {digest_of(b"orphan")}


def test_verification_finds_every_blob_that_is_not_what_it_was(registry: LocalRegistry) -> None:
    for data in (b"good", b"flipped", b"short", b"gone"):
        registry.push(data)
    files = {path.name: path for path in registry.folder.rglob("*") if path.is_file()}
    damage = {b"flipped": b"flopped", b"short": b"sho", b"gone": None}
    for data, content in damage.items():
        path = files[digest_of(data).hex]
        path.chmod(0o600)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)

    found = Verification(registry.database, registry.store).verify()

    problems = {item.digest: item.problem for item in found}
    assert problems[digest_of(b"good")] == ""
    assert problems[digest_of(b"flipped")].startswith("checksum mismatch: ")
    assert problems[digest_of(b"short")] == "too short"
    assert problems[digest_of(b"gone")] == "missing"
