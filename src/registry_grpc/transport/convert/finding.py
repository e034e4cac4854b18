"""Findings to and from messages."""

from collections.abc import Mapping

from modelregistry.v1 import finding_pb2 as pb
from registry_grpc.domain.finding import Finding, Outcome

_OUTCOMES: Mapping[Outcome, pb.FindingOutcome.ValueType] = {
    Outcome.PASSED: pb.FINDING_OUTCOME_PASSED,
    Outcome.WARNED: pb.FINDING_OUTCOME_WARNED,
    Outcome.FAILED: pb.FINDING_OUTCOME_FAILED,
    Outcome.ERROR: pb.FINDING_OUTCOME_ERROR,
}
_FROM = {number: outcome for outcome, number in _OUTCOMES.items()}


def finding_message(finding: Finding) -> pb.Finding:
    """Return the message."""
    return pb.Finding(
        policy=finding.policy,
        rule=finding.rule,
        version=finding.version,
        outcome=_OUTCOMES[finding.outcome],
        message=finding.message,
        subject=finding.subject,
        metric=finding.metric,
        expected=finding.expected,
        actual=finding.actual,
    )


def finding_from(message: pb.Finding) -> Finding:
    """Return what this server wrote."""
    return Finding(
        policy=message.policy,
        rule=message.rule,
        version=message.version,
        outcome=_FROM[message.outcome],
        message=message.message,
        subject=message.subject,
        metric=message.metric,
        expected=message.expected,
        actual=message.actual,
    )
