"""The inference server of examples/ with a route: weights move under load, no prediction fails."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from typing_extensions import override

from modelregistry import Client, Route, RouteArm, RouteArmMode, Version
from tests.support.naive_routing import naive_slot
from tests.support.server import RegistryProcess
from tests.support.serving import SEEN_S, Fraud, Serving, ask, within
from tests.support.serving_route import UnitTraffic

UNITS = [f"user-{number}" for number in range(160)]
TEN = 10


@pytest.fixture
def fraud(own_registry: RegistryProcess, tmp_path: Path) -> Iterator[Fraud]:
    """A model of a registry of the test's own, with ten versions."""
    with Client(own_registry.start().target) as client:
        made = Fraud(client, tmp_path / "trained")
        for _ in range(TEN):
            made.push()
        yield made


def divide(fraud: Fraud, weights: list[int], shadow: int = 0) -> Route:
    """Divide the units among the first versions; the arm `v10` gets copies."""
    arms = [
        RouteArm(id=f"v{number}", version=str(number), weight=weight)
        for number, weight in enumerate(weights, 1)
    ]
    arms.append(RouteArm(id="v10", version="10", weight=shadow, mode=RouteArmMode.SHADOW))
    return fraud.client.set_route(fraud.name, "checkout", arms, "v1")


def arm_of(route: Route, unit: str) -> str:
    """Return the arm of a unit, by the definition in the contract."""
    return route.slots[naive_slot(route.salt + unit)]


@pytest.mark.timeout(600)
def test_exactly_the_units_move_that_have_to_and_no_prediction_fails(
    fraud: Fraud, own_registry: RegistryProcess, tmp_path: Path
) -> None:
    routes = [divide(fraud, [2_000, *[1_000] * 8], shadow=5_000)]
    with Serving(
        fraud.client.target, f"{fraud.name}@checkout", tmp_path / "serving", ("--route",)
    ) as serving:
        traffic = UnitTraffic(serving.where, fraud.factors, units=UNITS)
        with traffic.flowing():
            within(SEEN_S, lambda: traffic.reached(routes[0].revision))
            # One arm gives up its units; then one arm grows by what two others give.
            routes.append(divide(fraud, [2_000, 2_000, 0, *[1_000] * 6], shadow=5_000))
            within(SEEN_S, lambda: traffic.reached(routes[-1].revision))
            routes.append(divide(fraud, [1_500, 3_000, 0, *[1_000] * 5, 500], shadow=5_000))
            within(SEEN_S, lambda: traffic.reached(routes[-1].revision))
            assert traffic.arms == expected(routes)
            assert sum(len(arms) - 1 for arms in traffic.arms.values()) > 10

            health = serving.health()
            assert (health["revision"], health["problem"]) == (routes[-1].revision, "")
            assert len(health["arms"]) == TEN
            assert all(arm["loaded"] for arm in health["arms"].values() if arm["weight"])
            within(SEEN_S, lambda: serving.health()["arms"]["v10"]["copies"] > 0)
            assert health["arms"]["v10"]["answers"] == 0

            own_registry.kill()
            within(SEEN_S, lambda: serving.health()["stale"])
            serving.start()  # from its folder, and the route in its cache
            traffic.where = serving.where
            traffic.goes_on()
            serving.signal()
            assert serving.ended() == 0
            assert traffic.arms == expected(routes)
            own_registry.restart()
            within(SEEN_S, lambda: not serving.health()["stale"])

            fraud.client.revoke_version(f"{fraud.name}/2", reason="a leak")
            routes.append(fraud.client.get_route(fraud.name, "checkout"))
            within(SEEN_S, lambda: traffic.reached(routes[-1].revision))
            assert traffic.arms == expected(routes)
            assert all(arms[-1] != "v2" for arms in traffic.arms.values())


def expected(routes: list[Route]) -> dict[str, list[str]]:
    """Return the arms of each unit from route to route, equal ones in succession once."""
    found = {}
    for unit in UNITS:
        arms = [arm_of(route, unit) for route in routes]
        changed = [arm for before, arm in pairwise(arms) if arm != before]
        found[unit] = [arms[0], *changed]
    return found


@pytest.mark.timeout(300)
def test_an_arm_that_does_not_load_is_reported_and_the_default_arm_answers(
    fraud: Fraud, tmp_path: Path
) -> None:
    broken: Version = fraud.push(with_it=Unloadable())
    arms = [
        RouteArm(id="good", version="1", weight=5_000),
        RouteArm(id="bad", version=str(broken.number), weight=5_000),
    ]
    route = fraud.client.set_route(fraud.name, "checkout", arms, "good")
    with Serving(
        fraud.client.target, f"{fraud.name}@checkout", tmp_path / "serving", ("--route",)
    ) as serving:
        assert "does not load: ValueError" in serving.health()["problem"]
        unit = next(unit for unit in UNITS if arm_of(route, unit) == "bad")
        status, answer = ask(serving.where, "/predict", {"rows": [[3.0]], "unit": unit})
        assert (status, answer["arm"], answer["version"]) == (200, "good", f"{fraud.name}/1")
        status, answer = ask(serving.where, "/predict", {"rows": [[3.0]], "unit": "u" * 257})
        assert (status, "at most 256 bytes" in answer["error"]) == (400, True)
        fraud.client.yank_version(f"{fraud.name}/1", reason="a leak")
        within(SEEN_S, lambda: ask(serving.where, "/predict", {"rows": [[3.0]]})[0] == 503)


class Unloadable:
    """Cannot be unpickled."""

    @override
    def __reduce__(self) -> tuple[object, ...]:
        """Return a call that fails."""
        return int, ("no number",)
