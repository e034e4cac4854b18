from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from modelregistry.v1 import artifact_service_pb2, model_pb2
from registry_grpc.domain.alias import Alias, AliasEntry
from registry_grpc.domain.blob import Upload, UploadState
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import InvalidRequest
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.domain.model import Model, ModelDraft
from registry_grpc.domain.names import ModelName, NamespaceName, UploadName
from registry_grpc.domain.namespace import Namespace, NamespaceDraft
from registry_grpc.domain.stage import StageEntry
from registry_grpc.domain.violations import Violations
from registry_grpc.services.blob import Usage
from registry_grpc.transport.convert.alias import (
    alias_entry_message,
    alias_message,
    stage_entry_message,
)
from registry_grpc.transport.convert.model import draft_fields, model_draft, model_message
from registry_grpc.transport.convert.namespace import namespace_draft, namespace_message
from registry_grpc.transport.convert.upload import (
    blob_from,
    blob_ref,
    limits_message,
    upload_message,
)

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
DIGEST = Digest("ab" * 32)
FRAUD = ModelName("risk", "fraud")
DRAFT = ModelDraft("# A model", {"team": "risk"}, "ana@example.org")
MODEL = Model(FRAUD, UUID(int=7), DRAFT, "ci", NOW, LATER, revision=9, latest=3)
TTL = timedelta(hours=24)
UPLOAD = Upload(
    name=UploadName("risk", UUID(int=8)),
    digest=DIGEST,
    size=2**40,
    state=UploadState.OPEN,
    creator="ci",
    create_time=NOW,
    expire_time=LATER,
    committed=17,
    session=2,
    epoch=5,
    already_existed=True,
)


def test_a_model_becomes_a_message_and_its_draft_comes_back() -> None:
    message = model_message(MODEL)
    assert message.name == "namespaces/risk/models/fraud"
    assert message.uid == str(MODEL.uid)
    assert (message.etag, message.creator, message.revision) == ("r9", "ci", 9)
    assert message.latest_version == 3
    assert message.create_time.ToDatetime(tzinfo=UTC) == NOW
    assert message.update_time.ToDatetime(tzinfo=UTC) == LATER
    assert not message.HasField("delete_time")
    assert model_draft(message) == DRAFT


def test_a_deleted_model_says_when() -> None:
    message = model_message(replace(MODEL, delete_time=LATER))
    assert message.delete_time.ToDatetime(tzinfo=UTC) == LATER


def test_the_fields_of_a_draft_are_those_of_the_message_that_are_not_output_only() -> None:
    written = {**draft_fields(model_message(MODEL)), "labels": DRAFT.labels}
    assert ModelDraft(**written) == DRAFT  # type: ignore[arg-type]
    assert set(written) <= set(model_pb2.Model.DESCRIPTOR.fields_by_name)


def test_a_namespace_becomes_a_message() -> None:
    message = namespace_message(Namespace(NamespaceName("risk"), "text", "ci", NOW, 4))
    assert (message.name, message.description) == ("namespaces/risk", "text")
    assert (message.creator, message.revision, message.etag) == ("ci", 4, "r4")
    assert message.create_time.ToDatetime(tzinfo=UTC) == NOW


@pytest.mark.parametrize("quota", [None, 0, 5])
def test_a_quota_is_absent_or_a_number(quota: int | None) -> None:
    namespace = Namespace(NamespaceName("risk"), "text", "ci", NOW, 4, quota)
    message = namespace_message(namespace)
    assert message.HasField("quota_bytes") == (quota is not None)
    assert message.quota_bytes == (quota or 0)
    assert namespace_draft(message) == NamespaceDraft("text", quota)


def test_an_alias_becomes_a_message() -> None:
    message = alias_message(Alias(FRAUD.alias("champion"), FRAUD.version(3), NOW, "ci", 9))
    assert message.name == "namespaces/risk/models/fraud/aliases/champion"
    assert message.version == "namespaces/risk/models/fraud/versions/3"
    assert (message.etag, message.updater, message.revision) == ("r9", "ci", 9)
    assert message.update_time.ToDatetime(tzinfo=UTC) == NOW


def test_creation_and_removal_of_an_alias_have_empty_sides() -> None:
    made = AliasEntry(FRAUD.alias("a"), FRAUD.version(3), None, NOW, "ci", "why", 9)
    message = alias_entry_message(made)
    assert (message.version, message.previous_version) == (str(FRAUD.version(3)), "")
    assert (message.actor, message.reason, message.revision) == ("ci", "why", 9)
    gone = replace(made, version=None, previous=FRAUD.version(3))
    message = alias_entry_message(gone)
    assert (message.version, message.previous_version) == ("", str(FRAUD.version(3)))


def test_a_stage_move_becomes_a_message() -> None:
    entry = StageEntry(FRAUD.version(3), "production", "staging", NOW, "ci", "why", 9)
    message = stage_entry_message(entry)
    assert message.version == str(FRAUD.version(3))
    assert (message.stage, message.previous_stage) == ("production", "staging")
    assert (message.actor, message.reason, message.revision) == ("ci", "why", 9)
    assert message.create_time.ToDatetime(tzinfo=UTC) == NOW


def test_an_upload_becomes_a_message() -> None:
    message = upload_message(UPLOAD, TTL)
    assert message.name == str(UPLOAD.name)
    assert (message.blob.digest, message.blob.size_bytes) == (str(DIGEST), 2**40)
    assert (message.committed_offset, message.session_number, message.lease_epoch) == (17, 2, 5)
    assert message.already_existed
    assert message.create_time.ToDatetime(tzinfo=UTC) == NOW
    assert message.expire_time.ToDatetime(tzinfo=UTC) == LATER
    assert message.creator == "ci"


def test_progress_of_an_upload_is_told_by_when_it_expires() -> None:
    message = upload_message(replace(UPLOAD, expire_time=NOW + timedelta(hours=25)), TTL)
    assert message.progress_time.ToDatetime(tzinfo=UTC) == NOW + timedelta(hours=1)
    message = upload_message(replace(UPLOAD, expire_time=NOW + timedelta(hours=1)), TTL)
    assert message.progress_time.ToDatetime(tzinfo=UTC) == NOW


def test_every_state_of_an_upload_has_a_message() -> None:
    states = {upload_message(replace(UPLOAD, state=state), TTL).state for state in UploadState}
    assert states == set(artifact_service_pb2.UploadState.values()) - {0}


@pytest.mark.parametrize("size", [0, 1, 2**63 - 1])
def test_a_blob_reference_comes_back(size: int) -> None:
    found = Violations()
    blob = blob_from(blob_ref(DIGEST, size), "blob", found)
    found.raise_if_any()
    assert blob == (DIGEST, size)


def test_everything_wrong_with_a_blob_reference_is_noted() -> None:
    found = Violations()
    blob_from(artifact_service_pb2.BlobRef(digest="x", size_bytes=-1), "blobs[3]", found)
    with pytest.raises(InvalidRequest) as refusal:
        found.raise_if_any()
    assert [violation.field for violation in refusal.value.violations] == [
        "blobs[3].digest",
        "blobs[3].size_bytes",
    ]


def test_every_limit_is_told() -> None:
    message = limits_message(Usage(TransferLimits(quota=5), 3, 7), late_digest=True)
    set_fields = {field.name for field, _ in message.ListFields()}
    assert set_fields == set(message.DESCRIPTOR.fields_by_name)
    assert message.upload_ttl_seconds == 86_400
    assert not limits_message(Usage(TransferLimits(), 0, None), late_digest=True).HasField(
        "free_bytes"
    )
    assert message.preferred_chunk_bytes <= message.max_chunk_bytes <= message.max_blob_bytes
