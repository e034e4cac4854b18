"""Refusals by rules: policies, the evidence they read, and what a gate found."""

from collections.abc import Sequence

from registry_grpc.domain.errors.kinds import NotFound, WrongState
from registry_grpc.domain.finding import Finding, Outcome


class PolicyNotFound(NotFound):
    """The policy, or that revision of it, does not exist."""

    reason = "POLICY_NOT_FOUND"
    resource_type = "policy"


class CelUnavailable(WrongState):
    """A policy has a CEL rule, and this server was installed without CEL."""

    reason = "CEL_UNAVAILABLE"

    def __init__(self, policy: str) -> None:
        super().__init__(
            policy,
            f"{policy} has a CEL rule, and this server has no CEL; install registry-grpc[cel]",
        )


class EvaluationNotFound(NotFound):
    """The evaluation does not exist."""

    reason = "EVALUATION_NOT_FOUND"
    resource_type = "evaluation"


class GateRefused(WrongState):
    """Rules refuse the move; `findings` holds all that did not pass."""

    reason = "GATE_REFUSED"

    def __init__(self, transition: str, subject: str, findings: Sequence[Finding]) -> None:
        blocking = [item for item in findings if item.outcome is not Outcome.WARNED]
        first = f": {blocking[0].message}" if blocking else ""
        more = f" (and {len(blocking) - 1} more)" if len(blocking) > 1 else ""
        super().__init__(
            subject,
            f"promotion of {subject} blocked{first}{more}",
            causes=[item.message for item in blocking],
            transition=transition,
            finding_count=len(findings),
        )
        self.findings = tuple(findings)
