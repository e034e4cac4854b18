"""The last known answers on disk: whole, checked, of the right registry, and as old as they are."""

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from modelregistry import Version, VersionState, names
from modelregistry._convert.version import (
    record_from_message,
    version_from_document,
    version_from_message,
    version_to_document,
)
from modelregistry._local.last_known import LastKnown
from modelregistry.v1 import version_pb2
from tests.unit.sdk.test_convert import RECORDS

REF = "fraud@champion"
VERSION = {"name": "namespaces/default/models/fraud/versions/7", "number": 7}


@pytest.fixture
def known(tmp_path: Path) -> LastKnown:
    made = LastKnown(tmp_path, "registry:443")
    made.write(REF, VERSION, 41, 0)
    return made


def rewritten(known: LastKnown, **changes: Any) -> None:  # noqa: ANN401 - any field
    document = json.loads(known.path(REF).read_text())
    known.path(REF).write_text(json.dumps(document | changes))


def test_an_answer_is_read_as_it_was_written(known: LastKnown, tmp_path: Path) -> None:
    read = LastKnown(tmp_path, "registry:443").read(REF)
    assert read is not None
    assert (read.version, read.revision) == (VERSION, 41)
    assert 0 <= read.age < 60
    document = json.loads(known.path(REF).read_text())
    assert (document["target"], document["namespace"], document["ref"]) == (
        *("registry:443", "default"),
        REF,
    )


def test_an_answer_has_the_age_it_had_and_what_passed_since(
    known: LastKnown, monkeypatch: pytest.MonkeyPatch
) -> None:
    known.write(REF, VERSION, 41, 100)
    now = time.time()
    monkeypatch.setattr("modelregistry._local.last_known.time.time", lambda: now + 50)
    read = known.read(REF)
    assert read is not None
    assert read.age == pytest.approx(150, abs=5)
    monkeypatch.setattr("modelregistry._local.last_known.time.time", lambda: now - 5000)
    earlier = known.read(REF)
    assert earlier is not None
    assert earlier.age == 0


def test_answers_of_other_registries_and_references_are_others(
    known: LastKnown, tmp_path: Path
) -> None:
    assert LastKnown(tmp_path, "other:443").read(REF) is None
    assert known.read("risk/fraud@champion") is None
    assert known.path("risk/fraud@champion") != known.path(REF)


@pytest.mark.parametrize(
    "changes",
    [
        {"revision": 99},
        {"version": {"name": "namespaces/default/models/fraud/versions/8"}},
        {"time": "2020-01-01T00:00:00+00:00"},
        {"sha256": "0" * 64},
        {"format": 2},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_was_changed_is_not_trusted(known: LastKnown, changes: dict[str, Any]) -> None:
    rewritten(known, **changes)
    assert known.read(REF) is None


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b'"x"', b"{}", b"\xff\xfe"])
def test_what_is_no_answer_is_none(known: LastKnown, data: bytes) -> None:
    known.path(REF).write_bytes(data)
    assert known.read(REF) is None


@pytest.mark.parametrize("length", [1, 100, 300])
def test_what_was_cut_is_not_trusted(known: LastKnown, length: int) -> None:
    whole = known.path(REF).read_bytes()
    known.path(REF).write_bytes(whole[:-length])
    assert known.read(REF) is None


def test_a_file_of_another_reference_under_this_name_is_not_trusted(known: LastKnown) -> None:
    known.write("fraud@other", VERSION, 41, 0)
    known.path("fraud@other").replace(known.path(REF))
    assert known.read(REF) is None


def test_writing_leaves_nothing_behind_and_removing_nothing_at_all(known: LastKnown) -> None:
    known.write(REF, VERSION, 42, 0)
    assert [path.name for path in known.path(REF).parent.iterdir()] == [known.path(REF).name]
    assert known.path(REF).stat().st_mode & 0o077 == 0
    known.remove(REF)
    known.remove(REF)
    assert list(known.path(REF).parent.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_only_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "answers").write_text("in the way")
    known = LastKnown(tmp_path, "registry:443")
    known.write(REF, VERSION, 41, 0)
    known.remove(REF)
    assert known.read(REF) is None
    assert "cannot be used" in caplog.text


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_reader_sees_the_old_or_the_new_answer_never_a_part(known: LastKnown) -> None:
    with known.path(REF).open("rb") as before:
        known.write(REF, VERSION, 42, 0)
        assert json.loads(before.read())["revision"] == 41
    read = known.read(REF)
    assert read is not None
    assert read.revision == 42


@given(RECORDS)
def test_a_version_comes_back_from_its_document(record: Any) -> None:  # noqa: ANN401 - a strategy's
    moment = datetime(2026, 5, 3, 12, 0, 0, 123456, tzinfo=UTC)
    facts = {name: getattr(record, name) for name in record.__dataclass_fields__}
    version = Version(
        name="namespaces/risk/models/fraud/versions/7",
        uid="u",
        number=7,
        root_digest=f"sha256:{0:064}",
        size_bytes=2**40,
        file_count=3,
        stage="production",
        state=VersionState.DELETED,
        aliases=("a", "b"),
        etag="e",
        create_time=moment,
        update_time=moment,
        delete_time=moment,
        creator="ann",
        revision=9,
        **facts,
    )
    document = json.loads(json.dumps(version_to_document(version)))
    assert version_from_document(document) == version


def test_every_field_of_a_version_is_kept() -> None:
    names_of = {field.name for field in version_pb2.Version.DESCRIPTOR.fields}
    assert names_of == set(Version.__dataclass_fields__)
    empty = version_from_message(version_pb2.Version(name=str(VERSION["name"])))
    assert version_from_document(version_to_document(empty)) == empty
    assert record_from_message(version_pb2.Version()).tags == {}


@pytest.mark.parametrize("document", [{}, {"name": 7}, {"name": "n", "number": "x"}, {"tags": []}])
def test_a_document_that_is_no_version_is_none(document: dict[str, Any]) -> None:
    assert version_from_document(document) is None


def test_a_document_of_a_later_release_is_read_as_far_as_it_is_known() -> None:
    read = version_from_document(VERSION | {"fieldOfTheFuture": {"a": 1}})
    assert read is not None
    assert read.number == 7


@pytest.mark.parametrize(
    "ref,model",
    [
        ("fraud@champion", "namespaces/default/models/fraud"),
        ("fraud/7", "namespaces/default/models/fraud"),
        ("fraud", "namespaces/default/models/fraud"),
        ("risk/fraud@champion", "namespaces/risk/models/fraud"),
        ("risk/fraud/7", "namespaces/risk/models/fraud"),
        ("fraud@sha256:00/11", "namespaces/default/models/fraud"),
        ("namespaces/risk/models/fraud/versions/7", "namespaces/risk/models/fraud"),
        ("namespaces/risk/models/fraud/aliases/x", "namespaces/risk/models/fraud"),
        ("namespaces/risk/models/fraud", "namespaces/risk/models/fraud"),
    ],
)
def test_a_reference_tells_its_model(ref: str, model: str) -> None:
    assert names.model_of(ref) == model
