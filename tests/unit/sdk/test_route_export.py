"""Routes in the forms of other programs."""

import json
from itertools import pairwise

import pytest
import yaml

from modelregistry._watching.route_table import RouteTable, fnv1a32
from modelregistry.route_export import FORMATS, to_flagd, to_growthbook, to_istio, to_kserve
from modelregistry.types import Route, RouteArm, RouteArmMode, RouteArmState

_MODEL = "namespaces/risk/models/My Fraud_Model"
_SLOTS = ("a",) * 5_000 + ("b",) * 2_500 + ("a",) * 2_455 + ("c",) * 45


def a_route(**fields: object) -> Route:
    """Return a route with runs, a shadow arm, an arm that is gone, and overrides."""
    arms = (
        RouteArm(id="a", version=f"{_MODEL}/versions/1", weight=7_455),
        RouteArm(id="b", version=f"{_MODEL}/versions/2", weight=2_500),
        RouteArm(id="c", version=f"{_MODEL}/versions/3", weight=45, mode=RouteArmMode.HOLDOUT),
        RouteArm(id="s", version=f"{_MODEL}/versions/4", weight=2_500, mode=RouteArmMode.SHADOW),
        RouteArm(id="g", version=f"{_MODEL}/versions/5", state=RouteArmState.REVOKED),
    )
    route = {
        "name": f"{_MODEL}/routes/checkout",
        "arms": arms,
        "default_arm": "a",
        "overrides": {"tester": "b", "gone": "g", 'q"\n': "c"},
        "salt": "0123456789abcdef",
        "slots": _SLOTS,
        **fields,
    }
    return Route(**route)  # type: ignore[arg-type]


def _growthbook(rule: dict[str, object], unit: str) -> object:
    """Return the variation that GrowthBook's SDK chooses by hash version 2."""
    ranges, variations = rule["ranges"], rule["variations"]
    assert isinstance(ranges, list)
    assert isinstance(variations, list)
    value = (fnv1a32(str(fnv1a32((str(rule["seed"]) + unit).encode())).encode()) % 10_000) / 10_000
    for (start, end), variation in zip(ranges, variations, strict=True):
        if start <= value < end:
            return variation
    return None


def test_growthbook_divides_as_the_registry_does() -> None:
    route = a_route()
    feature = json.loads(to_growthbook(route))["features"]["checkout"]
    *forced, rule = feature["rules"]
    table, versions = RouteTable(route), {arm.id: arm.version_ref for arm in route.arms}
    for number in range(3_000):
        unit = f"user-{number}"
        assert _growthbook(rule, unit) == versions[table.decide(unit).arm]
    assert feature["defaultValue"] == versions["a"]
    assert {tuple(one["condition"]["id"]["$in"]): one["force"] for one in forced} == {
        ("gone",): versions["a"],
        ('q"\n',): versions["c"],
        ("tester",): versions["b"],
    }
    assert all(one[1] == other[0] for one, other in pairwise(rule["ranges"]))


def test_flagd_has_variants_and_fractions() -> None:
    flag = json.loads(to_flagd(a_route()))["flags"]["checkout"]
    assert flag["defaultVariant"] == "a"
    assert flag["variants"]["b"] == "risk/My Fraud_Model/2"
    without_unit, default, targeting = flag["targeting"]["if"]
    assert (without_unit, default) == ({"!": [{"var": "targetingKey"}]}, "a")
    assert flag["state"] == "ENABLED"
    while "if" in targeting:
        condition, arm, targeting = targeting["if"]
        assert dict.fromkeys(condition["in"][1], arm).items() <= {
            ("tester", "b"),
            ("gone", "a"),
            ('q"\n', "c"),
        }
    assert targeting["fractional"][1:] == [["a", 7_455], ["b", 2_500], ["c", 45]]
    assert {arm for arm, _ in targeting["fractional"][1:]} <= flag["variants"].keys()


def test_kserve_has_whole_percentages() -> None:
    graph = yaml.safe_load(to_kserve(a_route()))
    steps = graph["spec"]["nodes"]["root"]["steps"]
    assert [(step["serviceName"], step["weight"]) for step in steps] == [
        ("my-fraud-model-1", 75),
        ("my-fraud-model-2", 25),
    ]
    assert graph["metadata"]["name"] == "my-fraud-model-checkout"
    assert sum(step["weight"] for step in steps) == 100
    assert all(set(step) == {"serviceName", "name", "weight"} for step in steps)


def test_istio_has_weights_and_mirrors() -> None:
    service = yaml.safe_load(to_istio(a_route()))
    (http,) = service["spec"]["http"]
    assert [part["weight"] for part in http["route"]] == [7_455, 2_500, 45]
    assert http["mirrors"] == [
        {"destination": {"host": "my-fraud-model-4"}, "percentage": {"value": 25}}
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_texts_stay_texts(form: str) -> None:
    name = "namespaces/risk/models/模型 ((x))/routes/größe"
    arms = (RouteArm(id="a", version=f"{name.partition('/routes')[0]}/versions/1", weight=10_000),)
    route = a_route(
        name=name, arms=arms, overrides={"\u202e\x9b2J#\n- x: y": "a"}, slots=("a",) * 10_000
    )
    text = FORMATS[form](route)
    assert yaml.safe_load(text)
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert "Lost:" in text or "comment" in text


@pytest.mark.parametrize("form", FORMATS)
def test_a_route_whose_default_arm_may_not_be_served_is_not_exported(form: str) -> None:
    arms = (
        RouteArm(id="a", version=f"{_MODEL}/versions/1", weight=10_000, state=RouteArmState.YANKED),
    )
    route = a_route(arms=arms, overrides={}, slots=("a",) * 10_000)
    with pytest.raises(ValueError, match=r"default arm a of .*/1, may not be served"):
        FORMATS[form](route)
