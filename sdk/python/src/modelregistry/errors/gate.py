"""Refusals by rules: policies, the evidence they read, and what a gate found."""

from modelregistry.errors.kinds import NotFound, WrongState
from modelregistry.types.finding import Finding


class PolicyNotFound(NotFound):
    """The policy, or that revision of it, does not exist."""

    REASON = "POLICY_NOT_FOUND"


class CelUnavailable(WrongState):
    """A policy has a CEL rule, and the server was installed without CEL."""

    REASON = "CEL_UNAVAILABLE"


class EvaluationNotFound(NotFound):
    """The evaluation does not exist."""

    REASON = "EVALUATION_NOT_FOUND"


class GateRefused(WrongState):
    """Rules refuse the move.

    `findings` holds everything that did not pass; `omitted_count` says how many more there are, if
    they were too many to be sent.
    """

    REASON = "GATE_REFUSED"
    findings: tuple[Finding, ...] = ()
    omitted_count: int = 0
