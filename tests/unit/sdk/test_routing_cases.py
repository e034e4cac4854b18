"""The cases of `routing.json`, by the SDK."""

from typing import Any

import pytest

from modelregistry._watching.route_table import RouteTable, fnv1a32, slot_after
from modelregistry.types import Route, RouteArm, RouteArmMode, RouteArmState
from tests.support.conformance import cases

_CASES = cases("routing.json")


def _route(case: dict[str, Any]) -> Route:
    arms = tuple(
        RouteArm(
            id=arm["id"],
            version=arm["version"],
            weight=arm["weight"],
            mode=RouteArmMode[arm["mode"]],
            state=RouteArmState[arm["state"]],
        )
        for arm in case["arms"]
    )
    return Route(
        name="namespaces/default/models/fraud/routes/checkout",
        arms=arms,
        default_arm=case["default_arm"],
        overrides=case["overrides"],
        salt=case["salt"],
        slots=tuple(arms[place].id for place, count in case["slots"] for _ in range(count)),
        revision=7,
    )


def test_hashes_and_slots() -> None:
    for case in _CASES["hashes"]:
        assert case["hash"] == fnv1a32(case["text"].encode())
    for case in _CASES["slots"]:
        assert case["slot"] == slot_after(fnv1a32(case["salt"].encode()), case["unit"])


@pytest.mark.parametrize("case", _CASES["routes"], ids=lambda case: case["salt"])
def test_decisions(case: dict[str, Any]) -> None:
    route = _route(case)
    table, versions = RouteTable(route), {arm.id: arm.version for arm in route.arms}
    for expected in case["decisions"] * 2:
        found = table.decide(expected["unit"])
        assert {
            "unit": expected["unit"],
            "arm": found.arm,
            "slot": found.slot,
            "reason": getattr(found.reason, "name", ""),
            "shadows": [shadow.arm for shadow in found.shadows],
        } == expected
        assert found.version == versions[found.arm]
        assert (found.name, found.revision) == (route.name, 7)
