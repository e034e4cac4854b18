"""A writer that moves the weights of a route, and makes versions of its arms unusable."""

from collections.abc import Callable
from uuid import uuid4

from typing_extensions import override

from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import route_pb2, version_pb2
from modelregistry.v1 import route_service_pb2 as routes
from tests.support.faults.route_history import OVERRIDES
from tests.support.faults.writer import Writer, patient
from tests.support.stubs import Stubs

ROUTES = ("checkout", "sometimes")
"""The routes of the model: the second one is removed and made again."""
_SLOTS = 10_000


class RouteWriter(Writer):
    """Sets routes with the arms a (version 1), b (2), c (a new one) and the shadow s (2).

    The new version is yanked, restored, revoked and deleted while it is an arm.
    """

    _exists = False

    @override
    def _step(self, stubs: Stubs, place: int) -> int:
        steps: tuple[Callable[[Stubs], int], ...] = (
            lambda stubs: self._register(stubs, ""),
            self._widened,
            self._sometimes,
            lambda stubs: self._state(stubs, version_pb2.VERSION_STATE_YANKED),
            lambda stubs: self._state(stubs, version_pb2.VERSION_STATE_ACTIVE),
            self._widened,
            lambda stubs: self._state(stubs, version_pb2.VERSION_STATE_REVOKED),
            lambda stubs: self._route(stubs, "checkout", new=False),
            self._delete,
        )
        return steps[self.done % len(steps)](stubs)

    def _widened(self, stubs: Stubs) -> int:
        return self._route(stubs, "checkout", new=True)

    def _sometimes(self, stubs: Stubs) -> int:
        self._exists = not self._exists
        if self._exists:
            return self._route(stubs, "sometimes", new=True)
        request = routes.DeleteRouteRequest(
            name=f"{self.name}/routes/sometimes", request_id=str(uuid4())
        )
        return int(patient(stubs.DeleteRoute, request).revision)

    def _route(self, stubs: Stubs, route: str, *, new: bool) -> int:
        arms = ["a", "b", *(["c"] if new else [])]
        cuts = sorted(self.random.randint(1, _SLOTS - 1) for _ in arms[1:])
        weights = [end - start for start, end in zip([0, *cuts], [*cuts, _SLOTS], strict=True)]
        numbers = {"a": 1, "b": 2, "c": self._fresh}
        made = route_pb2.Route(
            name=f"{self.name}/routes/{route}",
            arms=[
                *(self._arm(arm, numbers[arm], n) for arm, n in zip(arms, weights, strict=True)),
                self._arm("s", 2, self.random.randint(1, _SLOTS), route_pb2.ROUTE_ARM_MODE_SHADOW),
            ],
            default_arm="a",
            overrides=OVERRIDES,
        )
        request = routes.SetRouteRequest(route=made, request_id=str(uuid4()))
        return int(patient(stubs.SetRoute, request).revision)

    def _arm(
        self,
        arm: str,
        number: int,
        weight: int,
        mode: "route_pb2.RouteArmMode.ValueType" = route_pb2.ROUTE_ARM_MODE_LIVE,
    ) -> route_pb2.RouteArm:
        version = f"{self.name}/versions/{number}"
        return route_pb2.RouteArm(id=arm, version=version, weight=weight, mode=mode)

    def _state(self, stubs: Stubs, state: "version_pb2.VersionState.ValueType") -> int:
        request = governance.SetVersionStateRequest(
            name=f"{self.model}/{self._fresh}",
            state=state,
            reason="a test of its arms",
            request_id=str(uuid4()),
        )
        return int(patient(stubs.SetVersionState, request).revision)
