"""Documents: the domain's dataclasses as JSON, and back. Law: `decoder(T)(encode(t)) == t`.

Stored documents are kept permanently, so reading is lenient: a missing field takes its default, an
unknown one is skipped. A field with its default is omitted, so the default of a stored field must
never change. Renaming a field of the domain changes the format; a test with stored documents
detects it.
"""

import types
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from registry_grpc.domain.canonical import default_of
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.resource_name import ResourceName
from registry_grpc.domain.resources import TYPE_OF, kind_of

T = TypeVar("T")
Json = object
Decoder = Callable[[object], object]

_MICROSECOND = timedelta(microseconds=1)
_PARSED = (Digest, ResourceName)


def encode(value: object) -> Json:
    """Return `value` as what JSON can hold."""
    return _ENCODERS[type(value)](value)


class _Encoders(dict[type, Callable[[Any], Json]]):
    """How to encode values of a type; found once for each, as records have thousands of them."""

    def __missing__(self, kind: type) -> Callable[[Any], Json]:
        self[kind] = encoder = _encoder_of(kind)
        return encoder


_ENCODERS = _Encoders()


def _encoder_of(kind: type) -> Callable[[Any], Json]:
    if kind in {type(None), str, int, float, bool}:
        return _same
    if issubclass(kind, (datetime, timedelta)):
        return _encode_time
    if issubclass(kind, (StrEnum, UUID, *_PARSED)):
        return str
    if issubclass(kind, Mapping):
        return lambda value: {key: encode(item) for key, item in value.items()}
    if issubclass(kind, (tuple, list)):
        return lambda value: [encode(item) for item in value]
    if is_dataclass(kind):
        # A field that is not compared is no part of the value.
        stored = [(field.name, default_of(field)) for field in fields(kind) if field.compare]
        return lambda value: {
            name: encode(part)
            for name, default in stored
            if (part := getattr(value, name)) != default
        }
    message = f"documents cannot hold a {kind.__name__}"
    raise TypeError(message)


def _encode_time(value: datetime | timedelta) -> Json:
    if isinstance(value, timedelta):
        return value // _MICROSECOND
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def decode(kind: type[T], document: Json) -> T:
    """Return the `kind` that was encoded."""
    read = decoder(cast("Hashable", kind))
    return cast("T", read(document))


def encode_resource(resource: Resource | None) -> Json:
    """Return a snapshot with its kind; None stays None."""
    if resource is None:
        return None
    return {"kind": kind_of(resource), **cast("dict[str, Json]", encode(resource))}


def decode_resource(document: Json) -> Resource | None:
    """Return the resource that was encoded."""
    if document is None:
        return None
    kind = cast("dict[str, str]", document)["kind"]
    return decode(TYPE_OF[kind], document)


def decode_brief(document: Json) -> Resource | None:
    """Return the resource without detail, which is most of a version and takes long to read."""
    if document is None:
        return None
    fields = cast("dict[str, Json]", document)
    return decode_resource({key: value for key, value in fields.items() if key != "detail"})


@cache
def decoder(kind: Hashable) -> Decoder:
    """Return the function that reads a `kind`, a type as in annotations; made once for each."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return _optional(arguments)
    if origin is tuple:
        return _tuple(decoder(arguments[0]))
    if origin is Mapping:
        return _mapping(decoder(arguments[1]))
    if isinstance(kind, type):
        return _plain(kind)
    message = f"documents cannot hold a {kind}"
    raise TypeError(message)


def _plain(kind: type) -> Decoder:
    if kind in {str, int, bool}:
        return _same
    if kind is datetime:
        return lambda document: datetime.fromisoformat(cast("str", document))
    if kind is timedelta:
        return lambda document: cast("int", document) * _MICROSECOND
    if issubclass(kind, _PARSED):
        return cast("Decoder", kind.parse)
    if is_dataclass(kind):
        return _dataclass(kind)
    return kind  # float, UUID and enums read what they wrote


def _same(document: object) -> object:
    return document


def _optional(arguments: tuple[object, ...]) -> Decoder:
    (inner,) = (decoder(kind) for kind in arguments if kind is not types.NoneType)
    return lambda document: None if document is None else inner(document)


def _tuple(item: Decoder) -> Decoder:
    return lambda document: tuple(item(part) for part in cast("list[object]", document))


def _mapping(item: Decoder) -> Decoder:
    return lambda document: {
        key: item(value) for key, value in cast("dict[str, object]", document).items()
    }


def _dataclass(kind: type) -> Decoder:
    decoders = {name: decoder(hint) for name, hint in get_type_hints(kind).items()}

    def read(document: object) -> object:
        items = cast("dict[str, object]", document).items()
        return kind(**{name: decoders[name](item) for name, item in items if name in decoders})

    return read
