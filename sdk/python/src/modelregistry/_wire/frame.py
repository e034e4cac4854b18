"""The encoding of a message with many bytes, with one copy of them instead of two."""

from typing import Final

from modelregistry.v1 import artifact_service_pb2 as pb

_LENGTH_DELIMITED: Final = 2
_DATA: Final = bytes((pb.WriteUploadRequest.DATA_FIELD_NUMBER << 3 | _LENGTH_DELIMITED,))


def with_data(head: pb.WriteUploadRequest, data: bytes) -> bytes:
    """Return the encoding of `head` with `data`; the wire allows fields in any order."""
    return b"".join((head.SerializeToString(), _DATA, _varint(len(data)), data))


def _varint(value: int) -> bytes:
    """Return a number in base 128, least significant part first."""
    parts = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits to a byte
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)
