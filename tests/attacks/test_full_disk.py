"""Full disks, filled by a push or by another program: errors, and recovery afterwards."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from modelregistry import Client, errors
from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from tests.support.content import (
    MIB,
    NAMESPACE,
    a_model,
    a_version,
    begin,
    chunks,
    digest_of,
    pushed,
    read,
)
from tests.support.faults.site import Site, on_files
from tests.support.faults.small_disk import SmallDisk, small_disk
from tests.support.python import SERVER, run_python
from tests.support.serving import within
from tests.support.stubs import Stubs, refused

SMALL = 24 * MIB
CATALOG, ARTIFACTS = "modelregistry.v1.CatalogService", "modelregistry.v1.ArtifactService"
LOOKUPS = "modelregistry.v1.LookupService"
SEEN_S = 30.0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of 24 MiB."""
    with small_disk(tmp_path, SMALL) as mounted:
        yield mounted


def serving(site: Site, service: str = "") -> bool:
    """Whether health says that a service serves."""
    with grpc.insecure_channel(site.server.target) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        answer = stub.Check(health_pb2.HealthCheckRequest(service=service))
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def command(site: Site, *arguments: str) -> str:
    """Run `registry-grpc` on the data folder of a site; return what it prints."""
    run = run_python((*SERVER, *arguments, "--data-dir", site.server.data_dir))
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_a_push_larger_than_the_disk_is_refused_before_a_byte_is_sent(
    disk: SmallDisk, tmp_path: Path
) -> None:
    big, small = tmp_path / "big", tmp_path / "small"
    big.mkdir()
    small.mkdir()
    (big / "model.bin").write_bytes(b"m" * 40 * MIB)
    for number in range(40):
        (small / f"{number}.bin").write_bytes(bytes([number]) * MIB)
    fits = tmp_path / "model.bin"
    fits.write_bytes(b"f" * 2 * MIB)
    with on_files(disk.folder / "registry") as site, Client(site.server.target) as client:
        for folder in (big, small):
            with pytest.raises(errors.StorageFull) as caught:
                client.push("fraud", folder)
            found = caught.value.metadata
            assert int(found["free_bytes"]) < 24 * MIB < int(found["needed_bytes"])
            assert caught.value.retry_after is not None
        assert site.left_behind() == []
        assert [path for path in site.blobs.rglob("*") if path.is_file()] == []

        client.push("fraud", fits, alias="champion")
        assert client.resolve("fraud@champion").number == 1
        for service in ("", CATALOG, ARTIFACTS, LOOKUPS):
            assert serving(site, service)


def test_open_uploads_count_with_what_they_still_have_to_send(disk: SmallDisk) -> None:
    with on_files(disk.folder / "registry") as site, site.stubs() as stubs:
        first = b"1" * 8 * MIB
        upload = begin(stubs, digest_of(first), len(first))
        second = artifact.BlobRef(digest=digest_of(b"2" * 8 * MIB), size_bytes=8 * MIB)
        request = artifact.BeginUploadRequest(parent=NAMESPACE, blob=second)
        found = refused(stubs.BeginUpload, request)
        assert (found.code, found.reason) == ("RESOURCE_EXHAUSTED", "STORAGE_FULL")
        assert int(found.metadata["free_bytes"]) < 8 * MIB == int(found.metadata["needed_bytes"])
        missing = artifact.FindMissingBlobsRequest(parent=NAMESPACE, blobs=[second])
        assert refused(stubs.FindMissingBlobs, missing).reason == "STORAGE_FULL"
        # The blob that an upload brings needs no more room than it was promised.
        missing.blobs[0].CopyFrom(artifact.BlobRef(digest=digest_of(first), size_bytes=len(first)))
        assert len(stubs.FindMissingBlobs(missing).missing) == 1

        list(stubs.WriteUpload(chunks(upload.name, first)))
        stubs.CommitUpload(artifact.CommitUploadRequest(name=upload.name))
        assert read(stubs, digest_of(first)) == first


def test_a_disk_of_the_database_that_something_else_filled(disk: SmallDisk, tmp_path: Path) -> None:
    with on_files(disk.folder / "registry", blobs=tmp_path / "blobs") as site:
        with site.stubs() as stubs:
            fill_the_database_disk(site, stubs, disk)
            site.server.kill()
            site.server.restart()
        with site.stubs() as stubs:
            recover_the_database_disk(site, stubs, disk)


def fill_the_database_disk(site: Site, stubs: Stubs, disk: SmallDisk) -> None:
    """The error of changes while the disk is full."""
    model = a_model(stubs)
    a_version(stubs, model)
    version = a_version(stubs, model, b"other")
    begin(stubs, digest_of(b"late"), 4)
    reserve = site.server.data_dir / "registry.db.reserve"
    assert reserve.stat().st_blocks * 512 >= 4 * MIB
    disk.fill(leave=0)

    request = catalog.CreateModelRequest(parent=NAMESPACE, model_id="new")
    found = refused(stubs.CreateModel, request)
    assert (found.code, found.reason) == ("RESOURCE_EXHAUSTED", "DATABASE_FULL")
    assert "google.rpc.RetryInfo" in found.details
    assert read(stubs, digest_of(b"other")) == b"other"
    assert stubs.GetVersion(catalog.GetVersionRequest(name=version.name)).name == version.name
    within(SEEN_S, lambda: not serving(site, CATALOG))
    assert not serving(site, ARTIFACTS)
    assert not serving(site)
    assert serving(site, LOOKUPS)


def recover_the_database_disk(site: Site, stubs: Stubs, disk: SmallDisk) -> None:
    """Deletions work after a restart on the full disk, then all calls do."""
    model = str(stubs.ListModels(catalog.ListModelsRequest(parent=NAMESPACE)).models[0].name)
    upload = open_upload(site)
    aborted = stubs.AbortUpload(artifact.AbortUploadRequest(name=upload))
    assert aborted.state == artifact.UPLOAD_STATE_ABORTED
    stubs.DeleteVersion(catalog.DeleteVersionRequest(name=f"{model}/versions/1"))
    assert "0 damaged" in command(site, "verify", "--blobs", f"file://{site.blobs}")
    assert "freed" in command(site, "gc", "--yes", "--blobs", f"file://{site.blobs}")
    request = catalog.CreateModelRequest(parent=NAMESPACE, model_id="new")
    assert refused(stubs.CreateModel, request).reason == "DATABASE_FULL"
    reserve = site.server.data_dir / "registry.db.reserve"
    assert reserve.stat().st_size == 0

    disk.relieve()
    within(SEEN_S, lambda: serving(site, CATALOG))
    assert serving(site)
    within(SEEN_S, lambda: reserve.stat().st_blocks * 512 >= 4 * MIB)
    stubs.CreateModel(request)


def open_upload(site: Site) -> str:
    """The name of the one open upload."""
    with site.database() as database, database.read() as tx:
        [upload] = tx.uploads.overdue(datetime.now(UTC) + timedelta(days=2), 2)
    return str(upload.name)


def test_a_disk_of_the_blobs_that_something_else_filled(disk: SmallDisk, tmp_path: Path) -> None:
    data = b"d" * 6 * MIB
    with on_files(tmp_path / "registry", blobs=disk.folder / "blobs") as site:
        with site.stubs() as stubs:
            model = a_model(stubs)
            a_version(stubs, model)
            upload = begin(stubs, digest_of(data), len(data))
            list(stubs.WriteUpload(chunks(upload.name, data[: 2 * MIB])))
            disk.fill(leave=0)
            found = refused(stubs.WriteUpload, chunks(upload.name, data, offset=2 * MIB))
            assert (found.code, found.reason) == ("RESOURCE_EXHAUSTED", "STORAGE_FULL")
            within(SEEN_S, lambda: not serving(site, ARTIFACTS))
            assert serving(site, CATALOG)
            assert serving(site, LOOKUPS)
            site.server.kill()
            site.server.restart()
        with site.stubs() as stubs:
            within(SEEN_S, lambda: not serving(site, ARTIFACTS))
            assert "a disk is full" in site.server.log
            assert read(stubs, digest_of(b"weights")) == b"weights"
            # The unfinished upload goes on, or is given up for others.
            stubs.AbortUpload(artifact.AbortUploadRequest(name=upload.name))
            assert site.left_behind() == []
            disk.relieve()
            within(SEEN_S, lambda: serving(site, ARTIFACTS))
            pushed(stubs, data)


def test_a_data_folder_on_a_full_disk(disk: SmallDisk) -> None:
    """Facts and bytes share the disk: an upload in progress may take what was free."""
    data = b"d" * 6 * MIB
    with on_files(disk.folder / "registry") as site:
        with site.stubs() as stubs:
            a_version(stubs, a_model(stubs, "fraud"))
            upload = begin(stubs, digest_of(data), len(data))
            list(stubs.WriteUpload(chunks(upload.name, data[: 4 * MIB])))
            disk.fill(leave=0)
            found = refused(stubs.WriteUpload, chunks(upload.name, data, offset=4 * MIB))
            assert found.reason in {"STORAGE_FULL", "DATABASE_FULL"}
            site.server.stop()
            site.server.restart()
        with site.stubs() as stubs:
            within(SEEN_S, lambda: not serving(site, CATALOG))
            assert serving(site, LOOKUPS)
            stubs.AbortUpload(artifact.AbortUploadRequest(name=upload.name))
            assert "0 damaged" in command(site, "verify")
            command(site, "gc", "--yes")
            disk.relieve()
            within(SEEN_S, lambda: serving(site))
            pushed(stubs, data)
