"""Predictions for units, continuously; the arms that answered each unit are recorded."""

from collections import defaultdict
from dataclasses import dataclass, field

import pytest
from typing_extensions import override

from tests.support.serving import Traffic, ask


@dataclass
class UnitTraffic(Traffic):
    """Threads that ask for units in turn, and check every prediction."""

    units: list[str] = field(default_factory=list)
    arms: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """For each unit the arms that answered, in order, equal ones in succession once."""
    revisions: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """For each unit the revision of the route in its last answer."""

    @override
    def _check(self, number: float, seen: list[str]) -> None:
        # Each thread has units of its own, so that answers for a unit are in order.
        own = self.units[self._place(seen) :: len(self.seen)]
        unit = own[int(number) % len(own)]
        rows = [[number], [number + 0.5]]
        status, answer = ask(self.where, "/predict", {"rows": rows, "unit": unit})
        assert status == 200, answer
        factor = self.factors[answer["version"]]
        assert answer["predictions"] == pytest.approx([number * factor, (number + 0.5) * factor])
        if self.arms[unit][-1:] != [answer["arm"]]:
            self.arms[unit].append(answer["arm"])
        self.revisions[unit] = answer["revision"]
        self.answers += 1

    def _place(self, seen: list[str]) -> int:
        return next(place for place, each in enumerate(self.seen) if each is seen)

    def reached(self, revision: int) -> bool:
        """Return whether the last answer of every unit is of a revision, or of a later one."""
        return all(self.revisions[unit] >= revision for unit in self.units)
