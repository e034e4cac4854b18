"""What of a refused call goes into the audit trail."""

from collections.abc import Callable, Sequence
from datetime import datetime

from google.protobuf.message import Message

from registry_grpc.domain.errors import RegistryError, WrongState
from registry_grpc.domain.reference import ByName, ByNumber, Reference
from registry_grpc.domain.refusal import RefusedCall, belongs_in_the_trail
from registry_grpc.services.refusal import Refusals

_ROOT = "namespaces/"
_MAX_NAME = 512
_MAX_MESSAGE = 1_000
_MAX_CAUSES, _MAX_CAUSE = 100, 500
# In this order: what a request is about, where something is to be made, then what it speaks of.
_NAMING = (
    *("name", "transition", "target", "version", "ref", "model"),
    *("versions", "refs", "models", "parent"),
)
_DEPTH = 2
Note = Callable[[str, str, str, Message | None, RegistryError], None]


def nothing_noted(*_: object) -> None:
    """Keep nothing of a refused call."""


class RefusalNotes:
    """Hands refused calls on to be recorded, those that belong in the trail."""

    def __init__(
        self, refusals: Refusals, clock: Callable[[], datetime], changing: frozenset[str]
    ) -> None:
        """changing: full names of the methods that change something."""
        self._refusals = refusals
        self._clock = clock
        self._changing = changing

    def __call__(
        self, method: str, actor: str, call_id: str, request: Message | None, error: RegistryError
    ) -> None:
        """Note how a known caller was refused. Never waits."""
        if not belongs_in_the_trail(error, changing=method in self._changing):
            return
        causes = error.causes if isinstance(error, WrongState) else ()
        call = RefusedCall(
            actor=actor,
            method=method,
            name="" if request is None else named_by(request),
            reason=error.reason,
            message=_storable(error.message, _MAX_MESSAGE),
            causes=tuple(_storable(cause, _MAX_CAUSE) for cause in causes[:_MAX_CAUSES]),
            request_id=call_id,
            time=self._clock(),
        )
        self._refusals.note(call)


def named_by(request: Message) -> str:
    """Return the resource that a request names, by canonical name if it can be told, else ''.

    Of several that of the first.
    """
    made = getattr(request, "namespace_id", "")
    return _canonical(f"{_ROOT}{made}" if made else _named_in(request, _DEPTH))


def _named_in(request: Message, depth: int) -> str:
    fields = request.DESCRIPTOR.fields_by_name
    for name in _NAMING:
        if name in fields and (found := _first(getattr(request, name), depth)):
            return _with_id(request, found) if name == "parent" else found
    inner = (field for field in request.DESCRIPTOR.fields if field.message_type is not None)
    return next(filter(None, (_first(getattr(request, each.name), depth) for each in inner)), "")


def _first(value: object, depth: int) -> str:
    if isinstance(value, Message):
        return _named_in(value, depth - 1) if depth else ""
    if isinstance(value, str):
        return value
    return _first(value[0], depth) if isinstance(value, Sequence) and value else ""


def _with_id(request: Message, parent: str) -> str:
    """Return the name of what is to be made below a parent, where the request gives its id."""
    made = getattr(request, "model_id", "")
    return f"{parent}/models/{made}" if made else parent


def _canonical(text: str) -> str:
    if text.startswith(_ROOT):
        return _storable(text, _MAX_NAME)
    try:
        reference = Reference.parse(text)
    except ValueError:
        return _storable(text, _MAX_NAME)
    match reference.selector:
        case ByNumber(number):
            return str(reference.model.version(number))
        case ByName(name):
            return str(reference.model.alias(name))
        case _:
            return str(reference.model)


def _storable(text: str, most: int) -> str:
    """Return so much of a text, and without NUL, which PostgreSQL cannot hold."""
    return text[:most].replace("\0", "\ufffd")
