"""Expressions: what typed rules cannot say, in CEL.

CEL forgives where the registry does not: `true || error` is true, `[].all(x, …)` is true, and
`!(metrics["auc"] < 0.9)` is true of what is not comparable. An expression should ask for what it
relies on first: `"auc" in metrics && size(slices) > 0 && …`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from registry_grpc.domain.evidence import Evidence
from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.rules.check import Case, Facts, Needs, Verdict
from registry_grpc.domain.rules.expression_cost import expression_units
from registry_grpc.domain.violations import Violations
from registry_grpc.domain.work import current_work

EXPRESSION_BYTES = 4_096
_SHOWN = 200
_UNITS_OF_AN_EXPRESSION = 500
# Each becomes a map of CEL, for each expression again.
_UNITS_OF_A_SLICE = 6


@dataclass(frozen=True, slots=True)
class Expression:
    """expression: CEL over version, metrics, slices and baseline that must be true."""

    expression: str

    @property
    def needs(self) -> Needs:
        """Everything that it might look at."""
        return Needs(all_cells=True, baseline=True, labels=True)

    def check(self, found: Violations, path: str) -> None:
        """Note what is wrong with its length; whether it is CEL is for who can compile it."""
        place = f"{path}.expression"
        found.check(place, bool(self.expression.strip()), "is required")
        check_text(found, place, self.expression, EXPRESSION_BYTES)

    def verdicts(self, case: Case) -> Iterator[Verdict]:
        """Yield one verdict."""
        current_work().take(_UNITS_OF_AN_EXPRESSION)
        facts = dict(facts_of(case.candidate))
        facts["baseline"] = None if case.baseline is None else facts_of(case.baseline)
        current_work().take(expression_units(self.expression, facts))
        ok = case.expressions(self.expression, facts)
        shown = self.expression[:_SHOWN] + ("…" if len(self.expression) > _SHOWN else "")
        message = f"{'true' if ok else 'not true'}: {shown}"
        yield Verdict(ok, message, "", "", "true", "true" if ok else "false")


def facts_of(evidence: Evidence) -> Facts:
    """Return what expressions see of a version.

    metrics: of each the newest. slices: of each dimension and metric the newest, with low, high and
    level where there is an interval.
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
