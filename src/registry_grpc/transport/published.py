"""One transaction of the change log as watchers receive it: encoded once, whoever wants it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.change import Event
from registry_grpc.domain.watch import Wanted
from registry_grpc.transport.convert.change import event_message
from registry_grpc.transport.frame import field_bytes

_EVENTS = pb.WatchResponse.EVENTS_FIELD_NUMBER


@dataclass(frozen=True, slots=True)
class Transaction:
    """The changes of one revision: each by its name, and as an encoded field.

    moved: of each the models whose versions it moves.
    """

    revision: int
    names: tuple[str, ...]
    moved: tuple[tuple[str, ...], ...]
    _fields: tuple[bytes, ...]
    _messages: dict[tuple[int, ...], bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, revision: int, events: Sequence[Event]) -> "Transaction":
        """Encode each event."""
        fields = tuple(
            field_bytes(_EVENTS, event_message(event).SerializeToString()) for event in events
        )
        names = tuple(event.change.name for event in events)
        return cls(revision, names, tuple(event.change.moved for event in events), fields)

    @property
    def size(self) -> int:
        """Bytes of all its events."""
        return sum(map(len, self._fields))

    def message(self, wanted: Wanted) -> bytes | None:
        """Return the WatchResponse with all that is wanted; None when nothing is."""
        both = zip(self.names, self.moved, strict=True)
        places = tuple(place for place, about in enumerate(both) if wanted.matches(*about))
        if not places:
            return None
        if places not in self._messages:
            head = pb.WatchResponse(revision=self.revision).SerializeToString()
            fields = (self._fields[place] for place in places)
            self._messages[places] = b"".join((head, *fields))
        return self._messages[places]


def transactions(events: Sequence[Event]) -> Iterator[Transaction]:
    """Yield the events by revision."""
    for revision, group in groupby(events, key=lambda event: event.revision):
        yield Transaction.of(revision, list(group))


def bookmark(revision: int) -> bytes:
    """Return the WatchResponse that says how far everything was sent."""
    return pb.WatchResponse(revision=revision).SerializeToString()
