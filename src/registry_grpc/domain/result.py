"""Results: overall metrics and metrics of slices, and their validation."""

import math
from collections.abc import Mapping, Sequence

from registry_grpc.domain.facts import SliceMetric
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.violations import Violations

KEY_BYTES = 128
VALUE_BYTES = 256
MOST_METRICS = 1_000
MOST_SLICES = 10_000


def check_metrics(found: Violations, path: str, metrics: Mapping[str, float]) -> None:
    """Add violations of overall results."""
    found.check(path, len(metrics) <= MOST_METRICS, f"at most {MOST_METRICS}")
    for key, value in sorted(metrics.items()):
        place = f"{path}[{key[:80]!r}]"
        check_key(found, place, key)
        found.check(place, math.isfinite(value), f"must be a finite number, not {value}")


def check_slices(found: Violations, path: str, slices: Sequence[SliceMetric]) -> None:
    """Add violations of results of slices."""
    found.check(path, len(slices) <= MOST_SLICES, f"at most {MOST_SLICES}")
    for index, part in enumerate(slices):
        _check_slice(found, f"{path}[{index}]", part)


def check_key(found: Violations, path: str, key: str) -> None:
    """Add violations of the name of a metric or parameter."""
    found.check(path, bool(key), "a key may not be empty")
    check_text(found, path, key, KEY_BYTES)


def _check_slice(found: Violations, path: str, part: SliceMetric) -> None:
    for name, most in (("dimension", KEY_BYTES), ("value", VALUE_BYTES), ("metric", KEY_BYTES)):
        text = getattr(part, name)
        found.check(f"{path}.{name}", bool(text), "is required")
        check_text(found, f"{path}.{name}", text, most)
    found.check(f"{path}.count", part.count >= 0, "must be at least 0")
    found.check(f"{path}.result", math.isfinite(part.result), "must be a finite number")
    if part.interval is not None:
        low, high, level = part.interval.low, part.interval.high, part.interval.level
        found.check(
            f"{path}.interval",
            math.isfinite(low) and math.isfinite(high) and low <= high,
            "low and high must be finite numbers, low not above high",
        )
        found.check(f"{path}.interval.level", 0 < level < 1, "must be between 0 and 1")
