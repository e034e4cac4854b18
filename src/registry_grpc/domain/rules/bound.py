"""Metric bounds: minimum and maximum of a result, overall or for each slice."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from registry_grpc.domain.dataset import URI_BYTES
from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.rules.age import check_age, too_old
from registry_grpc.domain.rules.check import Case, Needs, Verdict, absent, refused
from registry_grpc.domain.rules.numbers import (
    at_least,
    at_most,
    check_limit,
    less,
    more,
    number_text,
)
from registry_grpc.domain.rules.slices import (
    check_demands,
    check_measure,
    missing_slices,
    subject_of,
    too_few,
)
from registry_grpc.domain.violations import Violations


@dataclass(frozen=True, slots=True)
class MetricBound:
    """minimum ≤ metric ≤ maximum, overall or, with a dimension, for every slice of it.

    dataset: only evidence measured on it; '' for any. tolerance: amount by which a limit may be
    missed; a tie passes. use_bound: compare the worse bound of a slice's confidence interval, not
    the result. min_count: minimum number of examples of a slice. required_slices: values that must
    exist. max_age: of the evidence.
    """

    metric: str
    dataset: str = ""
    dimension: str = ""
    minimum: float | None = None
    maximum: float | None = None
    tolerance: float = 0.0
    use_bound: bool = False
    min_count: int = 0
    required_slices: tuple[str, ...] = ()
    max_age: timedelta | None = None

    @property
    def needs(self) -> Needs:
        """The slices, if there is a dimension."""
        if not self.dimension:
            return Needs()
        return Needs(cells=frozenset({(self.dimension, self.metric, self.dataset)}))

    def check(self, found: Violations, path: str) -> None:
        """Add the violations of the rule itself, under `path`."""
        check_measure(found, path, self.metric, self.dimension)
        check_text(found, f"{path}.dataset", self.dataset, URI_BYTES)
        check_limit(found, f"{path}.minimum", self.minimum, least=-math.inf)
        check_limit(found, f"{path}.maximum", self.maximum, least=-math.inf)
        check_limit(found, f"{path}.tolerance", self.tolerance, least=0)
        if self.minimum is None and self.maximum is None:
            found.add(path, "needs a minimum, a maximum or both")
        elif self.minimum is not None and self.maximum is not None:
            found.check(path, self.minimum <= self.maximum, "the minimum is above the maximum")
        found.check(
            f"{path}.use_bound",
            bool(self.dimension or not self.use_bound),
            "needs a dimension: overall metrics have no intervals",
        )
        check_demands(found, path, self.dimension, self.min_count, self.required_slices)
        check_age(found, f"{path}.max_age", self.max_age)

    def verdicts(self, case: Case) -> Iterator[Verdict]:
        """Yield one overall verdict, or one for each slice and each missing one."""
        limits = _Limits(self)
        if self.dimension:
            yield from self._of_slices(case, limits)
        else:
            yield self._of_whole(case, limits)

    def _of_whole(self, case: Case, limits: "_Limits") -> Verdict:
        record = case.candidate.measured(self.metric, self.dataset)
        if record is None:
            what = f"metric {_named(self.metric, self.dataset)} is missing"
            return absent(what, limits.text, metric=self.metric)
        old = too_old(case, record, self.max_age, self.metric)
        if old is not None:
            return old
        value = record.metrics[self.metric]
        actual = number_text(value)
        return limits.verdict(value, value, self.metric, "", actual)

    def _of_slices(self, case: Case, limits: "_Limits") -> Iterator[Verdict]:
        cell = (self.dimension, self.metric)
        record = case.candidate.sliced(cell, self.dataset)
        if record is None:
            named = _named(self.metric, self.dataset)
            what = f"metric {named} has no slices for dimension {self.dimension}"
            yield absent(what, limits.text, subject=self.dimension, metric=self.metric)
            return
        old = too_old(case, record, self.max_age, self.metric)
        if old is not None:
            yield old
        parts = case.candidate.parts(record, cell)
        yield from missing_slices(self.required_slices, parts, self.dimension, self.metric)
        for item in parts:
            yield too_few(item, self.min_count) or self._of_slice(item, limits)

    def _of_slice(self, item: SliceMetric, limits: "_Limits") -> Verdict:
        subject = subject_of(item)
        if not self.use_bound:
            actual = f"{number_text(item.result)} (n={item.count})"
            return limits.verdict(item.result, item.result, self.metric, subject, actual)
        ends = item.interval
        if ends is None:
            message = f"{self.metric} of {subject} has no confidence interval"
            return refused(
                message, subject, self.metric, limits.text, f"no interval (n={item.count})"
            )
        low, high, level = number_text(ends.low), number_text(ends.high), number_text(ends.level)
        actual = f"{low} to {high} (level {level}, n={item.count})"
        return limits.verdict(ends.low, ends.high, self.metric, subject, actual)


class _Limits:
    """The limits of a rule, with tolerance and as text; computed once for all slices."""

    def __init__(self, rule: MetricBound) -> None:
        low, high = rule.minimum, rule.maximum
        self.low = -math.inf if low is None else at_least(less(low, rule.tolerance))
        self.high = math.inf if high is None else at_most(more(high, rule.tolerance))
        texts = [] if low is None else [f"≥ {number_text(low)}"]
        texts += [] if high is None else [f"≤ {number_text(high)}"]
        slack = f" (tolerance {number_text(rule.tolerance)})" if rule.tolerance else ""
        self.text = " and ".join(texts) + slack
        self._endings = (f", fails {self.text}", f", meets {self.text}")

    def verdict(self, low: float, high: float, metric: str, subject: str, actual: str) -> Verdict:
        """Return the verdict: `low` ≥ minimum and `high` ≤ maximum; NaN fails."""
        finite = math.isfinite(low) and math.isfinite(high)
        ok = finite and low >= self.low and high <= self.high
        what = f"{metric} of {subject}" if subject else metric
        message = f"{what} is {actual}{self._endings[ok]}"
        return Verdict(ok, message, subject, metric, self.text, actual)


def _named(metric: str, dataset: str) -> str:
    return f"{metric} on {dataset}" if dataset else metric
