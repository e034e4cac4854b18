"""Messages as canonical JSON: the JSON mapping of Protocol Buffers, in canonical form (RFC 8785).

The same text as `canonical_text(MessageToDict(message))`, in less than half of the time: the log is
locked while a record is hashed, and a transition may have 40,000 findings.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from registry_grpc.domain.canonical import canonical_text

_TIMES = frozenset({"google.protobuf.Timestamp", "google.protobuf.Duration"})
_LONG = frozenset({FieldDescriptor.CPPTYPE_INT64, FieldDescriptor.CPPTYPE_UINT64})
_Writer = Callable[[Any], str]


def canonical_fields(message: Message) -> dict[str, str]:
    """Return the fields that a message has, by their names in JSON, in canonical JSON.

    Raises ValueError for NaN, infinities and lone surrogates, TypeError for bytes.
    """
    writers = _writers(message.DESCRIPTOR)
    found = {}
    for field, value in message.ListFields():
        name, write = writers[field.number]
        found[name] = write(value)
    return found


def canonical_object(fields: Mapping[str, str]) -> str:
    """Return an object in canonical JSON, of names in ASCII and values in canonical JSON."""
    members = [f'"{name}":{fields[name]}' for name in sorted(fields)]
    return f"{{{','.join(members)}}}"


@cache
def _writers(kind: Descriptor) -> Mapping[int, tuple[str, _Writer]]:
    """Return the name in JSON of each field of a message, and what writes its value."""
    return {field.number: (field.json_name, _writer(field)) for field in kind.fields}


def _writer(field: FieldDescriptor) -> _Writer:
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        return _map(kind.fields_by_name["value"])
    write = _one(field)
    if field.is_repeated:
        return lambda value: f"[{','.join(map(write, value))}]"
    return write


def _map(value: FieldDescriptor) -> _Writer:
    if _one(value) is not canonical_text:
        message = f"{value.full_name}: only maps to texts, doubles and 32 bits are written"
        raise TypeError(message)
    return lambda pairs: canonical_text(dict(pairs))


def _one(field: FieldDescriptor) -> _Writer:
    if field.message_type is not None:
        if field.message_type.full_name in _TIMES:
            return lambda value: canonical_text(value.ToJsonString())
        return lambda value: canonical_object(canonical_fields(value))
    if field.enum_type is not None:
        return _enum(field.enum_type)
    if field.cpp_type in _LONG:
        return lambda value: f'"{value}"'
    return canonical_text


def _enum(kind: EnumDescriptor) -> _Writer:
    names = {number: f'"{value.name}"' for number, value in kind.values_by_number.items()}
    return lambda value: names.get(value) or str(value)
