"""The input of expressions about versions, built once for all expressions of an evaluation."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry_grpc.domain.evidence import Evidence
from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.rules.expression_cost import Facts, Sizes, sizes_of
from registry_grpc.domain.work import current_work

# For building and measuring it.
_UNITS_OF_A_SLICE = 2


@dataclass(frozen=True, slots=True)
class Known:
    """The facts, their sizes, and the number of slices of candidate and baseline."""

    facts: Facts
    sizes: Sizes
    slices: tuple[int, int]


def known_of(candidate: Evidence, baseline: Evidence | None) -> Known:
    """Return the input of expressions: a version, and the one in the target stage now."""
    own = facts_of(candidate)
    other = None if baseline is None else facts_of(baseline)
    facts = {**own, "baseline": other}
    return Known(facts, sizes_of(facts), (_count(own), 0 if other is None else _count(other)))


def facts_of(evidence: Evidence) -> Facts:
    """Return the facts of a version for expressions.

    metrics: the newest of each. slices: the newest of each dimension and metric, with low, high and
    level if there is an interval.
    """
    slices = [_slice(item) for item in _slices(evidence)]
    current_work().take(_UNITS_OF_A_SLICE * len(slices))
    return {
        "version": _version(evidence),
        "metrics": _metrics(evidence),
        "slices": slices,
    }


def _version(evidence: Evidence) -> Facts:
    version = evidence.version
    return {
        "name": str(version.name),
        "number": version.name.number,
        "creator": version.creator,
        "description": version.description,
        "stage": version.stage,
        "size_bytes": version.size,
        "file_count": version.file_count,
        "by_reference": version.by_reference,
        "labels": dict(version.labels),
        "tags": dict(version.tags),
        "params": {} if version.detail is None else dict(version.detail.params),
        "attestations": sorted(evidence.attested),
    }


def _metrics(evidence: Evidence) -> dict[str, float]:
    merged: dict[str, float] = {}
    for record in reversed(evidence.records):
        merged.update(record.metrics)
    return merged


def _slices(evidence: Evidence) -> Iterator[SliceMetric]:
    cells = {cell: None for record in evidence.records for cell in sorted(record.cells)}
    for cell in cells:
        record = evidence.sliced(cell, "")
        if record is not None:
            yield from evidence.parts(record, cell)


def _slice(item: SliceMetric) -> Facts:
    facts: dict[str, object] = {
        "dimension": item.dimension,
        "value": item.value,
        "count": item.count,
        "metric": item.metric,
        "result": item.result,
    }
    if item.interval is not None:
        facts["low"] = item.interval.low
        facts["high"] = item.interval.high
        facts["level"] = item.interval.level
    return facts


def _count(facts: Facts) -> int:
    slices = facts["slices"]
    return len(slices) if isinstance(slices, list) else 0
