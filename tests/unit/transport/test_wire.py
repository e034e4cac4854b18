"""Bulk data is taken out of encoded messages, and what is left means what it meant with it."""

import random
from collections.abc import Sequence

import pytest
from google.protobuf.message import DecodeError

from modelregistry.v1 import artifact_service_pb2 as pb
from registry_grpc.transport.wire import take_bytes

REQUEST = pb.WriteUploadRequest
DATA = REQUEST.DATA_FIELD_NUMBER
BULK = bytes(range(256)) * 3
HEAD = REQUEST(name="namespaces/default/uploads/1", offset=1 << 40, crc32c=7, flush=True)
ENCODED_HEAD = HEAD.SerializeToString()
ENCODED_DATA = REQUEST(data=BULK).SerializeToString()
GROUP = b"\x33\x34"  # of field 6, which the contract does not have
UNKNOWN = b"\x30\x01"  # field 6 as a number


def parsed(encoded: bytes) -> pb.WriteUploadRequest | None:
    try:
        return REQUEST.FromString(encoded)
    except DecodeError:
        return None


def joined(encoded: bytes) -> pb.WriteUploadRequest | None:
    """Return the message that comes of the two parts, None where it is none."""
    rest, data = take_bytes(encoded, DATA)
    request = parsed(rest)
    if request is not None and data:
        assert not request.data
        request.data = data
    return request


@pytest.mark.parametrize(
    "parts",
    [
        (ENCODED_HEAD, ENCODED_DATA),
        (ENCODED_DATA, ENCODED_HEAD),
        (ENCODED_HEAD, ENCODED_DATA, UNKNOWN),
        (ENCODED_DATA,),
    ],
)
def test_the_data_is_taken_out_wherever_it_stands(parts: Sequence[bytes]) -> None:
    rest, data = take_bytes(b"".join(parts), DATA)
    assert data == BULK
    assert rest == b"".join(part for part in parts if part != ENCODED_DATA)


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        ENCODED_HEAD,
        ENCODED_DATA + ENCODED_DATA,
        ENCODED_DATA + b"\x1a\x00",
        UNKNOWN * 16 + ENCODED_DATA,
        GROUP + ENCODED_DATA,
        ENCODED_HEAD + ENCODED_DATA[:-1],
        b"\x9a\x80\x80\x80\x80\x80\x00\x00",
    ],
    ids=["empty", "none", "twice", "twice, the last empty", "many", "group", "cut", "long tag"],
)
def test_other_messages_are_left_to_parsing(encoded: bytes) -> None:
    assert take_bytes(encoded, DATA) == (encoded, b"")


def test_the_parts_of_any_bytes_mean_what_they_meant_together() -> None:
    source = random.Random(1)  # noqa: S311 - the same bytes in every run
    short = REQUEST(name="a", offset=5, data=b"\x1a\x01x", crc32c=7).SerializeToString()
    messages = 0
    for _ in range(20_000):
        mutated = bytearray(short)
        for _ in range(source.randrange(4)):
            mutated[source.randrange(len(mutated))] = source.choice((*b"\x00\x1a\x80", 255, 3))
        encoded = bytes(mutated[: source.choice((len(mutated), source.randrange(30)))])
        assert joined(encoded) == parsed(encoded), encoded.hex()
        messages += parsed(encoded) is not None
    assert messages > 2_000
