"""Comparisons of tables with profiles."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from modelregistry._convert.writing import invalid
from modelregistry.drift import document, labels, statistics
from modelregistry.drift.counting import (
    count_categories,
    count_numbers,
    count_truths,
    spread_sample,
)
from modelregistry.drift.profiles import ColumnKind, ColumnProfile, Profile
from modelregistry.drift.results import (
    Bin,
    ColumnComparison,
    Comparison,
    DriftResult,
    SkippedMethod,
)
from modelregistry.drift.tables import table_of, unreadable, wanted_names
from modelregistry.drift.values import Column, Numbers, Unreadable, column_of

MAX_CURRENT: Final = 50_000
"""More finite values of the table are sampled for `ks` and `wasserstein`."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was counted of a column of the table. finite: None for categories."""

    counts: list[int]
    missing: int
    rows: int
    finite: Numbers | None = None


def compare(
    profile: Profile, table: object, *, columns: Collection[str] | None = None
) -> Comparison:
    """Compare a table with a profile; see `modelregistry.drift.compare`."""
    if not isinstance(profile, Profile):
        raise invalid("profile", f"must be a Profile, not {type(profile).__name__}")
    wanted = wanted_names(profile.names, columns)
    read = table_of(table)
    known = {column.name: column for column in profile.columns}
    rows: int | None = None
    compared: dict[str, ColumnComparison] = {}
    for name, value in read.columns(wanted):
        try:
            column = column_of(value)
            compared[name] = _compared(known[name], column, profile.rows)
            length = len(column.raw)
        except Unreadable as error:
            compared[name] = _skipped(known[name], str(error))
            continue
        if rows not in {None, length}:
            raise unreadable(name, f"has {length} values, others have {rows}")
        rows = length
    absent = "the table has no such column"
    return Comparison(
        profile_digest=document.digest(profile),
        reference_rows=profile.rows,
        rows=rows or 0,
        columns=tuple(
            compared.get(column.name) or _skipped(column, absent)
            for column in profile.columns
            if column.name in wanted
        ),
        other_columns=tuple(name for name in read.names if name not in known),
    )


def _skipped(profile: ColumnProfile, reason: str) -> ColumnComparison:
    skipped = SkippedMethod(subject=profile.name, method="", reason=reason)
    return ColumnComparison(name=profile.name, kind=profile.kind, skipped=(skipped,))


def _compared(profile: ColumnProfile, column: Column, reference_rows: int) -> ColumnComparison:
    counted = _counted(profile, column)
    if not reference_rows or not counted.rows:
        side = "table" if reference_rows else "reference"
        return _skipped(profile, f"the {side} has no rows")
    reference, current = list(profile.counts), counted.counts
    if profile.missing or counted.missing:
        reference, current = [*reference, profile.missing], [*current, counted.missing]
    found: list[DriftResult | SkippedMethod] = [*_of_bins(profile, reference, current)]
    infinite = 0
    if counted.finite is not None:
        infinite = sum(counted.counts) - len(counted.finite)
        found += _of_values(profile, counted.finite)
    return ColumnComparison(
        name=profile.name,
        kind=profile.kind,
        missing=counted.missing,
        infinite=infinite,
        bins=tuple(
            Bin(label=label, reference=before, current=now)
            for label, before, now in zip(labels.of(profile), reference, current, strict=False)
        ),
        results=tuple(each for each in found if isinstance(each, DriftResult)),
        skipped=tuple(each for each in found if isinstance(each, SkippedMethod)),
    )


def _counted(profile: ColumnProfile, column: Column) -> _Counted:
    rows = len(column.raw)
    if profile.kind == ColumnKind.CATEGORICAL:
        found, missing = count_categories(column, frozenset(profile.categories))
        counts = [found[text] for text in profile.categories]
        return _Counted([*counts, rows - missing - sum(counts)], missing, rows)
    numbers = column.numbers(profile.kind)
    if profile.kind == ColumnKind.BOOLEAN:
        return _Counted(*count_truths(numbers), rows)
    counts, missing = count_numbers(numbers, profile.edges)
    is_finite = np.isfinite(numbers)
    return _Counted(counts, missing, rows, numbers if is_finite.all() else numbers[is_finite])


def _of_bins(
    profile: ColumnProfile, reference: list[int], current: list[int]
) -> Iterator[DriftResult]:
    """Yield the results of the methods that compare bins: they have an answer for any counts."""

    def result(method: str, statistic: float, p_value: float | None = None) -> DriftResult:
        return DriftResult(
            subject=profile.name,
            method=method,
            statistic=statistic,
            p_value=p_value,
            reference_count=sum(reference),
            current_count=sum(current),
        )

    yield result("psi", statistics.psi(reference, current))
    yield result("js", statistics.js(reference, current))
    if not profile.kind.is_ordered:
        yield result("chi2", *statistics.chi2(reference, current))


def _of_values(profile: ColumnProfile, finite: Numbers) -> Iterator[DriftResult | SkippedMethod]:
    """Yield the results of the methods that compare finite values."""

    def skipped(method: str, reason: str) -> SkippedMethod:
        return SkippedMethod(subject=profile.name, method=method, reason=reason)

    def result(
        method: str, statistic: float, p_value: float | None = None, scale: float | None = None
    ) -> DriftResult:
        return DriftResult(
            subject=profile.name,
            method=method,
            statistic=statistic,
            p_value=p_value,
            reference_count=len(reference),
            current_count=len(current),
            reference_sampled=profile.sampled,
            current_sampled=len(current) < len(finite),
            scale=scale,
        )

    reference, current = np.array(profile.sample), spread_sample(finite, MAX_CURRENT)
    if not len(reference) or not len(current):
        reason = f"the {'table' if len(reference) else 'reference'} has no finite values"
        yield from (skipped(method, reason) for method in ("ks", "wasserstein"))
        return
    yield result("ks", *statistics.ks(reference, current))
    distance = statistics.wasserstein(reference, current)
    if np.isfinite(distance):
        yield result("wasserstein", distance, scale=profile.deviation)
    else:
        yield skipped("wasserstein", "the values are further apart than a double holds")
