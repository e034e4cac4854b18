"""The tree of errors: complete, drawn, and chosen by reason."""

import pickle
from datetime import timedelta

import grpc
import pytest

from modelregistry import errors
from modelregistry._wire.failure import BY_CODE, BY_REASON
from modelregistry.v1 import error_reason_pb2

REASONS = [
    name.removeprefix("ERROR_REASON_")
    for name, number in error_reason_pb2.ErrorReason.items()
    if number
]


def test_every_reason_of_the_contract_has_one_class_and_no_other_has() -> None:
    assert sorted(BY_REASON) == sorted(REASONS)
    assert len(set(BY_REASON.values())) == len(REASONS)


def test_every_status_but_ok_has_a_class() -> None:
    assert set(BY_CODE) == set(grpc.StatusCode) - {grpc.StatusCode.OK}


@pytest.mark.parametrize("kind", list(errors.descendants()), ids=lambda kind: kind.__name__)
def test_every_class_is_drawn_in_the_tree(kind: type[errors.RegistryError]) -> None:
    assert kind.__name__ in (errors.__doc__ or "").replace("\n", " ").split()


def test_the_package_names_every_class() -> None:
    assert {kind.__name__ for kind in errors.descendants()} <= set(errors.__all__)


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_lies_under_the_class_of_its_status(reason: str) -> None:
    comment = STATUS_OF[reason]
    assert issubclass(BY_REASON[reason], BY_CODE[comment])


def test_an_error_survives_being_sent_to_another_process() -> None:
    error = errors.EtagMismatch(
        "moved",
        metadata={"current_etag": "r2"},
        violations=[errors.Violation("etag", "stale")],
        request_id="r",
        retry_after=timedelta(seconds=1),
    )
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert isinstance(again, errors.EtagMismatch)
    assert vars(again) == vars(error)
    assert str(again) == "moved"


STATUS_OF = {
    **dict.fromkeys(
        ("INVALID_REQUEST", "REQUEST_ID_REUSED", "DIGEST_MISMATCH"),
        grpc.StatusCode.INVALID_ARGUMENT,
    ),
    **dict.fromkeys(
        [reason for reason in REASONS if reason.endswith(("_NOT_FOUND", "_EMPTY"))],
        grpc.StatusCode.NOT_FOUND,
    ),
    **dict.fromkeys(
        ("NAMESPACE_ALREADY_EXISTS", "MODEL_ALREADY_EXISTS"), grpc.StatusCode.ALREADY_EXISTS
    ),
    **dict.fromkeys(
        ("ETAG_MISMATCH", "UPLOAD_FENCED", "BINDING_MISMATCH", "HISTORY_CHANGED"),
        grpc.StatusCode.ABORTED,
    ),
    **dict.fromkeys(
        (
            "MODEL_DELETED",
            "MODEL_NOT_DELETED",
            "VERSION_DELETED",
            "VERSION_IN_USE",
            "BLOBS_MISSING",
            "TRANSITION_NOT_ALLOWED",
            "GATE_REFUSED",
            "APPROVAL_REQUIRED",
            "VERSION_YANKED",
            "VERSION_REVOKED",
            "ALIAS_PROTECTED",
            "TRANSITION_NOT_OPEN",
            "APPROVAL_NOT_ALLOWED",
            "ROLLBACK_NOT_POSSIBLE",
            "SCHEMA_VIOLATED",
            "CEL_UNAVAILABLE",
            "STAGE_GRAPH_IN_USE",
            "UPLOAD_NOT_OPEN",
            "UPLOAD_INCOMPLETE",
        ),
        grpc.StatusCode.FAILED_PRECONDITION,
    ),
    **dict.fromkeys(
        ("OFFSET_MISMATCH", "UPLOAD_TOO_LONG", "READ_OUT_OF_RANGE", "REVISION_COMPACTED"),
        grpc.StatusCode.OUT_OF_RANGE,
    ),
    **dict.fromkeys(("CHUNK_CORRUPT", "BLOB_CORRUPT"), grpc.StatusCode.DATA_LOSS),
    **dict.fromkeys(("TOKEN_REQUIRED", "TOKEN_INVALID"), grpc.StatusCode.UNAUTHENTICATED),
    "PERMISSION_DENIED": grpc.StatusCode.PERMISSION_DENIED,
    **dict.fromkeys(
        (
            "LIMIT_EXCEEDED",
            "SERVER_OVERLOADED",
            "STORAGE_FULL",
            "DATABASE_FULL",
            "QUOTA_EXCEEDED",
            "TOO_MANY_UPLOADS",
            "CALLER_LIMIT_EXCEEDED",
            "WATCH_TOO_SLOW",
        ),
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    ),
    **dict.fromkeys(
        (
            "DATABASE_UNAVAILABLE",
            "STORAGE_UNAVAILABLE",
            "SERVER_DRAINING",
            "REVISION_NOT_REACHED",
            "BLOB_BEING_DELETED",
            "STREAM_IDLE",
        ),
        grpc.StatusCode.UNAVAILABLE,
    ),
    "COMMIT_UNKNOWN": grpc.StatusCode.UNKNOWN,
    "DEADLINE_EXCEEDED": grpc.StatusCode.DEADLINE_EXCEEDED,
    "NOT_IMPLEMENTED": grpc.StatusCode.UNIMPLEMENTED,
    "INTERNAL": grpc.StatusCode.INTERNAL,
}
