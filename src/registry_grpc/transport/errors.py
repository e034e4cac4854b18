"""The one table from refusals to gRPC statuses (AIP-193)."""

from collections.abc import Iterator, Mapping

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2

from registry_grpc.domain import errors

DOMAIN = "modelregistry"

CODES: Mapping[type[errors.RegistryError], grpc.StatusCode] = {
    errors.Invalid: grpc.StatusCode.INVALID_ARGUMENT,
    errors.NotFound: grpc.StatusCode.NOT_FOUND,
    errors.AlreadyExists: grpc.StatusCode.ALREADY_EXISTS,
    errors.Conflict: grpc.StatusCode.ABORTED,
    errors.WrongState: grpc.StatusCode.FAILED_PRECONDITION,
    errors.OutOfRange: grpc.StatusCode.OUT_OF_RANGE,
    errors.Corrupt: grpc.StatusCode.DATA_LOSS,
    errors.Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    errors.Denied: grpc.StatusCode.PERMISSION_DENIED,
    errors.Exhausted: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.Unavailable: grpc.StatusCode.UNAVAILABLE,
    errors.DeadlineExceeded: grpc.StatusCode.DEADLINE_EXCEEDED,
    errors.NotImplementedYet: grpc.StatusCode.UNIMPLEMENTED,
}

# Details travel in a trailer; gRPC refuses more than 8 KB of metadata by default.
# Details are sent in base64 and the message percent-encoded, which triples what is not ASCII.
_MAX_DETAIL_BYTES = 2_900
_MAX_TEXT_BYTES = 300


def code_of(error: errors.RegistryError) -> grpc.StatusCode:
    """Return the status code of an error's kind."""
    for kind in type(error).__mro__:
        if kind in CODES:
            return CODES[kind]
    message = f"{type(error).__name__} is not below any kind in CODES"
    raise LookupError(message)


def status_of(error: errors.RegistryError, request_id: str) -> status_pb2.Status:
    """Return the status with ErrorInfo, RequestInfo and what else the kind carries."""
    return _status(code_of(error), error.message, _details(error, request_id))


def incident_status(incident_id: str, request_id: str) -> status_pb2.Status:
    """Return the status of a bug: nothing of its text, but an id that is in the log with it."""
    message = f"internal error; the server's log has the cause under incident {incident_id}"
    info = _info("INTERNAL", {"incident_id": incident_id})
    request = details.RequestInfo(request_id=request_id)
    return _status(grpc.StatusCode.INTERNAL, message, [info, request])


def _status(
    code: grpc.StatusCode, message: str, parts: "Iterator[Message] | list[Message]"
) -> status_pb2.Status:
    status = status_pb2.Status(code=code.value[0], message=_cut(message))
    for part in parts:
        status.details.add().Pack(part)
    return status


def _details(error: errors.RegistryError, request_id: str) -> Iterator[Message]:
    yield _info(error.reason, error.metadata)
    yield details.RequestInfo(request_id=request_id)
    match error:
        case errors.InvalidRequest(violations=violations):
            yield _bad_request(violations)
        case errors.WrongState(subject=subject, causes=causes):
            yield _precondition(error.reason, subject, causes)
        case errors.NotFound(resource=name) | errors.AlreadyExists(resource=name):
            yield details.ResourceInfo(resource_type=error.resource_type, resource_name=_cut(name))
        case errors.Exhausted() | errors.Unavailable() if error.retry_after is not None:
            retry = details.RetryInfo()
            retry.retry_delay.FromTimedelta(error.retry_after)
            yield retry


def _info(reason: str, metadata: Mapping[str, str]) -> details.ErrorInfo:
    short = {key: _cut(value) for key, value in metadata.items()}
    return details.ErrorInfo(reason=reason, domain=DOMAIN, metadata=short)


def _bad_request(violations: tuple[errors.Violation, ...]) -> details.BadRequest:
    message = details.BadRequest()
    for violation in violations:
        if message.ByteSize() > _MAX_DETAIL_BYTES:
            break
        message.field_violations.add(
            field=_cut(violation.field), description=_cut(violation.description)
        )
    return message


def _precondition(
    reason: str, subject: str, causes: tuple[str, ...]
) -> details.PreconditionFailure:
    message = details.PreconditionFailure()
    for cause in causes:
        if message.ByteSize() > _MAX_DETAIL_BYTES:
            break
        message.violations.add(type=reason, subject=_cut(subject), description=_cut(cause))
    return message


def _cut(text: str) -> str:
    encoded = text.encode()
    if len(encoded) <= _MAX_TEXT_BYTES:
        return text
    return encoded[: _MAX_TEXT_BYTES - 3].decode(errors="ignore") + "…"
