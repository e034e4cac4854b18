"""Findings, in replies and in the details of errors."""

from modelregistry.types.finding import Finding, FindingOutcome
from modelregistry.v1 import finding_pb2 as pb


def finding_from_message(message: pb.Finding) -> Finding:
    """Read a finding."""
    number: int = message.outcome
    return Finding(
        policy=message.policy,
        rule=message.rule,
        version=message.version,
        outcome=FindingOutcome(number) if number in set(FindingOutcome) else number,
        message=message.message,
        subject=message.subject,
        metric=message.metric,
        expected=message.expected,
        actual=message.actual,
    )
