"""Values and messages: what goes out comes back the same, and the unknown comes through."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelregistry._convert import catalog, facts, times
from modelregistry._convert import version as convert
from modelregistry.errors import InvalidRequest, MalformedReply
from modelregistry.types import (
    ConfidenceInterval,
    DatasetInput,
    DatasetRole,
    Environment,
    FileEntry,
    Namespace,
    Package,
    Signature,
    SliceMetric,
    Source,
    TensorSpec,
    VersionRecord,
    VersionState,
)
from modelregistry.v1 import alias_pb2, model_pb2, namespace_pb2, version_pb2

FRAUD = "namespaces/default/models/fraud"
VERSION = f"{FRAUD}/versions/7"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
COUNTS = st.integers(0, 2**63 - 1)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
MAPS = st.dictionaries(TEXT, TEXT, max_size=3)


def tuples(items: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(items, max_size=3).map(tuple)


PATHS = st.from_regex(r"[a-z0-9]{1,8}(/[a-zä.]{3,8}){0,2}", fullmatch=True)
DIGESTS = st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True)
FILES = st.builds(FileEntry, path=PATHS, digest=DIGESTS, size_bytes=COUNTS, media_type=TEXT)
PACKAGES = st.builds(Package, TEXT, TEXT)
ENVIRONMENTS = st.builds(
    Environment,
    python_version=TEXT,
    platform=TEXT,
    packages=tuples(PACKAGES),
    image=TEXT,
    accelerator=TEXT,
)
SOURCES = st.builds(
    Source,
    repository=TEXT,
    commit=TEXT,
    dirty=st.none() | st.booleans(),
    run_id=TEXT,
    entry_point=TEXT,
)
ROLES = st.sampled_from(DatasetRole) | st.integers(90, 1000)
INPUTS = st.builds(DatasetInput, uri=TEXT, digest=TEXT, role=ROLES)
INTERVALS = st.builds(ConfidenceInterval, low=NUMBERS, high=NUMBERS, level=NUMBERS)
SLICES = st.builds(
    SliceMetric,
    dimension=TEXT,
    value=TEXT,
    metric=TEXT,
    result=NUMBERS,
    count=COUNTS,
    interval=st.none() | INTERVALS,
)
TENSORS = st.builds(TensorSpec, dtype=TEXT, name=TEXT, shape=tuples(st.integers(-1, 2**62)))
SIGNATURES = st.builds(Signature, inputs=tuples(TENSORS), outputs=tuples(TENSORS))
RECORDS = st.builds(
    VersionRecord,
    description=TEXT,
    tags=MAPS,
    labels=MAPS,
    metrics=st.dictionaries(TEXT, NUMBERS, max_size=3),
    params=MAPS,
    slices=tuples(SLICES),
    inputs=tuples(INPUTS),
    parents=tuples(TEXT),
    signature=st.none() | SIGNATURES,
    environment=st.none() | ENVIRONMENTS,
    source=st.none() | SOURCES,
)


@given(RECORDS)
def test_a_record_comes_back_as_it_went(record: VersionRecord) -> None:
    wire = convert.record_to_message(record).SerializeToString()
    assert convert.record_from_message(version_pb2.Version.FromString(wire)) == record


@given(FILES)
def test_a_file_comes_back_as_it_went(entry: FileEntry) -> None:
    assert facts.file_from_message(facts.file_to_message(entry)) == entry


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_comes_back_as_it_went(moment: datetime) -> None:
    message = version_pb2.Version(create_time=times.to_message(moment, "as_of"))
    assert times.of(message, "create_time") == moment
    assert times.of(message, "delete_time") is None


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    there = datetime(2026, 5, 3, 12, tzinfo=timezone(timedelta(hours=9)))
    message = times.to_message(there, "as_of")
    assert message is not None
    assert message.ToDatetime(tzinfo=UTC) == there


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidRequest) as caught:
        times.to_message(datetime(2026, 5, 3), "as_of")  # noqa: DTZ001 - the point
    assert caught.value.violations[0].field == "as_of"


def test_what_has_no_name_is_malformed_and_the_rest_may_be_empty() -> None:
    for empty in (version_pb2.Version(), version_pb2.Version(name=f"{FRAUD}/versions/0")):
        with pytest.raises(MalformedReply):
            convert.version_from_message(empty)
    with pytest.raises(MalformedReply):
        catalog.model_from_message(model_pb2.Model())
    assert convert.version_from_message(version_pb2.Version(name=VERSION)).root_digest == ""
    assert catalog.model_from_message(model_pb2.Model(name=FRAUD)).create_time is None


def test_states_and_roles_of_the_future_stay_numbers() -> None:
    message = version_pb2.Version.FromString(b"\x60\x63")  # field 12, the state, is 99
    message.name = VERSION
    assert convert.version_from_message(message).state == 99
    assert type(convert.version_from_message(message).state) is int
    assert facts.role_from_number(2) is DatasetRole.VALIDATION
    assert convert.state_from_number(2) is VersionState.DELETED


@pytest.mark.parametrize(
    "change",
    [
        lambda spec: setattr(spec.members[0], "version", "m/1"),
        lambda spec: setattr(spec.members[0], "version", f"{VERSION}\n}} step {{"),
        lambda spec: setattr(spec.members[0], "role", ".."),
        lambda spec: spec.members.append(spec.members[0]),
        lambda spec: spec.edges.add(source="a", target="nobody"),
        lambda spec: spec.edges.extend([spec.edges.add(source="a", target="a")] * 50_000),
    ],
    ids=["a reference", "a text", "a role", "a role twice", "an edge to nobody", "edges"],
)
def test_an_ensemble_of_a_reply_has_versions_and_connects_its_roles(
    change: Callable[[Any], object],
) -> None:
    message = version_pb2.Version(name=VERSION, root_digest=f"sha256:{0:064}")
    message.ensemble.members.add(role="a", version=VERSION)
    assert convert.version_from_message(message).ensemble is not None
    change(message.ensemble)
    with pytest.raises(MalformedReply):
        convert.version_from_message(message)


def test_every_field_of_a_version_is_read() -> None:
    message = version_pb2.Version()
    for field in version_pb2.Version.DESCRIPTOR.fields:
        if field.message_type is None and not field.is_repeated:
            number = field.number % 2 + 1
            setattr(message, field.name, str(number) if field.cpp_type == 9 else number)
    message.name, message.number, message.root_digest = VERSION, 7, f"sha256:{'0' * 64}"
    message.history_id = "5c0ffee15bad51de"
    message.aliases.extend(["a", "b"])
    for name in ("create_time", "update_time", "delete_time"):
        getattr(message, name).FromDatetime(datetime(2026, 1, 1, tzinfo=UTC))
    version = convert.version_from_message(message)
    for field in version_pb2.Version.DESCRIPTOR.fields:
        value = getattr(version, field.name)
        if field.message_type is None and not field.is_repeated:
            assert value == getattr(message, field.name), field.name
    assert version.aliases == ("a", "b")
    assert version.delete_time == datetime(2026, 1, 1, tzinfo=UTC)


def test_the_smaller_resources_are_read_whole() -> None:
    namespace = namespace_pb2.Namespace(name="namespaces/risk", creator="ann", revision=3)
    assert catalog.namespace_from_message(namespace).id == "risk"
    assert catalog.namespace_from_message(namespace).quota_bytes is None
    limited = namespace_pb2.Namespace(name="namespaces/risk", quota_bytes=0, etag="r3")
    assert catalog.namespace_from_message(limited) == Namespace(
        name="namespaces/risk", quota_bytes=0, etag="r3"
    )
    name, before = f"{FRAUD}/aliases/champion", f"{FRAUD}/versions/6"
    alias = alias_pb2.AliasEntry(name=name, version=VERSION, previous_version=before, actor="ann")
    entry = catalog.alias_entry_from_message(alias)
    assert (entry.name, entry.version, entry.previous_version, entry.actor) == (
        *(name, VERSION, before),
        "ann",
    )
    move = alias_pb2.StageEntry(
        version=VERSION, stage="staging", previous_stage="none", reason="ok"
    )
    stage = catalog.stage_entry_from_message(move)
    assert (stage.stage, stage.previous_stage, stage.reason) == ("staging", "none", "ok")
