"""Replies with routes: what a registry may not say is refused before a router uses it."""

from collections.abc import Callable

import pytest
from google.protobuf import json_format

from modelregistry._convert.known_answer import answer_from_document, answer_to_document
from modelregistry._convert.route import route_from_message, whole_route_from_message
from modelregistry.errors import MalformedReply
from modelregistry.names import FOLLOWED_ROUTE
from modelregistry.v1 import route_pb2 as pb

MODEL = "namespaces/risk/models/fraud"
NAME = f"{MODEL}/routes/checkout"


def _arm(
    name: str,
    number: int,
    weight: int,
    mode: "pb.RouteArmMode.ValueType",
    state: "pb.RouteArmState.ValueType" = pb.ROUTE_ARM_STATE_USABLE,
) -> pb.RouteArm:
    version = f"{MODEL}/versions/{number}"
    return pb.RouteArm(id=name, version=version, weight=weight, mode=mode, state=state)


def a_route() -> pb.Route:
    """Return a route with all that it may have."""
    return pb.Route(
        name=NAME,
        arms=[
            _arm("a", 1, 6_000, pb.ROUTE_ARM_MODE_LIVE),
            _arm("b", 2, 4_000, pb.ROUTE_ARM_MODE_HOLDOUT),
            _arm("s", 3, 10_000, pb.ROUTE_ARM_MODE_SHADOW),
            _arm("g", 4, 0, pb.ROUTE_ARM_MODE_LIVE, pb.ROUTE_ARM_STATE_REVOKED),
        ],
        default_arm="a",
        overrides={"tester": "b", "Jürgen 🚀": "g"},
        unit_kind="customer",
        salt="0123456789abcdef",
        slots=[pb.SlotRun(arm=0, count=6_000), pb.SlotRun(arm=1, count=4_000)],
        etag="7",
        revision=7,
        history_id="feedfacecafebeef",
    )


Change = Callable[[pb.Route], object]
CHANGES: dict[str, Change] = {
    "too few slots": lambda route: setattr(route.slots[1], "count", 3_999),
    "too many slots": lambda route: setattr(route.slots[1], "count", 4_001),
    "a run of nothing": lambda route: route.slots.add(arm=0, count=0),
    "a negative run": lambda route: route.slots.extend(
        [pb.SlotRun(arm=0, count=-1), pb.SlotRun(arm=0, count=1)]
    ),
    "no slots": lambda route: route.ClearField("slots"),
    "a place beyond the arms": lambda route: setattr(route.slots[1], "arm", 4),
    "a negative place": lambda route: setattr(route.slots[1], "arm", -1),
    "slots of a shadow arm": lambda route: setattr(route.slots[1], "arm", 2),
    "slots that are not the weights": lambda route: setattr(route.arms[0], "weight", 5_999),
    "a weight above all": lambda route: setattr(route.arms[2], "weight", 10_001),
    "a negative weight": lambda route: setattr(route.arms[2], "weight", -1),
    "an arm twice": lambda route: setattr(route.arms[3], "id", "a"),
    "a version of another model": lambda route: setattr(
        route.arms[3], "version", "namespaces/risk/models/sales/versions/4"
    ),
    "a default arm that does not exist": lambda route: setattr(route, "default_arm", "x"),
    "a default arm that is a shadow": lambda route: setattr(route, "default_arm", "s"),
    "an override to nothing": lambda route: route.overrides.update({"u": "x"}),
    "an override to a shadow": lambda route: route.overrides.update({"u": "s"}),
    "101 arms": lambda route: route.arms.extend(
        pb.RouteArm(id=f"x{n}", version=f"{MODEL}/versions/1") for n in range(97)
    ),
    "1,001 overrides": lambda route: route.overrides.update({f"u{n}": "a" for n in range(999)}),
    "a salt of a megabyte": lambda route: setattr(route, "salt", "0" * 2**20),
    "another route": lambda route: setattr(route, "name", f"{MODEL}/routes/other"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_route_that_contradicts_the_contract_is_refused(change: Change) -> None:
    message = a_route()
    assert whole_route_from_message(message, NAME).name == NAME
    change(message)
    with pytest.raises(MalformedReply, match="the registry's reply has"):
        whole_route_from_message(message, NAME)


def test_routes_of_lists_and_events_have_no_slots() -> None:
    """A reply of 4 MiB has room for 100,000 runs, which are 10,000 slots each."""
    message = a_route()
    with pytest.raises(MalformedReply, match="slots"):
        route_from_message(message)
    message.ClearField("slots")
    with pytest.raises(MalformedReply, match="overrides"):
        route_from_message(message)
    message.ClearField("overrides")
    assert route_from_message(message).slots == ()


def test_a_route_is_read_from_its_document_as_it_was() -> None:
    route = whole_route_from_message(a_route(), NAME)
    document = answer_to_document(route)
    assert answer_from_document(document, f"{FOLLOWED_ROUTE}{NAME}") == route
    renamed = f"{FOLLOWED_ROUTE}namespaces/risk/models/card/routes/checkout"
    assert answer_from_document(document, renamed) == route, "the model had that name"
    for other in (f"{MODEL}/routes/other", "namespaces/x/models/fraud/routes/checkout"):
        assert answer_from_document(document, f"{FOLLOWED_ROUTE}{other}") is None
    for damaged in ({}, document | {"slots": []}, document | {"arms": 7}, {"name": NAME}):
        assert answer_from_document(damaged, f"{FOLLOWED_ROUTE}{NAME}") is None


def test_the_document_has_the_fields_of_the_contract() -> None:
    document = answer_to_document(whole_route_from_message(a_route(), NAME))
    assert json_format.ParseDict(document, pb.Route()) == a_route()
