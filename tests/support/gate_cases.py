"""The table of gates: evidence, rules, and the expected findings.

`found` lists the findings in order, each as `outcome` or `outcome subject`.
"""
# ruff: noqa: E501, FBT003 - a table: one row, one line

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from registry_grpc.domain.attestation import AttestationDraft
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.evidence import Evidence
from registry_grpc.domain.facts import (
    DatasetInput,
    DatasetRole,
    Environment,
    Package,
    SliceMetric,
    Source,
    VersionDetail,
)
from registry_grpc.domain.rules.attested import RequiredAttestations
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.rules.change import Direction, MetricChange
from registry_grpc.domain.rules.check import Check
from registry_grpc.domain.rules.files import RequiredFiles
from registry_grpc.domain.rules.labelled import LabelRequirement, RequiredLabels
from registry_grpc.domain.rules.lineage import RequiredLineage
from registry_grpc.domain.rules.spread import SliceSpread
from tests.support.evidence import a_record, a_slice, the_evidence, the_version

NAN, INF = math.nan, math.inf
DAY = timedelta(days=1)
HIGHER, LOWER = Direction.HIGHER, Direction.LOWER
COMMIT = "ab" * 20


@dataclass(frozen=True)
class Known:
    """The facts about one version: evaluations (newest first) and what was registered with it."""

    records: Sequence[Any] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    detail: VersionDetail = field(default_factory=VersionDetail)
    files: Sequence[str] | None = None
    attested: Sequence[str] = ()
    age: timedelta = timedelta(0)

    def evidence(self, number: int) -> Evidence:
        """Return it as evidence of a version with this number."""
        version = the_version(
            number, metrics=self.metrics, labels=self.labels, detail=self.detail, age=self.age
        )
        attestations = [AttestationDraft(kind, Digest("ab" * 32), "ci") for kind in self.attested]
        return the_evidence(version, *self.records, files=self.files, attestations=attestations)


@dataclass(frozen=True)
class Row:
    """One case. baseline: None when the stage is empty."""

    name: str
    check: Check
    known: Known
    found: tuple[str, ...]
    baseline: Known | None = None


def registered(**fields: Any) -> Known:  # noqa: ANN401 - by name
    """Return a version of which only this was registered."""
    return Known(**fields)


def metrics(**values: float) -> Known:
    """Return a version with these overall results."""
    return Known(metrics=values)


def evaluated(*records: Any, **fields: Any) -> Known:  # noqa: ANN401 - as a_record makes them
    """Return a version with these evaluations, newest first."""
    return Known(records, **fields)


def ages(*results: float, count: int = 100, **fields: Any) -> Known:  # noqa: ANN401 - as a_slice
    """Return a version whose recall by age was measured: of a, b, c …"""
    named = zip("abcdef", results, strict=False)
    parts = [a_slice("age", value, result, count=count, **fields) for value, result in named]
    return Known([a_record("e1", *parts)])


def sliced(*parts: SliceMetric) -> Known:
    """Return a version with one evaluation of these slices."""
    return Known([a_record("e1", *parts)])


def auc(**fields: Any) -> MetricBound:  # noqa: ANN401 - of MetricBound
    """Return a bound of auc overall."""
    return MetricBound("auc", **fields)


def recall(**fields: Any) -> MetricBound:  # noqa: ANN401 - of MetricBound
    """Return a bound of recall of each age."""
    return MetricBound("recall", dimension="age", **fields)


def worse(metric: str = "auc", **fields: Any) -> MetricChange:  # noqa: ANN401 - of MetricChange
    """Return a change rule."""
    return MetricChange(metric, **fields)


def spread(**fields: Any) -> SliceSpread:  # noqa: ANN401 - of SliceSpread
    """Return a spread rule of recall by age."""
    return SliceSpread("recall", "age", **fields)


# fmt: off
WHOLE = (
    Row("above the minimum", auc(minimum=0.9), metrics(auc=0.95), ("passed",)),
    Row("at the minimum", auc(minimum=0.9), metrics(auc=0.9), ("passed",)),
    Row("a hair below the minimum", auc(minimum=0.9), metrics(auc=math.nextafter(0.9, 0)), ("failed",)),
    Row("below the minimum", auc(minimum=0.9), metrics(auc=0.85), ("failed",)),
    Row("below the maximum", auc(maximum=0.2), metrics(auc=0.1), ("passed",)),
    Row("at the maximum", auc(maximum=0.2), metrics(auc=0.2), ("passed",)),
    Row("a hair above the maximum", auc(maximum=0.2), metrics(auc=math.nextafter(0.2, 1)), ("failed",)),
    Row("above the maximum", auc(maximum=0.2), metrics(auc=0.3), ("failed",)),
    Row("between both", auc(minimum=0.1, maximum=0.2), metrics(auc=0.15), ("passed",)),
    Row("outside both", auc(minimum=0.1, maximum=0.2), metrics(auc=0.05), ("failed",)),
    Row("a minimum of zero is a minimum", auc(minimum=0.0), metrics(auc=-0.1), ("failed",)),
    Row("negative zero is zero", auc(minimum=0.0), metrics(auc=-0.0), ("passed",)),
    Row("whole numbers", auc(minimum=1), metrics(auc=1), ("passed",)),
    Row("very large numbers", auc(maximum=1e300), metrics(auc=1e301), ("failed",)),
    Row("within the tolerance", auc(minimum=0.9, tolerance=0.05), metrics(auc=0.86), ("passed",)),
    Row("at the end of the tolerance, as people reckon", auc(minimum=0.8, tolerance=0.1), metrics(auc=0.7), ("passed",)),
    Row("the same above", auc(maximum=0.1, tolerance=0.2), metrics(auc=0.3), ("passed",)),
    Row("beyond the tolerance", auc(minimum=0.8, tolerance=0.1), metrics(auc=0.6999), ("failed",)),
    Row("tolerance reaches both ways", auc(minimum=0.5, maximum=0.6, tolerance=0.1), metrics(auc=0.7), ("passed",)),
    Row("no metric", auc(minimum=0.9), metrics(f1=0.95), ("failed",)),
    Row("nothing at all", auc(minimum=0.9), Known(), ("failed",)),
    Row("NaN", auc(minimum=0.9), metrics(auc=NAN), ("failed",)),
    Row("NaN below a maximum", auc(maximum=0.9), metrics(auc=NAN), ("failed",)),
    Row("infinity above a minimum", auc(minimum=0.9), metrics(auc=INF), ("failed",)),
    Row("minus infinity below a maximum", auc(maximum=0.9), metrics(auc=-INF), ("failed",)),
    Row("names are exact", auc(minimum=0.9), metrics(AUC=0.95), ("failed",)),
    Row("the newest evaluation counts", auc(minimum=0.9), evaluated(a_record("e2", metrics={"auc": 0.95}), a_record("e1", metrics={"auc": 0.5})), ("passed",)),
    Row("also when it is worse", auc(minimum=0.9), evaluated(a_record("e2", metrics={"auc": 0.5}), a_record("e1", metrics={"auc": 0.95})), ("failed",)),
    Row("an evaluation counts before what was registered", auc(minimum=0.9), evaluated(a_record("e1", metrics={"auc": 0.5}), metrics={"auc": 0.95}), ("failed",)),
    Row("one without the metric hides nothing", auc(minimum=0.9), evaluated(a_record("e2", metrics={"f1": 0.1}), metrics={"auc": 0.95}), ("passed",)),
    Row("of the data set that is named", auc(minimum=0.9, dataset="d"), evaluated(a_record("e2", metrics={"auc": 0.5}, dataset="x"), a_record("e1", metrics={"auc": 0.95}, dataset="d")), ("passed",)),
    Row("no evidence of the data set", auc(minimum=0.9, dataset="d"), evaluated(a_record("e1", metrics={"auc": 0.95}, dataset="x")), ("failed",)),
    Row("what was registered is of no data set", auc(minimum=0.9, dataset="d"), metrics(auc=0.95), ("failed",)),
    Row("evidence of a data set counts where none is named", auc(minimum=0.9), evaluated(a_record("e1", metrics={"auc": 0.95}, dataset="x")), ("passed",)),
    Row("young enough", auc(minimum=0.9, max_age=DAY), evaluated(a_record("e1", metrics={"auc": 0.95}, age=DAY / 2)), ("passed",)),
    Row("just as old as it may be", auc(minimum=0.9, max_age=DAY), evaluated(a_record("e1", metrics={"auc": 0.95}, age=DAY)), ("passed",)),
    Row("a microsecond too old", auc(minimum=0.9, max_age=DAY), evaluated(a_record("e1", metrics={"auc": 0.95}, age=DAY + timedelta(microseconds=1))), ("failed",)),
    Row("what was registered ages too", auc(minimum=0.9, max_age=DAY), registered(metrics={"auc": 0.95}, age=2 * DAY), ("failed",)),
    Row("of any age where none is said", auc(minimum=0.9), registered(metrics={"auc": 0.95}, age=900 * DAY), ("passed",)),
)

SLICES = (
    Row("every slice is above", recall(minimum=0.8), ages(0.9, 0.85), ("passed age=a", "passed age=b")),
    Row("one is below", recall(minimum=0.8), ages(0.9, 0.7), ("passed age=a", "failed age=b")),
    Row("a tie of a slice", recall(minimum=0.8), ages(0.8), ("passed age=a",)),
    Row("all are below", recall(minimum=0.8), ages(0.1, 0.2), ("failed age=a", "failed age=b")),
    Row("a maximum of slices", recall(maximum=0.8), ages(0.9, 0.7), ("failed age=a", "passed age=b")),
    Row("tolerance of slices", recall(minimum=0.8, tolerance=0.1), ages(0.7, 0.69), ("passed age=a", "failed age=b")),
    Row("no slices at all", recall(minimum=0.8), metrics(recall=0.9), ("failed age",)),
    Row("slices of another dimension", recall(minimum=0.8), sliced(a_slice("site", "a", 0.9)), ("failed age",)),
    Row("slices of another metric", recall(minimum=0.8), sliced(a_slice("age", "a", 0.9, metric="auc")), ("failed age",)),
    Row("other slices beside", recall(minimum=0.8), sliced(a_slice("site", "a", 0.1), a_slice("age", "a", 0.9), a_slice("age", "a", 0.1, metric="auc")), ("passed age=a",)),
    Row("the overall result does not stand in", recall(minimum=0.8), evaluated(a_record("e1", metrics={"recall": 0.9})), ("failed age",)),
    Row("a slice that is NaN", recall(minimum=0.8), ages(NAN, 0.9), ("failed age=a", "passed age=b")),
    Row("a slice that is infinite", recall(minimum=0.8), ages(INF), ("failed age=a",)),
    Row("enough examples", recall(minimum=0.8, min_count=100), ages(0.9), ("passed age=a",)),
    Row("one example too few", recall(minimum=0.8, min_count=101), ages(0.9), ("failed age=a",)),
    Row("no examples", recall(minimum=0.8, min_count=1), ages(0.9, count=0), ("failed age=a",)),
    Row("no examples where none are asked for", recall(minimum=0.8), ages(0.9, count=0), ("passed age=a",)),
    Row("too few and too bad is one finding", recall(minimum=0.8, min_count=101), ages(0.1), ("failed age=a",)),
    Row("the required slice is there", recall(minimum=0.8, required_slices=("a",)), ages(0.9), ("passed age=a",)),
    Row("a required slice is missing", recall(minimum=0.8, required_slices=("z", "a")), ages(0.9), ("failed age=z", "passed age=a")),
    Row("two required slices are missing", recall(minimum=0.8, required_slices=("y", "z")), ages(0.9), ("failed age=y", "failed age=z", "passed age=a")),
    Row("required slices are named exactly", recall(minimum=0.8, required_slices=("A",)), ages(0.9), ("failed age=A", "passed age=a")),
    Row("a required slice of no dimension", recall(minimum=0.8, required_slices=("a",)), Known(), ("failed age",)),
    Row("the lower end is high enough", recall(minimum=0.8, use_bound=True), ages(0.9, interval=(0.8, 0.95)), ("passed age=a",)),
    Row("the lower end is too low", recall(minimum=0.8, use_bound=True), ages(0.9, interval=(0.79, 0.95)), ("failed age=a",)),
    Row("the point does not matter", recall(minimum=0.8, use_bound=True), ages(0.1, interval=(0.8, 0.95)), ("passed age=a",)),
    Row("the upper end is low enough", recall(maximum=0.2, use_bound=True), ages(0.1, interval=(0.0, 0.2)), ("passed age=a",)),
    Row("the upper end is too high", recall(maximum=0.2, use_bound=True), ages(0.1, interval=(0.0, 0.21)), ("failed age=a",)),
    Row("both ends within", recall(minimum=0.1, maximum=0.3, use_bound=True), ages(0.2, interval=(0.1, 0.3)), ("passed age=a",)),
    Row("one end outside", recall(minimum=0.1, maximum=0.3, use_bound=True), ages(0.2, interval=(0.1, 0.31)), ("failed age=a",)),
    Row("no interval", recall(minimum=0.8, use_bound=True), ages(0.9), ("failed age=a",)),
    Row("an interval that is NaN", recall(minimum=0.8, use_bound=True), ages(0.9, interval=(NAN, 0.9)), ("failed age=a",)),
    Row("an interval with a NaN on the other side", recall(minimum=0.8, use_bound=True), ages(0.9, interval=(0.85, NAN)), ("failed age=a",)),
    Row("an interval is not looked at unasked", recall(minimum=0.8), ages(0.9, interval=(0.1, 0.95)), ("passed age=a",)),
    Row("the newest slices count", recall(minimum=0.8), evaluated(a_record("e2", a_slice("age", "a", 0.7)), a_record("e1", a_slice("age", "a", 0.9))), ("failed age=a",)),
    Row("and hide older ones of other values", recall(minimum=0.8), evaluated(a_record("e2", a_slice("age", "a", 0.9)), a_record("e1", a_slice("age", "b", 0.1))), ("passed age=a",)),
    Row("newer evaluations without such slices hide nothing", recall(minimum=0.8), evaluated(a_record("e2", a_slice("site", "a", 0.1), metrics={"recall": 0.1}), a_record("e1", a_slice("age", "a", 0.9))), ("passed age=a",)),
    Row("slices of the data set that is named", recall(minimum=0.8, dataset="d"), evaluated(a_record("e2", a_slice("age", "a", 0.1), dataset="x"), a_record("e1", a_slice("age", "a", 0.9), dataset="d")), ("passed age=a",)),
    Row("slices of another data set only", recall(minimum=0.8, dataset="d"), evaluated(a_record("e1", a_slice("age", "a", 0.9), dataset="x")), ("failed age",)),
    Row("slices that were registered", recall(minimum=0.8), registered(detail=VersionDetail(slices=(a_slice("age", "a", 0.9),))), ("passed age=a",)),
    Row("a slice that was registered twice is looked at twice", recall(minimum=0.8), registered(detail=VersionDetail(slices=(a_slice("age", "a", 0.9), a_slice("age", "a", 0.1)))), ("passed age=a", "failed age=a")),
    Row("old slices", recall(minimum=0.8, max_age=DAY), evaluated(a_record("e1", a_slice("age", "a", 0.9), age=2 * DAY)), ("failed", "passed age=a")),
)

CHANGES = (
    Row("better", worse(max_absolute=0.0), metrics(auc=0.95), ("passed",), metrics(auc=0.9)),
    Row("the same", worse(max_absolute=0.0), metrics(auc=0.9), ("passed",), metrics(auc=0.9)),
    Row("a little worse, allowed", worse(max_absolute=0.02), metrics(auc=0.89), ("passed",), metrics(auc=0.9)),
    Row("worse by just what is allowed, as people reckon", worse(max_absolute=0.1), metrics(auc=0.7), ("passed",), metrics(auc=0.8)),
    Row("worse by more", worse(max_absolute=0.02), metrics(auc=0.87), ("failed",), metrics(auc=0.9)),
    Row("worse at all", worse(max_absolute=0.0), metrics(auc=0.8999), ("failed",), metrics(auc=0.9)),
    Row("lower is better and it is", worse("loss", direction=LOWER, max_absolute=0.0), metrics(loss=0.1), ("passed",), metrics(loss=0.2)),
    Row("lower is better and it is not", worse("loss", direction=LOWER, max_absolute=0.05), metrics(loss=0.3), ("failed",), metrics(loss=0.2)),
    Row("lower is better, a tie", worse("loss", direction=LOWER, max_absolute=0.1), metrics(loss=0.3), ("passed",), metrics(loss=0.2)),
    Row("relative, within", worse(max_relative=0.1), metrics(auc=0.75), ("passed",), metrics(auc=0.8)),
    Row("relative, a tie", worse(max_relative=0.1), metrics(auc=0.72), ("passed",), metrics(auc=0.8)),
    Row("relative, beyond", worse(max_relative=0.1), metrics(auc=0.71), ("failed",), metrics(auc=0.8)),
    Row("relative to a negative number", worse(max_relative=0.1), metrics(auc=-1.1), ("passed",), metrics(auc=-1.0)),
    Row("relative to zero, worse", worse(max_relative=0.5), metrics(auc=-0.1), ("failed",), metrics(auc=0.0)),
    Row("relative to zero, the same", worse(max_relative=0.5), metrics(auc=0.0), ("passed",), metrics(auc=0.0)),
    Row("both must hold, absolute fails", worse(max_absolute=0.01, max_relative=0.5), metrics(auc=0.85), ("failed",), metrics(auc=0.9)),
    Row("both must hold, relative fails", worse(max_absolute=0.5, max_relative=0.01), metrics(auc=0.85), ("failed",), metrics(auc=0.9)),
    Row("both hold", worse(max_absolute=0.06, max_relative=0.06), metrics(auc=0.85), ("passed",), metrics(auc=0.9)),
    Row("the stage is empty", worse(max_absolute=0.1), metrics(auc=0.9), ("failed",)),
    Row("the stage is empty, and that is allowed", worse(max_absolute=0.1, allow_no_baseline=True), metrics(auc=0.9), ("passed",)),
    Row("the holder lacks the metric", worse(max_absolute=0.1), metrics(auc=0.9), ("failed",), metrics(f1=0.9)),
    Row("the holder lacks the metric, and that is allowed", worse(max_absolute=0.1, allow_no_baseline=True), metrics(auc=0.9), ("passed",), metrics(f1=0.9)),
    Row("the candidate lacks it, whatever is allowed", worse(max_absolute=0.1, allow_no_baseline=True), metrics(f1=0.9), ("failed",), metrics(auc=0.9)),
    Row("the candidate is NaN", worse(max_absolute=0.1), metrics(auc=NAN), ("failed",), metrics(auc=0.9)),
    Row("the holder is NaN", worse(max_absolute=0.1), metrics(auc=0.9), ("failed",), metrics(auc=NAN)),
    Row("the candidate is infinite", worse(max_absolute=0.1), metrics(auc=INF), ("failed",), metrics(auc=0.9)),
    Row("on the same data set", worse(max_absolute=0.0, dataset="d"), evaluated(a_record("e1", metrics={"auc": 0.9}, dataset="d")), ("passed",), evaluated(a_record("b2", metrics={"auc": 0.99}, dataset="x"), a_record("b1", metrics={"auc": 0.9}, dataset="d"))),
    Row("the holder was not measured on it", worse(max_absolute=0.0, dataset="d"), evaluated(a_record("e1", metrics={"auc": 0.9}, dataset="d")), ("failed",), metrics(auc=0.1)),
    Row("slices, none worse", worse("recall", dimension="age", max_absolute=0.0), ages(0.9, 0.8), ("passed age=a", "passed age=b"), ages(0.9, 0.7)),
    Row("slices, one worse", worse("recall", dimension="age", max_absolute=0.0), ages(0.9, 0.6), ("passed age=a", "failed age=b"), ages(0.9, 0.7)),
    Row("slices, a tie", worse("recall", dimension="age", max_absolute=0.1), ages(0.7), ("passed age=a",), ages(0.8)),
    Row("a slice of the holder is gone", worse("recall", dimension="age", max_absolute=0.0), ages(0.9), ("failed age=b", "passed age=a"), ages(0.9, 0.7)),
    Row("a new slice", worse("recall", dimension="age", max_absolute=0.0), ages(0.9, 0.9), ("passed age=a", "failed age=b"), ages(0.9)),
    Row("a new slice, and that is allowed", worse("recall", dimension="age", max_absolute=0.0, allow_no_baseline=True), ages(0.9, 0.9), ("passed age=a", "passed age=b"), ages(0.9)),
    Row("the holder has no slices", worse("recall", dimension="age", max_absolute=0.0), ages(0.9), ("failed age",), metrics(recall=0.9)),
    Row("the holder has no slices, and that is allowed", worse("recall", dimension="age", max_absolute=0.0, allow_no_baseline=True), ages(0.9), ("passed age",), metrics(recall=0.9)),
    Row("the candidate has no slices", worse("recall", dimension="age", max_absolute=0.0, allow_no_baseline=True), Known(), ("failed age",), ages(0.9)),
    Row("too few examples of the candidate", worse("recall", dimension="age", max_absolute=0.0, min_count=101), ages(0.9), ("failed age=a",), ages(0.9, count=200)),
    Row("too few examples of the holder", worse("recall", dimension="age", max_absolute=0.0, min_count=101), ages(0.9, count=200), ("failed age=a",), ages(0.9)),
)

SPREADS = (
    Row("a small gap", spread(max_gap=0.1), ages(0.9, 0.85), ("passed age",)),
    Row("a gap that is just as large, as people reckon", spread(max_gap=0.1), ages(0.8, 0.7), ("passed age",)),
    Row("a gap that is larger", spread(max_gap=0.1), ages(0.8, 0.69), ("failed age",)),
    Row("the gap of the outermost", spread(max_gap=0.1), ages(0.8, 0.75, 0.69), ("failed age",)),
    Row("no gap is allowed and there is none", spread(max_gap=0.0), ages(0.8, 0.8), ("passed age",)),
    Row("negative results have a gap", spread(max_gap=0.1), ages(-0.1, 0.0), ("passed age",)),
    Row("a gap that is larger by next to nothing", spread(max_gap=0.1), ages(-0.1, 1e-300), ("failed age",)),
    Row("a ratio that is high", spread(min_ratio=0.8), ages(0.9, 0.8), ("passed age",)),
    Row("a ratio that is just enough, as people reckon", spread(min_ratio=0.7), ages(1.0, 0.7), ("passed age",)),
    Row("a ratio of three tenths", spread(min_ratio=0.3), ages(0.1, 0.03), ("passed age",)),
    Row("a ratio that is low", spread(min_ratio=0.8), ages(1.0, 0.79), ("failed age",)),
    Row("a ratio of negative results", spread(min_ratio=0.1), ages(-0.9, -0.9), ("failed age",)),
    Row("a ratio of zeros", spread(min_ratio=0.1), ages(0.0, 0.0), ("failed age",)),
    Row("a ratio of zero to something", spread(min_ratio=0.1), ages(0.0, 0.5), ("failed age",)),
    Row("both limits", spread(max_gap=0.1, min_ratio=0.9), ages(1.0, 0.9), ("passed age", "passed age")),
    Row("one of both limits", spread(max_gap=0.5, min_ratio=0.9), ages(1.0, 0.6), ("passed age", "failed age")),
    Row("no slices", spread(max_gap=0.1), metrics(recall=0.9), ("failed age",)),
    Row("one slice cannot be compared", spread(max_gap=0.1), ages(0.9), ("failed age",)),
    Row("a slice that is NaN", spread(max_gap=0.5), ages(0.9, NAN, 0.8), ("failed age=b", "passed age")),
    Row("NaN leaves one slice", spread(max_gap=0.5), ages(0.9, NAN), ("failed age=b", "failed age")),
    Row("too few examples", spread(max_gap=0.5, min_count=101), ages(0.9, 0.8), ("failed age=a", "failed age=b", "passed age")),
    Row("a required slice is missing", spread(max_gap=0.5, required_slices=("z",)), ages(0.9, 0.8), ("failed age=z", "passed age")),
    Row("old", spread(max_gap=0.5, max_age=DAY), evaluated(a_record("e1", a_slice("age", "a", 0.9), a_slice("age", "b", 0.8), age=2 * DAY)), ("failed", "passed age")),
    Row("of the data set that is named", spread(max_gap=0.1, dataset="d"), evaluated(a_record("e1", a_slice("age", "a", 0.9), a_slice("age", "b", 0.9), dataset="x")), ("failed age",)),
)

PINNED = DatasetInput("gs://train", "sha256:1", DatasetRole.TRAINING)
LOOSE = DatasetInput("gs://train", "", DatasetRole.TRAINING)


def made(**fields: Any) -> Known:  # noqa: ANN401 - of VersionDetail
    """Return a version with these facts."""
    return Known(detail=VersionDetail(**fields))


RECORDS = (
    Row("data sets are pinned", RequiredLineage(True), made(inputs=(PINNED,)), ("passed inputs",)),
    Row("one data set is not", RequiredLineage(True), made(inputs=(PINNED, LOOSE)), ("failed inputs",)),
    Row("no data set", RequiredLineage(True), made(), ("failed inputs",)),
    Row("a clean commit", RequiredLineage(False, True), made(source=Source(commit=COMMIT, dirty=False)), ("passed source",)),
    Row("a dirty tree", RequiredLineage(False, True), made(source=Source(commit=COMMIT, dirty=True)), ("failed source",)),
    Row("a tree that may be dirty", RequiredLineage(False, True), made(source=Source(commit=COMMIT)), ("failed source",)),
    Row("no commit", RequiredLineage(False, True), made(source=Source(dirty=False)), ("failed source",)),
    Row("no source", RequiredLineage(False, True), made(), ("failed source",)),
    Row("packages", RequiredLineage(False, False, True), made(environment=Environment(packages=(Package("numpy", "2"),))), ("passed environment",)),
    Row("an image", RequiredLineage(False, False, True), made(environment=Environment(image="x@sha256:1")), ("passed environment",)),
    Row("an environment that says nothing", RequiredLineage(False, False, True), made(environment=Environment(python_version="3")), ("failed environment",)),
    Row("no environment", RequiredLineage(False, False, True), made(), ("failed environment",)),
    Row("all of it", RequiredLineage(True, True, True), made(), ("failed inputs", "failed source", "failed environment")),
    Row("a file by name", RequiredFiles(("card.md",)), Known(files=["card.md"]), ("passed card.md",)),
    Row("a file by pattern", RequiredFiles(("*.onnx",)), Known(files=["a/b.onnx"]), ("passed *.onnx",)),
    Row("a file by one character", RequiredFiles(("v?.bin",)), Known(files=["v1.bin"]), ("passed v?.bin",)),
    Row("a file is missing", RequiredFiles(("*.onnx", "card.md")), Known(files=["card.md.bak"]), ("failed *.onnx", "failed card.md")),
    Row("patterns match whole paths", RequiredFiles(("*.bin",)), Known(files=["a.bin.old"]), ("failed *.bin",)),
    Row("case matters", RequiredFiles(("CARD*",)), Known(files=["card.md"]), ("failed CARD*",)),
    Row("files that were not read", RequiredFiles(("card.md",)), Known(), ("error",)),
    Row("a label", RequiredLabels((LabelRequirement("risk"),)), Known(labels={"risk": ""}), ("passed risk",)),
    Row("a label with a value", RequiredLabels((LabelRequirement("risk", ("low", "none")),)), Known(labels={"risk": "none"}), ("passed risk",)),
    Row("a label with another value", RequiredLabels((LabelRequirement("risk", ("low",)),)), Known(labels={"risk": "high"}), ("failed risk",)),
    Row("no label", RequiredLabels((LabelRequirement("risk"), LabelRequirement("card"))), Known(labels={"card": "yes"}), ("failed risk", "passed card")),
    Row("an attestation", RequiredAttestations(("slsa",)), Known(attested=["review", "slsa"]), ("passed slsa",)),
    Row("no attestation", RequiredAttestations(("slsa", "review")), Known(attested=["review"]), ("failed slsa", "passed review")),
)

# fmt: on
CASES = (*WHOLE, *SLICES, *CHANGES, *SPREADS, *RECORDS)
