"""Slots of routes: the slot of a unit, and the assignment of slots to arms with least movement.

Pure, and the same on every machine: SDKs answer alike (`sdk/conformance/routing.json`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

SLOTS: Final = 10_000
_OFFSET: Final = 2_166_136_261
_PRIME: Final = 16_777_619
_MASK: Final = 0xFFFF_FFFF
_FREE: Final = ""
ArmSlots: TypeAlias = tuple[str, int]
"""Consecutive slots of one arm: its id, and their number."""


@dataclass(frozen=True, slots=True)
class SlotRun:
    """Consecutive slots of one arm: its place among the arms, and the number of slots."""

    arm: int
    count: int


def fnv1a32(data: bytes, state: int = _OFFSET) -> int:
    """Return the 32-bit FNV-1a hash of bytes; state: the hash of the bytes before them."""
    for byte in data:
        state = ((state ^ byte) * _PRIME) & _MASK
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


def slot_of(salt: str, unit: str) -> int:
    """Return `fnv1a32(str(fnv1a32(salt + unit)))` mod 10,000, as GrowthBook's hash version 2."""
    return slot_after(fnv1a32(salt.encode()), unit)


def assign(previous: Sequence[ArmSlots], weights: Mapping[str, int]) -> list[ArmSlots]:
    """Return the arms of the slots. As few slots as possible get another arm than before.

    previous: those so far; empty for a new route. weights: of the arms that serve, in their order;
    they sum to 10,000. Arms that shrink, or are gone, give up their highest slots; arms that grow
    take free slots, the lowest first, in the order of `weights`. Takes time by the number of runs,
    not of slots.
    """
    missing = dict(weights)
    parts: list[ArmSlots] = []
    for arm, count in previous or [(_FREE, SLOTS)]:
        kept = min(count, missing.get(arm, 0))
        if kept:
            missing[arm] -= kept
        parts += [(arm, kept), (_FREE, count - kept)]
    runs: list[ArmSlots] = []
    takers = ((arm, count) for arm, count in missing.items() if count)
    taker, wanted = _FREE, 0
    for owner, count in parts:
        if owner != _FREE:
            _add(runs, owner, count)
            continue
        free = count
        while free:
            if not wanted:
                taker, wanted = next(takers)
            taken = min(free, wanted)
            _add(runs, taker, taken)
            free, wanted = free - taken, wanted - taken
    return runs


def _add(runs: list[ArmSlots], arm: str, count: int) -> None:
    if runs and runs[-1][0] == arm:
        runs[-1] = (arm, runs[-1][1] + count)
    elif count:
        runs.append((arm, count))


def moved(previous: Sequence[ArmSlots], following: Sequence[ArmSlots]) -> int:
    """Return the number of slots that have another arm; 0 for a new route."""
    found = 0
    others = iter(following)
    other, left = _FREE, 0
    for arm, count in previous:
        rest = count
        while rest:
            if not left:
                other, left = next(others)
            both = min(rest, left)
            found += both if arm != other else 0
            rest, left = rest - both, left - both
    return found


def runs_of(slots: Sequence[ArmSlots], arms: Sequence[str]) -> tuple[SlotRun, ...]:
    """Return the runs with the places of the arms. arms: the ids, in their order."""
    place = {arm: index for index, arm in enumerate(arms)}
    return tuple(SlotRun(place[arm], count) for arm, count in slots)


def slots_of(runs: Sequence[SlotRun], arms: Sequence[str]) -> list[ArmSlots]:
    """Return the runs with the ids of the arms."""
    return [(arms[run.arm], run.count) for run in runs]
