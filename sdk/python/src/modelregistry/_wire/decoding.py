"""Parsing of replies, within bounds, and without breaking the call.

gRPC treats an exception of a deserializer as an error of its own: it logs the exception and
continues without a reply, or breaks the stream. So the deserializer returns the error for a reply
that it cannot parse, and `answered` raises it at the call.

A message takes more memory than its encoding: two bytes on the wire can become an empty message of
some hundred bytes. So the memory of a large reply is estimated before it is parsed.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeAlias, TypeVar, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError

from modelregistry.errors import MalformedReply

Reply = TypeVar("Reply")
Channel = TypeVar("Channel")
Decoder: TypeAlias = Callable[[bytes], Any]

_LOOKED_AT_FROM: Final = 64 * 1024
_ALWAYS: Final = 16 * 1024 * 1024
_PER_BYTE: Final = 4
_DEEPEST: Final = 32
_PER_MESSAGE: Final = 64
_PER_FIELD: Final = 16
_PER_STRING: Final = 40
_PER_SCANNED: Final = 32
"""More than it takes: it stands for the time to look at it, too."""
_WIDE: Final = {1: 8, 5: 4}
"""Bytes of a field, by wire type."""
_VARINT: Final = 0
_DELIMITED: Final = 2
_MORE: Final = 0x80

_PLAIN: Final = (_PER_SCANNED, None)

_Shape: TypeAlias = "dict[int, tuple[int, Descriptor | None]]"


def within_bounds(decode: Decoder) -> Decoder:
    """Return a deserializer that returns a message, or the MalformedReply for it."""
    owner = getattr(decode, "__self__", None)
    descriptor: Descriptor | None = getattr(owner, "DESCRIPTOR", None)
    shape = _shape(descriptor) if descriptor else {}

    def decoded(data: bytes) -> Any:  # noqa: ANN401 - a message of any type
        try:
            if descriptor and shape and len(data) > _LOOKED_AT_FROM:
                _Scan(data).run(descriptor)
            return decode(data)
        except MalformedReply as error:
            return error
        except (DecodeError, ValueError, IndexError, RecursionError) as error:
            return MalformedReply(f"the registry's reply cannot be read: {type(error).__name__}")

    return decoded


def answered(reply: Reply, call_id: str) -> Reply:
    """Return a reply; raise MalformedReply when there is none or it could not be parsed."""
    if isinstance(reply, MalformedReply):
        raise MalformedReply(reply.message, metadata=reply.metadata, request_id=call_id)
    if reply is None:
        message = "the registry ended the call without an answer"
        raise MalformedReply(message, request_id=call_id)
    return reply


def bounded(channel: Channel) -> Channel:
    """Return a channel of the same kind whose calls parse replies within bounds."""
    return cast("Channel", _BoundedChannel(channel))


class _BoundedChannel:
    """A channel that wraps the deserializers of stubs."""

    def __init__(self, channel: Any) -> None:  # noqa: ANN401 - grpc.Channel or its aio twin
        self._channel = channel

    def __getattr__(self, kind: str) -> Callable[..., Any]:
        """Return `unary_unary` and similar methods; stubs use no others."""
        make = getattr(self._channel, kind)

        def made(
            method: str,
            request_serializer: Callable[[Any], bytes] | None = None,
            response_deserializer: Decoder | None = None,
            **options: Any,  # noqa: ANN401 - gRPC's own
        ) -> Any:  # noqa: ANN401 - a callable of either flavour
            decode = response_deserializer and within_bounds(response_deserializer)
            return make(
                method,
                request_serializer=request_serializer,
                response_deserializer=decode,
                **options,
            )

        return made


@cache
def _cost(descriptor: Descriptor) -> int:
    return _PER_MESSAGE + _PER_FIELD * len(descriptor.fields)


@cache
def _shape(descriptor: Descriptor) -> _Shape:
    """Return the fields that can repeat or contain much, with the memory of each."""
    shape: _Shape = {}
    for field in descriptor.fields:
        if field.message_type is not None:
            within = field.message_type if _shape_of_part(field) else None
            shape[field.number] = (_cost(field.message_type), within)
        elif field.is_repeated and field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
            shape[field.number] = (_PER_STRING, None)
    return shape


def _shape_of_part(field: FieldDescriptor) -> bool:
    part = field.message_type
    # A google.protobuf type may contain itself; none of them is large.
    return part is not None and not part.full_name.startswith("google.") and bool(_shape(part))


class _Scan:
    """Estimates the memory of a message without parsing it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = _ALWAYS + _PER_BYTE * len(data)

    def run(self, descriptor: Descriptor) -> None:
        """Raise MalformedReply when the message takes too much memory."""
        self._scan(descriptor, 0, len(self._data), _DEEPEST)

    def _scan(self, descriptor: Descriptor, at: int, end: int, depth: int) -> None:
        data, shape = self._data, _shape(descriptor)
        if not depth:
            message = "the registry's reply is nested too deeply"
            raise MalformedReply(message)
        while at < end:
            if self._left < 0:
                message = "the registry's reply would take far more memory than its size"
                raise MalformedReply(message)
            tag, at = self._varint(at) if data[at] >= _MORE else (data[at], at + 1)
            wire = tag & 7
            if wire == _DELIMITED:
                size, at = self._varint(at) if data[at] >= _MORE else (data[at], at + 1)
                cost, part = shape.get(tag >> 3, _PLAIN)
                self._left -= cost
                if part is not None:
                    self._scan(part, at, min(end, at + size), depth - 1)
                at += size
            elif wire == _VARINT:
                _, at = self._varint(at)
                self._left -= _PER_SCANNED
            else:
                at += _WIDE[wire] if wire in _WIDE else self._unreadable()

    def _varint(self, at: int) -> tuple[int, int]:
        value, shift, data = 0, 0, self._data
        while (byte := data[at]) >= _MORE:
            value |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
        return value | byte << shift, at + 1

    def _unreadable(self) -> int:
        message = "the registry's reply cannot be read: it has groups"
        raise MalformedReply(message)
