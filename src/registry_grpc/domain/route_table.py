"""The table of a route, by which lookups choose arms: compiled once for each revision."""

from dataclasses import dataclass
from enum import StrEnum

from registry_grpc.domain.route import Arm, ArmMode, Route
from registry_grpc.domain.route_slots import SLOTS, fnv1a32, slot_after

NO_SLOT = -1
_BYTES_OF_AN_ARM = 600
_BYTES_OF_AN_OVERRIDE = 150


class RouteReason(StrEnum):
    """Why a lookup chose an arm."""

    HASHED = "hashed"
    OVERRIDE = "override"
    DEFAULT_NO_UNIT = "default_no_unit"
    DEFAULT_ARM_GONE = "default_arm_gone"


@dataclass(frozen=True, slots=True)
class Decision:
    """The arm for one unit. slot: -1 without a unit. shadows: the arms that get a copy."""

    arm: Arm
    slot: int
    reason: RouteReason
    shadows: tuple[Arm, ...] = ()


class RouteTable:
    """Chooses arms of one revision of a route. `len` is its approximate bytes of memory."""

    def __init__(self, route: Route) -> None:
        plan = route.plan
        self.name = str(route.name)
        self.revision = route.revision
        self._arms = plan.arms
        self._by_id = {arm.id: arm for arm in plan.arms}
        self.default = self._by_id[plan.default_arm]
        self._overrides = plan.overrides
        self._slots = b"".join(bytes([run.arm]) * run.count for run in plan.slots)
        self._salted = fnv1a32(plan.salt.encode())
        shadows = [arm for arm in plan.arms if arm.mode is ArmMode.SHADOW and arm.usable]
        self._shadows = [
            (arm, fnv1a32(f"{plan.salt}/{arm.id}/".encode())) for arm in shadows if arm.weight
        ]

    def __len__(self) -> int:
        """Return the approximate bytes of memory."""
        arms = _BYTES_OF_AN_ARM * len(self._arms)
        return len(self._slots) + arms + _BYTES_OF_AN_OVERRIDE * len(self._overrides)

    def decide(self, unit: str) -> Decision:
        """Return the arm for a unit, '' for none. Only the default arm may be unusable."""
        if not unit:
            shadows = tuple(arm for arm, _ in self._shadows if arm.weight == SLOTS)
            return Decision(self.default, NO_SLOT, RouteReason.DEFAULT_NO_UNIT, shadows)
        slot = slot_after(self._salted, unit)
        arm, reason = self._arms[self._slots[slot]], RouteReason.HASHED
        if self._overrides and unit in self._overrides:
            arm, reason = self._by_id[self._overrides[unit]], RouteReason.OVERRIDE
        if not arm.usable and arm is not self.default:
            arm, reason = self.default, RouteReason.DEFAULT_ARM_GONE
        return Decision(arm, slot, reason, self._copies(unit) if self._shadows else ())

    def _copies(self, unit: str) -> tuple[Arm, ...]:
        return tuple(arm for arm, state in self._shadows if slot_after(state, unit) < arm.weight)
