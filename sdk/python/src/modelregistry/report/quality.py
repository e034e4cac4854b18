"""The sections of a report about metrics and evaluations."""

from collections.abc import Mapping, Sequence
from typing import Final

from modelregistry.report.page import Block, Chart, Point, Section, facts, table
from modelregistry.report.wording import by_whom, interval, number
from modelregistry.types import Evaluation, Report, SliceMetric

_MAX_POINTS: Final = 60
"""The slices that fit on a screen; larger dimensions are only in the table."""
_SLICE_COLUMNS: Final = ("Dimension", "Value", "Count", "Metric", "Result", "Interval")


def quality(report: Report) -> Sequence[Section]:
    """Return the metrics of the registration, and the evaluations."""
    version = report.version
    measured = [*_metrics(version.metrics), *_slices(version.slices, version.metrics)]
    return [
        Section("Metrics at registration", measured),
        Section("Evaluations", _evaluations(report.evaluations)),
    ]


def _metrics(metrics: Mapping[str, float]) -> Sequence[Block]:
    rows = [(name, number(metrics[name])) for name in sorted(metrics)]
    return table(("Metric", "Value"), rows, numbers=frozenset({1}))


def _slices(slices: Sequence[SliceMetric], overall: Mapping[str, float]) -> Sequence[Block]:
    ordered = sorted(slices, key=lambda part: (part.metric, part.dimension, part.value))
    charted: dict[tuple[str, str], list[SliceMetric]] = {}
    for part in ordered:
        charted.setdefault((part.metric, part.dimension), []).append(part)
    charts = [
        Chart(f"{metric} by {dimension}", list(map(_point, parts)), overall.get(metric))
        for (metric, dimension), parts in charted.items()
        if len(parts) <= _MAX_POINTS
    ]
    rows = [
        (
            *(part.dimension, part.value, f"{part.count:,}", part.metric),
            *(number(part.result), interval(part)),
        )
        for part in ordered
    ]
    return [*charts, *table(_SLICE_COLUMNS, rows, "By slice", frozenset({2, 4}))]


def _point(part: SliceMetric) -> Point:
    known = part.interval
    low, high = (known.low, known.high) if known else (None, None)
    return Point(part.value, part.result, part.count, low, high)


def _evaluations(evaluations: Sequence[Evaluation]) -> Sequence[Block]:
    blocks: list[Block] = []
    for evaluation in evaluations:
        blocks += facts(
            ("measured", by_whom(evaluation.creator, evaluation.create_time)),
            ("on", evaluation.dataset_uri),
            ("digest of the data", evaluation.dataset_digest),
            ("evaluator", evaluation.evaluator),
            ("digest of its code", evaluation.evaluator_digest),
            ("description", evaluation.description),
            ("evidence", evaluation.digest),
        )
        blocks += _metrics(evaluation.metrics)
        blocks += _slices(evaluation.slices, evaluation.metrics)
    return blocks
