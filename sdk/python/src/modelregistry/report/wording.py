"""How numbers, times and names are written in reports: exactly, and never as of today."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import IntEnum

from modelregistry.types import Finding, SliceMetric

NOTHING = "-"


def number(value: float) -> str:
    """Return a number so that nothing of it is lost, such as `0.9713` or `12`."""
    return f"{int(value)}" if value.is_integer() and abs(value) < 10**15 else repr(value)


def moment(time: datetime | None) -> str:
    """Return a moment such as `2026-10-04 12:01:33 UTC`; empty for none."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if time else ""


def called(value: int) -> str:
    """Return what an enumeration calls this; a number that this release does not know as it is."""
    return value.name.lower().replace("_", " ") if isinstance(value, IntEnum) else str(value)


def pairs(values: Mapping[str, str]) -> str:
    """Return labels and the like by key: `team=risk, tier=1`."""
    return ", ".join(f"{key}={values[key]}" for key in sorted(values))


def by_whom(who: str, when: datetime | None) -> str:
    """Return `2026-10-04 12:01:33 UTC by ann`, as far as it is known."""
    return " by ".join(part for part in (moment(when), who) if part)


def interval(part: SliceMetric) -> str:
    """Return a confidence interval such as `0.91 to 0.95 (0.95)`; empty for none."""
    known = part.interval
    if known is None:
        return ""
    return f"{number(known.low)} to {number(known.high)} ({number(known.level)})"


def subject(finding: Finding) -> str:
    """Return what a finding is about, such as `auc age=60-69`."""
    return " ".join(part for part in (finding.metric, finding.subject) if part)
