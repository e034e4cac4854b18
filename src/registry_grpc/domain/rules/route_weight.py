"""The highest weight of versions in routes that are not in the target stage."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry_grpc.domain.ids import MAX_ALIAS_ID_BYTES
from registry_grpc.domain.pattern import MEANING, is_pattern
from registry_grpc.domain.rules.check import Case, Needs, Verdict, passed
from registry_grpc.domain.violations import Violations

_PATTERN_BYTES = MAX_ALIAS_ID_BYTES
_MOST = 9_999


@dataclass(frozen=True, slots=True)
class RouteWeightBound:
    """pattern: of route ids. maximum: in basis points. Checked when a route is set."""

    pattern: str
    maximum: int = 0

    @property
    def needs(self) -> Needs:
        """Nothing: it limits versions that are not in the stage."""
        return Needs()

    def check(self, found: Violations, path: str) -> None:
        """Add the violations of the rule itself, under `path`."""
        written = is_pattern(self.pattern, _PATTERN_BYTES)
        hint = f"must be 1 to {_PATTERN_BYTES} bytes of {MEANING}"
        found.check(f"{path}.pattern", written, hint)
        found.check(f"{path}.maximum", 0 <= self.maximum <= _MOST, f"must be 0 to {_MOST:,}")

    def verdicts(self, _case: Case) -> Iterator[Verdict]:
        """Yield that it passes: a version that enters the stage has no limit."""
        message = f"the weight in routes {self.pattern} is limited only outside of the stage"
        yield passed(message, self.pattern, "", f"at most {self.maximum} outside", "inside")
