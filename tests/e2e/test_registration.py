"""Registration: atomic, gapless, repeatable, on both databases, with many callers at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import uuid4

import grpc
import pytest

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import version_pb2
from tests.support.content import NAMESPACE, a_blob, a_file, a_model, a_version
from tests.support.server import RegistryProcess
from tests.support.stubs import Refusal, Stubs, connected, refusal, refused

T = TypeVar("T")


@pytest.fixture
def both(registry_on_either: RegistryProcess) -> Iterator[Stubs]:
    with connected(registry_on_either.target) as connection:
        yield connection


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """Do `work` so many times at the same time; return the results."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def test_64_concurrent_registrations_get_64_gapless_numbers(both: Stubs) -> None:
    model = a_model(both)
    file = a_file(both)
    request = catalog.RegisterVersionRequest(parent=model, files=[file])

    found = at_once(64, lambda _: both.RegisterVersion(request))

    assert sorted(version.number for version in found) == list(range(1, 65))
    assert len({version.uid for version in found}) == 64
    assert len({version.revision for version in found}) == 64


def test_of_16_concurrent_alias_moves_with_one_etag_one_wins(both: Stubs) -> None:
    model = a_model(both)
    versions = [a_version(both, model).name for _ in range(16)]
    name = f"{model}/aliases/champion"
    start = both.SetAlias(catalog.SetAliasRequest(name=name, version=versions[0]))

    def move(number: int) -> object:
        target = versions[15 - number] if number < 15 else versions[1]
        request = catalog.SetAliasRequest(name=name, version=target, etag=start.etag)
        try:
            return both.SetAlias(request)
        except grpc.RpcError as error:
            return refusal(error)

    found = at_once(16, move)

    winners = [item for item in found if not isinstance(item, Refusal)]
    assert len(winners) == 1
    assert {item.reason for item in found if isinstance(item, Refusal)} == {"ETAG_MISMATCH"}
    history = both.ListAliasHistory(catalog.ListAliasHistoryRequest(parent=name)).entries
    assert len(history) == 2
    assert both.GetAlias(catalog.GetAliasRequest(name=name)) == winners[0]


def test_concurrent_first_pushes_create_the_model_once(both: Stubs) -> None:
    file = a_file(both)
    request = catalog.RegisterVersionRequest(
        parent=f"{NAMESPACE}/models/new", files=[file], create_model=True
    )

    found = at_once(8, lambda _: both.RegisterVersion(request))

    assert sorted(version.number for version in found) == list(range(1, 9))


def test_a_repeated_request_id_has_its_effect_once_and_the_same_reply(both: Stubs) -> None:
    model = a_model(both)
    request = catalog.RegisterVersionRequest(
        parent=model, files=[a_file(both)], alias="champion", request_id=str(uuid4())
    )

    replies = at_once(8, lambda _: both.RegisterVersion(request).SerializeToString())

    assert len(set(replies)) == 1
    listed = both.ListVersions(catalog.ListVersionsRequest(parent=model)).versions
    assert [version.number for version in listed] == [1]


def test_a_refused_registration_leaves_no_trace_and_no_gap(both: Stubs) -> None:
    model = a_model(both)
    missing = version_pb2.FileEntry(path="a", digest="sha256:" + "0" * 64, size_bytes=1)
    request = catalog.RegisterVersionRequest(parent=model, files=[missing], alias="champion")

    assert refused(both.RegisterVersion, request).reason == "BLOBS_MISSING"

    alias = catalog.GetAliasRequest(name=f"{model}/aliases/champion")
    assert refused(both.GetAlias, alias).reason == "ALIAS_NOT_FOUND"
    assert a_version(both, model).number == 1


def test_everything_registered_comes_back(both: Stubs) -> None:
    model = a_model(both)
    parent = a_version(both, model)
    record = version_pb2.Version(
        description="# Fraud\nSecond try.",
        tags={"team": "risk"},
        labels={"reviewed": "no"},
        metrics={"auc": 0.97, "loss": 0.125},
        environment=version_pb2.Environment(
            python_version="3.11.7",
            platform="Linux",
            packages=[version_pb2.Package(name="numpy", version="2.3.1")],
            image="registry/train@sha256:" + "a" * 64,
            accelerator="A100",
        ),
        source=version_pb2.Source(repository="r", commit="a" * 40, dirty=False, run_id="run-1"),
        inputs=[
            version_pb2.DatasetInput(
                uri="gs://claims/1", digest="sha256:1", role=version_pb2.DATASET_ROLE_TRAINING
            )
        ],
        parents=[parent.name],
        params={"depth": "6"},
        slices=[
            version_pb2.SliceMetric(
                dimension="age",
                value="60-69",
                count=412,
                metric="auc",
                result=0.91,
                interval=version_pb2.ConfidenceInterval(low=0.88, high=0.94, level=0.95),
            )
        ],
        signature=version_pb2.Signature(
            inputs=[version_pb2.TensorSpec(name="x", dtype="float32", shape=[-1, 30])]
        ),
    )
    files = [a_file(both, "b/weights.bin", b"w"), a_file(both, "a.json", b"{}")]

    made = both.RegisterVersion(
        catalog.RegisterVersionRequest(parent=model, version=record, files=files, alias="next")
    )

    found = both.GetVersion(catalog.GetVersionRequest(name=made.name))
    assert found == made
    for field, value in record.ListFields():
        assert getattr(found, field.name) == value
    assert (found.number, found.stage, list(found.aliases)) == (2, "none", ["next"])
    listed = both.ListVersionFiles(catalog.ListVersionFilesRequest(parent=made.name))
    assert [file.path for file in listed.files] == ["a.json", "b/weights.bin"]
    assert listed.root_digest == found.root_digest


def test_a_manifest_of_twenty_thousand_files_is_registered_and_paged(both: Stubs) -> None:
    model = a_model(both)
    digest = a_blob(both, b"same")
    files = [
        version_pb2.FileEntry(path=f"shards/{number:05}", digest=digest, size_bytes=4)
        for number in range(20_000)
    ]
    made = both.RegisterVersion(catalog.RegisterVersionRequest(parent=model, files=files))

    found, token = [], ""
    while True:
        page = both.ListVersionFiles(
            catalog.ListVersionFilesRequest(parent=made.name, page_size=5_000, page_token=token)
        )
        found += [file.path for file in page.files]
        token = page.next_page_token
        if not token:
            break

    assert found == [file.path for file in files]
    assert made.size_bytes == 80_000
    assert made.file_count == 20_000


def test_pages_of_files_keep_to_the_version_that_the_first_page_saw(both: Stubs) -> None:
    model = a_model(both)
    first = both.RegisterVersion(
        catalog.RegisterVersionRequest(
            parent=model, files=[a_file(both, path) for path in ("a", "b")], alias="champion"
        )
    )
    ref = f"{model.rpartition('/')[2]}@champion"
    request = catalog.ListVersionFilesRequest(parent=ref, page_size=1)
    page = both.ListVersionFiles(request)
    a_version(both, model, alias="champion")

    request.page_token = page.next_page_token
    rest = both.ListVersionFiles(request)

    assert (page.version, rest.version) == (first.name, first.name)
    assert [file.path for file in rest.files] == ["b"]


def test_a_read_sees_the_write_whose_revision_it_names(both: Stubs) -> None:
    model = a_model(both)
    made = a_version(both, model)

    found = both.ResolveVersion(
        lookup.ResolveVersionRequest(
            ref=f"{model.rpartition('/')[2]}@latest", min_revision=made.revision
        )
    )

    assert found.version.name == made.name
    assert found.revision >= made.revision
