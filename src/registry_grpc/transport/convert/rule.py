"""Rules of policies to and from messages: one pair of functions for each family."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from modelregistry.v1 import policy_pb2 as pb
from registry_grpc.domain.monitor import MonitorSeverity
from registry_grpc.domain.rule import Rule, Severity
from registry_grpc.domain.rules.attested import RequiredAttestations
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.rules.change import Direction, MetricChange
from registry_grpc.domain.rules.expression import Expression
from registry_grpc.domain.rules.files import RequiredFiles
from registry_grpc.domain.rules.labelled import LabelRequirement, RequiredLabels
from registry_grpc.domain.rules.lineage import RequiredLineage
from registry_grpc.domain.rules.members import MemberStages
from registry_grpc.domain.rules.monitors import NoFiringMonitor
from registry_grpc.domain.rules.route_weight import RouteWeightBound
from registry_grpc.domain.rules.spread import SliceSpread
from registry_grpc.domain.violations import Violations
from registry_grpc.transport.convert.facts import number_from
from registry_grpc.transport.convert.monitor import NO_SEVERITY, SEVERITIES, SEVERITIES_BACK
from registry_grpc.transport.convert.time import duration, duration_message

_SEVERITIES = {
    Severity.BLOCK: pb.RULE_SEVERITY_BLOCK,
    Severity.WARN: pb.RULE_SEVERITY_WARN,
}
_SEVERITIES_BACK = {
    pb.RULE_SEVERITY_UNSPECIFIED: Severity.BLOCK,
    **{message: severity for severity, message in _SEVERITIES.items()},
}
_DIRECTIONS = {
    Direction.HIGHER: pb.METRIC_DIRECTION_HIGHER_IS_BETTER,
    Direction.LOWER: pb.METRIC_DIRECTION_LOWER_IS_BETTER,
}
_DIRECTIONS_BACK = {message: direction for direction, message in _DIRECTIONS.items()}


def rule_message(rule: Rule) -> pb.Rule:
    """Return the message."""
    message = pb.Rule(id=rule.id, severity=_SEVERITIES[rule.severity])
    for name, (write, _) in _FAMILIES.items():
        demand = getattr(rule, name)
        if demand is not None:
            part = getattr(message, name)
            part.CopyFrom(write(demand))
            part.SetInParent()
    return message


def rule_from(message: pb.Rule, path: str, found: Violations) -> Rule:
    """Return what a message demands; note under `path` what cannot be read."""
    severity = _SEVERITIES_BACK.get(message.severity)
    found.check(f"{path}.severity", severity is not None, "must be BLOCK or WARN")
    rule = Rule(message.id, severity or Severity.BLOCK)
    name = message.WhichOneof("check")
    if name is None:
        return rule
    _, read = _FAMILIES[name]
    return replace(rule, **{name: read(getattr(message, name), f"{path}.{name}", found)})


def _stated(message: Message, field: str) -> float | None:
    """Return the number in an optional field, None without one."""
    return number_from(getattr(message, field)) if message.HasField(field) else None


def _bound(rule: MetricBound) -> pb.MetricBound:
    return pb.MetricBound(
        metric=rule.metric,
        dataset=rule.dataset,
        dimension=rule.dimension,
        minimum=rule.minimum,
        maximum=rule.maximum,
        tolerance=rule.tolerance,
        use_bound=rule.use_bound,
        min_count=rule.min_count,
        required_slices=rule.required_slices,
        max_age=duration_message(rule.max_age),
    )


def _bound_from(message: pb.MetricBound, path: str, found: Violations) -> MetricBound:
    return MetricBound(
        metric=message.metric,
        dataset=message.dataset,
        dimension=message.dimension,
        minimum=_stated(message, "minimum"),
        maximum=_stated(message, "maximum"),
        tolerance=number_from(message.tolerance),
        use_bound=message.use_bound,
        min_count=message.min_count,
        required_slices=tuple(message.required_slices),
        max_age=_age(message.max_age, f"{path}.max_age", found)
        if message.HasField("max_age")
        else None,
    )


def _change(rule: MetricChange) -> pb.MetricChange:
    return pb.MetricChange(
        metric=rule.metric,
        direction=_DIRECTIONS[rule.direction],
        dataset=rule.dataset,
        dimension=rule.dimension,
        max_absolute=rule.max_absolute,
        max_relative=rule.max_relative,
        min_count=rule.min_count,
        allow_no_baseline=rule.allow_no_baseline,
    )


def _change_from(message: pb.MetricChange, path: str, found: Violations) -> MetricChange:
    direction = _DIRECTIONS_BACK.get(message.direction)
    found.check(
        f"{path}.direction",
        direction is not None,
        "is required: HIGHER_IS_BETTER or LOWER_IS_BETTER",
    )
    return MetricChange(
        metric=message.metric,
        direction=direction or Direction.HIGHER,
        dataset=message.dataset,
        dimension=message.dimension,
        max_absolute=_stated(message, "max_absolute"),
        max_relative=_stated(message, "max_relative"),
        min_count=message.min_count,
        allow_no_baseline=message.allow_no_baseline,
    )


def _spread(rule: SliceSpread) -> pb.SliceSpread:
    return pb.SliceSpread(
        metric=rule.metric,
        dimension=rule.dimension,
        dataset=rule.dataset,
        max_gap=rule.max_gap,
        min_ratio=rule.min_ratio,
        min_count=rule.min_count,
        required_slices=rule.required_slices,
        max_age=duration_message(rule.max_age),
    )


def _spread_from(message: pb.SliceSpread, path: str, found: Violations) -> SliceSpread:
    return SliceSpread(
        metric=message.metric,
        dimension=message.dimension,
        dataset=message.dataset,
        max_gap=_stated(message, "max_gap"),
        min_ratio=_stated(message, "min_ratio"),
        min_count=message.min_count,
        required_slices=tuple(message.required_slices),
        max_age=_age(message.max_age, f"{path}.max_age", found)
        if message.HasField("max_age")
        else None,
    )


def _lineage(rule: RequiredLineage) -> pb.RequiredLineage:
    return pb.RequiredLineage(
        pinned_datasets=rule.pinned_datasets,
        clean_commit=rule.clean_commit,
        environment=rule.environment,
    )


def _lineage_from(message: pb.RequiredLineage, *_: object) -> RequiredLineage:
    return RequiredLineage(message.pinned_datasets, message.clean_commit, message.environment)


def _labels(rule: RequiredLabels) -> pb.RequiredLabels:
    wanted = (pb.LabelRequirement(key=item.key, values=item.values) for item in rule.labels)
    return pb.RequiredLabels(labels=wanted)


def _labels_from(message: pb.RequiredLabels, *_: object) -> RequiredLabels:
    return RequiredLabels(
        tuple(LabelRequirement(item.key, tuple(item.values)) for item in message.labels)
    )


def _age(message: Duration, path: str, found: Violations) -> timedelta:
    try:
        return duration(message)
    except ValueError as error:
        found.add(path, str(error))
        return timedelta(1)  # a stand-in: what is noted gets nowhere


def _files(rule: RequiredFiles) -> pb.RequiredFiles:
    return pb.RequiredFiles(patterns=rule.patterns)


def _files_from(message: pb.RequiredFiles, *_: object) -> RequiredFiles:
    return RequiredFiles(tuple(message.patterns))


def _attestations(rule: RequiredAttestations) -> pb.RequiredAttestations:
    return pb.RequiredAttestations(predicate_types=rule.predicate_types)


def _attestations_from(message: pb.RequiredAttestations, *_: object) -> RequiredAttestations:
    return RequiredAttestations(tuple(message.predicate_types))


def _cel(rule: Expression) -> pb.CelExpression:
    return pb.CelExpression(expression=rule.expression)


def _cel_from(message: pb.CelExpression, *_: object) -> Expression:
    return Expression(message.expression)


def _route_weight(rule: RouteWeightBound) -> pb.RouteWeightBound:
    return pb.RouteWeightBound(pattern=rule.pattern, maximum=rule.maximum)


def _route_weight_from(message: pb.RouteWeightBound, *_: object) -> RouteWeightBound:
    return RouteWeightBound(message.pattern, message.maximum)


# Of each field of the oneof: how it is written, and how it is read (message, path, violations).
def _members(rule: MemberStages) -> pb.MemberStages:
    return pb.MemberStages(stages=rule.stages, except_soft=rule.except_soft)


def _members_from(message: pb.MemberStages, *_: object) -> MemberStages:
    return MemberStages(tuple(message.stages), message.except_soft)


def _monitors(rule: NoFiringMonitor) -> pb.NoFiringMonitor:
    return pb.NoFiringMonitor(min_severity=SEVERITIES[rule.min_severity], routes=rule.routes)


def _monitors_from(message: pb.NoFiringMonitor, path: str, found: Violations) -> NoFiringMonitor:
    severity = SEVERITIES_BACK.get(message.min_severity)
    found.check(f"{path}.min_severity", severity is not None, NO_SEVERITY)
    return NoFiringMonitor(severity or MonitorSeverity.INFO, message.routes)


_FAMILIES: Mapping[str, tuple[Callable[..., Message], Callable[..., Any]]] = {
    "bound": (_bound, _bound_from),
    "change": (_change, _change_from),
    "spread": (_spread, _spread_from),
    "lineage": (_lineage, _lineage_from),
    "files": (_files, _files_from),
    "labels": (_labels, _labels_from),
    "attestations": (_attestations, _attestations_from),
    "cel": (_cel, _cel_from),
    "route_weight": (_route_weight, _route_weight_from),
    "members": (_members, _members_from),
    "no_firing_monitor": (_monitors, _monitors_from),
}
