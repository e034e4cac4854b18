"""Findings: what one rule of a policy said of one version."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The outcome of a rule. FAILED and ERROR block the gate."""

    PASSED = "passed"
    WARNED = "warned"  # would have failed, but the rule only warns
    FAILED = "failed"
    ERROR = "error"  # the rule could not be evaluated; refuses, whatever its severity


@dataclass(frozen=True, slots=True)
class Finding:
    """The finding of one rule, for one slice if it compares slices.

    policy: `<id>@<revision>`. rule: its id in the policy. version: canonical name. subject: the
    part of the data, such as `age=60-69`, or ''. expected and actual: for people, such as `≥ 0.9`
    and `0.87 (n=120)`. message: the whole as a sentence.
    """

    policy: str
    rule: str
    version: str
    outcome: Outcome
    message: str
    subject: str = ""
    metric: str = ""
    expected: str = ""
    actual: str = ""

    @property
    def blocks(self) -> bool:
        """Whether it closes the gate."""
        return self.outcome in {Outcome.FAILED, Outcome.ERROR}
