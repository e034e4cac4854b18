"""The errors that the client raises for replies of any form, also broken ones."""

from collections.abc import Iterator
from datetime import timedelta

import grpc
import pytest
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2
from hypothesis import given
from hypothesis import strategies as st

from modelregistry import Client, errors
from modelregistry._wire.failure import from_status
from tests.unit.sdk.peer import Peer, scripted

GET = "CatalogService.GetModel"
NOT_FOUND = grpc.StatusCode.NOT_FOUND


@pytest.fixture
def scene() -> Iterator[tuple[Client, Peer]]:
    with scripted() as both:
        yield both


def pack(*parts: Message) -> list[Packed]:
    packed = [Packed() for _ in parts]
    for box, part in zip(packed, parts, strict=True):
        box.Pack(part)
    return packed


def info(reason: str, domain: str = "modelregistry", **metadata: str) -> details.ErrorInfo:
    return details.ErrorInfo(reason=reason, domain=domain, metadata=metadata)


def trailer(code: grpc.StatusCode, *parts: Message) -> tuple[str, bytes]:
    status = status_pb2.Status(code=code.value[0], message="no", details=pack(*parts))
    return ("grpc-status-details-bin", status.SerializeToString())


def failed(
    scene: tuple[Client, Peer], code: grpc.StatusCode, *trailers: tuple[str, bytes]
) -> errors.RegistryError:
    client, peer = scene
    asked = peer.take(GET, lambda: client.get_model("fraud"))
    with pytest.raises(errors.RegistryError) as caught:
        asked.fail(code, "the message", *trailers)
    return caught.value


def test_the_reason_chooses_the_class_and_everything_else_comes_along(
    scene: tuple[Client, Peer],
) -> None:
    error = failed(
        scene,
        grpc.StatusCode.ABORTED,
        trailer(
            grpc.StatusCode.ABORTED,
            info("ETAG_MISMATCH", current_etag="r23"),
            details.RequestInfo(request_id="from-the-log"),
            details.RetryInfo(retry_delay=Duration(seconds=2)),
        ),
    )
    assert type(error) is errors.EtagMismatch
    assert error.metadata == {"current_etag": "r23"}
    assert (error.message, str(error)) == ("the message", "the message")
    assert (error.request_id, error.retry_after) == ("from-the-log", timedelta(seconds=2))
    assert isinstance(error.__cause__, grpc.RpcError)


def test_every_violation_is_there(scene: tuple[Client, Peer]) -> None:
    wrong = [details.BadRequest.FieldViolation(field=f"f{n}", description="bad") for n in range(3)]
    code = grpc.StatusCode.INVALID_ARGUMENT
    bad = details.BadRequest(field_violations=wrong)
    error = failed(scene, code, trailer(code, info("INVALID_REQUEST"), bad))
    assert type(error) is errors.InvalidRequest
    assert error.violations == tuple(errors.Violation(f"f{n}", "bad") for n in range(3))


def test_obstacles_are_violations_too(scene: tuple[Client, Peer]) -> None:
    obstacle = details.PreconditionFailure.Violation(subject="champion", description="names it")
    code = grpc.StatusCode.FAILED_PRECONDITION
    failure = details.PreconditionFailure(violations=[obstacle])
    error = failed(scene, code, trailer(code, info("VERSION_IN_USE"), failure))
    assert type(error) is errors.VersionInUse
    assert error.violations == (errors.Violation("champion", "names it"),)


def test_an_unknown_reason_falls_back_to_the_status(scene: tuple[Client, Peer]) -> None:
    error = failed(scene, NOT_FOUND, trailer(NOT_FOUND, info("PLANET_NOT_FOUND", planet="x")))
    assert type(error) is errors.NotFound
    assert (error.reason, error.metadata) == ("PLANET_NOT_FOUND", {"planet": "x"})


def test_a_reason_of_another_domain_is_not_ours(scene: tuple[Client, Peer]) -> None:
    foreign = info("MODEL_NOT_FOUND", domain="proxy.example")
    error = failed(scene, NOT_FOUND, trailer(NOT_FOUND, foreign))
    assert type(error) is errors.NotFound
    assert error.reason == ""


def test_without_details_the_status_chooses_and_the_sent_request_id_stands(
    scene: tuple[Client, Peer],
) -> None:
    client, peer = scene
    asked = peer.take(GET, lambda: client.get_model("fraud"))
    with pytest.raises(errors.Unavailable) as caught:
        asked.fail(grpc.StatusCode.UNAVAILABLE, "")
    assert caught.value.request_id == asked.metadata["x-request-id"]
    assert caught.value.message == "the registry answered UNAVAILABLE"


@pytest.mark.parametrize(
    "value",
    [
        b"\xff\xff\xff not protobuf",
        b"",
        status_pb2.Status(
            details=[Packed(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=b"\xff")]
        ).SerializeToString(),
        status_pb2.Status(details=[Packed(type_url="nonsense", value=b"\x00")]).SerializeToString(),
        status_pb2.Status(
            details=pack(details.RetryInfo(retry_delay=Duration(seconds=1 << 62)))
        ).SerializeToString(),
    ],
    ids=["not-protobuf", "empty", "broken-detail", "unknown-type", "absurd-delay"],
)
def test_malformed_details_never_hide_the_status(scene: tuple[Client, Peer], value: bytes) -> None:
    error = failed(scene, NOT_FOUND, ("grpc-status-details-bin", value))
    assert type(error) is errors.NotFound
    assert (error.message, error.retry_after) == ("the message", None)


def test_a_broken_detail_does_not_hide_the_others(scene: tuple[Client, Peer]) -> None:
    broken = Packed(type_url="type.googleapis.com/google.rpc.BadRequest", value=b"\xff")
    status = status_pb2.Status(details=[broken, *pack(info("MODEL_NOT_FOUND"))])
    error = failed(scene, NOT_FOUND, ("grpc-status-details-bin", status.SerializeToString()))
    assert type(error) is errors.ModelNotFound


@given(st.integers(-(2**31), 2**31 - 1), st.binary(max_size=40), st.text(max_size=20))
def test_any_status_in_a_reply_becomes_an_error(code: int, value: bytes, kind: str) -> None:
    url = f"type.googleapis.com/google.rpc.{kind}"
    status = status_pb2.Status(code=code, details=[Packed(type_url=url, value=value)])
    assert isinstance(from_status(status, "id"), errors.RegistryError)
