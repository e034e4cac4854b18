"""Conversion of gRPC errors to the tree in `modelregistry.errors`: the only module that knows both.

The reason selects the class; for an unknown reason the status code does. Details from a server or a
proxy never cause another error, whatever they contain.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeVar, cast

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

from modelregistry import errors
from modelregistry._wire.connecting import cannot_connect
from modelregistry._wire.finding import finding_from_message
from modelregistry.errors import RegistryError, Violation
from modelregistry.v1 import catalog_service_pb2, finding_pb2

DOMAIN: Final = "modelregistry"
_DETAILS_KEY: Final = "grpc-status-details-bin"

BY_REASON: Final[Mapping[str, type[RegistryError]]] = {
    kind.REASON: kind for kind in errors.descendants() if "REASON" in vars(kind)
}

BY_CODE: Final[Mapping[grpc.StatusCode, type[RegistryError]]] = {
    grpc.StatusCode[kind.STATUS]: kind for kind in errors.descendants() if "STATUS" in vars(kind)
}

_BY_NUMBER: Final[Mapping[int, grpc.StatusCode]] = {code.value[0]: code for code in grpc.StatusCode}

_Detail = TypeVar("_Detail", bound=Message)


@dataclass(frozen=True, slots=True)
class _Details:
    """The readable parts of the details of a status."""

    reason: str = ""
    metadata: Mapping[str, str] | None = None
    violations: tuple[Violation, ...] = ()
    request_id: str = ""
    retry_after: timedelta | None = None
    report: finding_pb2.GateReport | None = None
    registration: catalog_service_pb2.RegistrationReport | None = None


def from_rpc_error(error: grpc.RpcError, request_id: str, unanswered: str = "") -> RegistryError:
    """Return the error to raise for an error of gRPC; `request_id` is the one that was sent.

    unanswered: the message for a deadline that passed without a reply of the registry, for which
    gRPC has no details.
    """
    status = _attached_status(error)
    message = error.details() or ""
    if error.code() is grpc.StatusCode.UNAVAILABLE and not status.details:
        unconnected = cannot_connect(message, request_id)
        if unconnected is not None:
            return unconnected
    if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED and not status.details:
        message = unanswered or message
    return _build(error.code(), message, _read(status), request_id)


def from_broken_stream(error: grpc.RpcError, request_id: str) -> RegistryError:
    """Return the error to raise for the end of a stream.

    An INTERNAL without details is not from the registry, whose errors all have details, but from
    gRPC: on an event loop, a message that is written to a stream that has just ended fails with it,
    and the status of the stream is lost. So it counts as a broken connection.
    """
    failure = from_rpc_error(error, request_id)
    if isinstance(failure, errors.InternalError) and not failure.metadata:
        return errors.Unavailable(f"the stream broke: {failure}", request_id=request_id)
    return failure


def cancelled(request_id: str) -> RegistryError:
    """Return the error for a call that the client cancelled."""
    return errors.Cancelled("the client cancelled the call", request_id=request_id)


def ended(request_id: str) -> RegistryError:
    """Return the error for an endless stream that ended with the status OK."""
    return errors.Unavailable("the registry ended the stream", request_id=request_id)


def silent(seconds: float, request_id: str) -> RegistryError:
    """Return the error for a stream without a message for so many seconds."""
    message = f"no message from the registry for {seconds:g} seconds"
    return errors.Unavailable(message, request_id=request_id)


def from_status(status: status_pb2.Status, request_id: str) -> RegistryError:
    """Return the error for a status inside a reply, such as one result of a batch."""
    code = _BY_NUMBER.get(status.code, grpc.StatusCode.UNKNOWN)
    return _build(code, status.message, _read(status), request_id)


def _build(
    code: grpc.StatusCode, message: str, details: _Details, request_id: str
) -> RegistryError:
    by_code = BY_CODE.get(code, errors.UnknownError)
    error = BY_REASON.get(details.reason, by_code)(
        message or f"the registry answered {code.name}",
        reason=details.reason,
        metadata=details.metadata,
        violations=details.violations,
        request_id=details.request_id or request_id,
        retry_after=details.retry_after,
    )
    if isinstance(error, errors.GateRefused) and details.report is not None:
        error.findings = tuple(map(finding_from_message, details.report.findings))
        error.omitted_count = details.report.omitted_count
    if details.registration is not None and details.registration.problems:
        _add_problems(error, details.registration)
    return error


def _add_problems(error: RegistryError, report: catalog_service_pb2.RegistrationReport) -> None:
    """Add all problems of a registration to the error of the first one."""
    for number, one in enumerate(report.problems):
        problem = from_status(one.status, error.request_id)
        if number == 0:  # its details are those of the error
            problem.violations = error.violations
        problem.violations = problem.violations or (Violation(one.field, problem.message),)
        if one.field and not isinstance(problem, errors.SchemaViolated):
            problem.violations = tuple(
                Violation(one.field, violation.description) for violation in problem.violations
            )
        error.problems = (*error.problems, problem)
    error.violations = tuple(
        violation for problem in error.problems for violation in problem.violations
    )
    more = len(error.problems) - 1 + report.omitted_count
    if more:
        error.message += f" (and {more} more problems)" if more > 1 else " (and 1 more problem)"
        error.args = (error.message,)


def _attached_status(error: grpc.RpcError) -> status_pb2.Status:
    # Both kinds of gRPC return pairs; only the type stubs differ.
    trailers = cast("Iterable[tuple[str, str | bytes]]", error.trailing_metadata() or ())
    for key, value in trailers:
        if key == _DETAILS_KEY and isinstance(value, bytes):
            try:
                return status_pb2.Status.FromString(value)
            except DecodeError:
                break  # a proxy's trailer, or a truncated one: code and message remain valid
    return status_pb2.Status()


def _unpacked(status: status_pb2.Status, kind: type[_Detail]) -> _Detail | None:
    for packed in status.details:
        detail = kind()
        try:
            if packed.Unpack(detail):
                return detail
        except DecodeError:
            continue  # its type is wrong: the other details remain valid
    return None


def _read(status: status_pb2.Status) -> _Details:
    details = _Details(violations=tuple(_violations(status)))
    info = _unpacked(status, error_details_pb2.ErrorInfo)
    if info is not None and info.domain == DOMAIN:
        details = replace(details, reason=info.reason, metadata=dict(info.metadata))
    request = _unpacked(status, error_details_pb2.RequestInfo)
    if request is not None:
        details = replace(details, request_id=request.request_id)
    retry = _unpacked(status, error_details_pb2.RetryInfo)
    if retry is not None and retry.HasField("retry_delay"):
        details = replace(details, retry_after=_delay(retry))
    registration = _unpacked(status, catalog_service_pb2.RegistrationReport)
    report = _unpacked(status, finding_pb2.GateReport)
    return replace(details, report=report, registration=registration)


def _delay(retry: error_details_pb2.RetryInfo) -> timedelta | None:
    try:
        return max(timedelta(0), retry.retry_delay.ToTimedelta())
    except (OverflowError, ValueError):
        return None  # out of range for a duration: ignored


def _violations(status: status_pb2.Status) -> Iterable[Violation]:
    fields = _unpacked(status, error_details_pb2.BadRequest)
    if fields is not None:
        for wrong in fields.field_violations:
            yield Violation(wrong.field, wrong.description)
    obstacles = _unpacked(status, error_details_pb2.PreconditionFailure)
    if obstacles is not None:
        for obstacle in obstacles.violations:
            yield Violation(obstacle.subject, obstacle.description)
