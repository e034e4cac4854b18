"""Write `sdk/conformance/routing.json` by the rule of the server.

    python scripts/generate_routing.py          writes the cases
    python scripts/generate_routing.py --check  fails when what is there differs

The cases are the same each time: their random numbers begin with a fixed seed.
"""

import argparse
import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from registry_grpc.domain.names import RouteName
from registry_grpc.domain.route import Arm, ArmMode, ArmState, Route, RoutePlan
from registry_grpc.domain.route_slots import SLOTS, fnv1a32, slot_of
from registry_grpc.domain.route_table import RouteTable

TARGET = Path(__file__).resolve().parents[1] / "sdk" / "conformance" / "routing.json"
NAME = RouteName("default", "fraud", "checkout")
SEED = 20_261_130
UNITS = (
    *("", "user-17", "user-18", "a", "A", " ", "0", "-1", "user-17 ", "USER-17", "x" * 256),
    *("J\u00fcrgen", "Ju\u0308rgen", "m\u00fcller@example.com", "\u7528\u6237-17", "\u30e6\u30fc"),
    *("\u043f\u043e\u043b", "\U0001f680", "\U0001f469\u200d\U0001f467", "\ufb01", "\U0010ffff"),
    *("\u00e9" * 128, "\u0000", "\u001b[31m", "a/b", "a\nb", "\u00df", "\u1e9e", "\u0130", "'\"\\"),
)
GONE = (ArmState.YANKED, ArmState.REVOKED, ArmState.DELETED, ArmState.STAGE_LEFT)


def cases() -> dict[str, object]:
    """Return the tables."""
    dice = random.Random(SEED)  # noqa: S311 - cases, no secrets
    return {
        "hashes": [{"text": unit, "hash": fnv1a32(unit.encode())} for unit in UNITS],
        "slots": [
            {"salt": salt, "unit": unit, "slot": slot_of(salt, unit)}
            for salt in ("", "0123456789abcdef", f"{dice.getrandbits(64):016x}")
            for unit in (*UNITS[1:], *(f"user-{dice.randrange(10**6)}" for _ in range(40)))
        ],
        "routes": [_route(dice, number) for number in range(24)],
        "changes": [_change(dice) for _ in range(40)],
    }


def _plan(dice: random.Random, number: int) -> RoutePlan:
    count = 1 + number % 7
    arms = [
        Arm(f"arm{index}", NAME.parent.version(index + 1), weight)
        for index, weight in enumerate(_weights(dice, count))
    ]
    if number % 3 == 1:
        version = NAME.parent.version(90)
        arms += [
            Arm("half", version, 5_000, ArmMode.SHADOW),
            Arm("all", version, SLOTS, ArmMode.SHADOW),
        ]
    plan = RoutePlan(tuple(arms), arms[number % count].id, f"{dice.getrandbits(64):016x}", "unit")
    overrides = {unit: f"arm{index % count}" for index, unit in enumerate(UNITS[1:13])}
    if number % 2:
        plan = RoutePlan(plan.arms, plan.default_arm, plan.salt, plan.unit_kind, overrides)
    plan = plan.following(None)
    if number % len(GONE) == len(GONE) - 1 and count > 1:
        gone = arms[(number + 1) % count]
        state = GONE[number // len(GONE) % len(GONE)]
        plan = plan.limited({gone.id: (0, state)})
    return plan


def _route(dice: random.Random, number: int) -> dict[str, object]:
    plan = _plan(dice, number)
    table = RouteTable(Route(NAME, plan, datetime(2026, 1, 1, tzinfo=UTC), "ann", 7))
    units = (*UNITS, *(f"user-{dice.randrange(10**6)}" for _ in range(10)))
    decisions = []
    for unit in units:
        found = table.decide(unit)
        decisions.append(
            {
                "unit": unit,
                "arm": found.arm.id,
                "slot": found.slot,
                "reason": found.reason.name,
                "shadows": [arm.id for arm in found.shadows],
            }
        )
    return {
        "arms": [
            {
                "id": arm.id,
                "version": str(arm.version),
                "weight": arm.weight,
                "mode": arm.mode.name,
                "state": arm.state.name,
            }
            for arm in plan.arms
        ],
        "default_arm": plan.default_arm,
        "salt": plan.salt,
        "overrides": dict(plan.overrides),
        "slots": [[run.arm, run.count] for run in plan.slots],
        "decisions": decisions,
    }


def _change(dice: random.Random) -> dict[str, object]:
    plan: RoutePlan | None = None
    steps = []
    for _ in range(1 + dice.randrange(4)):
        count = 1 + dice.randrange(6)
        names = dice.sample([f"arm{index}" for index in range(8)], count)
        version = NAME.parent.version(1)
        weights = _weights(dice, count)
        arms = tuple(
            Arm(name, version, weight) for name, weight in zip(names, weights, strict=True)
        )
        following = RoutePlan(arms, names[0], "0123456789abcdef").following(plan)
        steps.append(
            {
                "weights": [[arm.id, arm.weight] for arm in arms],
                "slots": [[arms[run.arm].id, run.count] for run in following.slots],
                "moved": following.moved_since(plan),
            }
        )
        plan = following
    return {"steps": steps}


def _weights(dice: random.Random, count: int) -> list[int]:
    cuts = sorted(dice.randrange(SLOTS + 1) for _ in range(count - 1))
    ends = [0, *cuts, SLOTS]
    return [ends[index + 1] - ends[index] for index in range(count)]


def main() -> int:
    """Write or check the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    text = json.dumps(cases(), indent=1, ensure_ascii=True) + "\n"
    if check:
        return 0 if TARGET.read_text(encoding="utf-8") == text else 1
    TARGET.write_text(text, encoding="utf-8")
    sys.stdout.write(f"routing: {TARGET.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
