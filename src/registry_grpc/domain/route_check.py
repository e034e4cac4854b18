"""The rules for the fields of a route, as it is requested."""

import re

from registry_grpc.domain.labels import check_text
from registry_grpc.domain.route import (
    MOST_ARMS,
    MOST_OVERRIDES,
    UNIT_BYTES,
    UNIT_KIND_BYTES,
    RoutePlan,
)
from registry_grpc.domain.route_slots import SLOTS
from registry_grpc.domain.violations import Violations

_ARM_ID = re.compile(r"[a-z][a-z0-9._-]{0,62}")


def is_unit(text: str) -> bool:
    """Whether a unit of a request, '' for none, is short enough."""
    return (len(text) if text.isascii() else len(text.encode())) <= UNIT_BYTES


def unit(text: str) -> str:
    """Return a unit of a request, '' for none; raise ValueError when it is too long."""
    if not is_unit(text):
        message = f"a unit has at most {UNIT_BYTES} bytes, not {len(text.encode()):,}"
        raise ValueError(message)
    return text


def check_plan(found: Violations, plan: RoutePlan) -> None:
    """Add all violations, under the paths of a request's `route` field."""
    serving = {arm.id for arm in plan.arms if arm.serves}
    _check_arms(found, plan)
    known = plan.default_arm in serving
    found.check("route.default_arm", known, "must be the id of an arm that serves")
    check_text(found, "route.unit_kind", plan.unit_kind, UNIT_KIND_BYTES)
    few = len(plan.overrides) <= MOST_OVERRIDES
    found.check("route.overrides", few, f"at most {MOST_OVERRIDES:,}")
    for name, arm in plan.overrides.items() if few else ():
        path = f"route.overrides[{name[:80]!r}]"
        found.check(path, bool(name), "an empty unit stands for none")
        check_text(found, path, name, UNIT_BYTES)
        found.check(path, arm in serving, f"{arm[:80]!r} is not the id of an arm that serves")


def _check_arms(found: Violations, plan: RoutePlan) -> None:
    count = len(plan.arms)
    found.check("route.arms", 1 <= count <= MOST_ARMS, f"1 to {MOST_ARMS} are needed, not {count}")
    seen: set[str] = set()
    for index, arm in enumerate(plan.arms[:MOST_ARMS]):
        path = f"route.arms[{index}]"
        found.parse(f"{path}.id", arm_id, arm.id)
        found.check(f"{path}.id", arm.id not in seen, "is there twice")
        found.check(f"{path}.weight", 0 <= arm.weight <= SLOTS, f"must be 0 to {SLOTS:,}")
        seen.add(arm.id)
    total = sum(arm.weight for arm in plan.arms if arm.serves)
    needs = f"the weights of the arms that serve must sum to {SLOTS:,}, not {total:,}"
    found.check("route.arms", total == SLOTS, needs)


def arm_id(text: str) -> str:
    """Return a valid id of an arm or raise ValueError."""
    if not _ARM_ID.fullmatch(text):
        message = f"an arm is 1 to 63 of a-z 0-9 . _ -, starting with a letter: {text[:80]!r}"
        raise ValueError(message)
    return text
