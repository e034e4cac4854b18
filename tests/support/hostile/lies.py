# ruff: noqa: ANN401 - values of any type
"""False messages, found by walking their descriptors, so that a new field is covered too."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from typing_extensions import override

from tests.support.hostile.proxy import METHODS, Replies, reply_of

_DEEPEST: Final = 6
_NEAR: Final = 2
"""So deep lie the fields that are always lied about."""
_MANY: Final = 30_000
_HUGE: Final = 1 << 20
Change = Callable[[Any], Any]


@dataclass(frozen=True)
class FieldLie:
    """One field of a method's reply, and one way to lie about it."""

    path: str
    fields: tuple[str, ...]
    kind: str

    @override
    def __str__(self) -> str:
        """Return `Method.field.field=kind`."""
        return f"{'.'.join((METHODS[self.path].name, *self.fields))}={self.kind}"

    def tell(self, replies: Replies, context: grpc.ServicerContext) -> Iterable[bytes]:
        """Change every reply of a call."""
        del context
        for reply in replies:
            message = reply_of(self.path).FromString(reply)
            _change(message, self.fields, self.kind, made=not METHODS[self.path].server_streaming)
            yield message.SerializeToString()


def fields_of(descriptor: Descriptor, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield every field of a message, and every field of the messages in it."""
    for field in descriptor.fields:
        here = (*above, field.name)
        yield here
        if field.message_type and not _is_map(field) and len(here) < _DEEPEST:
            yield from fields_of(field.message_type, here)


def lies_about(path: str, fields: tuple[str, ...]) -> list[FieldLie]:
    """Return every lie about one field of a method's reply."""
    field = _descriptor(METHODS[path].output_type, fields)
    return [FieldLie(path, fields, kind) for kind in _kinds(field)]


def chosen(heard: Mapping[str, bytes], most: int, seed: str) -> list[FieldLie]:
    """Return lies about the replies of some methods: `most` in all, each about another field.

    `heard` has an honest reply of each method. Every method has its share, the outermost fields
    first, then those that the honest reply has. Without a bound (0) every lie about every field is
    there.
    """
    dice = random.Random(seed)  # noqa: S311 - the order of a test
    each: list[list[FieldLie]] = []
    for path, reply in sorted(heard.items()):
        fields = list(fields_of(METHODS[path].output_type))
        if not most:
            each.append([lie for names in fields for lie in lies_about(path, names)])
            continue
        message = reply_of(path).FromString(reply)
        dice.shuffle(fields)
        fields.sort(key=lambda names: (len(names) > _NEAR, not _is_present(message, names)))
        each.append([dice.choice(lies_about(path, names)) for names in fields])
    in_turn = [lie for turn in zip_longest(*each) for lie in turn if lie is not None]
    return in_turn[: most or None]


def _is_present(message: Any, names: tuple[str, ...]) -> bool:
    for name in names:
        field = message.DESCRIPTOR.fields_by_name[name]
        value = getattr(message, name)
        if field.is_repeated:
            if not len(value):
                return False
            message = None if _is_map(field) or field.message_type is None else value[0]
        elif field.message_type is not None:
            if not message.HasField(name):
                return False
            message = value
    return True


def _is_map(field: FieldDescriptor) -> bool:
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def _descriptor(descriptor: Descriptor, fields: tuple[str, ...]) -> FieldDescriptor:
    for name in fields[:-1]:
        inner = descriptor.fields_by_name[name].message_type
        assert inner is not None
        descriptor = inner
    return descriptor.fields_by_name[fields[-1]]


def _kinds(field: FieldDescriptor) -> Iterable[str]:
    if _is_map(field):
        return ("clear", "strange")
    if field.is_repeated:
        return ("clear", "double", "reverse", "many", "default")
    if field.message_type is not None:
        return ("clear", "default")
    return tuple(_VALUES[field.cpp_type])


def _constantly(value: Any) -> Change:
    return lambda _: value


_VICTIM: list[str] = ["/nowhere"]


def aim_at(victim: Path) -> None:
    """Have paths among the lies name this file."""
    _VICTIM[:] = [str(victim)]


_NUMBERS: Final[dict[str, Change]] = {
    "0": _constantly(0),
    "1 more": lambda old: old + 1,
    "-1": _constantly(-1),
    "most": _constantly(2**31 - 1),
    "least": _constantly(-(2**31)),
}
_WIDE: Final[dict[str, Change]] = {
    **_NUMBERS,
    "most of 64": _constantly(2**63 - 1),
    "least of 64": _constantly(-(2**63)),
}
_NATURAL: Final[dict[str, Change]] = {"0": _constantly(0), "most": _constantly(2**32 - 1)}
_REAL: Final[dict[str, Change]] = {
    "nan": _constantly(float("nan")),
    "inf": _constantly(float("inf")),
    "large": _constantly(1e308),
}
_TEXTS: Final[dict[str, Change]] = {
    "empty": _constantly(""),
    "absolute": lambda _: _VICTIM[0],
    "digest of a path": lambda _: f"sha256:{_VICTIM[0]}",
    "climbing": lambda _: f"../../../../../../../../..{_VICTIM[0]}",
    "drive": _constantly("C:\\Windows\\evil"),
    "name that climbs": _constantly("namespaces/../../../models/x/versions/1"),
    "another": lambda old: old.replace("fraud", "other").replace("a", "b"),
    "longer": lambda old: old + "x",
    "huge": _constantly("x" * _HUGE),
    "huge number": _constantly("9" * 10_000),
    "control": _constantly("\x1b]0;x\x07\r\n\x00"),
    "direction": _constantly("\u202egnp.exe\u2028"),
    "format": _constantly("{0.__class__} %s %n"),
}
_BYTES: Final[dict[str, Change]] = {
    "empty": _constantly(b""),
    "cut": lambda old: old[:-1],
    "longer": lambda old: old + b"x",
    "damaged": lambda old: bytes(byte ^ 1 for byte in old[:1]) + old[1:],
    "huge": _constantly(b"x" * (8 * _HUGE)),
}
_KINDS_OF: Final = FieldDescriptor
_VALUES: Final[dict[int, dict[str, Change]]] = {
    _KINDS_OF.CPPTYPE_INT32: _NUMBERS,
    _KINDS_OF.CPPTYPE_INT64: _WIDE,
    _KINDS_OF.CPPTYPE_UINT32: _NATURAL,
    _KINDS_OF.CPPTYPE_UINT64: _NATURAL,
    _KINDS_OF.CPPTYPE_DOUBLE: _REAL,
    _KINDS_OF.CPPTYPE_FLOAT: {"nan": _constantly(float("nan")), "inf": _constantly(float("inf"))},
    _KINDS_OF.CPPTYPE_BOOL: {"other": lambda old: not old},
    _KINDS_OF.CPPTYPE_ENUM: {
        "0": _constantly(0),
        "unknown": _constantly(1_000),
        "-1": _constantly(-1),
        "1": _constantly(1),
        "5": _constantly(5),
    },
    _KINDS_OF.CPPTYPE_STRING: _TEXTS,
}


def _change(message: Message, fields: tuple[str, ...], kind: str, *, made: bool) -> None:
    """Lie about a field; with `made` also in a message that lacks what it is a field of."""
    part: Any = message
    for name in fields[:-1]:
        part = _inner(part, name, made=made)
        if part is None:
            return
    _set(part, part.DESCRIPTOR.fields_by_name[fields[-1]], kind)


def _inner(part: Any, name: str, *, made: bool) -> Any:
    field = part.DESCRIPTOR.fields_by_name[name]
    value = getattr(part, name)
    if not field.is_repeated:
        if not made and not part.HasField(name):
            return None
        value.SetInParent()
        return value
    if len(value):
        return value[len(value) // 2]
    return value.add() if made else None


def _set(part: Any, field: FieldDescriptor, kind: str) -> None:
    value = getattr(part, field.name)
    if kind == "clear":
        part.ClearField(field.name)
    elif _is_map(field):
        _strange_entry(part, field)
    elif field.is_repeated:
        _repeat(value, field, kind)
    elif field.message_type is not None:
        part.ClearField(field.name)
        value = getattr(part, field.name)
        value.SetInParent()
    else:
        changes = _BYTES if isinstance(value, bytes) else _VALUES[field.cpp_type]
        change = changes.get(kind) or changes["empty"]
        try:
            setattr(part, field.name, change(value))
        except ValueError:  # beyond what the type holds
            setattr(part, field.name, 2**31 - 1)


def _strange_entry(part: Any, field: FieldDescriptor) -> None:
    values = getattr(part, field.name)
    assert field.message_type is not None
    kind = field.message_type.fields_by_name["value"].cpp_type
    for key in ("", "\x1b[2J", f"../{_VICTIM[0]}", "x" * 70_000):
        if kind == FieldDescriptor.CPPTYPE_STRING:
            values[key] = "\u202e\x00"
        elif kind == FieldDescriptor.CPPTYPE_MESSAGE:
            values[key].SetInParent()
        else:
            values[key] = float("nan") if kind == FieldDescriptor.CPPTYPE_DOUBLE else 7


def _repeat(value: Any, field: FieldDescriptor, kind: str) -> None:
    items = list(value)
    default = field.message_type is None and _default(field)
    if kind == "reverse":
        value.reverse()
    elif kind == "double" and items:
        value.append(items[0])
    elif kind == "many":
        size = items[0].ByteSize() if items and field.message_type else 64
        value.extend((items[:1] or [_made(value, field)]) * min(_MANY, (12 << 20) // max(size, 1)))
    elif field.message_type is not None:
        value.add()
    else:
        value.append(default)


def _made(value: Any, field: FieldDescriptor) -> Any:
    if field.message_type is None:
        return _default(field)
    made = value.add()
    return type(made)()


def _default(field: FieldDescriptor) -> Any:
    if field.type == FieldDescriptor.TYPE_BYTES:
        return b""
    return "" if field.cpp_type == FieldDescriptor.CPPTYPE_STRING else -(field.cpp_type in {1, 2})
