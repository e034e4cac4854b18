"""Bad requests to RouteService."""
# ruff: noqa: E501, ANN401 - a table: one row, one line, and whatever a message has for fields

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import route_pb2
from modelregistry.v1 import route_service_pb2 as pb
from tests.support.content import NAMESPACE
from tests.support.refusals.case import World, case


def arm(version: str, weight: int = 10_000, **fields: Any) -> route_pb2.RouteArm:
    """Return an arm."""
    return route_pb2.RouteArm(**{"id": "a", "version": version, "weight": weight, **fields})


def set_route(w: World, route: str = "checkout", **fields: Any) -> pb.SetRouteRequest:
    """Return a route to set, right but for what is given."""
    own = {
        name: fields.pop(name)
        for name in ("etag", "reason", "request_id", "validate_only")
        if name in fields
    }
    name = f"{w.model}/routes/{route}"
    right = {"name": name, "arms": [arm(f"{w.id}/1")], "default_arm": "a", **fields}
    return pb.SetRouteRequest(route=route_pb2.Route(**right), **own)


# fmt: off
ROUTES = [
    case("SetRoute", lambda _: pb.SetRouteRequest(), "INVALID_REQUEST", "route.name"),
    case("SetRoute", lambda w: set_route(w, "latest"), "INVALID_REQUEST", "route.name"),
    case("SetRoute", lambda w: set_route(w, "staging"), "INVALID_REQUEST", "route.name"),
    case("SetRoute", lambda w: set_route(w, "champion"), "NAME_IN_USE"),
    case("SetRoute", lambda w: set_route(w, arms=[arm("x"), arm(f"{w.id}/1", mode=9)]), "INVALID_REQUEST", "route.arms[0].version", "route.arms[1].mode"),
    case("SetRoute", lambda w: set_route(w, arms=[arm("another/1")]), "INVALID_REQUEST", "route.arms[0].version"),
    case("SetRoute", lambda w: set_route(w, arms=[]), "INVALID_REQUEST", "route.arms", "route.arms", "route.default_arm"),
    case("SetRoute", lambda w: set_route(w, arms=[arm(f"{w.id}/1", 9_999)]), "INVALID_REQUEST", "route.arms"),
    case("SetRoute", lambda w: set_route(w, arms=[arm(f"{w.id}/1", -1), arm(f"{w.id}/1", 10_001)]), "INVALID_REQUEST", "route.arms[0].weight", "route.arms[1].id", "route.arms[1].weight"),
    case("SetRoute", lambda w: set_route(w, default_arm="b"), "INVALID_REQUEST", "route.default_arm"),
    case("SetRoute", lambda w: set_route(w, overrides={"u" * 257: "a"}), "INVALID_REQUEST", f"route.overrides['{'u' * 80}']"),
    case("SetRoute", lambda w: set_route(w, unit_kind="x" * 129), "INVALID_REQUEST", "route.unit_kind"),
    case("SetRoute", lambda w: set_route(w, reason="x" * 5_000), "INVALID_REQUEST", "reason"),
    case("SetRoute", lambda w: set_route(w, request_id="7"), "INVALID_REQUEST", "request_id"),
    case("SetRoute", lambda w: set_route(w, validate_only=True, request_id="01890000-0000-7000-8000-000000000000"), "INVALID_REQUEST", "request_id"),
    case("SetRoute", lambda w: set_route(w, arms=[arm(f"{w.id}/99")]), "VERSION_NOT_FOUND"),
    case("SetRoute", lambda w: set_route(w, arms=[arm(f"{w.id}/3")]), "VERSION_DELETED"),
    case("SetRoute", lambda w: set_route(w, arms=[arm(f"{w.id}@nobody")]), "ALIAS_NOT_FOUND"),
    case("SetRoute", lambda w: set_route(w, etag="r0"), "ETAG_MISMATCH"),
    case("SetRoute", lambda _: pb.SetRouteRequest(route=route_pb2.Route(name=f"{NAMESPACE}/models/nothing/routes/a", arms=[arm("nothing/1")], default_arm="a")), "MODEL_NOT_FOUND"),
    case("SetRoute", lambda w: pb.SetRouteRequest(route=route_pb2.Route(name=f"{w.deleted_model}/routes/a", arms=[arm(f"{w.deleted_model}/versions/1")], default_arm="a")), "MODEL_DELETED"),
    case("GetRoute", lambda _: pb.GetRouteRequest(name="checkout"), "INVALID_REQUEST", "name"),
    case("GetRoute", lambda w: pb.GetRouteRequest(name=f"{w.model}/routes/nobody"), "ROUTE_NOT_FOUND"),
    case("GetRoute", lambda w: pb.GetRouteRequest(name=f"{w.model}/routes/a", as_of=Timestamp(seconds=253_402_300_000)), "INVALID_REQUEST", "as_of"),
    case("GetRoute", lambda w: pb.GetRouteRequest(name=f"{w.model}/routes/a", min_revision=2**62), "REVISION_NOT_REACHED"),
    case("ListRoutes", lambda w: pb.ListRoutesRequest(parent=w.model, page_token="e30"), "INVALID_REQUEST", "page_token"),
    case("ListRoutes", lambda _: pb.ListRoutesRequest(parent=f"{NAMESPACE}/models/nothing"), "MODEL_NOT_FOUND"),
    case("DeleteRoute", lambda _: pb.DeleteRouteRequest(name="x"), "INVALID_REQUEST", "name"),
    case("DeleteRoute", lambda w: pb.DeleteRouteRequest(name=f"{w.model}/routes/nobody"), "ROUTE_NOT_FOUND"),
    case("ListRouteHistory", lambda w: pb.ListRouteHistoryRequest(parent=w.model), "INVALID_REQUEST", "parent"),
    case("ListRouteHistory", lambda w: pb.ListRouteHistoryRequest(parent=f"{w.model}/routes/nobody"), "ROUTE_NOT_FOUND"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}/1", unit="u" * 10_240), "INVALID_REQUEST", "unit"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.model}/routes/nobody", unit="u"), "ALIAS_NOT_FOUND"),
    case("BatchResolveVersions", lambda w: lookup.BatchResolveVersionsRequest(refs=[f"{w.id}/1"] * 2, units=["a", "u" * 257, ""]), "INVALID_REQUEST", "units", "units[1]"),
]
