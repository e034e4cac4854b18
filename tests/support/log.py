"""Transactions of the change log for unit tests: phrases such as `a_transaction(7, "m/fraud")`."""

from collections.abc import Sequence
from datetime import UTC, datetime

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.change import Change, Event
from registry_grpc.domain.names import NamespaceName
from registry_grpc.domain.namespace import Namespace
from registry_grpc.transport.published_changes import Transaction
from tests.support.history import at

MOMENT = datetime(2026, 5, 3, 12, tzinfo=UTC)
FRAUD = "namespaces/risk/models/fraud"
CREDIT = "namespaces/risk/models/credit"
OTHER = "namespaces/ads/models/fraud"


def some_events(revision: int, *names: str, text: str = "") -> Sequence[Event]:
    """Changes of these resources in one transaction; text makes them long."""
    after = Namespace(NamespaceName("risk"), text, "ann", MOMENT, revision) if text else None
    return [
        Event(revision, index, MOMENT, Change("thing.change", name, "ann", None, after))
        for index, name in enumerate(names)
    ]


def a_transaction(revision: int, *names: str, text: str = "") -> Transaction:
    """The same, as it is published."""
    return Transaction.of(at(revision), some_events(revision, *(names or (FRAUD,)), text=text))


def read(message: bytes | None) -> pb.WatchResponse:
    """The messages that were sent."""
    assert message is not None
    return pb.WatchResponse.FromString(message)


def names_in(message: bytes | None) -> list[str]:
    """The names of its events."""
    return [event.name for event in read(message).events]
