"""Slots of routes: the slot of a unit, and the assignment of slots to arms with least movement.

Pure, and the same on every machine: SDKs answer alike (`sdk/conformance/routing.json`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

SLOTS: Final = 10_000
_OFFSET: Final = 2_166_136_261
_PRIME: Final = 16_777_619
_MASK: Final = 0xFFFF_FFFF


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
    inner = fnv1a32(unit.encode(), state)
    return fnv1a32(b"%d" % inner) % SLOTS


def slot_of(salt: str, unit: str) -> int:
    """Return `fnv1a32(str(fnv1a32(salt + unit)))` mod 10,000, as GrowthBook's hash version 2."""
    return slot_after(fnv1a32(salt.encode()), unit)


def assign(previous: Sequence[str], weights: Mapping[str, int]) -> list[str]:
    """Return the arm of each slot. As few slots as possible get another arm than before.

    previous: the arm of each slot so far; empty for a new route. weights: of the arms that serve,
    in their order; they sum to 10,000. Arms that shrink, or are gone, give up their highest slots;
    arms that grow take free slots, the lowest first, in the order of `weights`.
    """
    kept: dict[str, int] = dict.fromkeys(weights, 0)
    slots: list[str] = []
    free: list[int] = []
    for slot in range(SLOTS):
        arm = previous[slot] if previous else ""
        if kept.get(arm, 0) < weights.get(arm, 0):
            kept[arm] += 1
        else:
            free.append(slot)
        slots.append(arm)
    takers = iter(free)
    for arm, weight in weights.items():
        for _ in range(weight - kept[arm]):
            slots[next(takers)] = arm
    return slots


def moved(previous: Sequence[str], following: Sequence[str]) -> int:
    """Return the number of slots that have another arm; 0 for a new route."""
    return sum(one != other for one, other in zip(previous, following, strict=False))


def runs_of(slots: Sequence[str], arms: Sequence[str]) -> tuple[SlotRun, ...]:
    """Return the slots as runs. arms: the ids, whose places the runs have."""
    place = {arm: index for index, arm in enumerate(arms)}
    return tuple(SlotRun(place[arm], sum(1 for _ in run)) for arm, run in groupby(slots))


def slots_of(runs: Sequence[SlotRun], arms: Sequence[str]) -> list[str]:
    """Return the arm of each slot."""
    return list(_expanded(runs, arms))


def _expanded(runs: Sequence[SlotRun], arms: Sequence[str]) -> Iterator[str]:
    for run in runs:
        for _ in range(run.count):
            yield arms[run.arm]
