"""Rules and evidence to store in contract tests of databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from registry_grpc.domain.attestation import Attestation, AttestationDraft
from registry_grpc.domain.evaluation import Evaluation, EvaluationDraft, evaluation_digest
from registry_grpc.domain.names import PolicyName
from registry_grpc.domain.policy import (
    ApprovalRequirement,
    Policy,
    PolicyDraft,
    policy_digest,
)
from registry_grpc.domain.rule import Rule, Severity
from registry_grpc.domain.rules.attested import RequiredAttestations
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.rules.change import Direction, MetricChange
from registry_grpc.domain.rules.expression import Expression
from registry_grpc.domain.rules.files import RequiredFiles
from registry_grpc.domain.rules.labelled import LabelRequirement, RequiredLabels
from registry_grpc.domain.rules.lineage import RequiredLineage
from registry_grpc.domain.rules.spread import SliceSpread
from registry_grpc.domain.version import Version
from tests.contract.database_examples import a_digest, a_uid, at

# Every kind of rule, with every field set.
RULES = (
    Rule(
        "bound",
        Severity.WARN,
        bound=MetricBound(
            metric="auc",
            dataset="gs://holdout",
            dimension="age",
            minimum=0.0,
            maximum=1e-300,
            tolerance=0.1,
            use_bound=True,
            min_count=2**40,
            required_slices=("60-69", "ü"),
            max_age=timedelta(days=30, microseconds=1),
        ),
    ),
    Rule(
        "change",
        change=MetricChange(
            metric="loss",
            direction=Direction.LOWER,
            dataset="d",
            dimension="age",
            max_absolute=0.0,
            max_relative=0.02,
            min_count=1,
            allow_no_baseline=True,
        ),
    ),
    Rule(
        "spread",
        spread=SliceSpread(
            metric="recall",
            dimension="age",
            dataset="d",
            max_gap=0.1,
            min_ratio=0.8,
            min_count=5,
            required_slices=("a",),
            max_age=timedelta(hours=1),
        ),
    ),
    Rule(
        "lineage",
        lineage=RequiredLineage(pinned_datasets=True, clean_commit=True, environment=True),
    ),
    Rule("files", files=RequiredFiles(("*.onnx", "card.md"))),
    Rule(
        "labels",
        labels=RequiredLabels((LabelRequirement("owner"), LabelRequirement("risk", ("low",)))),
    ),
    Rule("attestations", attestations=RequiredAttestations(("https://slsa.dev/provenance/v1",))),
    Rule("cel", cel=Expression('metrics["auc"] > 0.9')),
)
EVERYTHING = PolicyDraft(
    to_stage="production",
    models="fraud-*",
    from_stage="staging",
    rules=RULES,
    approvals=(
        ApprovalRequirement(
            id="clinic",
            meaning="validated",
            count=2,
            roles=("approver",),
            allow_requester=True,
            allow_author=True,
        ),
    ),
    wait=timedelta(hours=24),
    description="for people",
)


def a_policy(
    policy: str = "quality",
    number: int = 1,
    draft: PolicyDraft = EVERYTHING,
    *,
    namespace: str = "default",
) -> Policy:
    name = PolicyName(namespace, policy)
    return Policy(name, number, draft, policy_digest(draft), "root", at(number), number)


def an_evaluation(
    version: Version,
    revision: int,
    **fields: Any,  # noqa: ANN401 - of the draft
) -> Evaluation:
    draft = replace(EvaluationDraft(metrics={"auc": 0.9}), **fields)
    return Evaluation(
        name=version.name.evaluation(a_uid()),
        draft=draft,
        slice_count=len(draft.slices),
        digest=evaluation_digest(draft),
        creator="ann",
        create_time=at(revision),
        revision=revision,
    )


def an_attestation(version: Version, revision: int) -> Attestation:
    draft = AttestationDraft("https://slsa.dev/provenance/v1", a_digest("x"), "release@bank")
    name = version.name.attestation(a_uid())
    return Attestation(name, draft, "ann", at(revision), revision)
