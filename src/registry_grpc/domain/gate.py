"""The gate: evaluates the rules of policies for a version. Pure and fail-closed.

A rule without anything to check, or with any failure of its evaluation, does not pass.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from registry_grpc.domain.errors import DeadlineExceeded, LimitExceeded
from registry_grpc.domain.evidence import Evidence
from registry_grpc.domain.finding import Finding, Outcome
from registry_grpc.domain.policy import Policy
from registry_grpc.domain.rule import Rule, Severity
from registry_grpc.domain.rules.check import (
    Case,
    Expressions,
    Needs,
    NotEvaluable,
    Verdict,
    refused,
)
from registry_grpc.domain.work import current_work

_UNITS_OF_A_RULE = 10
# The values are compared and written into the message of the reply.
_UNITS_OF_A_VERDICT = 6
_NOTHING = refused("there was nothing to look at", expected="something to look at")


def needs_of(policies: Iterable[Policy]) -> Needs:
    """Return the facts that must be loaded before `evaluate`.

    A rule of an unknown kind, stored by a later registry, needs none and is an ERROR.
    """
    needs = Needs()
    for policy in policies:
        for rule in policy.draft.rules:
            try:
                needs |= rule.demand.needs
            except ValueError:
                continue
    return needs


def evaluate(
    policies: Sequence[Policy],
    candidate: Evidence,
    baseline: Evidence | None,
    now: datetime,
    expressions: Expressions,
) -> tuple[Finding, ...]:
    """Return the findings of all rules of the policies, also passed ones, in order.

    baseline: the present version in the target stage, or None. expressions: evaluates CEL. A rule
    that cannot be evaluated is a finding with the outcome ERROR.
    """
    case = Case(candidate, baseline, now, expressions)
    version = str(candidate.version.name)
    found: list[Finding] = []
    for policy in policies:
        reference = policy.reference
        for rule in policy.draft.rules:
            found.extend(_findings(reference, rule, version, case))
    return tuple(found)


def _findings(reference: str, rule: Rule, version: str, case: Case) -> Iterator[Finding]:
    failed = Outcome.WARNED if rule.severity is Severity.WARN else Outcome.FAILED
    outcomes = (failed, Outcome.PASSED)
    try:
        verdicts = list(_counted(rule.demand.verdicts(case))) or [_NOTHING]
    except LimitExceeded:
        raise  # the call ends: its work limit is reached
    except DeadlineExceeded:
        raise  # the call was cancelled
    except NotEvaluable as error:
        yield _error(reference, rule, version, str(error))
    except Exception as error:  # noqa: BLE001 - a rule with any failure has not passed
        yield _error(reference, rule, version, type(error).__name__)
    else:
        for ok, message, subject, metric, expected, actual in verdicts:
            yield Finding(
                reference,
                rule.id,
                version,
                outcomes[bool(ok)],
                message,
                subject,
                metric,
                expected,
                actual,
            )


def _counted(verdicts: Iterator[Verdict]) -> Iterator[Verdict]:
    work = current_work()
    work.take(_UNITS_OF_A_RULE)
    for verdict in verdicts:
        work.take(_UNITS_OF_A_VERDICT)
        yield verdict


def _error(reference: str, rule: Rule, version: str, cause: str) -> Finding:
    message = f"rule {rule.id} could not be evaluated: {cause}"
    return Finding(reference, rule.id, version, Outcome.ERROR, message, actual=cause)
