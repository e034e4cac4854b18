import asyncio
import logging
import re
from collections.abc import Iterator, Sequence
from typing import cast

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.errors import ModelNotFound, StorageUnavailable, TokenInvalid
from registry_grpc.telemetry import LOGGER, Metrics
from registry_grpc.transport.guard import Context, Guard
from tests.support.faults.amount import examples

METHOD = "modelregistry.v1.CatalogService/GetModel"
SECRET = "postgresql://user:hunter2@db/registry"


class OneCall:
    """The context of grpc.aio, as far as a guard uses it; `abort` is recorded."""

    def __init__(self, *metadata: tuple[str, str | bytes]) -> None:
        self._metadata = metadata
        self.aborted: tuple[grpc.StatusCode, str, Sequence[tuple[str, str | bytes]]] | None = None

    def invocation_metadata(self) -> Sequence[tuple[str, str | bytes]]:
        return self._metadata

    def cancelled(self) -> bool:
        return False

    def peer(self) -> str:
        return "ipv4:127.0.0.1:1234"

    async def abort(
        self, code: grpc.StatusCode, details: str, trailers: Sequence[tuple[str, str | bytes]]
    ) -> None:
        self.aborted = (code, details, trailers)
        raise grpc.aio.AbortError

    @property
    def status(self) -> status_pb2.Status:
        assert self.aborted is not None
        raw = dict(self.aborted[2])["grpc-status-details-bin"]
        assert isinstance(raw, bytes)
        return status_pb2.Status.FromString(raw)


class Lines(logging.Handler):
    """Keeps the fields of every line."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[dict[str, object]] = []
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:  # type: ignore[explicit-override]
        self.fields.append({"message": record.getMessage(), **getattr(record, "fields", {})})


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, level = Lines(), LOGGER.level
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    yield handler
    LOGGER.removeHandler(handler)
    LOGGER.setLevel(level)


def a_guard(call: OneCall, metrics: Metrics | None = None) -> Guard:
    return Guard(METHOD, cast("Context", call), metrics or Metrics())


async def guarded(call: OneCall, error: BaseException | None, metrics: Metrics) -> None:
    async with a_guard(call, metrics):
        if error is not None:
            raise error


def count(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


# --- ids and tokens --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given_id", ["a", "0198c0de-0000-7000-8000-000000000000", "x" * 128, "a b"]
)
def test_the_callers_request_id_is_kept(given_id: str) -> None:
    assert a_guard(OneCall(("x-request-id", given_id))).id == given_id


@pytest.mark.parametrize(
    "given_id", ["", "x" * 129, "a\nb", "a\0", "\x1b[31m", "é", "日本", "\u202e", "\x7f", b"raw"]
)
def test_a_request_id_that_cannot_be_logged_or_sent_back_is_replaced(given_id: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", a_guard(OneCall(("x-request-id", given_id))).id)


@given(st.text(max_size=140))
@settings(max_examples=examples(100))
def test_an_id_is_always_fit_for_metadata(text: str) -> None:
    # HTTP/2 allows only visible ASCII and spaces here; anything else makes `abort` itself fail.
    assert re.fullmatch(r"[\x20-\x7e]{1,128}", a_guard(OneCall(("x-request-id", text))).id)


def test_calls_without_an_id_get_different_ones() -> None:
    assert a_guard(OneCall()).id != a_guard(OneCall()).id


@pytest.mark.parametrize(
    "value, token",
    [("Bearer mrt_1", "mrt_1"), ("bearer mrt_1", "mrt_1"), ("BEARER  mrt_1 ", "mrt_1")],
)
def test_a_bearer_token_is_read(value: str, token: str) -> None:
    assert a_guard(OneCall(("authorization", value))).token() == token


def test_no_token_is_none() -> None:
    assert a_guard(OneCall()).token() is None


@pytest.mark.parametrize("value", ["", "mrt_1", "Basic dXNlcjpwdw==", "Bearermrt_1", "Bearer"])
def test_any_other_scheme_is_refused(value: str) -> None:
    with pytest.raises(TokenInvalid):
        a_guard(OneCall(("authorization", value))).token()


# --- ends ------------------------------------------------------------------------------------


async def test_the_cause_of_an_error_is_logged_and_not_sent(lines: Lines) -> None:
    call, error = OneCall(), StorageUnavailable()
    error.cause = "no space on /srv/blobs"
    with pytest.raises(grpc.aio.AbortError):
        await guarded(call, error, Metrics())
    assert lines.fields[-1]["cause"] == "no space on /srv/blobs"
    assert "/srv/blobs" not in str(call.aborted)


async def test_a_call_that_ends_well_is_counted_and_logged_once(lines: Lines) -> None:
    call, metrics = OneCall(("x-request-id", "call-7")), Metrics()
    await guarded(call, None, metrics)
    assert call.aborted is None
    (line,) = lines.fields
    assert (line["code"], line["request_id"], line["method"]) == ("OK", "call-7", METHOD)
    assert count(metrics, "grpc_server_call_started_total", grpc_method=METHOD) == 1
    assert count(metrics, "registry_calls_running") == 0
    ended = {"grpc_method": METHOD, "grpc_status": "OK"}
    assert count(metrics, "grpc_server_call_duration_seconds_count", **ended) == 1


async def test_a_refusal_becomes_a_status_with_details_and_the_call_id(lines: Lines) -> None:
    call, metrics = OneCall(("x-request-id", "call-7")), Metrics()
    with pytest.raises(grpc.aio.AbortError):
        await guarded(call, ModelNotFound("namespaces/a/models/b"), metrics)
    assert call.aborted is not None
    code, message, trailers = call.aborted
    assert (code, message) == (grpc.StatusCode.NOT_FOUND, call.status.message)
    assert dict(trailers)["x-request-id"] == "call-7"
    info = error_details_pb2.ErrorInfo()
    assert call.status.details[0].Unpack(info)
    assert info.reason == "MODEL_NOT_FOUND"
    (line,) = lines.fields
    assert (line["code"], line["reason"]) == ("NOT_FOUND", "MODEL_NOT_FOUND")
    assert count(metrics, "registry_calls_running") == 0


async def test_nothing_of_an_unexpected_error_reaches_the_client(lines: Lines) -> None:
    call = OneCall()
    with pytest.raises(grpc.aio.AbortError):
        await guarded(call, RuntimeError(SECRET), Metrics())
    assert call.aborted is not None
    assert call.aborted[0] is grpc.StatusCode.INTERNAL
    assert "hunter2" not in repr(call.aborted)
    assert "RuntimeError" not in repr(call.aborted)
    info = error_details_pb2.ErrorInfo()
    assert call.status.details[0].Unpack(info)
    incidents = {line.get("incident") for line in lines.fields}
    assert incidents == {info.metadata["incident_id"]}


@pytest.mark.parametrize(
    "error, code",
    [(asyncio.CancelledError(), "CANCELLED"), (grpc.aio.AbortError(), "ABORTED")],
    ids=["cancelled", "aborted"],
)
async def test_the_end_of_the_caller_passes_through(
    error: BaseException, code: str, lines: Lines
) -> None:
    call, metrics = OneCall(), Metrics()
    with pytest.raises(type(error)):
        await guarded(call, error, metrics)
    assert call.aborted is None
    assert [line["code"] for line in lines.fields] == [code]
    assert count(metrics, "registry_calls_running") == 0


async def test_no_line_holds_the_token(lines: Lines) -> None:
    call = OneCall(("authorization", "Bearer mrt_hunter2"))
    for error in (None, ModelNotFound("a"), RuntimeError("bug")):
        try:
            await guarded(call, error, Metrics())
        except grpc.aio.AbortError:
            continue
    assert len(lines.fields) == 4
    assert "hunter2" not in repr(lines.fields)
