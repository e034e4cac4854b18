"""A second, simple gate: it uses fractions, and none of the first one's code.

It supports the three families that compare numbers, and returns outcomes by subject.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction

from registry_grpc.domain.evidence import Evidence
from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.rules.change import MetricChange
from registry_grpc.domain.rules.spread import SliceSpread

Found = list[tuple[bool, str]]
"""Whether each thing is as wanted, and what it is about."""


def naive(
    rule: MetricBound | MetricChange | SliceSpread,
    candidate: Evidence,
    baseline: Evidence | None,
    now: datetime,
) -> Found:
    """Return what a rule finds, in any order."""
    if isinstance(rule, MetricBound):
        return _bound(rule, candidate, now)
    if isinstance(rule, MetricChange):
        return _change(rule, candidate, baseline)
    return _spread(rule, candidate, now)


def _decimal(number: float) -> Fraction:
    return Fraction(repr(float(number)))


def _bound(rule: MetricBound, evidence: Evidence, now: datetime) -> Found:
    if not rule.dimension:
        return [_whole(rule, evidence, now)]
    time, parts = _slices(evidence, rule.dimension, rule.metric, rule.dataset)
    if time is None:
        return [(False, rule.dimension)]
    found = [(False, "")] if rule.max_age and now - time > rule.max_age else []
    found += [(False, f"{rule.dimension}={name}") for name in _lacking(rule.required_slices, parts)]
    for part in parts:
        ends = (part.result, part.result)
        if rule.use_bound:
            missing = (math.nan, math.nan)
            ends = (part.interval.low, part.interval.high) if part.interval else missing
        ok = part.count >= rule.min_count and _within(rule, *ends)
        found.append((ok, f"{rule.dimension}={part.value}"))
    return found


def _whole(rule: MetricBound, evidence: Evidence, now: datetime) -> tuple[bool, str]:
    for record in evidence.records:
        if rule.dataset and record.dataset != rule.dataset:
            continue
        if rule.metric in record.metrics:
            value = record.metrics[rule.metric]
            young = rule.max_age is None or now - record.time <= rule.max_age
            return (young and _within(rule, value, value), "")
    return (False, "")


def _within(rule: MetricBound, low: float, high: float) -> bool:
    if not (math.isfinite(low) and math.isfinite(high)):
        return False
    slack = _decimal(rule.tolerance)
    if rule.minimum is not None and _decimal(low) < _decimal(rule.minimum) - slack:
        return False
    return rule.maximum is None or _decimal(high) <= _decimal(rule.maximum) + slack


def _change(rule: MetricChange, candidate: Evidence, baseline: Evidence | None) -> Found:
    if not rule.dimension:
        return [(_whole_change(rule, _result(rule, candidate), _result(rule, baseline)), "")]
    _, parts = _slices(candidate, rule.dimension, rule.metric, rule.dataset)
    if not parts:
        return [(False, rule.dimension)]
    held: Sequence[SliceMetric] = ()
    if baseline is not None:
        _, held = _slices(baseline, rule.dimension, rule.metric, rule.dataset)
    if not held:
        return [(rule.allow_no_baseline, rule.dimension)]
    values = sorted({part.value for part in held})
    found: Found = [(False, f"{rule.dimension}={name}") for name in _lacking(values, parts)]
    for part in parts:
        others = [other for other in held if other.value == part.value]
        found += _slice_change(rule, part, others)
    return found


def _whole_change(rule: MetricChange, now: float | None, then: float | None) -> bool:
    if now is None:
        return False
    return rule.allow_no_baseline if then is None else _not_worse(rule, now, then)


def _slice_change(rule: MetricChange, part: SliceMetric, others: Sequence[SliceMetric]) -> Found:
    subject = f"{rule.dimension}={part.value}"
    if not others:
        return [(rule.allow_no_baseline, subject)]
    return [
        (
            min(part.count, other.count) >= rule.min_count
            and _not_worse(rule, part.result, other.result),
            subject,
        )
        for other in others
    ]


def _result(rule: MetricChange, evidence: Evidence | None) -> float | None:
    for record in () if evidence is None else evidence.records:
        named = not rule.dataset or record.dataset == rule.dataset
        if named and rule.metric in record.metrics:
            return record.metrics[rule.metric]
    return None


def _not_worse(rule: MetricChange, now: float, then: float) -> bool:
    if not (math.isfinite(now) and math.isfinite(then)):
        return False
    loss = _decimal(then) - _decimal(now)
    if rule.direction.value == "lower":
        loss = -loss
    absolute = rule.max_absolute is None or loss <= _decimal(rule.max_absolute)
    size = abs(_decimal(then))
    relative = rule.max_relative is None or loss <= _decimal(rule.max_relative) * size
    return loss <= 0 or (absolute and relative)


def _spread(rule: SliceSpread, evidence: Evidence, now: datetime) -> Found:
    time, parts = _slices(evidence, rule.dimension, rule.metric, rule.dataset)
    if time is None:
        return [(False, rule.dimension)]
    found = [(False, "")] if rule.max_age and now - time > rule.max_age else []
    found += [(False, f"{rule.dimension}={name}") for name in _lacking(rule.required_slices, parts)]
    for part in parts:
        if not math.isfinite(part.result) or part.count < rule.min_count:
            found.append((False, f"{rule.dimension}={part.value}"))
    numbers = sorted(_decimal(part.result) for part in parts if math.isfinite(part.result))
    if len(numbers) < 2:
        return [*found, (False, rule.dimension)]
    low, high = numbers[0], numbers[-1]
    if rule.max_gap is not None:
        found.append((high - low <= _decimal(rule.max_gap), rule.dimension))
    if rule.min_ratio is not None:
        positive = low >= 0 and high > 0
        ok = positive and low / high >= _decimal(rule.min_ratio)
        found.append((ok, rule.dimension))
    return found


def _slices(
    evidence: Evidence, dimension: str, metric: str, dataset: str
) -> tuple[datetime | None, Sequence[SliceMetric]]:
    for record in evidence.records:
        if dataset and record.dataset != dataset:
            continue
        every = [part for cell in evidence.slices.get(record.id, {}).values() for part in cell]
        parts = [part for part in every if (part.dimension, part.metric) == (dimension, metric)]
        if parts:
            return record.time, parts
    return None, ()


def _lacking(wanted: Iterable[str], parts: Sequence[SliceMetric]) -> list[str]:
    return [name for name in wanted if all(part.value != name for part in parts)]
