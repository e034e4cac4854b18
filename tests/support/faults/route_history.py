"""The arm of each unit at each revision, computed from the log alone by the naive rule.

The log has routes without slots: they are computed again, from one revision to the next.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from registry_grpc.domain.change import Event
from registry_grpc.domain.route import Route
from tests.support.naive_routing import naive_decision, naive_slots

OVERRIDES = {"tester": "b"}
"""Of every route that writers set: the log has none."""
UNITS = ("", "tester", "user-1", "user-22", "Jürgen", "user-333", "device/7", "user-4444")


@dataclass(frozen=True)
class NaiveRoute:
    """A revision of a route. case: as `routing.json` has routes; None when it was removed."""

    revision: int
    case: dict[str, Any] | None = None
    slots: Sequence[str] = ()
    decisions: dict[str, dict[str, Any]] = field(default_factory=dict)

    def decision(self, unit: str) -> dict[str, Any] | None:
        """Return arm, slot, reason and shadows for a unit, with the number of the version."""
        if self.case is None:
            return None
        if unit not in self.decisions:
            found = naive_decision(self.case, unit)
            number = next(arm["number"] for arm in self.case["arms"] if arm["id"] == found["arm"])
            self.decisions[unit] = found | {"number": number, "revision": self.revision}
        return self.decisions[unit]


class RouteHistory:
    """Answers for any revision, by references such as `fraud@checkout`."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._routes: dict[str, list[NaiveRoute]] = defaultdict(list)
        for event in events:
            if "/routes/" in event.change.name:
                _, _, _, model, _, route = event.change.name.split("/")
                revisions = self._routes[f"{model}@{route}"]
                before = revisions[-1] if revisions else NaiveRoute(0)
                revisions.append(_after(before, event))

    def at(self, reference: str, revision: int) -> NaiveRoute:
        """Return the revision of a route that was the newest at a revision."""
        revisions = self._routes[reference]
        place = bisect_right([one.revision for one in revisions], revision)
        return revisions[place - 1] if place else NaiveRoute(0)


def _after(before: NaiveRoute, event: Event) -> NaiveRoute:
    after = event.change.after
    if not isinstance(after, Route):
        return NaiveRoute(event.revision)
    plan = after.plan
    weights = [(arm.id, arm.weight) for arm in plan.arms if arm.serves]
    same = before.case is not None and before.case["salt"] == plan.salt
    slots = naive_slots(before.slots if same else (), weights)
    places = {arm.id: place for place, arm in enumerate(plan.arms)}
    case = {
        "arms": [
            {
                "id": arm.id,
                "number": arm.version.number,
                "weight": arm.weight,
                "mode": arm.mode.name,
                "state": arm.state.name,
            }
            for arm in plan.arms
        ],
        "default_arm": plan.default_arm,
        "salt": plan.salt,
        "overrides": OVERRIDES,
        "slots": [(places[arm], sum(1 for _ in run)) for arm, run in groupby(slots)],
    }
    return NaiveRoute(event.revision, case, slots)
