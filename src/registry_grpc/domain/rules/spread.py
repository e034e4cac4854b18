"""Slice spread: the maximum difference between the slices of a dimension."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from registry_grpc.domain.dataset import URI_BYTES
from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.rules.age import check_age, too_old
from registry_grpc.domain.rules.check import Case, Needs, Verdict, absent, refused
from registry_grpc.domain.rules.numbers import check_limit, exact, less, number_text, times
from registry_grpc.domain.rules.slices import (
    check_demands,
    check_measure,
    missing_slices,
    subject_of,
    too_few,
)
from registry_grpc.domain.violations import Violations

_FEWEST = 2


@dataclass(frozen=True, slots=True)
class SliceSpread:
    """A bound on the spread between the slices of a dimension; ties pass.

    max_gap: largest - smallest. min_ratio: smallest / largest, of non-negative results.
    It needs at least two slices. The other fields are as in MetricBound.
    """

    metric: str
    dimension: str
    dataset: str = ""
    max_gap: float | None = None
    min_ratio: float | None = None
    min_count: int = 0
    required_slices: tuple[str, ...] = ()
    max_age: timedelta | None = None

    @property
    def needs(self) -> Needs:
        """The slices."""
        return Needs(cells=frozenset({(self.dimension, self.metric, self.dataset)}))

    def check(self, found: Violations, path: str) -> None:
        """Add the violations of the rule itself, under `path`."""
        check_measure(found, path, self.metric, self.dimension)
        found.check(f"{path}.dimension", bool(self.dimension), "is required")
        check_text(found, f"{path}.dataset", self.dataset, URI_BYTES)
        check_limit(found, f"{path}.max_gap", self.max_gap, least=0)
        check_limit(found, f"{path}.min_ratio", self.min_ratio, least=0)
        if self.max_gap is None and self.min_ratio is None:
            found.add(path, "needs max_gap, min_ratio or both")
        found.check(f"{path}.min_ratio", (self.min_ratio or 0) <= 1, "must be at most 1")
        if self.dimension:
            check_demands(found, path, self.dimension, self.min_count, self.required_slices)
        check_age(found, f"{path}.max_age", self.max_age)

    def verdicts(self, case: Case) -> Iterator[Verdict]:
        """Yield a failed verdict for each missing or invalid slice, and a verdict on each limit."""
        cell = (self.dimension, self.metric)
        record = case.candidate.sliced(cell, self.dataset)
        if record is None:
            what = f"metric {self.metric} has no slices for dimension {self.dimension}"
            yield absent(what, "present", subject=self.dimension, metric=self.metric)
            return
        old = too_old(case, record, self.max_age, self.metric)
        if old is not None:
            yield old
        parts = case.candidate.parts(record, cell)
        yield from missing_slices(self.required_slices, parts, self.dimension, self.metric)
        yield from filter(None, map(self._invalid, parts))
        yield from self._of_limits([item for item in parts if math.isfinite(item.result)])

    def _invalid(self, item: SliceMetric) -> Verdict | None:
        if math.isfinite(item.result):
            return too_few(item, self.min_count)
        subject, actual = subject_of(item), number_text(item.result)
        message = f"{self.metric} of {subject} is {actual}"
        return refused(message, subject, self.metric, "a finite number", actual)

    def _of_limits(self, parts: Sequence[SliceMetric]) -> Iterator[Verdict]:
        if len(parts) < _FEWEST:
            message = (
                f"{self.metric} by {self.dimension} has fewer than {_FEWEST} slices to compare"
            )
            expected, actual = f"{_FEWEST} slices or more", f"{len(parts)}"
            yield refused(message, self.dimension, self.metric, expected, actual)
            return
        low = min(parts, key=lambda item: item.result)
        high = max(parts, key=lambda item: item.result)
        if self.max_gap is not None:
            gap = less(high.result, low.result)
            yield self._verdict(
                f"gap ≤ {number_text(self.max_gap)}",
                f"a gap of {number_text(float(gap))}, {_pair(low, high)}",
                ok=gap <= exact(self.max_gap),
            )
        if self.min_ratio is not None:
            expected = f"ratio ≥ {number_text(self.min_ratio)}"
            if low.result < 0 or high.result <= 0:
                yield self._verdict(expected, f"no ratio, {_pair(low, high)}", ok=False)
                return
            ratio = f"a ratio of {number_text(low.result / high.result)}"
            ok = exact(low.result) >= times(self.min_ratio, high.result)
            yield self._verdict(expected, f"{ratio}, {_pair(low, high)}", ok=ok)

    def _verdict(self, expected: str, actual: str, *, ok: bool) -> Verdict:
        result = "meets" if ok else "fails"
        message = f"{self.metric} by {self.dimension} has {actual}, {result} {expected}"
        return Verdict(ok, message, self.dimension, self.metric, expected, actual)


def _pair(low: SliceMetric, high: SliceMetric) -> str:
    return (
        f"{number_text(low.result)} of {subject_of(low)} to "
        f"{number_text(high.result)} of {subject_of(high)}"
    )
