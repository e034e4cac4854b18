"""Routes by their definition in the contract: slow, and without a line of the code under test."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SLOTS = 10_000


def naive_hash(text: str) -> int:
    """Return the 32-bit FNV-1a hash of the UTF-8 bytes of a text."""
    value = 0x811C9DC5
    for byte in text.encode("utf-8"):
        value = ((value ^ byte) * 0x01000193) % 2**32
    return value


def naive_slot(text: str) -> int:
    """Return the slot of a salt and a unit, joined."""
    return naive_hash(str(naive_hash(text))) % SLOTS


def naive_decision(route: Mapping[str, Any], unit: str) -> dict[str, Any]:
    """Return the decision for a unit, as `routing.json` has it."""
    arms = {arm["id"]: arm for arm in route["arms"]}
    shadows = [
        arm["id"]
        for arm in route["arms"]
        if arm["mode"] == "SHADOW"
        and arm["state"] == "USABLE"
        and (naive_slot(f"{route['salt']}/{arm['id']}/{unit}") if unit else SLOTS - 1)
        < arm["weight"]
    ]
    default, slot = route["default_arm"], -1
    if not unit:
        arm, reason = default, "DEFAULT_NO_UNIT"
    else:
        slot = naive_slot(route["salt"] + unit)
        flat = [route["arms"][place]["id"] for place, count in route["slots"] for _ in range(count)]
        arm, reason = flat[slot], "HASHED"
        if unit in route["overrides"]:
            arm, reason = route["overrides"][unit], "OVERRIDE"
        if arms[arm]["state"] != "USABLE" and arm != default:
            arm, reason = default, "DEFAULT_ARM_GONE"
    return {"unit": unit, "arm": arm, "slot": slot, "reason": reason, "shadows": shadows}


def naive_slots(before: Sequence[str], weights: Iterable[tuple[str, int]]) -> list[str]:
    """Return the arm of each slot after a change, by giving up slots one after the other."""
    wanted = dict(weights)
    slots: list[str | None] = list(before) or [None] * SLOTS
    for arm in set(before):
        own = [slot for slot in range(SLOTS) if slots[slot] == arm]
        for slot in own[wanted.get(arm, 0) :]:
            slots[slot] = None
    for arm, weight in wanted.items():
        missing = weight - slots.count(arm)
        free = [slot for slot in range(SLOTS) if slots[slot] is None]
        for slot in free[: max(0, missing)]:
            slots[slot] = arm
    return [arm for arm in slots if arm is not None]
