"""Routes for figures: arms of one version, which is all that routing distinguishes."""

from collections.abc import Sequence
from uuid import uuid4

from benchmarks import champion
from modelregistry import Client, RouteArm
from modelregistry.v1 import lookup_service_pb2, route_pb2, route_service_pb2

ROUTE = "checkout"
REF = f"{champion.MODEL}@{ROUTE}"
NAME = f"{champion.NAME}/routes/{ROUTE}"
SET_ROUTE = "/modelregistry.v1.RouteService/SetRoute"
_SLOTS = 10_000


def weights(count: int, more: int = 0) -> Sequence[int]:
    """Return weights that sum to 10,000; the first arm has `more` than its share, the last less."""
    share = _SLOTS // count
    shares = [share] * count
    shares[0] += more + _SLOTS - share * count
    shares[-1] -= more
    return shares


def divide(client: Client, count: int) -> None:
    """Set a route with so many arms."""
    arms = [
        RouteArm(id=f"arm{index}", version="1", weight=weight)
        for index, weight in enumerate(weights(count))
    ]
    client.set_route(champion.MODEL, ROUTE, arms, "arm0")


def change(count: int, more: int) -> bytes:
    """Return the request that moves `more` slots from the last arm to the first."""
    route = route_pb2.Route(
        name=NAME,
        arms=[
            route_pb2.RouteArm(
                id=f"arm{index}", version=f"{champion.NAME}/versions/1", weight=weight
            )
            for index, weight in enumerate(weights(count, more))
        ],
        default_arm="arm0",
    )
    request = route_service_pb2.SetRouteRequest(route=route, request_id=str(uuid4()))
    return request.SerializeToString()


def units(count: int) -> Sequence[str]:
    """Return units as callers have them, such as `user-104729`."""
    return [f"user-{number * 104_729 % 1_000_003}" for number in range(count)]


def lookups(count: int) -> list[bytes]:
    """Return requests that resolve the route, each for another unit."""
    return [
        lookup_service_pb2.ResolveVersionRequest(ref=REF, unit=unit).SerializeToString()
        for unit in units(count)
    ]
