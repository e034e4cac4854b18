"""Work on encoded messages before parsing: counts fields, extracts bulk data.

The size of a message bounds neither the time nor the memory of parsing: two bytes can be an empty
submessage, which takes seventy once parsed, and protobuf holds the GIL meanwhile. Parsing would
copy bulk data into the message and out of it again; extracted before, it is copied once.
"""

from functools import cache
from typing import Any, NamedTuple

from google.protobuf.descriptor import FieldDescriptor

_VARINT, _BYTES = 0, 2
_FIXED = {1: 8, 5: 4}  # groups begin and end without bytes of their own
_Kind = Any  # a Descriptor, of which protobuf has two classes
_MORE = 0x80  # set in every byte of a varint but the last
_MOST_DEPTH = 100  # protobuf rejects deeper nesting
_MOST_BESIDE = 16  # fields of a message with bulk data: more would be too slow here
_LONGEST_HEAD = 6  # bytes of tag and length; protobuf accepts five of each
_NUMBERS = frozenset(
    {
        FieldDescriptor.CPPTYPE_INT32,
        FieldDescriptor.CPPTYPE_INT64,
        FieldDescriptor.CPPTYPE_UINT32,
        FieldDescriptor.CPPTYPE_UINT64,
        FieldDescriptor.CPPTYPE_DOUBLE,
        FieldDescriptor.CPPTYPE_FLOAT,
        FieldDescriptor.CPPTYPE_BOOL,
        FieldDescriptor.CPPTYPE_ENUM,
    }
)


def count_fields(encoded: bytes, kind: _Kind, most: int) -> int:
    """Return the number of fields of a message, including submessages; stops above `most`.

    The count ends at invalid bytes; parsing reports the error.
    """
    count = 0
    parts = [_Part(0, len(encoded), kind, 0)]
    while parts and count <= most:
        count += _count(encoded, parts.pop(), parts, most - count)
    return count


def take_bytes(encoded: bytes, number: int) -> tuple[bytes, bytes]:
    """Return a message without its field of bytes of this number, and the bytes of that field.

    A message without exactly one non-empty such field, with more than _MOST_BESIDE fields, or
    with invalid bytes is returned unchanged, with no bytes, for the parser.
    """
    position, found = 0, None
    for _ in range(_MOST_BESIDE):
        start = position
        tag, data, position = _field(encoded, start)
        if tag == number << 3 | _BYTES:
            if found is not None or data == position or data - start > _LONGEST_HEAD:
                break
            found = start, data, position
        if position >= len(encoded):
            if found is None or position > len(encoded):
                break
            start, data, end = found
            return encoded[:start] + encoded[end:], encoded[data:end]
    return encoded, b""


def _field(encoded: bytes, start: int) -> tuple[int, int, int]:
    """Return the tag of a field and the start and end of its data; past the end for a group."""
    end = len(encoded)
    tag, position = _varint(encoded, start, end)
    wire = tag & 7
    if wire == _BYTES:
        length, position = _varint(encoded, position, end)
        return tag, position, position + length
    if wire == _VARINT:
        return tag, position, _varint(encoded, position, end)[1]
    return tag, position, position + _FIXED.get(wire, end)


class _Part(NamedTuple):
    position: int
    end: int
    kind: _Kind
    depth: int


def _count(encoded: bytes, part: _Part, parts: list[_Part], most: int) -> int:
    """Count the fields of one message and append its submessages to `parts`."""
    count = 0
    position, end, kind, depth = part
    messages, numbers = _inner(kind)
    while position < end and count <= most:
        count += 1
        tag, position = _varint(encoded, position, end)
        wire = tag & 7
        if wire == _BYTES:
            length, position = _varint(encoded, position, end)
            number = tag >> 3
            if number in messages and depth < _MOST_DEPTH:
                inner_end = min(position + length, end)
                parts.append(_Part(position, inner_end, messages[number], depth + 1))
            elif number in numbers:
                count += length  # at least a byte each
            position += length
        elif wire == _VARINT:
            _, position = _varint(encoded, position, end)
        else:
            position += _FIXED.get(wire, 0)
    return count


def _varint(encoded: bytes, position: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while position < end:
        byte = encoded[position]
        position += 1
        value |= (byte & (_MORE - 1)) << shift
        if byte < _MORE:
            break
        shift += 7
    return value, position


@cache
def _inner(kind: _Kind) -> tuple[dict[int, _Kind], frozenset[int]]:
    """Return the fields that are messages, and those that are lists of numbers."""
    messages = {
        field.number: field.message_type for field in kind.fields if field.message_type is not None
    }
    numbers = (
        field.number for field in kind.fields if field.is_repeated and field.cpp_type in _NUMBERS
    )
    return messages, frozenset(numbers)
