"""Messages as canonical JSON: what `MessageToDict` writes, in canonical form."""

from itertools import count
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from modelregistry.v1.artifact_service_pb2 import BlobData
from modelregistry.v1.lookup_service_pb2 import ResourceState
from modelregistry.v1.version_pb2 import Version
from registry_grpc.domain.canonical import canonical_text
from registry_grpc.transport.convert.canonical_message import canonical_fields, canonical_object

KINDS = list(ResourceState.DESCRIPTOR.fields)
TEXTS = ('a "größer" \U0001d4b3 \u2028 \x7f\x01 \\\\', "", "\ufb33")
NUMBERS = (1e300, 0.1, 3.0, 1e16, 5e-324, 0.0, -1e-7)


def filled(message: Any, numbers: "count[int]") -> Message:  # noqa: ANN401 - its stubs differ
    """Return the message with each field set, to one value after the other."""
    for field in message.DESCRIPTOR.fields:
        kind = field.message_type
        if kind is not None and kind.GetOptions().map_entry:
            value = kind.fields_by_name["value"]
            pairs = {text: sample(value, numbers) for text in TEXTS}
            getattr(message, field.name).update(pairs)
        elif kind is not None:
            place = getattr(message, field.name)
            for _ in range(2 if field.is_repeated else 1):
                part = filled(GetMessageClass(kind)(), numbers)
                (place.add() if field.is_repeated else place).CopyFrom(part)
        elif field.is_repeated:
            getattr(message, field.name).extend([sample(field, numbers) for _ in range(2)])
        else:
            setattr(message, field.name, sample(field, numbers))
    assert isinstance(message, Message)
    return message


def sample(field: Any, numbers: "count[int]") -> Any:  # noqa: ANN401 - of the field's type
    number = next(numbers)
    if field.enum_type is not None:
        values = field.enum_type.values
        return values[number % len(values)].number
    return {
        FieldDescriptor.CPPTYPE_STRING: TEXTS[number % len(TEXTS)],
        FieldDescriptor.CPPTYPE_DOUBLE: NUMBERS[number % len(NUMBERS)],
        FieldDescriptor.CPPTYPE_BOOL: bool(number % 2),
        FieldDescriptor.CPPTYPE_INT32: number % 1_000,
        FieldDescriptor.CPPTYPE_INT64: number % 1_000,
    }[field.cpp_type]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("first", range(7))
def test_records_are_written_as_the_mapping_says(kind: FieldDescriptor, first: int) -> None:
    assert kind.message_type is not None
    message = filled(GetMessageClass(kind.message_type)(), count(first))
    written = canonical_object(canonical_fields(message))
    assert written == canonical_text(MessageToDict(message))


def test_an_empty_message_and_an_unknown_number_are_written_as_the_mapping_says() -> None:
    for message in (Version(), Version(state=99, size_bytes=2**63 - 1)):  # type: ignore[arg-type]
        written = canonical_object(canonical_fields(message))
        assert written == canonical_text(MessageToDict(message))


def test_bytes_are_not_written() -> None:
    with pytest.raises(TypeError):
        canonical_fields(BlobData(data=b"a"))
