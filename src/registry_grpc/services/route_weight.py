"""The rules of policies for the weight of arms: more than a limit needs a stage."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry_grpc.domain.names import RouteName
from registry_grpc.domain.pattern import matches
from registry_grpc.domain.route_slots import SLOTS
from registry_grpc.domain.rule import Severity
from registry_grpc.services.ports.database import Transaction

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class WeightBound:
    """A rule that applies to a route. policy: as `<policy>@<number>/<rule>`."""

    policy: str
    maximum: int
    to_stage: str


def bounds_of(tx: Transaction, name: RouteName) -> Iterator[WeightBound]:
    """Yield the rules in force for a route that block."""
    after: str | None = None
    while page := tx.policies.page(name.namespace, after, _AT_ONCE):
        for policy in page:
            if not matches(policy.draft.models, name.model):
                continue
            for rule in policy.draft.rules:
                bound = rule.route_weight
                if bound is None or rule.severity is not Severity.BLOCK:
                    continue
                if matches(bound.pattern, name.route):
                    source = f"{policy.reference}/{rule.id}"
                    yield WeightBound(source, bound.maximum, policy.draft.to_stage)
        after = page[-1].name.policy


def highest_weight(tx: Transaction, name: RouteName, stage: str) -> int:
    """Return the highest weight that the rules allow an arm whose version is in a stage."""
    outside = (bound.maximum for bound in bounds_of(tx, name) if bound.to_stage != stage)
    return min(outside, default=SLOTS)
