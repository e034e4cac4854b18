"""What the writers of routes share."""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from modelregistry.names import segment
from modelregistry.types import Route, RouteArm, RouteArmMode, RouteArmState

SLOTS: Final = 10_000
_NOT_DNS: Final = re.compile(r"[^a-z0-9]+")
_DNS_LENGTH: Final = 63


def require_usable(route: Route) -> None:
    """Raise ValueError when the default arm may not be served: others cannot answer with errors."""
    for arm in route.arms:
        if arm.id == route.default_arm and arm.state != RouteArmState.USABLE:
            message = (
                f"the default arm {arm.id} of {route.ref}, {arm.version_ref}, may not be served; "
                "set another default arm first"
            )
            raise ValueError(message)


def serving(route: Route) -> list[RouteArm]:
    """Return the arms that have units, with the default arm even if it has none."""
    return [
        arm
        for arm in route.arms
        if arm.mode != RouteArmMode.SHADOW and (arm.weight or arm.id == route.default_arm)
    ]


def shadows(route: Route) -> list[RouteArm]:
    """Return the usable arms that get copies of requests."""
    return [
        arm
        for arm in route.arms
        if arm.mode == RouteArmMode.SHADOW and arm.weight and arm.state == RouteArmState.USABLE
    ]


def runs(route: Route) -> list[tuple[str, int, int]]:
    """Return the arm, the first slot and the slot behind the last of each run of slots."""
    found, start = [], 0
    for arm, slots in groupby(route.slots):
        end = start + sum(1 for _ in slots)
        found.append((arm, start, end))
        start = end
    return found


def overridden(route: Route) -> Mapping[str, Sequence[str]]:
    """Return the units of each arm that has overrides, sorted.

    Those of unusable arms are the default arm's.
    """
    usable = {arm.id for arm in route.arms if arm.state == RouteArmState.USABLE}
    found: dict[str, list[str]] = {}
    for unit in sorted(route.overrides):
        arm = route.overrides[unit]
        found.setdefault(arm if arm in usable else route.default_arm, []).append(unit)
    return found


def percentages(arms: Sequence[RouteArm]) -> list[int]:
    """Return whole percentages that sum to 100, by the largest remainders."""
    whole = [arm.weight // 100 for arm in arms]
    order = sorted(range(len(arms)), key=lambda index: (-(arms[index].weight % 100), index))
    for index in order[: 100 - sum(whole)]:
        whole[index] += 1
    return whole


def service_of(arm: RouteArm) -> str:
    """Return a DNS label for the service of a version, such as `fraud-7`."""
    number = f"-{arm.version.rpartition('/')[2]}"
    model = dns_label(segment(arm.version, "models"))
    return f"{model[: _DNS_LENGTH - len(number)].rstrip('-')}{number}"


def dns_label(text: str) -> str:
    """Return a text as a DNS label (RFC 1123); `model` when it has no letter or digit of ASCII."""
    return _NOT_DNS.sub("-", text.lower()).strip("-")[:_DNS_LENGTH].rstrip("-") or "model"


def document(value: object) -> str:
    """Return a JSON document of ASCII, which no text in it can use to control a terminal."""
    return json.dumps(value, indent=2)


def quoted(text: str) -> str:
    """Return a text as a YAML scalar: JSON's texts are YAML's double-quoted ones."""
    return json.dumps(text)
