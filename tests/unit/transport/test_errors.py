import base64
import inspect
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2

from modelregistry.v1 import catalog_service_pb2, error_reason_pb2, finding_pb2
from registry_grpc.domain import errors
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.finding import Finding, Outcome
from registry_grpc.domain.manifest import FileEntry, check_files
from registry_grpc.domain.violations import Violations
from registry_grpc.transport.errors import (
    CODES,
    DETAIL_BYTES,
    DOMAIN,
    MOST_DETAIL_BYTES,
    code_of,
    incident_status,
    room_from,
    status_of,
)
from tests.support.conformance import cases

LEAVES = list(errors.leaves())
_RETRIED = (
    errors.Unavailable
    | errors.DatabaseFull
    | errors.QuotaExceeded
    | errors.ServerOverloaded
    | errors.StorageFull
    | errors.TooManyUploads
    | errors.TooManyDeployments
    | errors.CallerLimitExceeded
    | errors.WatchTooSlow
)
PREFIX = "ERROR_REASON_"
REASONS = {
    name.removeprefix(PREFIX) for name in error_reason_pb2.ErrorReason.DESCRIPTOR.values_by_name
}
TYPES = {
    kind.DESCRIPTOR.full_name: kind
    for kind in (
        details.ErrorInfo,
        details.RequestInfo,
        details.BadRequest,
        details.PreconditionFailure,
        details.ResourceInfo,
        details.RetryInfo,
        finding_pb2.GateReport,
    )
}


def an_error(kind: type[errors.RegistryError], text: str = "text") -> errors.RegistryError:
    """Return an error of this kind, its texts made of `text`."""
    samples: dict[str, object] = {
        "violations": [errors.Violation(text, text)],
        "uses": [text, text],
        "missing": [text, text],
        "allowed": [text, text],
        "causes": [text, text],
        "needs": [text, text],
        "findings": [Finding(text, text, text, Outcome.FAILED, text)],
        "retry_after": timedelta(seconds=1),
    }
    numbers = {"committed", "size", "expected", "given", "offset", "wanted", "current", "seconds"}
    if kind is errors.SchemaViolated:
        return errors.SchemaViolated(text, 7, [text, text])
    if kind is errors.BindingMismatch:
        return errors.BindingMismatch(text, text, text)
    if kind is errors.LimitExceeded:
        return errors.LimitExceeded(text, 7, 8)
    if kind is errors.EtagMismatch:
        return errors.EtagMismatch(text, text, text)
    arguments: dict[str, Any] = {}
    for name, parameter in inspect.signature(kind).parameters.items():
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            arguments[name] = samples.get(name, 7 if name in numbers else text)
    if "message" in arguments:
        arguments["message"] = ""
    return kind(**arguments)


def unpacked(status: status_pb2.Status) -> list[Message]:
    parts: list[Message] = []
    for part in status.details:
        message = TYPES[part.TypeName()]()
        assert part.Unpack(message)
        parts.append(message)
    return parts


def one(status: status_pb2.Status, kind: type[Message]) -> Message:
    (found,) = [part for part in unpacked(status) if isinstance(part, kind)]
    return found


def trailer_bytes(status: status_pb2.Status) -> int:
    """The trailers that gRPC sends: message percent-encoded, details in base64, framing."""
    encoded = len(base64.b64encode(status.SerializeToString()))
    message = len(quote(status.message, safe=" !\"#$&'()*+,/:;<=>?@[]^`{|}~\\"))
    names = ("grpc-status", "grpc-message", "grpc-status-details-bin", "x-request-id")
    request_id = 128
    return encoded + message + request_id + 4 + sum(len(name) + 32 for name in names)


# --- the table -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LEAVES)
def test_every_error_has_a_status_code(kind: type[errors.RegistryError]) -> None:
    assert code_of(an_error(kind)) in grpc.StatusCode


@pytest.mark.parametrize("kind", errors.RegistryError.__subclasses__())
def test_all_errors_of_a_kind_have_one_status_code(kind: type[errors.RegistryError]) -> None:
    below = [kind] if kind in LEAVES else [*errors.leaves(kind)]
    assert len({CODES[leaf.reason] for leaf in below}) == 1


def test_no_two_kinds_have_the_same_status_code() -> None:
    kinds = errors.RegistryError.__subclasses__()
    assert len(kinds) == len({CODES[leaf.reason] for leaf in LEAVES})


def test_every_reason_is_in_the_contract_and_every_reason_of_the_contract_is_raised() -> None:
    assert {kind.reason for kind in LEAVES} == REASONS - {"UNSPECIFIED", "INTERNAL"}


def test_no_two_errors_share_a_reason() -> None:
    reasons = [kind.reason for kind in LEAVES]
    assert len(reasons) == len(set(reasons))


def test_only_leaves_have_a_reason() -> None:
    for kind in LEAVES:
        assert not kind.__subclasses__()
        assert kind.reason


def test_the_package_has_every_error_and_the_module_of_kinds_every_kind() -> None:
    kinds = set(errors.RegistryError.__subclasses__()) - set(LEAVES)
    assert all(getattr(errors, kind.__name__) is kind for kind in {*LEAVES, *kinds})
    assert all(getattr(errors.kinds, kind.__name__) is kind for kind in kinds)


CASES = {case["reason"]: case for case in cases("errors.json")["errors"]}


@pytest.mark.parametrize("kind", LEAVES)
def test_a_refusal_is_what_its_case_says(kind: type[errors.RegistryError]) -> None:
    case, error = CASES[kind.reason], an_error(kind)
    assert (code_of(error).name, kind.__name__) == (case["code"], case["class"])
    assert [*case["metadata"], *case.get("optional_metadata", [])] == list(error.metadata)
    parts = unpacked(status_of(error, "id"))
    retry_info = any(isinstance(part, details.RetryInfo) for part in parts)
    assert retry_info == case.get("retry_info", False)


def test_optional_metadata_is_absent_where_it_is_not_known() -> None:
    sparse = [
        errors.CommitUnknown(),
        errors.DatabaseFull(),
        errors.MemberUnusable("both/1", "text", "text/3", "revoked"),
        errors.ModelAlreadyExists("fraud"),
        errors.ServerDraining(),
        errors.StorageFull(),
        errors.VersionRevoked("fraud/7"),
        errors.VersionYanked("fraud/7"),
    ]
    optional = {reason for reason, case in CASES.items() if "optional_metadata" in case}
    assert {error.reason for error in sparse} == optional
    for error in sparse:
        assert list(error.metadata) == CASES[error.reason]["metadata"]


def test_an_error_outside_the_table_is_a_bug() -> None:
    with pytest.raises(LookupError):
        code_of(errors.RegistryError("nothing in particular"))


# --- what a status carries -------------------------------------------------------------------


@pytest.mark.parametrize("kind", LEAVES)
def test_every_status_carries_one_error_info_and_one_request_info(
    kind: type[errors.RegistryError],
) -> None:
    error = an_error(kind)
    status = status_of(error, "call-7")
    info = one(status, details.ErrorInfo)
    assert isinstance(info, details.ErrorInfo)
    assert (info.reason, info.domain) == (kind.reason, DOMAIN)
    assert dict(info.metadata) == dict(error.metadata)
    request = one(status, details.RequestInfo)
    assert isinstance(request, details.RequestInfo)
    assert request.request_id == "call-7"
    assert status.code == code_of(error).value[0]
    assert status.message == str(error)


@pytest.mark.parametrize("kind", LEAVES)
def test_reason_and_metadata_are_written_as_aip_193_says(
    kind: type[errors.RegistryError],
) -> None:
    error = an_error(kind)
    assert re.fullmatch(r"[A-Z][A-Z0-9_]+[A-Z0-9]", kind.reason)
    assert len(kind.reason) <= 63
    for key in error.metadata:
        assert re.fullmatch(r"[a-z][a-zA-Z0-9_-]{0,63}", key)
    assert re.fullmatch(r"[a-z][a-z0-9.-]*", DOMAIN)


@pytest.mark.parametrize("kind", LEAVES)
def test_each_kind_carries_the_detail_made_for_it(kind: type[errors.RegistryError]) -> None:
    error = an_error(kind)
    extra = [
        type(part)
        for part in unpacked(status_of(error, "id"))
        if not isinstance(part, details.ErrorInfo | details.RequestInfo)
    ]
    expected: list[type[Message]] = []
    if isinstance(error, errors.InvalidRequest):
        expected = [details.BadRequest]
    elif isinstance(error, errors.GateRefused):
        expected = [details.PreconditionFailure, finding_pb2.GateReport]
    elif isinstance(error, errors.WrongState):
        expected = [details.PreconditionFailure]
    elif isinstance(error, errors.NotFound | errors.AlreadyExists):
        expected = [details.ResourceInfo]
    elif isinstance(error, _RETRIED):
        expected = [details.RetryInfo]
    assert extra == expected


def test_all_violations_of_a_request_are_listed() -> None:
    violations = [errors.Violation(f"files[{index}].path", "is wrong") for index in range(50)]
    message = one(status_of(errors.InvalidRequest(violations), "id"), details.BadRequest)
    assert isinstance(message, details.BadRequest)
    assert [(item.field, item.description) for item in message.field_violations] == [
        (violation.field, violation.description) for violation in violations
    ]


def test_all_obstacles_are_listed() -> None:
    error = errors.VersionInUse("fraud/7", ["alias champion", "stage production"])
    message = one(status_of(error, "id"), details.PreconditionFailure)
    assert isinstance(message, details.PreconditionFailure)
    assert [(item.type, item.subject, item.description) for item in message.violations] == [
        ("VERSION_IN_USE", "fraud/7", "in use by alias champion"),
        ("VERSION_IN_USE", "fraud/7", "in use by stage production"),
    ]


def test_what_is_not_found_is_named() -> None:
    message = one(
        status_of(errors.ModelNotFound("namespaces/a/models/b"), "id"), details.ResourceInfo
    )
    assert isinstance(message, details.ResourceInfo)
    assert (message.resource_type, message.resource_name) == ("model", "namespaces/a/models/b")


def test_what_is_worth_trying_again_says_when() -> None:
    message = one(status_of(errors.ServerOverloaded(), "id"), details.RetryInfo)
    assert isinstance(message, details.RetryInfo)
    assert message.retry_delay.ToTimedelta() == timedelta(seconds=1)


def test_an_incident_tells_its_id_and_nothing_else() -> None:
    status = incident_status("incident-1", "call-7")
    info = one(status, details.ErrorInfo)
    assert isinstance(info, details.ErrorInfo)
    assert status.code == grpc.StatusCode.INTERNAL.value[0]
    assert (info.reason, info.domain) == ("INTERNAL", DOMAIN)
    assert dict(info.metadata) == {"incident_id": "incident-1"}
    assert info.reason in REASONS
    assert CASES["INTERNAL"]["code"] == "INTERNAL"
    assert CASES["INTERNAL"]["metadata"] == ["incident_id"]


# --- size ------------------------------------------------------------------------------------


def a_finding(text: str, outcome: Outcome = Outcome.FAILED) -> Finding:
    return Finding(text, text, text, outcome, text, text, text, text, text)


LETTERS = {"x": "x", "accent": "é", "han": "日", "emoji": "\U0001f600", "control": "\x01", "%": "%"}
LARGE = {
    "violations": lambda text: errors.InvalidRequest([errors.Violation("f" * 300, text)] * 50),
    "fields": lambda text: errors.InvalidRequest([errors.Violation(text, text)] * 50),
    "one violation": lambda text: errors.InvalidRequest([errors.Violation(text, text)]),
    "blobs": lambda text: errors.BlobsMissing(text, [text] * 20_000),
    "uses": lambda text: errors.VersionInUse(text, [text] * 50),
    "etag": lambda text: errors.EtagMismatch(text, text, text),
    "principal": lambda text: errors.PermissionDenied(text, "reader", "write"),
    "not found": errors.ModelNotFound,
    "exists": lambda text: errors.NamespaceAlreadyExists(text, text),
    "transition": lambda text: errors.TransitionNotAllowed(text, text, text, [text]),
    "findings": lambda text: errors.GateRefused(text, text, [a_finding(text)] * 1_000),
}


def check_that_it_fits(error: errors.RegistryError) -> None:
    # Beyond 8 KB a client may see RESOURCE_EXHAUSTED "received metadata size exceeds soft limit"
    # in place of the error.
    status = status_of(error, "r" * 128)
    assert trailer_bytes(status) <= 8_192
    for kind in (details.ErrorInfo, details.RequestInfo):
        assert one(status, kind).ByteSize() > 0
    for part in unpacked(status):
        if isinstance(part, details.BadRequest):
            assert part.field_violations[0].field
            assert part.field_violations[0].description
        if isinstance(part, details.PreconditionFailure):
            assert part.violations[0].description


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
@pytest.mark.parametrize("made_of", LARGE.values(), ids=LARGE)
def test_a_status_fits_into_the_trailer_that_grpc_accepts(
    made_of: Callable[[str], errors.RegistryError], letter: str
) -> None:
    check_that_it_fits(made_of(letter * 10_000))


def test_twenty_thousand_missing_blobs_fit_into_a_trailer() -> None:
    missing = [f"sha256:{index:064x} ({index} bytes)" for index in range(20_000)]
    error = errors.BlobsMissing("namespaces/risk", missing)
    check_that_it_fits(error)
    assert error.metadata["missing_count"] == "20000"


def report_of(status: status_pb2.Status) -> finding_pb2.GateReport:
    report = one(status, finding_pb2.GateReport)
    assert isinstance(report, finding_pb2.GateReport)
    return report


def test_a_refusal_by_rules_brings_as_many_findings_as_fit_and_counts_the_others() -> None:
    error = errors.GateRefused("t", "fraud/7", [a_finding(f"age={n}") for n in range(1_000)])
    report = report_of(status_of(error, "r" * 128))
    assert 30 < len(report.findings) < 1_000
    assert len(report.findings) + report.omitted_count == 1_000
    assert [item.subject for item in report.findings[:2]] == ["age=0", "age=1"]
    assert trailer_bytes(status_of(error, "r" * 128)) > 6_000  # the room is used


@pytest.mark.parametrize("room", [0, 1_000, 4_900, 20_000, 100_000])
def test_a_caller_who_can_receive_more_findings_gets_them(room: int) -> None:
    error = errors.GateRefused("t", "fraud/7", [a_finding("age=60-69")] * 1_000)
    status = status_of(error, "id", room)
    report = report_of(status)
    assert len(report.findings) + report.omitted_count == 1_000
    assert report.transition == "t"
    if room >= 1_000:
        assert status.ByteSize() <= room
        # Not one more would have fitted.
        assert not report.omitted_count or status.ByteSize() > room - 400
    else:
        assert not report.findings


@pytest.mark.parametrize(
    "outcomes, sentence",
    [
        ("", "promotion of fraud/7 blocked"),
        ("W", "promotion of fraud/7 blocked"),
        ("F", "promotion of fraud/7 blocked: metric auc has no slices for dimension age"),
        (
            "WEF",
            "promotion of fraud/7 blocked: metric auc has no slices for dimension age (and 1 more)",
        ),
    ],
)
def test_a_refusal_by_rules_reads_as_a_sentence(outcomes: str, sentence: str) -> None:
    kinds = {"W": Outcome.WARNED, "F": Outcome.FAILED, "E": Outcome.ERROR}
    findings = [
        a_finding(
            "warned of" if one == "W" else "metric auc has no slices for dimension age", kinds[one]
        )
        for one in outcomes
    ]
    assert str(errors.GateRefused("t", "fraud/7", findings)) == sentence


def test_all_findings_come_where_there_is_room() -> None:
    outcomes = list(Outcome) * 250
    error = errors.GateRefused("t", "fraud/7", [a_finding("x", one) for one in outcomes])
    report = report_of(status_of(error, "id", MOST_DETAIL_BYTES))
    assert report.omitted_count == 0
    names = [finding_pb2.FindingOutcome.Name(item.outcome) for item in report.findings]
    assert names == [f"FINDING_OUTCOME_{outcome.name}" for outcome in outcomes]


@pytest.mark.parametrize(
    "text, room",
    [
        ("0", 0),
        ("1000", 1_000),
        ("1048576", MOST_DETAIL_BYTES),
        ("1048577", MOST_DETAIL_BYTES),
        ("99999999999999", DETAIL_BYTES),
        ("", DETAIL_BYTES),
        ("-1", DETAIL_BYTES),
        ("1e3", DETAIL_BYTES),
        ("²", DETAIL_BYTES),
    ],
)
def test_the_room_is_what_the_caller_says_within_limits(text: str, room: int) -> None:
    assert room_from(text) == room


@pytest.mark.parametrize("letter", ["é", "日"])
def test_fifty_colliding_paths_of_the_longest_kind_fit_into_a_trailer(letter: str) -> None:
    path = letter * (1_024 // len(letter.encode()))
    files = [FileEntry(path, Digest("ab" * 32), 1)] * 51
    found = Violations()
    check_files(found, "files", files)
    with pytest.raises(errors.InvalidRequest) as refusal:
        found.raise_if_any()
    assert len(refusal.value.violations) == 50
    check_that_it_fits(refusal.value)


def _registration(count: int) -> errors.RegistryError:
    """Return the error of a registration with a wrong field and so many unknown parents."""
    wrong = errors.InvalidRequest([errors.Violation("alias", "is no alias")])
    parents = [
        errors.Problem(f"version.parents[{number}]", errors.VersionNotFound(f"fraud/{number}"))
        for number in range(count)
    ]
    return errors.first_of([errors.Problem("", wrong), *parents])


def _report(status: status_pb2.Status) -> catalog_service_pb2.RegistrationReport | None:
    report = catalog_service_pb2.RegistrationReport()
    found = [packed for packed in status.details if packed.Unpack(report)]
    return report if found else None


def test_an_error_of_a_registration_has_all_its_problems() -> None:
    status = status_of(_registration(2), "call")
    report = _report(status)
    assert report is not None
    assert [problem.field for problem in report.problems] == [
        *("", "version.parents[0]", "version.parents[1]")
    ]
    resource = details.ResourceInfo()
    assert report.problems[1].status.details[1].Unpack(resource)
    assert resource.resource_name == "fraud/0"
    assert report.omitted_count == 0


@pytest.mark.parametrize("room", [DETAIL_BYTES, 20_000, MOST_DETAIL_BYTES])
def test_many_problems_fit_into_the_room_and_the_others_are_counted(room: int) -> None:
    status = status_of(_registration(100), "call", room)
    report = _report(status)
    assert report is not None
    assert status.ByteSize() <= room
    assert len(report.problems) + report.omitted_count == 101
    assert (report.omitted_count == 0) == (room == MOST_DETAIL_BYTES)


def test_wrong_fields_alone_need_no_report() -> None:
    assert _report(status_of(_registration(0), "call")) is None
