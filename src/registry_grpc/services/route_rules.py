"""The rules for arms: their stages, the stages that more weight needs, and firing monitors."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from registry_grpc.domain.errors import AliasProtected, MonitorFiring, RouteWeightExceeded
from registry_grpc.domain.monitor import MonitorSeverity
from registry_grpc.domain.names import ModelName, RouteName, VersionName
from registry_grpc.domain.pattern import matches
from registry_grpc.domain.policy import Policy
from registry_grpc.domain.route import Arm, Route
from registry_grpc.domain.route_slots import SLOTS
from registry_grpc.domain.rule import Rule, Severity
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
    return list(_bounds(_blocking(tx, model)))


def _bounds(rules: Iterable[tuple[Policy, Rule]]) -> Iterator[WeightBound]:
    for policy, rule in rules:
        bound = rule.route_weight
        if bound is not None:
            source, to_stage = f"{policy.reference}/{rule.id}", policy.draft.to_stage
            yield WeightBound(bound.pattern, source, bound.maximum, to_stage)


def _blocking(tx: Transaction, model: ModelName) -> Iterator[tuple[Policy, Rule]]:
    """Yield the rules that block, of all policies for a model, with their policies."""
    after: str | None = None
    while page := tx.policies.page(model.namespace, after, _AT_ONCE):
        for policy in page:
            if matches(policy.draft.models, model.model):
                for rule in policy.draft.rules:
                    if rule.severity is Severity.BLOCK:
                        yield policy, rule
        after = page[-1].name.policy


class ArmRules:
    """What the stage graph and the policies of a namespace require of the arms of a route, now."""

    def __init__(self, tx: Transaction, name: RouteName, head: Route | None) -> None:
        """head: the route as it is, None for a new one."""
        self._tx = tx
        self._name = name
        self._graph = tx.graphs.get(name.namespace, None)
        rules = list(_blocking(tx, name.parent))
        self._bounds = [bound for bound in _bounds(rules) if matches(bound.pattern, name.route)]
        self._monitors: list[tuple[str, MonitorSeverity]] = [
            (f"{policy.reference}/{rule.id}", wanted.min_severity)
            for policy, rule in rules
            if (wanted := rule.no_firing_monitor) is not None
            and wanted.routes
            and matches(wanted.routes, name.route)
        ]
        self._weights: Mapping[VersionName, int] = {}
        if head is not None:
            arms = head.plan.arms
            self._weights = {
                version: sum(arm.weight for arm in arms if arm.version == version and arm.serves)
                for version in {arm.version for arm in arms}
            }

    def require_allowed(self, arm: Arm, version: Version) -> None:
        """Raise for an arm that may not serve so; version: its own.

        Raises AliasProtected, RouteWeightExceeded or MonitorFiring.
        """
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
        self._require_quiet(arm, version)

    def _require_quiet(self, arm: Arm, version: Version) -> None:
        """Raise MonitorFiring if its version gets more units than now while a monitor fires."""
        if not self._monitors or arm.weight <= self._weights.get(version.name, 0):
            return
        firing = self._tx.monitor_states.firing(version.uid, MonitorSeverity.INFO, 1)
        for policy, mildest in self._monitors:
            for state in firing:  # the worst one
                if state.severity.rank >= mildest.rank:
                    route, text = str(self._name), str(version.name)
                    raise MonitorFiring(route, arm.id, text, str(state.name), policy)


def highest_weight(bounds: Iterable[WeightBound], name: RouteName, stage: str) -> int:
    """Return the highest weight that the rules allow an arm whose version is in a stage."""
    outside = (
        bound.maximum
        for bound in bounds
        if bound.to_stage != stage and matches(bound.pattern, name.route)
    )
    return min(outside, default=SLOTS)
