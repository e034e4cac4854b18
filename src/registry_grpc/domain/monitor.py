"""Monitors: conditions over the signals of versions."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from registry_grpc.domain.canonical import content_digest
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.ids import alias_id
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.model import MAX_DESCRIPTION_BYTES, etag
from registry_grpc.domain.names import MonitorName
from registry_grpc.domain.pattern import MEANING, is_pattern, matches, matches_exactly
from registry_grpc.domain.signal import (
    DRIFT_METHODS,
    SignalDraft,
    SignalKind,
    check_line,
    check_method,
)
from registry_grpc.domain.violations import Violations

MOST_MONITORS: Final = 500
"""The monitors in force of a namespace."""
MOST_STATES: Final = 10_000
"""The series of a monitor."""
_PATTERN_BYTES: Final = 256
_MOST_NAMES: Final = 20
_MOST_WINDOWS: Final = 1_000
_MOST_COUNT: Final = 2**53
_WILD: Final = frozenset("*?[")
_LEAST_NO_DATA: Final = timedelta(minutes=1)
_LONGEST: Final = timedelta(days=365)


class SignalField(StrEnum):
    """The number of a signal that is compared."""

    STATISTIC = "statistic"
    P_VALUE = "p_value"


class BreachDirection(StrEnum):
    """The side of the threshold that is a breach."""

    ABOVE = "above"
    BELOW = "below"


class MonitorSeverity(StrEnum):
    """How bad a firing monitor is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the mildest."""
        return list(MonitorSeverity).index(self)


@dataclass(frozen=True, slots=True)
class SignalSelection:
    """The signals that a monitor judges.

    models: a pattern of ids. names: stages, aliases and routes of which a version must have one.
    subjects: a pattern. dimension, target, arm: exact; '' selects no slice, and every target and
    arm.
    """

    models: str
    kind: SignalKind
    method: str
    names: tuple[str, ...] = ()
    subjects: str = "*"
    dimension: str = ""
    target: str = ""
    arm: str = ""

    def check(self, found: Violations, path: str) -> None:
        """Add all violations, under `path`."""
        rule = f"a pattern is 1 to {_PATTERN_BYTES} bytes of {MEANING}, such as * for all"
        found.check(f"{path}.models", is_pattern(self.models, _PATTERN_BYTES), rule)
        found.check(f"{path}.names", len(self.names) <= _MOST_NAMES, f"at most {_MOST_NAMES}")
        for index, name in enumerate(self.names[:_MOST_NAMES]):
            found.parse(f"{path}.names[{index}]", alias_id, name)
        check_method(found, f"{path}.method", self.method)
        for name in ("subjects", "dimension", "target", "arm"):
            check_line(found, f"{path}.{name}", getattr(self, name), _PATTERN_BYTES)

    @property
    def subject(self) -> str:
        """The only subject that it selects; '' if a pattern may select several."""
        return "" if _WILD.intersection(self.subjects) else self.subjects

    def selects(self, draft: SignalDraft) -> bool:
        """Whether it selects a signal, of a version that it covers."""
        series = draft.series
        return (
            draft.kind is self.kind
            and draft.method == self.method
            and series.dimension == self.dimension
            and self.target in {"", series.target}
            and self.arm in {"", series.arm}
            and matches_exactly(self.subjects, series.subject)
        )

    def covers(self, model: str, names: Collection[str]) -> bool:
        """Whether it selects signals of a version. names: its stage, aliases and routes."""
        return matches(self.models, model) and (
            not self.names or any(name in names for name in self.names)
        )


@dataclass(frozen=True, slots=True)
class BreachCondition:
    """The condition that a window breaches. direction: None for that of a drift method."""

    threshold: float
    field: SignalField = SignalField.STATISTIC
    direction: BreachDirection | None = None
    min_count: int = 0

    def check(self, found: Violations, path: str, method: str) -> None:
        """Add all violations, under `path`."""
        finite = math.isfinite(self.threshold)
        found.check(f"{path}.threshold", finite, f"must be a finite number, not {self.threshold}")
        if self.field is SignalField.P_VALUE and finite:
            found.check(f"{path}.threshold", 0 <= self.threshold <= 1, "a p-value is 0 to 1")
        found.check(f"{path}.min_count", 0 <= self.min_count <= _MOST_COUNT, "must be 0 to 2^53")
        known, place = self._direction_of(method), f"{path}.direction"
        if known is None:
            rule = f"is required: a larger {method[:63]} may be better or worse"
            found.check(place, self.direction is not None, rule)
        else:
            rule = f"drift by {method} is {known} the threshold of the {self.field}"
            found.check(place, self.direction in {None, known}, rule)

    def _direction_of(self, method: str) -> BreachDirection | None:
        if self.field is SignalField.P_VALUE:
            return BreachDirection.BELOW
        return BreachDirection.ABOVE if method in DRIFT_METHODS else None

    def number(self, draft: SignalDraft) -> float | None:
        """Return the number of a signal to judge; None when it is not judged."""
        if draft.current_count < self.min_count:
            return None
        return draft.statistic if self.field is SignalField.STATISTIC else draft.p_value

    def breached_by(self, number: float, method: str) -> bool:
        """Whether a number is a breach; one equal to the threshold is none."""
        direction = self.direction or self._direction_of(method)
        if direction is BreachDirection.BELOW:
            return number < self.threshold
        return number > self.threshold


@dataclass(frozen=True, slots=True)
class MonitorDraft:
    """The content of a monitor.

    no_data_after: None when missing signals change nothing. reopen: whether late windows are
    judged.
    """

    selection: SignalSelection
    condition: BreachCondition
    severity: MonitorSeverity
    for_windows: int = 1
    clear_windows: int = 1
    cooldown: timedelta = timedelta(0)
    no_data_after: timedelta | None = None
    reopen: bool = False
    description: str = ""

    def check(self, found: Violations) -> None:
        """Add all violations, under the paths of a request's `monitor` field."""
        self.selection.check(found, "monitor.selection")
        self.condition.check(found, "monitor.condition", self.selection.method)
        for name in ("for_windows", "clear_windows"):
            windows = getattr(self, name)
            rule = f"must be 1 to {_MOST_WINDOWS}"
            found.check(f"monitor.{name}", 1 <= windows <= _MOST_WINDOWS, rule)
        short = timedelta(0) <= self.cooldown <= _LONGEST
        found.check("monitor.cooldown", short, f"must be 0 to {_LONGEST.days} days")
        if self.no_data_after is not None:
            within = _LEAST_NO_DATA <= self.no_data_after <= _LONGEST
            rule = f"must be 1 minute to {_LONGEST.days} days"
            found.check("monitor.no_data_after", within, rule)
        check_text(found, "monitor.description", self.description, MAX_DESCRIPTION_BYTES)


class MonitorAction(StrEnum):
    """The actions of monitors in the log."""

    PUT = "monitor.put"
    DELETE = "monitor.delete"


@dataclass(frozen=True, slots=True)
class Monitor:
    """One revision of a monitor.

    number: 1, 2, 3 … of this monitor, never reused. deleted: this revision deleted it, and has the
    content of the last one. digest: of the content. revision: of the registry.
    """

    name: MonitorName
    number: int
    draft: MonitorDraft
    digest: Digest
    actor: str
    time: datetime
    revision: int
    deleted: bool = False

    @property
    def etag(self) -> str:
        """The etag, which changes with every revision."""
        return etag(self.revision)


def monitor_digest(draft: MonitorDraft) -> Digest:
    """Return the digest of the content of a monitor."""
    return content_digest(draft)
