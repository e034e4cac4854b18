"""Copies of versions through a server, on both databases: record, lineage, log and roles."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import (
    evaluation_pb2,
    lineage_service_pb2,
    lookup_service_pb2,
    version_pb2,
)
from modelregistry.v1 import governance_service_pb2 as governance
from tests.support.content import NAMESPACE, a_file, a_version
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refused

SEARCH = "namespaces/search"
TARGET = f"{SEARCH}/models/ranked"
SOURCE = f"{NAMESPACE}/models/fraud/versions/1"
# Fields that belong to the version itself, and those that state the source.
OWN = {
    *("name", "uid", "number", "stage", "state", "aliases", "etag", "create_time", "update_time"),
    *("creator", "revision", "history_id", "parents", "copied_from"),
}


def a_record() -> version_pb2.Version:
    """Return a record that has every fact, so that one that a copy loses is found."""
    record = version_pb2.Version(
        description="# Fraud",
        tags={"team": "risk"},
        labels={"reviewed": "no"},
        annotations={"prompt": "{{ question }}"},
        metrics={"auc": 0.97},
        params={"depth": "6"},
        environment=version_pb2.Environment(
            python_version="3.11.7", packages=[version_pb2.Package(name="numpy", version="2.3.1")]
        ),
        source=version_pb2.Source(repository="r", commit="a" * 40, dirty=False, run_id="run-1"),
        signature=version_pb2.Signature(
            inputs=[version_pb2.TensorSpec(name="x", dtype="float32", shape=[-1, 30])]
        ),
    )
    record.inputs.add(uri="gs://claims/q3", digest="sha256:aa", role=1)
    record.slices.add(dimension="age", value="40+", metric="auc", result=0.9, count=100)
    return record


@pytest.fixture
def both(registry_on_either: RegistryProcess) -> Iterator[Stubs]:
    """A server with a version that has every fact, and the empty namespace `search`."""
    with connected(registry_on_either.target) as stubs:
        fill(stubs)
        yield stubs


def fill(stubs: Stubs) -> None:
    """Register the source."""
    stubs.CreateNamespace(catalog.CreateNamespaceRequest(namespace_id="search"))
    model = SOURCE.partition("/versions/")[0]
    files = [a_file(stubs, "model.bin", b"w"), a_file(stubs, "a/config.json", b"{}")]
    request = catalog.RegisterVersionRequest(parent=model, version=a_record(), files=files)
    request.create_model = True
    stubs.RegisterVersion(request)


def a_copy(**fields: object) -> catalog.CopyVersionRequest:
    """Return the request of a copy into the other namespace."""
    asked = {"parent": TARGET, "source": "fraud/1", "create_model": True, **fields}
    return catalog.CopyVersionRequest(**asked)  # type: ignore[arg-type]


def facts(version: version_pb2.Version) -> dict[str, object]:
    """Return the facts that a copy has from its source."""
    return {field.name: value for field, value in version.ListFields() if field.name not in OWN}


def test_a_copy_has_every_fact_of_its_source_and_derives_from_it(both: Stubs) -> None:
    both.SetAlias(
        catalog.SetAliasRequest(name=f"{NAMESPACE}/models/fraud/aliases/a", version="fraud/1")
    )
    both.SetStage(catalog.SetStageRequest(name="fraud/1", stage="staging"))
    measured = evaluation_pb2.Evaluation(metrics={"auc": 0.9})
    both.SubmitEvaluation(governance.SubmitEvaluationRequest(parent="fraud/1", evaluation=measured))
    source = both.GetVersion(catalog.GetVersionRequest(name="fraud@a"))

    copy = both.CopyVersion(a_copy(source="fraud@a", alias="champion"))

    assert copy == both.GetVersion(catalog.GetVersionRequest(name="search/ranked@champion"))
    assert facts(copy) == facts(source)
    # A field that is new in the contract must be in the record here, or belong to the version.
    immutable = {field.name for field, _ in source.ListFields()} - {"etag", "stage", "aliases"}
    assert {field.name for field, _ in copy.ListFields()} >= immutable
    assert (copy.stage, list(copy.aliases), list(copy.parents)) == ("none", ["champion"], [SOURCE])
    assert (copy.copied_from.registry, copy.copied_from.version) == ("", SOURCE)
    assert copy.copied_from.uid == source.uid
    assert not both.ListEvaluations(governance.ListEvaluationsRequest(parent=copy.name)).evaluations
    listed = [
        both.ListVersionFiles(catalog.ListVersionFilesRequest(parent=name)).files
        for name in (source.name, copy.name)
    ]
    assert listed[0] == listed[1]
    read = artifact.BatchReadBlobsRequest(parent=SEARCH, digests=[listed[1][1].digest])
    assert both.BatchReadBlobs(read).blobs[0].data == b"w"


def test_a_version_by_reference_is_copied_as_one(both: Stubs) -> None:
    record = version_pb2.Version(by_reference=True)
    record.source.uri = "s3://models/fraud/7"
    parent = f"{NAMESPACE}/models/elsewhere"
    both.RegisterVersion(
        catalog.RegisterVersionRequest(parent=parent, version=record, create_model=True)
    )
    copy = both.CopyVersion(a_copy(source="elsewhere/1"))
    assert (copy.by_reference, copy.file_count) == (True, 0)
    assert copy.source.uri == record.source.uri


def test_lineage_finds_copies_across_namespaces(both: Stubs) -> None:
    copy = both.CopyVersion(a_copy())
    used = lineage_service_pb2.FindVersionsByDatasetRequest(
        parent=SEARCH, uri="gs://claims/q3", include_derived=True
    )
    assert [one.version.name for one in both.FindVersionsByDataset(used).uses] == [copy.name]
    down = lineage_service_pb2.TraverseLineageRequest(
        node="fraud/1", direction=lineage_service_pb2.LINEAGE_DIRECTION_DOWN
    )
    reached = str(both.TraverseLineage(down).steps)
    assert copy.name in reached


def test_the_log_states_the_source_and_watchers_see_a_registration(both: Stubs) -> None:
    source = both.GetVersion(catalog.GetVersionRequest(name="fraud/1"))
    start = both.ListChanges(lookup_service_pb2.ListChangesRequest(parent="namespaces/-")).events
    both.CopyVersion(a_copy(alias="champion"))
    watch = lookup_service_pb2.WatchRequest(parent=SEARCH, start_revision=start[-1].revision + 1)
    stream = iter(both.Watch(watch))
    seen: list[lookup_service_pb2.ChangeEvent] = []
    while len(seen) < 3:
        seen += next(stream).events
    assert [event.action for event in seen] == ["model.create", "version.register", "alias.set"]
    registered = seen[1]
    for part in (SOURCE, source.uid, source.root_digest):
        assert part in registered.reason
    assert registered.after.version.root_digest == source.root_digest


def test_before_the_copy_there_was_none(both: Stubs) -> None:
    first = both.CopyVersion(a_copy(alias="champion"))
    both.CopyVersion(a_copy(alias="champion"))
    moment = Timestamp()
    moment.CopyFrom(first.create_time)
    then = lookup_service_pb2.ResolveVersionRequest(ref="search/ranked@champion", as_of=moment)
    assert both.ResolveVersion(then).version.name == first.name
    moment.nanos -= 1_000
    before = lookup_service_pb2.ResolveVersionRequest(ref="search/ranked@champion", as_of=moment)
    assert refused(both.ResolveVersion, before).reason == "MODEL_NOT_FOUND"


def test_a_revoked_source_leaves_its_copies_and_a_revoked_copy_its_source(both: Stubs) -> None:
    copy = both.CopyVersion(a_copy())
    digest = (
        both.ListVersionFiles(catalog.ListVersionFilesRequest(parent="fraud/1")).files[1].digest
    )

    def readable(space: str) -> bool:
        read = artifact.BatchReadBlobsRequest(parent=space, digests=[digest])
        return bool(both.BatchReadBlobs(read).blobs[0].data)

    def revoke(name: str) -> None:
        state = version_pb2.VERSION_STATE_REVOKED
        both.SetVersionState(
            governance.SetVersionStateRequest(name=name, state=state, reason="poisoned")
        )

    revoke(copy.name)
    assert (readable(NAMESPACE), readable(SEARCH)) == (True, False)
    both.CopyVersion(a_copy())  # of a version that may be used: readable again, as if pushed
    assert readable(SEARCH)
    revoke("fraud/1")
    assert (readable(NAMESPACE), readable(SEARCH)) == (False, True)
    assert refused(both.CopyVersion, a_copy()).reason == "VERSION_REVOKED"


def test_a_copy_at_the_limits_of_a_manifest(both: Stubs) -> None:
    files = [a_file(both, f"{number:04}", str(number).encode()) for number in range(0, 1_000, 10)]
    for number in range(1_000):
        files.append(
            version_pb2.FileEntry(path=f"x/{number}", digest=files[0].digest, size_bytes=1)
        )
    parent = f"{NAMESPACE}/models/large"
    made = both.RegisterVersion(
        catalog.RegisterVersionRequest(parent=parent, files=files, create_model=True)
    )
    with ThreadPoolExecutor(4) as pool:
        copies = list(pool.map(lambda _: both.CopyVersion(a_copy(source="large/1")), range(4)))
    assert {copy.root_digest for copy in copies} == {made.root_digest}
    assert sorted(copy.number for copy in copies) == [1, 2, 3, 4]


def test_a_copy_needs_write_on_its_target(
    own_registry: RegistryProcess,
) -> None:
    tokens = {role: own_registry.token(role, role) for role in ("reader", "writer", "admin")}
    own_registry.start()
    with (
        connected(own_registry.target, tokens["admin"]) as admin,
        connected(own_registry.target, tokens["writer"]) as writer,
        connected(own_registry.target, tokens["reader"]) as reader,
        connected(own_registry.target) as stranger,
    ):
        fill(admin)
        assert refused(reader.CopyVersion, a_copy()).reason == "PERMISSION_DENIED"
        assert refused(reader.CopyVersion, a_copy(source="none/1")).reason == "PERMISSION_DENIED"
        assert refused(stranger.CopyVersion, a_copy()).reason == "TOKEN_REQUIRED"
        assert writer.CopyVersion(a_copy()).creator == "writer"


def test_a_restart_between_request_and_repeat_changes_nothing(
    own_registry: RegistryProcess,
) -> None:
    request = a_copy(request_id="01890a5d-ac96-774b-bcce-b302099a8057", alias="champion")
    own_registry.start()
    with connected(own_registry.target) as stubs:
        fill(stubs)
        first = stubs.CopyVersion(request)
        stubs.DeleteVersion(catalog.DeleteVersionRequest(name="fraud/1"))
        a_version(stubs, f"{NAMESPACE}/models/fraud")
    own_registry.kill()
    own_registry.restart()
    with connected(own_registry.target) as stubs:
        assert stubs.CopyVersion(request) == first
        assert len(stubs.ListVersions(catalog.ListVersionsRequest(parent=TARGET)).versions) == 1
