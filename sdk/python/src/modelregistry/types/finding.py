"""Findings: what the rules of policies said."""

from dataclasses import dataclass
from enum import IntEnum


class FindingOutcome(IntEnum):
    """How a rule ended."""

    PASSED = 1
    WARNED = 2
    """Not as wanted, but the rule only warns."""
    FAILED = 3
    ERROR = 4
    """The rule could not be evaluated; that refuses, whatever its severity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule said of one version, and of one slice where it looks at slices."""

    policy: str
    """The policy and its revision: `<id>@<number>`."""
    rule: str
    """The rule's id in the policy."""
    version: str
    """The full name of the version."""
    outcome: FindingOutcome | int
    """A plain number when this release does not know it."""
    message: str
    """The whole as a sentence."""
    subject: str = ""
    """The part of the data, such as `age=60-69`; empty for all of it."""
    metric: str = ""
    expected: str = ""
    """What the rule wants, such as `≥ 0.9`."""
    actual: str = ""
    """What there is, such as `0.87 (n=120)`."""

    @property
    def refuses(self) -> bool:
        """Whether it closes the gate. What is not known closes it too."""
        return self.outcome not in {FindingOutcome.PASSED, FindingOutcome.WARNED}
