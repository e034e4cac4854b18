"""No firing monitor on a version."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry_grpc.domain.labels import check_text
from registry_grpc.domain.monitor import MonitorSeverity
from registry_grpc.domain.pattern import MEANING, is_pattern
from registry_grpc.domain.rules.check import Case, Needs, Verdict, passed, refused
from registry_grpc.domain.violations import Violations

_PATTERN_BYTES = 256


@dataclass(frozen=True, slots=True)
class NoFiringMonitor:
    """min_severity: the mildest that matters. routes: a pattern of routes; '' for none."""

    min_severity: MonitorSeverity
    routes: str = ""

    @property
    def needs(self) -> Needs:
        """The states that fire: they are part of what approvals are bound to."""
        return Needs(monitors=True)

    def check(self, found: Violations, path: str) -> None:
        """Add the violations of the rule itself, under `path`."""
        if self.routes:
            rule = f"a pattern is 1 to {_PATTERN_BYTES} bytes of {MEANING}"
            found.check(f"{path}.routes", is_pattern(self.routes, _PATTERN_BYTES), rule)
        check_text(found, f"{path}.routes", self.routes, _PATTERN_BYTES)

    def verdicts(self, case: Case) -> Iterator[Verdict]:
        """Yield one verdict for each state that fires, or one that none does."""
        expected = f"no monitor of severity {self.min_severity} or worse fires"
        firing = [
            state
            for state in case.candidate.firing
            if state.severity.rank >= self.min_severity.rank
        ]
        if not firing:
            yield passed(expected, expected=expected, actual="none fires")
        for state in firing:
            subject, monitor = state.series.subject, state.name.monitor
            message = (
                f"the monitor {monitor} fires for {subject} ({state.severity}, {state.last:g})"
            )
            yield refused(message, subject, expected=expected, actual=f"{state.phase}")
