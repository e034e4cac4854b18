"""Shared checks of rules about slices: required slices, and numbers of examples."""

from collections.abc import Iterator, Sequence

from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.result import KEY_BYTES, VALUE_BYTES, check_key
from registry_grpc.domain.rules.check import Verdict, absent, refused
from registry_grpc.domain.violations import Violations

_MOST_REQUIRED = 1_000


def subject_of(item: SliceMetric) -> str:
    """Return a slice as text: `age=60-69`."""
    return f"{item.dimension}={item.value}"


def missing_slices(
    required: Sequence[str], found: Sequence[SliceMetric], dimension: str, metric: str
) -> Iterator[Verdict]:
    """Yield a failed verdict for each missing required slice."""
    present = {item.value for item in found}
    for value in required:
        if value not in present:
            subject = f"{dimension}={value}"
            what = f"metric {metric} has no slice {subject}"
            yield absent(what, "present", subject=subject, metric=metric)


def too_few(item: SliceMetric, least: int, whose: str = "") -> Verdict | None:
    """Return a failed verdict when a slice has fewer examples than `least`."""
    if item.count >= least:
        return None
    subject = subject_of(item)
    return refused(
        f"{whose}{item.metric} of {subject} has {item.count} examples, at least {least} required",
        subject,
        item.metric,
        f"n ≥ {least}",
        f"n={item.count}",
    )


def check_measure(found: Violations, path: str, metric: str, dimension: str) -> None:
    """Add violations of the names of a metric and a dimension ('' for overall)."""
    check_key(found, f"{path}.metric", metric)
    check_text(found, f"{path}.dimension", dimension, KEY_BYTES)


def check_demands(
    found: Violations, path: str, dimension: str, min_count: int, required: Sequence[str]
) -> None:
    """Add violations of the requirements on slices."""
    found.check(f"{path}.min_count", min_count >= 0, "must be at least 0")
    place = f"{path}.required_slices"
    found.check(f"{path}.min_count", bool(dimension or not min_count), "needs a dimension")
    found.check(place, bool(dimension or not required), "needs a dimension")
    found.check(place, len(required) <= _MOST_REQUIRED, f"at most {_MOST_REQUIRED}")
    for index, value in enumerate(required):
        found.check(f"{place}[{index}]", bool(value), "is empty")
        check_text(found, f"{place}[{index}]", value, VALUE_BYTES)
