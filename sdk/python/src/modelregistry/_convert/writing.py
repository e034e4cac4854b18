"""Writing of messages from what callers pass: every error names the argument.

protobuf raises TypeError or ValueError without a field. No such error reaches a caller: messages
with values of callers are built here, and wrong ones raise InvalidRequest before anything is sent.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Integral
from typing import Final, ParamSpec, TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from modelregistry._convert.values import NOT_EXACT, is_exact
from modelregistry.errors import InvalidRequest, Violation

Fields = ParamSpec("Fields")
M = TypeVar("M", bound=Message)

_WANTED: Final[Mapping[int, str]] = {
    FieldDescriptor.CPPTYPE_STRING: "text (str)",
    FieldDescriptor.CPPTYPE_BOOL: "True or False",
    FieldDescriptor.CPPTYPE_DOUBLE: "a number",
    FieldDescriptor.CPPTYPE_INT32: "an integer of 32 bits",
    FieldDescriptor.CPPTYPE_INT64: "an integer of 64 bits",
    FieldDescriptor.CPPTYPE_ENUM: "a value of its enumeration",
}


def build(kind: Callable[Fields, M], /, *args: Fields.args, **fields: Fields.kwargs) -> M:
    """Return the message with these fields; raise InvalidRequest with all wrong ones."""
    rounded = [
        Violation(name, NOT_EXACT)
        for name, value in fields.items()
        if isinstance(value, int) and not is_exact(value) and _is_double(kind, name)
    ]
    if rounded:
        raise refused(rounded)
    try:
        return kind(*args, **fields)
    except (TypeError, ValueError):
        found = [
            violation
            for name, value in fields.items()
            for violation in _violations(kind, name, value)
        ]
        if found:
            raise refused(found) from None
        raise


def _is_double(kind: Callable[..., Message], name: str) -> bool:
    field = kind.DESCRIPTOR.fields_by_name[name]  # type: ignore[attr-defined]
    return bool(field.cpp_type == FieldDescriptor.CPPTYPE_DOUBLE)


def accepted(kind: Callable[..., M], fields: Mapping[str, object]) -> M:
    """Return the message with those of the fields that it accepts."""
    return kind(**{name: value for name, value in fields.items() if _accepts(kind, name, value)})


def enum_number(field: str, value: object) -> int:
    """Return the number of a value of an enumeration."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise invalid(field, f"must be a value of its enumeration, not {type(value).__name__}")
    return int(value)


def invalid(field: str, problem: str) -> InvalidRequest:
    """Return the error for one wrong argument."""
    return refused([Violation(field, problem)])


def refused(violations: Sequence[Violation]) -> InvalidRequest:
    """Return the error for these violations; there is at least one."""
    metadata = {"field": violations[0].field}
    return InvalidRequest(sentence(violations), metadata=metadata, violations=violations)


def sentence(violations: Sequence[Violation]) -> str:
    """Return the first violation as a sentence, with the number of further ones."""
    first = violations[0]
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    return f"{first.field}: {first.description}{more}"


def is_unicode(text: str) -> bool:
    """Return whether a text can be sent: it has no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def keyed(field: str, key: str) -> str:
    """Return the path of a key of a mapping, such as `params["lr"]`."""
    return f"{field}[{json.dumps(key, ensure_ascii=False)}]"


def _violations(kind: Callable[..., Message], name: str, value: object) -> Iterator[Violation]:
    """Yield what is wrong with one field of a message; nothing if it is valid."""
    if _accepts(kind, name, value):
        return
    field = kind.DESCRIPTOR.fields_by_name[name]  # type: ignore[attr-defined]
    if isinstance(value, Mapping) and field.message_type is not None:
        items = {key: item for key, item in value.items() if not _accepts(kind, name, {key: item})}
        yield from _of_map(name, field.message_type.fields_by_name, items)
    elif isinstance(value, list | tuple) and field.is_repeated:
        for index, item in enumerate(value):
            if not _accepts(kind, name, [item]):
                yield Violation(f"{name}[{index}]", _problem(field, item))
    else:
        yield Violation(name, _problem(field, value))


def _of_map(
    name: str, types: Mapping[str, FieldDescriptor], items: Mapping[object, object]
) -> Iterator[Violation]:
    for key, item in items.items():
        if isinstance(key, str) and is_unicode(key):
            yield Violation(keyed(name, key), _problem(types["value"], item))
        else:
            yield Violation(name, f"a key {_problem(types['key'], key)}")


def _accepts(kind: Callable[..., Message], name: str, value: object) -> bool:
    try:
        kind(**{name: value})
    except (TypeError, ValueError):
        return False
    return True


def _problem(field: FieldDescriptor, value: object) -> str:
    if isinstance(value, str) and field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return "is not valid Unicode"
    wanted = _WANTED.get(field.cpp_type, "of the documented type")
    given = str(value)[:40] if isinstance(value, Integral) else type(value).__name__
    return f"must be {wanted}, not {given}"
