"""Messages become requests within limits, and what is none is refused with a reason."""

import pytest

from modelregistry.v1 import catalog_service_pb2 as pb
from registry_grpc.domain.errors import InvalidRequest, LimitExceeded
from registry_grpc.domain.principal import Permission
from registry_grpc.transport.access import Access
from registry_grpc.transport.method import MOST_FIELDS, Method
from registry_grpc.transport.wire import count_fields

REQUEST = pb.RegisterVersionRequest
MIB = 1_024 * 1_024
METHOD = Method("Register", (Access(Permission.WRITE),), 16 * MIB, REQUEST)
EMPTY_FILE = b"\x1a\x00"
NESTED = b"\x12\x80\x80\x40" + b"\x0a\x00" * (MIB // 2)


def some_request(files: int) -> pb.RegisterVersionRequest:
    request = REQUEST(parent="namespaces/default/models/fraud")
    for number in range(files):
        request.files.add(path=f"{number}.bin", digest="sha256:0", size_bytes=number)
    return request


def test_fields_are_counted_with_those_of_submessages() -> None:
    encoded = some_request(10).SerializeToString()
    assert count_fields(encoded, REQUEST.DESCRIPTOR, MOST_FIELDS) == 1 + 10 + 29  # a size is 0


def test_counting_stops_soon_above_the_most() -> None:
    assert count_fields(EMPTY_FILE * MIB, REQUEST.DESCRIPTOR, 1_000) == 1_001


@pytest.mark.parametrize("encoded", [b"\xff", b"\xff" * 100, b"\x1a\xff\xff\xff\xff\x0f", b"\x0b"])
def test_what_is_no_message_is_counted_to_some_end(encoded: bytes) -> None:
    assert count_fields(encoded, REQUEST.DESCRIPTOR, 1_000) <= len(encoded)


def test_a_message_is_parsed() -> None:
    request = some_request(5_000)
    encoded = request.SerializeToString()
    assert METHOD.parse(encoded) == request
    assert not METHOD.quick_to_parse(encoded)
    assert METHOD.quick_to_parse(some_request(10).SerializeToString())


@pytest.mark.parametrize("encoded", [b"\xff", b"\x0a\x05a", b"\x0a\x01\xff"], ids=repr)
def test_what_is_no_message_is_refused(encoded: bytes) -> None:
    with pytest.raises(InvalidRequest, match="RegisterVersionRequest"):
        METHOD.parse(encoded)


def test_a_message_above_the_limit_is_refused() -> None:
    METHOD.require_size(b"\0" * 16 * MIB)
    with pytest.raises(LimitExceeded, match="is 16777217, the limit is 16777216"):
        METHOD.require_size(b"\0" * (16 * MIB + 1))


@pytest.mark.parametrize("encoded", [EMPTY_FILE * MIB, NESTED], ids=["flat", "nested"])
def test_a_message_of_too_many_fields_is_refused_before_it_is_parsed(encoded: bytes) -> None:
    assert not METHOD.quick_to_parse(encoded)
    with pytest.raises(LimitExceeded, match="number of fields"):
        METHOD.parse(encoded)
