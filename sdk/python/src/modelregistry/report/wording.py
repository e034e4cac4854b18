"""Formats of numbers, times and names in reports: exact, and independent of the present time."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import IntEnum
from html import escape

from modelregistry._visible import visible
from modelregistry.types import Finding, SliceMetric

NOTHING = "-"


def escaped(text: str) -> str:
    """Return text escaped for HTML and XML, and for their attributes."""
    return escape(visible(text), quote=True)


def number(value: float) -> str:
    """Return a number without loss, such as `0.9713` or `12`."""
    return f"{int(value)}" if value.is_integer() and abs(value) < 10**15 else repr(value)


def moment(time: datetime | None) -> str:
    """Return a time such as `2026-10-04 12:01:33 UTC`; empty for none."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if time else ""


def called(value: int) -> str:
    """Return the name of an enumeration value; an unknown number as digits."""
    return value.name.lower().replace("_", " ") if isinstance(value, IntEnum) else str(value)


def pairs(values: Mapping[str, str]) -> str:
    """Return labels or tags by key: `team=risk, tier=1`."""
    return ", ".join(f"{key}={values[key]}" for key in sorted(values))


def by_whom(who: str, when: datetime | None) -> str:
    """Return `2026-10-04 12:01:33 UTC by ann`, without the unknown parts."""
    return " by ".join(part for part in (moment(when), who) if part)


def interval(part: SliceMetric) -> str:
    """Return a confidence interval such as `0.91 to 0.95 (0.95)`; empty for none."""
    known = part.interval
    if known is None:
        return ""
    return f"{number(known.low)} to {number(known.high)} ({number(known.level)})"


def subject(finding: Finding) -> str:
    """Return the subject of a finding, such as `auc age=60-69`."""
    return " ".join(part for part in (finding.metric, finding.subject) if part)
