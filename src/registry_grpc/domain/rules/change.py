"""Metric change: the maximum regression against the version in the target stage."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from registry_grpc.domain.dataset import URI_BYTES
from registry_grpc.domain.evidence import Evidence
from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.rules.check import Case, Needs, Verdict, absent
from registry_grpc.domain.rules.numbers import check_limit, exact, less, number_text, times
from registry_grpc.domain.rules.slices import (
    check_demands,
    check_measure,
    missing_slices,
    subject_of,
    too_few,
)
from registry_grpc.domain.violations import Violations


class Direction(StrEnum):
    """The direction in which a metric improves."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class MetricChange:
    """The maximum regression of the candidate against the baseline; a tie passes.

    The baseline is the version in the target stage now. max_absolute: in units of the metric.
    max_relative: as a fraction of the baseline's absolute value. If both are given, both apply.
    allow_no_baseline: pass without a baseline, because the stage is empty or its version lacks the
    metric or slice. A slice that only the baseline has fails.
    """

    metric: str
    direction: Direction = Direction.HIGHER
    dataset: str = ""
    dimension: str = ""
    max_absolute: float | None = None
    max_relative: float | None = None
    min_count: int = 0
    allow_no_baseline: bool = False

    @property
    def needs(self) -> Needs:
        """The baseline, and the slices if there is a dimension."""
        cell = (self.dimension, self.metric, self.dataset)
        return Needs(cells=frozenset({cell} if self.dimension else ()), baseline=True)

    def check(self, found: Violations, path: str) -> None:
        """Add the violations of the rule itself, under `path`."""
        check_measure(found, path, self.metric, self.dimension)
        check_text(found, f"{path}.dataset", self.dataset, URI_BYTES)
        check_limit(found, f"{path}.max_absolute", self.max_absolute, least=0)
        check_limit(found, f"{path}.max_relative", self.max_relative, least=0)
        if self.max_absolute is None and self.max_relative is None:
            found.add(path, "needs max_absolute, max_relative or both")
        check_demands(found, path, self.dimension, self.min_count, ())

    def verdicts(self, case: Case) -> Iterator[Verdict]:
        """Yield one overall verdict, or one for each slice and each missing one."""
        if self.dimension:
            yield from self._of_slices(case)
        else:
            yield self._of_whole(case)

    def _of_whole(self, case: Case) -> Verdict:
        record = case.candidate.measured(self.metric, self.dataset)
        if record is None:
            what = f"metric {self.metric} is missing"
            return absent(what, self._text, metric=self.metric)
        baseline = case.baseline
        held = None if baseline is None else baseline.measured(self.metric, self.dataset)
        if held is None:
            return self._nothing_to_compare(case, self.metric, "")
        now, then = record.metrics[self.metric], held.metrics[self.metric]
        return self._compared(case, now, then, "")

    def _of_slices(self, case: Case) -> Iterator[Verdict]:
        parts = self._parts(case.candidate)
        if not parts:
            what = f"metric {self.metric} has no slices for dimension {self.dimension}"
            yield absent(what, self._text, subject=self.dimension, metric=self.metric)
            return
        held = () if case.baseline is None else self._parts(case.baseline)
        if not held:
            yield self._nothing_to_compare(case, self.metric, self.dimension)
            return
        then: dict[str, list[SliceMetric]] = {}
        for item in held:
            then.setdefault(item.value, []).append(item)
        yield from missing_slices(list(then), parts, self.dimension, self.metric)
        for item in parts:
            yield from self._of_slice(case, item, then.get(item.value, []))

    def _of_slice(
        self, case: Case, item: SliceMetric, held: Sequence[SliceMetric]
    ) -> Iterator[Verdict]:
        subject = subject_of(item)
        if not held:
            yield self._nothing_to_compare(case, self.metric, subject)
        for other in held:
            yield (
                too_few(item, self.min_count)
                or too_few(other, self.min_count, "the baseline's ")
                or self._compared(case, item.result, other.result, subject)
            )

    def _parts(self, evidence: Evidence) -> Sequence[SliceMetric]:
        cell = (self.dimension, self.metric)
        record = evidence.sliced(cell, self.dataset)
        return () if record is None else evidence.parts(record, cell)

    def _compared(self, case: Case, now: float, then: float, subject: str) -> Verdict:
        what = f"{self.metric} of {subject}" if subject else self.metric
        holder = _holder(case)
        actual = f"{number_text(now)}, {holder} has {number_text(then)}"
        ok = math.isfinite(now) and math.isfinite(then) and self._allows(now, then)
        message = f"{what} is {actual}, {'meets' if ok else 'fails'} {self._text}"
        return Verdict(ok, message, subject, self.metric, self._text, actual)

    def _allows(self, now: float, then: float) -> bool:
        worse = less(then, now) if self.direction is Direction.HIGHER else less(now, then)
        if worse <= 0:
            return True
        if self.max_absolute is not None and worse > exact(self.max_absolute):
            return False
        return self.max_relative is None or worse <= times(self.max_relative, abs(then))

    def _nothing_to_compare(self, case: Case, metric: str, subject: str) -> Verdict:
        ok = self.allow_no_baseline
        of = f" of {subject}" if subject else ""
        cause = "the stage is empty" if case.baseline is None else "its version lacks the metric"
        message = f"{metric}{of} has no baseline: {cause}"
        if ok:
            message += ", which the rule allows"
        return Verdict(ok, message, subject, metric, self._text, "no baseline")

    @property
    def _text(self) -> str:
        limits = [] if self.max_absolute is None else [number_text(self.max_absolute)]
        if self.max_relative is not None:
            limits.append(f"{number_text(float(times(self.max_relative, 100)))} %")
        side = "below" if self.direction is Direction.HIGHER else "above"
        return f"at most {' and '.join(limits)} {side} the baseline"


def _holder(case: Case) -> str:
    return "" if case.baseline is None else f"version {case.baseline.version.name.number}"
