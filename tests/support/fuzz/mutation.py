"""Small damage to requests: to the values of their fields, and to their encoded bytes."""

from random import Random
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

_TEXTS = (
    *("", " ", "\0", "a" * 5_000, "\u2028", "\u202e", "../../etc", "é", "e\u0301", "①", "😀" * 300),
    *("namespaces/default/models/fraud/versions/99999999999999999999", "fraud@", "@", "fraud/0"),
    *("fraud@sha256:00", "*", "%s%n", "' OR 1=1 --", "(" * 500, "NOT " * 200 + "a", '"', "\\"),
    *(
        'ilike(annotations["a b"], "%\\\\_")',
        "labels.team = ",
        "a = 1 AND " * 100 + "b = 2",
        "(a+)+$",
        "[[[[",
        "2026-13-45T99:99:99Z",
    ),
    *('{"type": 1}', '{"$ref": "#"}', '{"pattern": "("}', "[" * 200, "NaN", "1e999", "nul\0l"),
    *("00000000-0000-0000-0000-000000000000", "champion", "sha256:" + "f" * 64, "production"),
)
_NUMBERS = (0, 1, -1, 2, 7, 1_000, 2**31 - 1, -(2**31), 2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1)
_DOUBLES = (0.0, -0.0, 1e308, -1e308, 5e-324, float("nan"), float("inf"), float("-inf"))
_BYTES = (b"", b"\0", b"\xff" * 100, b"bytes of a model", b"a" * 70_000)
_MOST_COPIES = 40
_EDGES = (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x00", b"\x0b", b"\x0c", b"\x80")


def mutated(seed: Message, chance: Random) -> bytes:
    """Return the bytes of a request that was like `seed`."""
    message = type(seed)()
    message.CopyFrom(seed)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 5))):
        _mutate_field(message, chance)
    encoded = message.SerializeToString()
    for _ in range(chance.choice((0, 0, 1, 1, 3))):
        encoded = _mutate_bytes(encoded, chance)
    return encoded


def _mutate_field(message: Any, chance: Random) -> None:  # noqa: ANN401
    fields = message.DESCRIPTOR.fields
    if not fields:
        return
    field = chance.choice(fields)
    if chance.random() < 0.1:
        message.ClearField(field.name)
    elif field.message_type is not None and field.message_type.GetOptions().map_entry:
        _mutate_map(getattr(message, field.name), field, chance)
    elif field.is_repeated:
        _mutate_list(getattr(message, field.name), field, chance)
    elif field.message_type is not None:
        getattr(message, field.name).SetInParent()
        _mutate_field(getattr(message, field.name), chance)
    else:
        _set(lambda value: setattr(message, field.name, value), field, chance)


def _mutate_map(entries: Any, field: FieldDescriptor, chance: Random) -> None:  # noqa: ANN401
    assert field.message_type is not None
    value = field.message_type.fields_by_name["value"]
    key = chance.choice(_TEXTS)
    if value.message_type is None:
        _set(lambda given: entries.__setitem__(key, given), value, chance)


def _mutate_list(items: Any, field: FieldDescriptor, chance: Random) -> None:  # noqa: ANN401
    if items and chance.random() < 0.3:
        items.extend(list(items)[:1] * chance.randrange(_MOST_COPIES))
    elif field.message_type is not None:
        _mutate_field(chance.choice(items) if items else items.add(), chance)
    else:
        _set(items.append, field, chance)


def _set(put: Any, field: FieldDescriptor, chance: Random) -> None:  # noqa: ANN401
    try:
        put(_value(field, chance))
    except (ValueError, TypeError, OverflowError):
        return  # a number that the field cannot hold


def _value(field: FieldDescriptor, chance: Random) -> Any:  # noqa: ANN401
    if field.type == FieldDescriptor.TYPE_BYTES:
        return chance.choice(_BYTES)
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return chance.choice(_TEXTS)
    if field.cpp_type in {FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT}:
        return chance.choice(_DOUBLES)
    return chance.choice(_NUMBERS)


def _mutate_bytes(encoded: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(encoded) + 1)
    until = min(len(encoded), at + chance.randrange(1, 20))
    match chance.randrange(5):
        case 0:
            return encoded[:at] + chance.randbytes(1) + encoded[at + 1 :]
        case 1:
            return encoded[:at] + chance.choice(_EDGES) + encoded[at:]
        case 2:
            return encoded[:at] + encoded[until:]
        case 3:
            return encoded[:until] + encoded[at:]  # a slice twice
        case _:
            return encoded[:at]
