"""The rules for arms: the stages that they need, and the stages that more weight needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from registry_grpc.domain.errors import AliasProtected, RouteWeightExceeded
from registry_grpc.domain.names import ModelName, RouteName
from registry_grpc.domain.pattern import matches
from registry_grpc.domain.route import Arm
from registry_grpc.domain.route_slots import SLOTS
from registry_grpc.domain.rule import Severity
from registry_grpc.domain.version import Version
from registry_grpc.services.ports.database import Transaction

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class WeightBound:
    """A rule that applies to routes. pattern: of their ids. policy: `<policy>@<number>/<rule>`."""

    pattern: str
    policy: str
    maximum: int
    to_stage: str


def bounds_of(tx: Transaction, model: ModelName) -> Sequence[WeightBound]:
    """Return the rules in force for the routes of a model that block; reads every policy."""
    found = list[WeightBound]()
    after: str | None = None
    while page := tx.policies.page(model.namespace, after, _AT_ONCE):
        for policy in page:
            if not matches(policy.draft.models, model.model):
                continue
            for rule in policy.draft.rules:
                bound = rule.route_weight
                if bound is None or rule.severity is not Severity.BLOCK:
                    continue
                source = f"{policy.reference}/{rule.id}"
                to_stage = policy.draft.to_stage
                found.append(WeightBound(bound.pattern, source, bound.maximum, to_stage))
        after = page[-1].name.policy
    return found


class ArmRules:
    """What the stage graph and the policies of a namespace require of the arms of a route, now."""

    def __init__(self, tx: Transaction, name: RouteName) -> None:
        self._name = name
        self._graph = tx.graphs.get(name.namespace, None)
        self._bounds = [
            bound for bound in bounds_of(tx, name.parent) if matches(bound.pattern, name.route)
        ]

    def require_allowed(self, arm: Arm, version: Version) -> None:
        """Raise AliasProtected or RouteWeightExceeded for an arm that serves; version: its own."""
        if not arm.serves:
            return
        rule = self._graph.broken(self._name.route, version.stage)
        if rule is not None:
            needs = rule.stages
            raise AliasProtected(str(self._name), str(version.name), version.stage, needs)
        for bound in self._bounds:
            if bound.to_stage != version.stage and arm.weight > bound.maximum:
                raise RouteWeightExceeded(
                    str(self._name),
                    arm=arm.id,
                    version=str(version.name),
                    policy=bound.policy,
                    maximum=bound.maximum,
                    to_stage=bound.to_stage,
                )


def highest_weight(bounds: Iterable[WeightBound], name: RouteName, stage: str) -> int:
    """Return the highest weight that the rules allow an arm whose version is in a stage."""
    outside = (
        bound.maximum
        for bound in bounds
        if bound.to_stage != stage and matches(bound.pattern, name.route)
    )
    return min(outside, default=SLOTS)
