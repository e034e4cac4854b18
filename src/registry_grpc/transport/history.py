"""Histories in messages: each revision has its history, and each etag includes it.

Domain objects have revisions and etags without a history. It is added here for all messages of the
contract.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Protocol, TypeVar

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from registry_grpc.domain.history import Position, full_etag

_HISTORY, _ETAG = "history_id", "etag"
_M = TypeVar("_M", bound=Message)
_Stamp = Callable[[Message, str], None]


class ReadRequest(Protocol):
    """A request with the revision that its caller has seen."""

    min_revision: int
    history_id: str


def seen(request: ReadRequest) -> Position:
    """Return the position that the caller of a read has seen."""
    return Position(request.history_id, request.min_revision)


def stamped(message: _M, history: str) -> _M:
    """Set the history of every revision and in every etag of a message of the contract.

    Must be called once for each message, with the history that was known before its contents were
    read: then clients never miss a new history.
    """
    for stamp in _stamps(message.DESCRIPTOR):
        stamp(message, history)
    return message


@cache
def _stamps(kind: Descriptor) -> Sequence[_Stamp]:
    """Return the steps for a message of this kind."""
    found: list[_Stamp] = []
    for field in kind.fields:
        if field.name == _HISTORY and field.type == FieldDescriptor.TYPE_STRING:
            found.append(_set_history)
        elif field.name == _ETAG and field.type == FieldDescriptor.TYPE_STRING:
            found.append(_complete_etag)
        elif field.message_type is not None and _is_stamped(field.message_type, frozenset()):
            found.append(_each(field.name) if field.is_repeated else _one(field.name))
    return found


def _is_stamped(kind: Descriptor, above: frozenset[str]) -> bool:
    """Whether a message of this kind, or below it, has histories."""
    if kind.full_name in above:
        return False
    if not {_HISTORY, _ETAG}.isdisjoint(kind.fields_by_name):
        return True
    inner = above | {kind.full_name}
    kinds = (field.message_type for field in kind.fields if field.message_type is not None)
    return any(_is_stamped(each, inner) for each in kinds)


def _set_history(message: Message, history: str) -> None:
    message.history_id = history  # type: ignore[attr-defined]


def _complete_etag(message: Message, history: str) -> None:
    message.etag = full_etag(message.etag, history)  # type: ignore[attr-defined]


def _one(name: str) -> _Stamp:
    def stamp(message: Message, history: str) -> None:
        if message.HasField(name):
            stamped(getattr(message, name), history)

    return stamp


def _each(name: str) -> _Stamp:
    def stamp(message: Message, history: str) -> None:
        for item in getattr(message, name):
            stamped(item, history)

    return stamp
