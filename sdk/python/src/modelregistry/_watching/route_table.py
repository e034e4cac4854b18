"""The choice of arms of a route, by the rule of the registry.

`sdk/conformance/routing.json` has cases that the registry and every SDK answer alike.
"""

from typing import Final

from modelregistry.types import (
    Route,
    RouteArm,
    RouteArmMode,
    RouteArmState,
    RouteDecision,
    RouteReason,
    ShadowArm,
)

SLOTS: Final = 10_000
MOST_UNIT_BYTES: Final = 256
_SHORT: Final = MOST_UNIT_BYTES // 4
"""A text of so many characters has no more than `MOST_UNIT_BYTES`."""
NO_SLOT: Final = -1
_OFFSET: Final = 2_166_136_261
_PRIME: Final = 16_777_619
_MASK: Final = 0xFFFF_FFFF


def fnv1a32(data: bytes, state: int = _OFFSET) -> int:
    """Return the 32-bit FNV-1a hash of bytes; state: the hash of the bytes before them."""
    for byte in data:
        state = (state ^ byte) * _PRIME & _MASK
    return state


def slot_after(state: int, unit: str) -> int:
    """Return the slot of a unit, 0 to 9,999. state: the hash of the salt."""
    # The low 32 bits depend on low bits alone: a mask at the end is faster than one for each byte.
    for byte in unit.encode():
        state = (state ^ byte) * _PRIME
    outer = _OFFSET
    for byte in b"%d" % (state & _MASK):
        outer = (outer ^ byte) * _PRIME
    return (outer & _MASK) % SLOTS


def check_unit(unit: str) -> None:
    """Raise ValueError for a unit of more than 256 bytes."""
    size = len(unit.encode())
    if size > MOST_UNIT_BYTES:
        message = f"a unit has at most {MOST_UNIT_BYTES} bytes, not {size:,}"
        raise ValueError(message)


class RouteTable:
    """Chooses arms of one revision of a route. It never changes, so any thread may use it."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self._arms = {arm.id: arm for arm in route.arms}
        self.default = self._arms[route.default_arm]
        self._salted = fnv1a32(route.salt.encode())
        self._shadows = tuple(
            (arm, fnv1a32(f"{route.salt}/{arm.id}/".encode()))
            for arm in route.arms
            if arm.mode == RouteArmMode.SHADOW and arm.state == RouteArmState.USABLE and arm.weight
        )
        self._hashed: dict[int, RouteDecision] = {}

    def decide(self, unit: str) -> RouteDecision:
        """Return the arm for a unit, '' for none. Only the default arm may be unusable.

        Raises ValueError for a unit of more than 256 bytes, as the registry refuses it.
        """
        if not unit:
            shadows = tuple(arm for arm, _ in self._shadows if arm.weight == SLOTS)
            return self._decision(self.default, NO_SLOT, RouteReason.DEFAULT_NO_UNIT, shadows)
        if len(unit) > _SHORT:
            check_unit(unit)
        slot = slot_after(self._salted, unit)
        if self._shadows or unit in self.route.overrides:
            return self._special(unit, slot)
        found = self._hashed.get(slot)
        if found is None:
            found = self._hashed[slot] = self._special(unit, slot)
        return found

    def _special(self, unit: str, slot: int) -> RouteDecision:
        arm, reason = self._arms[self.route.slots[slot]], RouteReason.HASHED
        if unit in self.route.overrides:
            arm, reason = self._arms[self.route.overrides[unit]], RouteReason.OVERRIDE
        if arm.state != RouteArmState.USABLE and arm is not self.default:
            arm, reason = self.default, RouteReason.DEFAULT_ARM_GONE
        shadows = tuple(arm for arm, state in self._shadows if slot_after(state, unit) < arm.weight)
        return self._decision(arm, slot, reason, shadows)

    def _decision(
        self, arm: RouteArm, slot: int, reason: RouteReason, shadows: tuple[RouteArm, ...]
    ) -> RouteDecision:
        return RouteDecision(
            name=self.route.name,
            revision=self.route.revision,
            arm=arm.id,
            version=arm.version,
            slot=slot,
            reason=reason,
            mode=arm.mode,
            shadows=tuple(ShadowArm(arm=one.id, version=one.version) for one in shadows),
        )
