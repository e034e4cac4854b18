"""Signals: numbers measured on the live traffic of versions, in windows of time."""

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from registry_grpc.domain.canonical import content_digest
from registry_grpc.domain.characters import has_control_characters
from registry_grpc.domain.dataset import check_content_digest
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.names import SignalName
from registry_grpc.domain.violations import Violations

MOST_SIGNALS: Final = 1_000
"""The signals of one call."""
MOST_VERSIONS: Final = 100
"""The versions of one call."""
DRIFT_METHODS: Final = frozenset({"psi", "ks", "js", "chi2", "wasserstein"})
"""Of these a large statistic, or a small p-value, is drift."""
MOST_SUBJECT_BYTES: Final = 256
"""The length of a subject."""
_DIMENSION_BYTES: Final = 128
_VALUE_BYTES: Final = 256
_ARM_BYTES: Final = 63
_TARGET_BYTES: Final = 128
_PRODUCER_BYTES: Final = 256
_MOST_COUNT: Final = 2**53
_AHEAD: Final = timedelta(days=1)
_METHOD = re.compile(r"[a-z][a-z0-9._-]{0,62}")


class SignalKind(StrEnum):
    """The kind of a signal."""

    DATA = "data"
    PREDICTION = "prediction"
    PERFORMANCE = "performance"
    OPERATIONS = "operations"


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """What a signal measures, of one version: subject, slice, arm and target; '' for all of it."""

    subject: str
    dimension: str = ""
    value: str = ""
    arm: str = ""
    target: str = ""

    def check(self, found: Violations, path: str) -> None:
        """Add all violations, under `path`."""
        for name, most in (
            ("subject", MOST_SUBJECT_BYTES),
            ("dimension", _DIMENSION_BYTES),
            ("value", _VALUE_BYTES),
            ("arm", _ARM_BYTES),
            ("target", _TARGET_BYTES),
        ):
            check_line(found, f"{path}.{name}", getattr(self, name), most)
        found.check(f"{path}.subject", bool(self.subject), "is required")
        found.check(f"{path}.value", bool(self.dimension) or not self.value, "needs a dimension")


@dataclass(frozen=True, slots=True)
class SignalDraft:
    """A signal as it is recorded. statistic, p_value: finite. counts: of examples, 0 if unknown."""

    kind: SignalKind
    series: Series
    method: str
    statistic: float
    window_start: datetime
    window_end: datetime
    p_value: float | None = None
    reference_count: int = 0
    current_count: int = 0
    profile_digest: str = ""
    producer: str = ""

    def check(self, found: Violations, path: str, now: datetime) -> None:
        """Add all violations, under `path`. now: windows may end a day later, and no more."""
        self.series.check(found, path)
        check_method(found, f"{path}.method", self.method)
        finite = math.isfinite(self.statistic)
        found.check(f"{path}.statistic", finite, f"must be a finite number, not {self.statistic}")
        if self.p_value is not None:
            found.check(f"{path}.p_value", 0 <= self.p_value <= 1, "must be 0 to 1")
        later = self.window_start < self.window_end
        found.check(f"{path}.window_end", later, "must be after window_start")
        soon = self.window_end <= now + _AHEAD
        found.check(f"{path}.window_end", soon, "is more than a day in the future")
        for name in ("reference_count", "current_count"):
            count = getattr(self, name)
            found.check(f"{path}.{name}", 0 <= count <= _MOST_COUNT, "must be 0 to 2^53")
        check_content_digest(found, f"{path}.profile_digest", self.profile_digest)
        check_line(found, f"{path}.producer", self.producer, _PRODUCER_BYTES)

    @property
    def identity(self) -> Digest:
        """The same for repeats: all but the numbers, the counts and the profile."""
        window = [self.window_start.isoformat(), self.window_end.isoformat()]
        return content_digest([self.kind, self.series, self.method, window, self.producer])


@dataclass(frozen=True, slots=True)
class Signal:
    """A recorded signal. version: the uid of its version, whose name may change."""

    name: SignalName
    version: UUID
    draft: SignalDraft
    creator: str
    create_time: datetime


def check_method(found: Violations, path: str, method: str) -> None:
    """Add a violation of the name of a method."""
    rule = "a method is 1 to 63 of a-z 0-9 . _ -, starting with a letter"
    found.check(path, _METHOD.fullmatch(method) is not None, rule)


def check_line(found: Violations, path: str, text: str, most: int) -> None:
    """Add violations of a text of one line."""
    check_text(found, path, text, most)
    found.check(path, not has_control_characters(text), "may not contain control characters")
