"""The gate and a second, simple one agree on random cases."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.evidence import Evidence
from registry_grpc.domain.facts import ConfidenceInterval, SliceMetric, VersionDetail
from registry_grpc.domain.finding import Outcome
from registry_grpc.domain.gate import evaluate
from registry_grpc.domain.rule import Rule
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.rules.change import Direction, MetricChange
from registry_grpc.domain.rules.spread import SliceSpread
from tests.support.evidence import (
    NOW,
    a_policy,
    a_record,
    no_cel,
    the_evidence,
    the_version,
)
from tests.support.faults.amount import examples
from tests.support.gate_cases import CASES, Row
from tests.support.naive_gate import naive

# Few values, so that ties, gaps and what is missing are as frequent as the rest.
TENTHS = st.integers(-3, 12).map(lambda tenths: tenths / 10)
FINE = st.floats(-1, 1, allow_nan=False).map(lambda value: round(value, 3))
ODD = st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-300, 1e300])
RESULTS = st.one_of(TENTHS, TENTHS, FINE, ODD)
LIMITS = st.one_of(st.none(), TENTHS, FINE)
AMOUNTS = st.one_of(st.none(), st.integers(0, 5).map(lambda tenths: tenths / 10))
COUNTS = st.integers(0, 3)
METRICS = st.sampled_from(["auc", "recall"])
DATASETS = st.sampled_from(["", "", "d"])
DIMENSIONS = st.sampled_from(["", "age", "site"])
VALUES = st.sampled_from("abc")
AGES = st.integers(0, 3).map(lambda days: timedelta(days=days))
MAX_AGES = st.one_of(st.none(), st.integers(1, 2).map(lambda days: timedelta(days=days)))
REQUIRED = st.lists(VALUES, max_size=2, unique=True).map(tuple)


@st.composite
def slices(draw: st.DrawFn) -> SliceMetric:
    ends = draw(st.none() | st.tuples(RESULTS, RESULTS))
    return SliceMetric(
        draw(st.sampled_from(["age", "site"])),
        draw(VALUES),
        draw(COUNTS),
        draw(METRICS),
        draw(RESULTS),
        None if ends is None else ConfidenceInterval(*ends, 0.95),
    )


@st.composite
def evidence(draw: st.DrawFn, number: int) -> Evidence:
    metrics = st.dictionaries(METRICS, RESULTS)
    parts = st.lists(slices(), max_size=5)
    records: list[Any] = [
        a_record(
            f"e{index}",
            *draw(parts),
            metrics=draw(metrics),
            dataset=draw(DATASETS),
            age=draw(AGES),
        )
        for index in range(draw(st.integers(0, 3)))
    ]
    detail = VersionDetail(slices=tuple(draw(parts)))
    version = the_version(number, metrics=draw(metrics), detail=detail, age=draw(AGES))
    return the_evidence(version, *records)


BOUNDS = st.builds(
    MetricBound,
    metric=METRICS,
    dataset=DATASETS,
    dimension=DIMENSIONS,
    minimum=LIMITS,
    maximum=LIMITS,
    tolerance=st.sampled_from([0.0, 0.0, 0.1, 0.2]),
    use_bound=st.booleans(),
    min_count=COUNTS,
    required_slices=REQUIRED,
    max_age=MAX_AGES,
).filter(lambda rule: rule.dimension or not rule.use_bound)
CHANGES = st.builds(
    MetricChange,
    metric=METRICS,
    direction=st.sampled_from(Direction),
    dataset=DATASETS,
    dimension=DIMENSIONS,
    max_absolute=AMOUNTS,
    max_relative=AMOUNTS,
    min_count=COUNTS,
    allow_no_baseline=st.booleans(),
)
SPREADS = st.builds(
    SliceSpread,
    metric=METRICS,
    dimension=st.sampled_from(["age", "site"]),
    dataset=DATASETS,
    max_gap=AMOUNTS,
    min_ratio=AMOUNTS,
    min_count=COUNTS,
    required_slices=REQUIRED,
    max_age=MAX_AGES,
).filter(lambda rule: rule.max_gap is not None or rule.min_ratio is not None)


def agree(
    rule: MetricBound | MetricChange | SliceSpread, candidate: Evidence, baseline: Evidence | None
) -> None:
    field = {MetricBound: "bound", MetricChange: "change", SliceSpread: "spread"}[type(rule)]
    policy = a_policy(Rule("rule", **{field: rule}))  # type: ignore[arg-type]
    findings = evaluate([policy], candidate, baseline, NOW, no_cel)
    mine: Sequence[tuple[bool, str]] = [
        (item.outcome is Outcome.PASSED, item.subject) for item in findings
    ]
    assert all(item.outcome is not Outcome.ERROR for item in findings), findings
    assert Counter(mine) == Counter(naive(rule, candidate, baseline, NOW))


@settings(max_examples=examples(300))
@given(BOUNDS, evidence(7))
def test_both_gates_agree_on_bounds(rule: MetricBound, candidate: Evidence) -> None:
    agree(rule, candidate, None)


@settings(max_examples=examples(300))
@given(CHANGES, evidence(7), st.none() | evidence(3))
def test_both_gates_agree_on_changes(
    rule: MetricChange, candidate: Evidence, baseline: Evidence | None
) -> None:
    agree(rule, candidate, baseline)


@settings(max_examples=examples(300))
@given(SPREADS, evidence(7))
def test_both_gates_agree_on_spreads(rule: SliceSpread, candidate: Evidence) -> None:
    agree(rule, candidate, None)


def test_both_gates_agree_on_the_table() -> None:
    compared = [
        row for row in CASES if isinstance(row.check, MetricBound | MetricChange | SliceSpread)
    ]
    assert len(compared) > 100
    for row in compared:
        _agree_on(row)


def _agree_on(row: Row) -> None:
    assert isinstance(row.check, MetricBound | MetricChange | SliceSpread)
    baseline = None if row.baseline is None else row.baseline.evidence(3)
    agree(row.check, row.known.evidence(7), baseline)


@settings(max_examples=examples(200))
@given(st.one_of(BOUNDS, CHANGES, SPREADS), evidence(7), st.none() | evidence(3))
def test_a_gate_answers_the_same_twice_and_never_without_a_finding(
    rule: MetricBound | MetricChange | SliceSpread, candidate: Evidence, baseline: Evidence | None
) -> None:
    field = {MetricBound: "bound", MetricChange: "change", SliceSpread: "spread"}[type(rule)]
    policies = [a_policy(Rule("rule", **{field: rule}))]  # type: ignore[arg-type]
    first = evaluate(policies, candidate, baseline, NOW, no_cel)
    assert first
    assert first == evaluate(policies, candidate, baseline, NOW, no_cel)
