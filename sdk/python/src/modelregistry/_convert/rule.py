"""Rules of policies: one pair of functions for each kind of check."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from modelregistry._convert import checked, times
from modelregistry._convert.monitor_state import severity_from_number, severity_number
from modelregistry._convert.writing import build, enum_number, invalid
from modelregistry.types.rule import (
    CelExpression,
    Check,
    LabelRequirement,
    MemberStages,
    MetricBound,
    MetricChange,
    MetricDirection,
    NoFiringMonitor,
    RequiredAttestations,
    RequiredFiles,
    RequiredLabels,
    RequiredLineage,
    RouteWeightBound,
    Rule,
    RuleSeverity,
    SliceSpread,
)
from modelregistry.v1 import policy_pb2 as pb


def rule_from_message(message: pb.Rule) -> Rule:
    """Read a rule; its check is None when this release does not know its kind."""
    kind = message.WhichOneof("check")
    severity: int = message.severity
    return Rule(
        id=message.id,
        check=None if kind is None else _READERS[kind](getattr(message, kind)),
        severity=RuleSeverity(severity) if severity in set(RuleSeverity) else severity,
    )


def rule_to_message(rule: Rule) -> pb.Rule:
    """Write a rule."""
    severity = pb.RuleSeverity.ValueType(enum_number("severity", rule.severity))
    message = build(pb.Rule, id=rule.id, severity=severity)
    if rule.check is not None:
        if type(rule.check) not in _WRITERS:
            raise invalid("check", f"must be a check of a rule, not {type(rule.check).__name__}")
        kind, write = _WRITERS[type(rule.check)]
        part = getattr(message, kind)
        part.CopyFrom(write(rule.check))
        part.SetInParent()
    return message


def kind_of(check: Check) -> str:
    """Return the field name of a check in a policy, such as `bound`."""
    return _WRITERS[type(check)][0]


def _bound(message: pb.MetricBound) -> MetricBound:
    return MetricBound(
        metric=message.metric,
        dataset=message.dataset,
        dimension=message.dimension,
        minimum=message.minimum if message.HasField("minimum") else None,
        maximum=message.maximum if message.HasField("maximum") else None,
        tolerance=message.tolerance,
        use_bound=message.use_bound,
        min_count=checked.count(message.min_count, "min_count"),
        required_slices=tuple(message.required_slices),
        max_age=checked.duration(message.max_age, "max_age")
        if message.HasField("max_age")
        else None,
    )


def _bound_to(rule: MetricBound) -> pb.MetricBound:
    return build(
        pb.MetricBound,
        metric=rule.metric,
        dataset=rule.dataset,
        dimension=rule.dimension,
        minimum=rule.minimum,
        maximum=rule.maximum,
        tolerance=rule.tolerance,
        use_bound=rule.use_bound,
        min_count=rule.min_count,
        required_slices=rule.required_slices,
        max_age=times.duration_to_message(rule.max_age, "max_age"),
    )


def _change(message: pb.MetricChange) -> MetricChange:
    number: int = message.direction
    return MetricChange(
        metric=message.metric,
        direction=MetricDirection(number) if number in set(MetricDirection) else number,
        dataset=message.dataset,
        dimension=message.dimension,
        max_absolute=message.max_absolute if message.HasField("max_absolute") else None,
        max_relative=message.max_relative if message.HasField("max_relative") else None,
        min_count=checked.count(message.min_count, "min_count"),
        allow_no_baseline=message.allow_no_baseline,
    )


def _change_to(rule: MetricChange) -> pb.MetricChange:
    return build(
        pb.MetricChange,
        metric=rule.metric,
        direction=pb.MetricDirection.ValueType(enum_number("direction", rule.direction)),
        dataset=rule.dataset,
        dimension=rule.dimension,
        max_absolute=rule.max_absolute,
        max_relative=rule.max_relative,
        min_count=rule.min_count,
        allow_no_baseline=rule.allow_no_baseline,
    )


def _spread(message: pb.SliceSpread) -> SliceSpread:
    return SliceSpread(
        metric=message.metric,
        dimension=message.dimension,
        dataset=message.dataset,
        max_gap=message.max_gap if message.HasField("max_gap") else None,
        min_ratio=message.min_ratio if message.HasField("min_ratio") else None,
        min_count=checked.count(message.min_count, "min_count"),
        required_slices=tuple(message.required_slices),
        max_age=checked.duration(message.max_age, "max_age")
        if message.HasField("max_age")
        else None,
    )


def _spread_to(rule: SliceSpread) -> pb.SliceSpread:
    return build(
        pb.SliceSpread,
        metric=rule.metric,
        dimension=rule.dimension,
        dataset=rule.dataset,
        max_gap=rule.max_gap,
        min_ratio=rule.min_ratio,
        min_count=rule.min_count,
        required_slices=rule.required_slices,
        max_age=times.duration_to_message(rule.max_age, "max_age"),
    )


def _lineage(message: pb.RequiredLineage) -> RequiredLineage:
    return RequiredLineage(
        pinned_datasets=message.pinned_datasets,
        clean_commit=message.clean_commit,
        environment=message.environment,
    )


def _lineage_to(rule: RequiredLineage) -> pb.RequiredLineage:
    return build(
        pb.RequiredLineage,
        pinned_datasets=rule.pinned_datasets,
        clean_commit=rule.clean_commit,
        environment=rule.environment,
    )


def _files(message: pb.RequiredFiles) -> RequiredFiles:
    return RequiredFiles(patterns=tuple(message.patterns))


def _files_to(rule: RequiredFiles) -> pb.RequiredFiles:
    return build(pb.RequiredFiles, patterns=rule.patterns)


def _labels(message: pb.RequiredLabels) -> RequiredLabels:
    labels = (LabelRequirement(key=item.key, values=tuple(item.values)) for item in message.labels)
    return RequiredLabels(labels=tuple(labels))


def _labels_to(rule: RequiredLabels) -> pb.RequiredLabels:
    labels = (build(pb.LabelRequirement, key=item.key, values=item.values) for item in rule.labels)
    return build(pb.RequiredLabels, labels=labels)


def _attestations(message: pb.RequiredAttestations) -> RequiredAttestations:
    return RequiredAttestations(predicate_types=tuple(message.predicate_types))


def _attestations_to(rule: RequiredAttestations) -> pb.RequiredAttestations:
    return build(pb.RequiredAttestations, predicate_types=rule.predicate_types)


def _cel(message: pb.CelExpression) -> CelExpression:
    return CelExpression(expression=message.expression)


def _cel_to(rule: CelExpression) -> pb.CelExpression:
    return build(pb.CelExpression, expression=rule.expression)


def _route_weight(message: pb.RouteWeightBound) -> RouteWeightBound:
    maximum = checked.count(message.maximum, "maximum")
    return RouteWeightBound(pattern=message.pattern, maximum=maximum)


def _route_weight_to(rule: RouteWeightBound) -> pb.RouteWeightBound:
    return build(pb.RouteWeightBound, pattern=rule.pattern, maximum=rule.maximum)


def _members(message: pb.MemberStages) -> MemberStages:
    return MemberStages(stages=tuple(message.stages), except_soft=message.except_soft)


def _members_to(rule: MemberStages) -> pb.MemberStages:
    return build(pb.MemberStages, stages=rule.stages, except_soft=rule.except_soft)


def _monitors(message: pb.NoFiringMonitor) -> NoFiringMonitor:
    severity = severity_from_number(message.min_severity)
    return NoFiringMonitor(min_severity=severity, routes=message.routes)


def _monitors_to(rule: NoFiringMonitor) -> pb.NoFiringMonitor:
    severity = severity_number(rule.min_severity, "min_severity")
    return build(pb.NoFiringMonitor, min_severity=severity, routes=rule.routes)


_READERS: Mapping[str, Callable[[Any], Check]] = {
    "bound": _bound,
    "change": _change,
    "spread": _spread,
    "lineage": _lineage,
    "files": _files,
    "labels": _labels,
    "attestations": _attestations,
    "cel": _cel,
    "route_weight": _route_weight,
    "members": _members,
    "no_firing_monitor": _monitors,
}
_WRITERS: Mapping[type[Check], tuple[str, Callable[[Any], Message]]] = {
    MetricBound: ("bound", _bound_to),
    MetricChange: ("change", _change_to),
    SliceSpread: ("spread", _spread_to),
    RequiredLineage: ("lineage", _lineage_to),
    RequiredFiles: ("files", _files_to),
    RequiredLabels: ("labels", _labels_to),
    RequiredAttestations: ("attestations", _attestations_to),
    CelExpression: ("cel", _cel_to),
    RouteWeightBound: ("route_weight", _route_weight_to),
    MemberStages: ("members", _members_to),
    NoFiringMonitor: ("no_firing_monitor", _monitors_to),
}
