"""Encoding of messages: size limit, and composition of encoded parts with a single copy."""

from google.protobuf.message import Message

from registry_grpc.domain.errors import LimitExceeded
from registry_grpc.domain.limits import MESSAGE_BYTES

_LENGTH_DELIMITED = 2
_LESS = "request fewer items, or the BASIC view"


def encode(reply: Message | bytes) -> bytes:
    """Return the bytes of a reply; encoded replies pass unchanged.

    The last check of the maximum message size: a larger reply raises LimitExceeded.
    """
    encoded = reply if isinstance(reply, bytes) else reply.SerializeToString()
    if len(encoded) > MESSAGE_BYTES:
        raise LimitExceeded.of_reply(MESSAGE_BYTES, len(encoded), _LESS)
    return encoded


def with_bytes(head: Message, field: int, data: bytes) -> bytes:
    """Return the encoding of `head` with `data` as the bytes field of this number (1 to 15).

    Fields may be in any order
    (protobuf.dev/programming-guides/encoding/#order).
    """
    return b"".join((head.SerializeToString(), _head(field, len(data)), data))


def field_bytes(field: int, data: bytes) -> bytes:
    """Return the encoding of one field of bytes or of an encoded message (number 1 to 15)."""
    return _head(field, len(data)) + data


def _head(field: int, length: int) -> bytes:
    return bytes((field << 3 | _LENGTH_DELIMITED,)) + _varint(length)


def _varint(value: int) -> bytes:
    """Return a number in base 128, least significant group first."""
    parts = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits to a byte
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)
