"""Errors as gRPC statuses with details (AIP-193); the contract states the status code of each."""

from collections.abc import Iterator, Mapping, Sequence

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2

from modelregistry.v1 import catalog_service_pb2, error_reason_pb2, finding_pb2
from registry_grpc.domain import errors
from registry_grpc.domain.finding import Finding
from registry_grpc.domain.limits import MIB
from registry_grpc.transport.convert.finding import finding_message

DOMAIN = "modelregistry"
INCIDENT = "INTERNAL"

_CODES = {code.value[0]: code for code in grpc.StatusCode}
CODES: Mapping[str, grpc.StatusCode] = {
    value.name.removeprefix("ERROR_REASON_"): _CODES[
        value.GetOptions().Extensions[error_reason_pb2.error].status
    ]
    for value in error_reason_pb2.ErrorReason.DESCRIPTOR.values[1:]  # without UNSPECIFIED
}
"""The status code of each reason, as the contract's option `error` states it."""

# gRPC sends details in a trailer and rejects more than 8 KB of metadata by default. It encodes
# details in base64 and the message in percent, which triples all but ASCII.
_MAX_DETAIL_BYTES = 2_900
_MAX_TEXT_BYTES = 300
_SOME_DETAIL_BYTES = 600
# The size of a whole status with which the trailer stays below 8 KB, and the largest that a caller
# can request with DETAIL_BYTES_KEY.
DETAIL_BYTES = 4_900
MOST_DETAIL_BYTES = MIB
DETAIL_BYTES_KEY = "x-registry-detail-bytes"
_PACKED_BYTES = 100  # the name of a packed message and its lengths
_FRAME_BYTES = 3  # the tag and length of a finding
_COUNT_BYTES = 8  # the number of omitted ones


def code_of(error: errors.RegistryError) -> grpc.StatusCode:
    """Return the status code of an error's reason; raise LookupError for one without a reason."""
    return CODES[error.reason]


def status_of(
    error: errors.RegistryError, request_id: str, room: int = DETAIL_BYTES
) -> status_pb2.Status:
    """Return the status with ErrorInfo, RequestInfo and the details of the kind.

    room: the size in bytes to which many findings or problems may fill it.
    """
    status = _status(code_of(error), error.message, _details(error, request_id))
    if isinstance(error, errors.GateRefused):
        left = room - status.ByteSize() - _PACKED_BYTES
        status.details.add().Pack(_gate_report(error, left))
    elif len(error.problems) > 1 or any(problem.field for problem in error.problems):
        left = room - status.ByteSize() - _PACKED_BYTES
        status.details.add().Pack(_registration_report(error.problems, left))
    return status


def room_from(text: str) -> int:
    """Return the bytes of a status that a caller requests; DETAIL_BYTES if not a number."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_DETAIL_BYTES))):
        return DETAIL_BYTES
    return min(int(text), MOST_DETAIL_BYTES)


def incident_status(incident_id: str, request_id: str) -> status_pb2.Status:
    """Return the status of a bug: the id under which the log has it, and nothing of its text."""
    message = f"internal error; the server's log has the cause under incident {incident_id}"
    info = _info(INCIDENT, {"incident_id": incident_id})
    request = details.RequestInfo(request_id=request_id)
    return _status(CODES[INCIDENT], message, [info, request])


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
    yield from _details_of_kind(error)


def _details_of_kind(error: errors.RegistryError) -> Iterator[Message]:
    match error:
        case errors.InvalidRequest(violations=violations):
            yield _bad_request(violations)
        case errors.WrongState(subject=subject, causes=causes):
            # Findings say more about a blocked promotion, so they get the room.
            short = isinstance(error, errors.GateRefused)
            most = _SOME_DETAIL_BYTES if short else _MAX_DETAIL_BYTES
            yield _precondition(error.reason, subject, causes, most)
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
    reason: str, subject: str, causes: tuple[str, ...], most: int
) -> details.PreconditionFailure:
    message = details.PreconditionFailure()
    for cause in causes:
        if message.ByteSize() > most:
            break
        message.violations.add(type=reason, subject=_cut(subject), description=_cut(cause))
    return message


def _registration_report(
    problems: Sequence[errors.Problem], room: int
) -> catalog_service_pb2.RegistrationReport:
    """Return the problems that fit into `room` bytes, with details where they fit too."""
    report = catalog_service_pb2.RegistrationReport()
    left = room - _COUNT_BYTES
    for number, problem in enumerate(problems):
        error = problem.error
        brief: list[Message] = [_info(error.reason, error.metadata)]
        choices = [brief] if number == 0 else [[*brief, *_details_of_kind(error)], brief]
        for parts in choices:
            message = catalog_service_pb2.RegistrationProblem(
                field=_cut(problem.field), status=_status(code_of(error), error.message, parts)
            )
            size = message.ByteSize() + _FRAME_BYTES
            if size <= left:
                break
        else:
            report.omitted_count = len(problems) - number
            break
        left -= size
        report.problems.append(message)
    return report


def _gate_report(error: errors.GateRefused, room: int) -> finding_pb2.GateReport:
    """Return the findings that fit into `room` bytes, and how many do not."""
    report = finding_pb2.GateReport(transition=_cut(error.metadata["transition"]))
    left = room - report.ByteSize() - _COUNT_BYTES
    for number, finding in enumerate(error.findings):
        message = _short(finding)
        left -= message.ByteSize() + _FRAME_BYTES
        if left < 0:
            report.omitted_count = len(error.findings) - number
            break
        report.findings.append(message)
    return report


def _short(finding: Finding) -> finding_pb2.Finding:
    message = finding_message(finding)
    for field, value in message.ListFields():
        if isinstance(value, str):
            setattr(message, field.name, _cut(value))
    return message


def _cut(text: str) -> str:
    encoded = text.encode()
    if len(encoded) <= _MAX_TEXT_BYTES:
        return text
    return encoded[: _MAX_TEXT_BYTES - 3].decode(errors="ignore") + "…"
