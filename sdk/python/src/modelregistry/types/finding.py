"""Findings: the results of the rules of policies."""

from dataclasses import dataclass
from enum import IntEnum


class FindingOutcome(IntEnum):
    """The result of a rule."""

    PASSED = 1
    WARNED = 2
    """The check failed, and the rule only warns."""
    FAILED = 3
    ERROR = 4
    """The rule could not be evaluated; this blocks the promotion, whatever the rule's severity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one rule for one version, or for one slice of it."""

    policy: str
    """The policy and its revision: `<id>@<number>`."""
    rule: str
    """The rule's id in the policy."""
    version: str
    """The full name of the version."""
    outcome: FindingOutcome | int
    """A plain number when this release does not know it."""
    message: str
    """The result as a sentence."""
    subject: str = ""
    """The part of the data, such as `age=60-69`; empty for all of it."""
    metric: str = ""
    expected: str = ""
    """The threshold, such as `≥ 0.9`."""
    actual: str = ""
    """The actual value, such as `0.87 (n=120)`."""

    @property
    def blocks(self) -> bool:
        """Whether it blocks the promotion, as outcomes that this release does not know do."""
        return self.outcome not in {FindingOutcome.PASSED, FindingOutcome.WARNED}
