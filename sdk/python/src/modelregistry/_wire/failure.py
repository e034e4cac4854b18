"""From what gRPC raises to the tree in `modelregistry.errors`: the only place that knows both.

The class is chosen by reason; a reason that is not in the table falls back to the class of the
status code. Whatever a server or a proxy puts into the details, reading them never raises.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeVar, cast

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

from modelregistry import errors
from modelregistry._wire.finding import finding_from_message
from modelregistry.errors import RegistryError, Violation
from modelregistry.v1 import finding_pb2

DOMAIN: Final = "modelregistry"
_DETAILS_KEY: Final = "grpc-status-details-bin"

BY_REASON: Final[Mapping[str, type[RegistryError]]] = {
    kind.REASON: kind for kind in errors.descendants() if "REASON" in vars(kind)
}

BY_CODE: Final[Mapping[grpc.StatusCode, type[RegistryError]]] = {
    grpc.StatusCode.INVALID_ARGUMENT: errors.Invalid,
    grpc.StatusCode.NOT_FOUND: errors.NotFound,
    grpc.StatusCode.ALREADY_EXISTS: errors.AlreadyExists,
    grpc.StatusCode.ABORTED: errors.Conflict,
    grpc.StatusCode.FAILED_PRECONDITION: errors.WrongState,
    grpc.StatusCode.OUT_OF_RANGE: errors.OutOfRange,
    grpc.StatusCode.DATA_LOSS: errors.Corrupt,
    grpc.StatusCode.UNAUTHENTICATED: errors.Unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: errors.PermissionDenied,
    grpc.StatusCode.RESOURCE_EXHAUSTED: errors.Exhausted,
    grpc.StatusCode.UNAVAILABLE: errors.Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.DeadlineExceeded,
    grpc.StatusCode.UNIMPLEMENTED: errors.NotImplementedYet,
    grpc.StatusCode.INTERNAL: errors.InternalError,
    grpc.StatusCode.CANCELLED: errors.Cancelled,
    grpc.StatusCode.UNKNOWN: errors.UnknownError,
}

_BY_NUMBER: Final[Mapping[int, grpc.StatusCode]] = {code.value[0]: code for code in grpc.StatusCode}

_Detail = TypeVar("_Detail", bound=Message)


@dataclass(frozen=True, slots=True)
class _Details:
    """What the details of a status say, as far as they can be read."""

    reason: str = ""
    metadata: Mapping[str, str] | None = None
    violations: tuple[Violation, ...] = ()
    request_id: str = ""
    retry_after: timedelta | None = None
    report: finding_pb2.GateReport | None = None


def from_rpc_error(error: grpc.RpcError, request_id: str, unanswered: str = "") -> RegistryError:
    """Return the error to raise for what gRPC raised; `request_id` is the one that was sent.

    `unanswered` is what to say when the deadline passed without a word from the registry, of which
    gRPC says no more than that.
    """
    status = _attached_status(error)
    message = error.details() or ""
    if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED and not status.details:
        message = unanswered or message
    return _build(error.code(), message, _read(status), request_id)


def from_broken_stream(error: grpc.RpcError, request_id: str) -> RegistryError:
    """Return the error to raise for what ended a stream.

    An INTERNAL without details is not the registry's, whose errors all have them. It is gRPC's own:
    on an event loop that is what a message meets that is written to a stream just ended, and the
    status that ended it is lost. So it counts as a broken connection.
    """
    failure = from_rpc_error(error, request_id)
    if isinstance(failure, errors.InternalError) and not failure.metadata:
        return errors.Unavailable(f"the stream broke: {failure}", request_id=request_id)
    return failure


def cancelled(request_id: str) -> RegistryError:
    """Return the error for a call that this side gave up."""
    return errors.Cancelled("the call was ended from this side", request_id=request_id)


def ended(request_id: str) -> RegistryError:
    """Return the error for a stream without an end that ended all the same, with a status of OK."""
    return errors.Unavailable("the registry ended the stream", request_id=request_id)


def silent(seconds: float, request_id: str) -> RegistryError:
    """Return the error for a stream that said nothing for so long."""
    message = f"nothing was heard of the registry for {seconds:g} seconds"
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
    return error


def _attached_status(error: grpc.RpcError) -> status_pb2.Status:
    # Pairs in either flavour of gRPC; only the stubs differ.
    trailers = cast("Iterable[tuple[str, str | bytes]]", error.trailing_metadata() or ())
    for key, value in trailers:
        if key == _DETAILS_KEY and isinstance(value, bytes):
            try:
                return status_pb2.Status.FromString(value)
            except DecodeError:
                break  # a proxy's trailer, or a cut one: the code and message still stand
    return status_pb2.Status()


def _unpacked(status: status_pb2.Status, kind: type[_Detail]) -> _Detail | None:
    for packed in status.details:
        detail = kind()
        try:
            if packed.Unpack(detail):
                return detail
        except DecodeError:
            continue  # says it is one and is not: the other details still stand
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
    return replace(details, report=_unpacked(status, finding_pb2.GateReport))


def _delay(retry: error_details_pb2.RetryInfo) -> timedelta | None:
    try:
        return max(timedelta(0), retry.retry_delay.ToTimedelta())
    except (OverflowError, ValueError):
        return None  # outside what a duration may be: the same as not said


def _violations(status: status_pb2.Status) -> Iterable[Violation]:
    fields = _unpacked(status, error_details_pb2.BadRequest)
    if fields is not None:
        for wrong in fields.field_violations:
            yield Violation(wrong.field, wrong.description)
    obstacles = _unpacked(status, error_details_pb2.PreconditionFailure)
    if obstacles is not None:
        for obstacle in obstacles.violations:
            yield Violation(obstacle.subject, obstacle.description)
