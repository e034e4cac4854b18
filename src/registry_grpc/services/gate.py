"""The gate of a move: evaluates its policies on all evidence, in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from registry_grpc.domain.canonical import content_digest
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.evidence import Evidence, evidence_digest
from registry_grpc.domain.finding import Finding
from registry_grpc.domain.gate import evaluate, needs_of
from registry_grpc.domain.model import Model
from registry_grpc.domain.policy import ApprovalRequirement, Policy
from registry_grpc.domain.rules.check import Needs
from registry_grpc.domain.version import Version
from registry_grpc.domain.work import current_work
from registry_grpc.services.evidence import gather
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.ports.expressions import Expressions

_UNITS_OF_A_POLICY = 100
# Its required facts, and its part of the policy's digest.
_UNITS_OF_A_RULE = 50


@dataclass(frozen=True, slots=True)
class Gate:
    """The evaluation of a move at one moment.

    policies: all that apply to the move, by id. findings: of all rules, also passed ones.
    evidence_digest: of the evaluations and attestations (and of the labels and the baseline, if
    rules use them).
    """

    version: Version
    from_stage: str
    to_stage: str
    policies: tuple[Policy, ...]
    findings: tuple[Finding, ...]
    policy_digest: Digest
    evidence_digest: Digest

    @property
    def blocks(self) -> bool:
        """Whether a finding blocks the move; independent of approvals and waits."""
        return any(finding.blocks for finding in self.findings)

    @property
    def approvals(self) -> tuple[tuple[str, ApprovalRequirement], ...]:
        """The required approvals: (policy as `<id>@<number>`, requirement)."""
        return tuple(
            (policy.reference, wanted)
            for policy in self.policies
            for wanted in policy.draft.approvals
        )

    @property
    def wait(self) -> timedelta:
        """The waiting time after the last approval: the longest of all policies."""
        return max((policy.draft.wait for policy in self.policies), default=timedelta(0))

    @property
    def binding(self) -> Digest:
        """The binding of approvals: it changes with version, move, policies and evidence."""
        return content_digest(
            {
                "version": str(self.version.uid),
                "root": self.version.root_digest,
                "from": self.from_stage,
                "to": self.to_stage,
                "policies": self.policy_digest,
                "evidence": self.evidence_digest,
            }
        )


def check_gate(
    tx: Transaction,
    model: Model,
    version: Version,
    to_stage: str,
    now: datetime,
    expressions: Expressions,
) -> Gate:
    """Evaluate the policies for a move of a version (with detail) from its present stage.

    Changes nothing. A decision based on it must be written in the same transaction.
    """
    policies = tuple(
        policy
        for policy in tx.policies.guarding(model.name.namespace, to_stage)
        if policy.draft.matches(model.name, version.stage, to_stage)
    )
    current_work().take(sum(map(_units, policies)))
    needs = needs_of(policies)
    candidate = gather(tx, version, needs)
    baseline = _holder(tx, model, version, to_stage, needs) if needs.baseline else None
    return Gate(
        version=version,
        from_stage=version.stage,
        to_stage=to_stage,
        policies=policies,
        findings=evaluate(policies, candidate, baseline, now, expressions.evaluate),
        policy_digest=content_digest([[policy.reference, policy.digest] for policy in policies]),
        evidence_digest=evidence_digest(candidate, baseline, labels=needs.labels),
    )


def _units(policy: Policy) -> int:
    return _UNITS_OF_A_POLICY + _UNITS_OF_A_RULE * len(policy.draft.rules)


def _holder(
    tx: Transaction, model: Model, version: Version, stage: str, needs: Needs
) -> Evidence | None:
    """Return the evidence of the last version that entered the stage, except this one."""
    for number in tx.stages.holders(model, stage, None):
        holder = None if number == version.name.number else tx.versions.get(model, number)
        if holder is not None:
            return gather(tx, holder, needs)
    return None
