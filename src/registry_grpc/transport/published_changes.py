"""One transaction of the change log as watches receive it, encoded once for all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.change import Event
from registry_grpc.domain.history import Position
from registry_grpc.domain.watch import Wanted
from registry_grpc.transport.convert.change import event_message
from registry_grpc.transport.frame import field_bytes
from registry_grpc.transport.history import stamped

# Approximate bytes of the Python objects around a transaction.
_OVERHEAD = 1_000
_EVENTS = pb.WatchResponse.EVENTS_FIELD_NUMBER


@dataclass(frozen=True, slots=True)
class Transaction:
    """The changes of one revision: names, and encoded fields.

    moved: for each change the further models that it is about: see `Change.moved`.
    """

    revision: int
    names: tuple[str, ...]
    moved: tuple[tuple[str, ...], ...]
    _head: bytes
    _fields: tuple[bytes, ...]
    _messages: dict[tuple[int, ...], bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, position: Position, events: Sequence[Event]) -> "Transaction":
        """Encode each event."""
        messages = (stamped(event_message(event), position.history) for event in events)
        fields = tuple(field_bytes(_EVENTS, each.SerializeToString()) for each in messages)
        names = tuple(event.change.name for event in events)
        moved = tuple(event.change.moved for event in events)
        return cls(position.revision, names, moved, bookmark(position), fields)

    @property
    def subjects(self) -> Iterator[str]:
        """The names of all resources that it is about, also former ones."""
        return chain(self.names, *self.moved)

    @property
    def size(self) -> int:
        """Approximate maximum memory in bytes: its events, and the messages composed of them."""
        return _OVERHEAD + self._bytes + self._message_bound

    def message(self, wanted: Wanted) -> bytes | None:
        """Return the WatchResponse with the wanted events; None when there are none."""
        both = zip(self.names, self.moved, strict=True)
        places = tuple(place for place, about in enumerate(both) if wanted.matches(*about))
        if not places:
            return None
        message = self._messages.get(places)
        if message is None:
            message = b"".join((self._head, *(self._fields[place] for place in places)))
            if sum(map(len, self._messages.values())) + len(message) <= self._message_bound:
                self._messages[places] = message
        return message

    @property
    def _bytes(self) -> int:
        return sum(map(len, self._fields))

    @property
    def _message_bound(self) -> int:
        # The message of all events is kept, and some of parts; watches can want very many parts.
        return 2 * self._bytes + _OVERHEAD


def transactions(events: Sequence[Event], history: str) -> Iterator[Transaction]:
    """Yield the events by revision."""
    for revision, group in groupby(events, key=lambda event: event.revision):
        yield Transaction.of(Position(history, revision), list(group))


def bookmark(position: Position) -> bytes:
    """Return the WatchResponse of a bookmark: everything up to this position was delivered."""
    message = pb.WatchResponse(revision=position.revision, history_id=position.history)
    return message.SerializeToString()
