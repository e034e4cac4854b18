"""A client that asks routes for units while they change, and records each reply."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import route_pb2
from tests.support.faults.route_history import UNITS, RouteHistory
from tests.support.faults.route_writer import ROUTES
from tests.support.faults.writer import patient
from tests.support.stubs import Stubs

_MISSING = 5  # google.rpc.Code.NOT_FOUND


@dataclass(frozen=True, slots=True)
class RouteAnswer:
    """One reply. owed: it had to reflect this revision; revision: the one that it reflects.

    decided: the decision, with the number of its version; None when there is no such route.
    aged: the reply stated an age; then it may be older than `owed`, but not than its revision.
    """

    reference: str
    unit: str
    owed: int
    revision: int
    decided: dict[str, Any] | None
    aged: bool = False

    def wrong(self, history: RouteHistory) -> str:
        """Return what is wrong with it, by the log; '' when nothing is."""
        asked = f"{self.reference} for {self.unit!r}"
        if self.revision < self.owed and not self.aged:
            return f"{asked}: of {self.revision}, but {self.owed} was acknowledged"
        right = history.at(self.reference, self.revision).decision(self.unit)
        expected = None if right is None else right | {"unit": self.unit}
        if self.decided != expected:
            return f"{asked}: {self.decided} at {self.revision}, where it was {expected}"
        return ""


@dataclass
class RouteReader:
    """Resolves the routes of a model for units. answers: the replies."""

    model: str
    random: Random
    answers: list[RouteAnswer] = field(default_factory=list)

    def ask(self, stubs: Stubs, owed: int, min_revision: int) -> None:
        """Make one random lookup by a random method."""
        self.random.choice((self._resolve, self._batch))(stubs, owed, min_revision)

    def _resolve(self, stubs: Stubs, owed: int, min_revision: int) -> None:
        # Only of the route that always exists: an error has no revision.
        reference, unit = f"{self.model}@{ROUTES[0]}", self.random.choice(UNITS)
        request = lookup.ResolveVersionRequest(ref=reference, unit=unit, min_revision=min_revision)
        found = patient(stubs.ResolveVersion, request)
        decided = _decided(unit, found)
        aged = found.HasField("age")
        self.answers.append(RouteAnswer(reference, unit, owed, found.revision, decided, aged))

    def _batch(self, stubs: Stubs, owed: int, min_revision: int) -> None:
        self.answers += batch(stubs, self.model, owed, min_revision)


def batch(
    stubs: Stubs, model: str, owed: int, min_revision: int, as_of: Timestamp | None = None
) -> list[RouteAnswer]:
    """Resolve all routes of a model for all units, at one revision."""
    asked = [(f"{model}@{route}", unit) for route in ROUTES for unit in UNITS]
    request = lookup.BatchResolveVersionsRequest(
        refs=[reference for reference, _ in asked],
        units=[unit for _, unit in asked],
        min_revision=min_revision,
        as_of=as_of,
    )
    found = patient(stubs.BatchResolveVersions, request)
    aged = found.HasField("age")
    return [
        RouteAnswer(reference, unit, owed, found.revision, _decided(unit, one), aged)
        for (reference, unit), one in zip(asked, found.resolutions, strict=True)
    ]


def _decided(unit: str, reply: Any) -> dict[str, Any] | None:  # noqa: ANN401 - of two methods
    if not reply.HasField("route"):
        assert reply.error.code == _MISSING, reply
        return None
    route: route_pb2.RouteDecision = reply.route
    reason = route_pb2.RouteReason.Name(route.reason).removeprefix("ROUTE_REASON_")
    return {
        "unit": unit,
        "arm": route.arm,
        "slot": route.slot,
        "reason": reason,
        "shadows": [shadow.arm for shadow in route.shadows],
        "number": reply.version.number,
        "revision": route.revision,
    }
