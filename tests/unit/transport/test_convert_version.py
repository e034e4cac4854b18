import math
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelregistry.v1 import catalog_service_pb2, version_pb2
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import InvalidRequest
from registry_grpc.domain.facts import DatasetRole, VersionDetail
from registry_grpc.domain.manifest import FileEntry
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.domain.violations import Violations
from registry_grpc.transport.convert.facts import detail_from, write_detail
from registry_grpc.transport.convert.version import draft_from, file_message, version_message
from tests.support.faults.amount import examples

_quick = settings(max_examples=examples(40))
HEX = "ab" * 32
NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
BASIC = Version(
    name=ModelName("risk", "fraud").version(7),
    uid=UUID(int=7),
    root_digest=Digest(HEX),
    size=2**62,
    file_count=20_000,
    creator="ci",
    create_time=NOW,
    update_time=NOW.replace(hour=13),
    revision=99,
    description="# A model",
    tags=MappingProxyType({"team": "risk"}),
    metrics={"auc": 0.97},
    labels={"tier": "gold"},
    stage="production",
    aliases=("champion", "eu"),
)

words = st.text(max_size=6)
# Zero has no sign: a database need not keep it.
doubles = st.floats(allow_nan=False).map(lambda number: number + 0.0)
int64s = st.integers(-(2**63), 2**63 - 1)
roles = st.sampled_from([1, 2, 3])
packages = st.builds(version_pb2.Package, name=words, version=words)
environments = st.builds(
    version_pb2.Environment,
    python_version=words,
    platform=words,
    packages=st.lists(packages, max_size=3),
    image=words,
    accelerator=words,
)
sources = st.builds(
    version_pb2.Source,
    repository=words,
    commit=words,
    dirty=st.none() | st.booleans(),
    run_id=words,
    entry_point=words,
)
inputs = st.builds(version_pb2.DatasetInput, uri=words, digest=words, role=roles)
intervals = st.builds(version_pb2.ConfidenceInterval, low=doubles, high=doubles, level=doubles)
slices = st.builds(
    version_pb2.SliceMetric,
    dimension=words,
    value=words,
    count=int64s,
    metric=words,
    result=doubles,
    interval=st.none() | intervals,
)
tensors = st.builds(
    version_pb2.TensorSpec, name=words, dtype=words, shape=st.lists(int64s, max_size=3)
)
signatures = st.builds(
    version_pb2.Signature,
    inputs=st.lists(tensors, max_size=2),
    outputs=st.lists(tensors, max_size=2),
)
facts = st.builds(
    version_pb2.Version,
    environment=st.none() | environments,
    source=st.none() | sources,
    inputs=st.lists(inputs, max_size=2),
    parents=st.lists(words, max_size=2),
    params=st.dictionaries(words, words, max_size=3),
    slices=st.lists(slices, max_size=2),
    signature=st.none() | signatures,
)


def fields(found: Violations) -> list[str]:
    try:
        found.raise_if_any()
    except InvalidRequest as refusal:
        return [violation.field for violation in refusal.violations]
    return []


def a_file(path: str, digest: str = f"sha256:{HEX}") -> version_pb2.FileEntry:
    return version_pb2.FileEntry(path=path, digest=digest, size_bytes=1)


# --- facts -----------------------------------------------------------------------------------


@given(facts)
@_quick
def test_facts_come_back_as_they_were_sent(sent: version_pb2.Version) -> None:
    found, back = Violations(), version_pb2.Version()
    write_detail(detail_from(sent, found), back)
    assert fields(found) == []
    assert back == sent


@given(facts)
@_quick
def test_facts_that_are_read_again_are_equal(sent: version_pb2.Version) -> None:
    detail = detail_from(sent, Violations())
    back = version_pb2.Version()
    write_detail(detail, back)
    assert detail_from(back, Violations()) == detail


@pytest.mark.parametrize("part", ["environment", "source", "signature"])
def test_an_empty_part_is_not_a_missing_part(part: str) -> None:
    missing, empty = version_pb2.Version(), version_pb2.Version()
    getattr(empty, part).SetInParent()
    assert getattr(detail_from(missing, Violations()), part) is None
    detail = detail_from(empty, Violations())
    assert getattr(detail, part) is not None
    back = version_pb2.Version()
    write_detail(detail, back)
    assert part in {field.name for field, _ in back.ListFields()}


@pytest.mark.parametrize("dirty", [None, False, True])
def test_whether_a_tree_was_dirty_can_be_unknown(dirty: bool | None) -> None:
    message = version_pb2.Version(source=version_pb2.Source(commit="a", dirty=dirty))
    source = detail_from(message, Violations()).source
    assert source is not None
    assert source.dirty is dirty


def test_an_interval_of_zeros_is_an_interval() -> None:
    sent = version_pb2.Version(
        slices=[version_pb2.SliceMetric(interval=version_pb2.ConfidenceInterval())]
    )
    back = version_pb2.Version()
    write_detail(detail_from(sent, Violations()), back)
    assert back.slices[0].HasField("interval")


def test_every_role_of_data_has_a_message() -> None:
    numbers = {1, 2, 3}
    assert numbers == set(version_pb2.DatasetRole.values()) - {0}
    message = version_pb2.Version(
        inputs=[
            version_pb2.DatasetInput(role=number)  # type: ignore[arg-type]
            for number in sorted(numbers)
        ]
    )
    read = detail_from(message, Violations()).inputs
    assert {item.role for item in read} == set(DatasetRole)
    assert len(read) == len(numbers)


@pytest.mark.parametrize("role", [0, 4, -1, 2**31 - 1])
def test_data_without_a_known_role_is_noted(role: int) -> None:
    found = Violations()
    message = version_pb2.Version(
        inputs=[
            version_pb2.DatasetInput(uri="a", role=version_pb2.DATASET_ROLE_TEST),
            version_pb2.DatasetInput(uri="b"),
        ]
    )
    message.inputs[1].role = role  # type: ignore[assignment]
    detail_from(message, found)
    assert fields(found) == ["version.inputs[1].role"]


# --- drafts ----------------------------------------------------------------------------------


def test_a_request_becomes_a_draft() -> None:
    found = Violations()
    request = catalog_service_pb2.RegisterVersionRequest(
        version=version_pb2.Version(
            description="text",
            tags={"a": "1"},
            labels={"b": "2"},
            metrics={"auc": math.inf},
            root_digest=f"sha256:{HEX}",
            params={"c": "3"},
            # Output-only fields are ignored.
            name="nonsense",
            uid="nonsense",
            etag="nonsense",
        ),
        files=[version_pb2.FileEntry(path="a/b", digest=f"sha256:{HEX}", media_type="text/plain")],
    )
    draft = draft_from(request, found, hashed=True)
    assert fields(found) == []
    assert list(draft.files) == [FileEntry("a/b", Digest(HEX), 0, "text/plain")]
    assert (draft.description, draft.tags, draft.labels) == ("text", {"a": "1"}, {"b": "2"})
    assert draft.metrics == {"auc": math.inf}
    assert draft.detail == VersionDetail(params={"c": "3"})
    assert draft.expected_root == Digest(HEX)


def test_a_root_digest_that_is_not_stated_is_not_expected() -> None:
    draft = draft_from(catalog_service_pb2.RegisterVersionRequest(), Violations(), hashed=True)
    assert draft.expected_root is None


@pytest.mark.parametrize("digest", ["", HEX, "sha256:", f"sha512:{HEX}", f"sha256:{HEX}\n"])
def test_a_digest_that_cannot_be_read_is_noted_at_its_place(digest: str) -> None:
    found = Violations()
    request = catalog_service_pb2.RegisterVersionRequest(
        files=[a_file("a"), a_file("b", digest)], version=version_pb2.Version(root_digest="x")
    )
    draft_from(request, found, hashed=True)
    assert sorted(fields(found)) == ["files[1].digest", "version.root_digest"]


def test_what_follows_an_unreadable_file_keeps_its_place() -> None:
    # The client looks at files[2] of what it sent.
    found = Violations()
    request = catalog_service_pb2.RegisterVersionRequest(
        files=[a_file("a"), a_file("b", "nonsense"), a_file("/absolute")]
    )
    draft_from(request, found, hashed=True).check(found)
    assert fields(found) == ["files[1].digest", "files[2].path"]


def test_what_follows_an_unreadable_input_keeps_its_place() -> None:
    found = Violations()
    request = catalog_service_pb2.RegisterVersionRequest(
        files=[a_file("a")],
        version=version_pb2.Version(
            inputs=[
                version_pb2.DatasetInput(uri="a", role=0),  # type: ignore[arg-type]
                version_pb2.DatasetInput(uri="", role=1),  # type: ignore[arg-type]
            ]
        ),
    )
    draft_from(request, found, hashed=True).check(found)
    assert fields(found) == ["version.inputs[0].role", "version.inputs[1].uri"]


def test_one_unreadable_digest_is_one_violation() -> None:
    # Neither "a version has at least one file" nor a root digest of fewer files is true.
    found = Violations()
    request = catalog_service_pb2.RegisterVersionRequest(
        files=[a_file("a", "nonsense")], version=version_pb2.Version(root_digest=f"sha256:{HEX}")
    )
    draft_from(request, found, hashed=True).check(found)
    assert fields(found) == ["files[0].digest"]


# --- versions and files ----------------------------------------------------------------------


def test_a_version_becomes_a_message() -> None:
    message = version_message(BASIC, full=True)
    assert message.name == "namespaces/risk/models/fraud/versions/7"
    assert message.uid == str(BASIC.uid)
    assert message.number == 7
    assert message.root_digest == f"sha256:{HEX}"
    assert (message.size_bytes, message.file_count) == (2**62, 20_000)
    assert dict(message.tags) == {"team": "risk"}
    assert dict(message.labels) == {"tier": "gold"}
    assert dict(message.metrics) == {"auc": 0.97}
    assert message.stage == "production"
    assert message.state == version_pb2.VERSION_STATE_ACTIVE
    assert list(message.aliases) == ["champion", "eu"]
    assert message.etag == "r99"
    assert message.create_time.ToDatetime(tzinfo=UTC) == NOW
    assert message.update_time.ToDatetime(tzinfo=UTC) == BASIC.update_time
    assert not message.HasField("delete_time")
    assert (message.creator, message.revision) == ("ci", 99)


def test_a_deleted_version_says_when() -> None:
    message = version_message(
        replace(BASIC, state=VersionState.DELETED, delete_time=NOW), full=False
    )
    assert message.state == version_pb2.VERSION_STATE_DELETED
    assert message.delete_time.ToDatetime(tzinfo=UTC) == NOW


def test_every_state_of_a_version_has_a_message() -> None:
    states = {
        version_message(replace(BASIC, state=state), full=False).state for state in VersionState
    }
    assert states == set(version_pb2.VersionState.values()) - {0}


@given(facts)
@_quick
def test_only_the_full_view_shows_the_fields_numbered_30_and_up(sent: version_pb2.Version) -> None:
    version = replace(BASIC, detail=detail_from(sent, Violations()))
    basic = {field.number for field, _ in version_message(version, full=False).ListFields()}
    full = {field.number for field, _ in version_message(version, full=True).ListFields()}
    assert max(basic) < 30
    assert full - basic == {field.number for field, _ in sent.ListFields()}


file_entries = st.builds(
    FileEntry,
    words,
    st.binary(min_size=32, max_size=32).map(lambda raw: Digest(raw.hex())),
    st.integers(0, 2**63 - 1),
    words,
)


@given(st.lists(file_entries, max_size=4))
@_quick
def test_files_come_back_as_they_were(files: list[FileEntry]) -> None:
    found = Violations()
    request = catalog_service_pb2.RegisterVersionRequest(files=map(file_message, files))
    assert list(draft_from(request, found, hashed=True).files) == files
    assert fields(found) == []
