"""Invariants after any fault: checked through the contract and in the database and blob store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import version_pb2
from registry_grpc.services.garbage import Ages, Garbage
from registry_grpc.services.staging_area import StagingArea
from registry_grpc.services.verification import Verification
from registry_grpc.storage.sha256 import Sha256, libcrypto
from tests.support.content import NAMESPACE, digest_of, read
from tests.support.faults.site import Site
from tests.support.stubs import Stubs

_AFTER_ALL_LEASES = timedelta(days=2)
_SWEEPS = 3  # condemned, deleted, and once more for what a crash left half deleted


def check_visible(stubs: Stubs) -> dict[str, int]:
    """Every visible version is complete and every byte hashes to its name; return sizes."""
    sizes: dict[str, int] = {}
    for version in _versions(stubs):
        files = _files(stubs, version.name)
        assert len(files) == version.file_count
        assert sum(file.size_bytes for file in files) == version.size_bytes
        sizes |= {file.digest: file.size_bytes for file in files}
    for digest, size in sizes.items():
        data = read(stubs, digest)
        assert (len(data), digest_of(data)) == (size, digest)
    return sizes


def check_swept(site: Site, *, kills: int = 0) -> None:
    """After a sweep when all leases are over, only what versions name is left, and it is whole.

    kills: of the server. One that dies between beginning a session in a bucket and noting its
    address leaves an unknown session; the bucket itself ends it after a week.
    """
    with site.stubs() as stubs:
        referenced = check_visible(stubs)
    sweep(site)
    with site.database() as database, site.store() as store:
        problems = [blob.problem for blob in Verification(database, store).verify() if blob.problem]
        stored = {str(digest) for _, digest, _, _ in store.published()}
    assert problems == []
    assert stored == set(referenced)
    assert len(site.left_behind()) <= (kills if site.bucket else 0)
    with site.stubs() as stubs:
        assert used(stubs) == sum(referenced.values())
        assert check_visible(stubs) == referenced


def sweep(site: Site) -> None:
    """Collect garbage as it will be collected in two days."""
    later = datetime.now(UTC) + _AFTER_ALL_LEASES
    with site.database() as database, site.store() as store:
        for number in range(_SWEEPS):
            now = later + timedelta(seconds=number)
            area = StagingArea(
                database, store, Sha256(libcrypto()), lambda now=now: now, timedelta(days=1)
            )
            garbage = Garbage(database, store, area, lambda now=now: now)
            garbage.collect(Ages(grace=timedelta(0), orphan_age=timedelta(0)))


def used(stubs: Stubs) -> int:
    """Return what the namespace is charged for, in bytes."""
    request = artifact.GetTransferLimitsRequest(parent=NAMESPACE)
    return int(stubs.GetTransferLimits(request).used_bytes)


def _versions(stubs: Stubs) -> Iterator[version_pb2.Version]:
    token = ""
    while True:
        page = stubs.ListModels(catalog.ListModelsRequest(parent=NAMESPACE, page_token=token))
        for model in page.models:
            yield from _versions_of(stubs, model.name)
        token = page.next_page_token
        if not token:
            return


def _versions_of(stubs: Stubs, model: str) -> Iterator[version_pb2.Version]:
    token = ""
    while True:
        page = stubs.ListVersions(catalog.ListVersionsRequest(parent=model, page_token=token))
        yield from page.versions
        token = page.next_page_token
        if not token:
            return


def _files(stubs: Stubs, version: str) -> list[version_pb2.FileEntry]:
    files: list[version_pb2.FileEntry] = []
    token = ""
    while True:
        request = catalog.ListVersionFilesRequest(parent=version, page_token=token)
        page = stubs.ListVersionFiles(request)
        files += page.files
        token = page.next_page_token
        if not token:
            return files
