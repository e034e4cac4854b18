from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import InvalidRequest, ModelDeleted, VersionDeleted
from registry_grpc.domain.model import Model, ModelDraft
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.namespace import NamespaceDraft
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.domain.violations import Violations

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
NAME = ModelName("risk", "fraud")
MODEL = Model(NAME, UUID(int=1), ModelDraft(), "ci", NOW, NOW, revision=7)
VERSION = Version(
    name=NAME.version(3),
    uid=UUID(int=2),
    root_digest=Digest("ab" * 32),
    size=3,
    file_count=1,
    creator="ci",
    create_time=NOW,
    update_time=NOW,
    revision=8,
)


def fields(draft: ModelDraft) -> list[str]:
    found = Violations()
    draft.check(found)
    try:
        found.raise_if_any()
    except InvalidRequest as refusal:
        return [violation.field for violation in refusal.violations]
    return []


def test_an_etag_changes_with_every_revision() -> None:
    assert MODEL.etag == "r7"
    assert replace(MODEL, revision=8).etag != MODEL.etag


def test_a_deleted_model_cannot_be_used() -> None:
    MODEL.require_live()
    with pytest.raises(ModelDeleted):
        replace(MODEL, delete_time=NOW).require_live()


def test_a_deleted_version_cannot_be_used() -> None:
    VERSION.require_live()
    with pytest.raises(VersionDeleted):
        replace(VERSION, state=VersionState.DELETED, delete_time=NOW).require_live()


def test_a_draft_is_checked_under_the_paths_of_its_request() -> None:
    assert fields(ModelDraft("x" * 65_536, {"team": "risk"}, "o" * 256)) == []
    assert fields(ModelDraft("x" * 65_537, {"Team": ""}, "o" * 257)) == [
        "model.description",
        "model.labels['Team']",
        "model.owner",
    ]


def test_a_namespace_has_a_limited_description() -> None:
    found = Violations()
    NamespaceDraft("x" * 4_096).check(found)
    found.raise_if_any()
    NamespaceDraft("x" * 4_097).check(found)
    with pytest.raises(InvalidRequest, match=r"namespace\.description"):
        found.raise_if_any()


@pytest.mark.parametrize("quota", [None, 0, 1, 2**63 - 1])
def test_a_namespace_has_any_quota_or_none(quota: int | None) -> None:
    found = Violations()
    NamespaceDraft(quota=quota).check(found)
    found.raise_if_any()


def test_a_quota_is_never_negative() -> None:
    found = Violations()
    NamespaceDraft(quota=-1).check(found)
    with pytest.raises(InvalidRequest, match=r"namespace\.quota_bytes"):
        found.raise_if_any()
