"""Evidence, rules and policies for tests, in phrases such as `a_slice("age", "60-69", 0.87)`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from registry_grpc.domain.attestation import AttestationDraft
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.evidence import Evidence, Record, by_cell, registered
from registry_grpc.domain.facts import ConfidenceInterval, SliceMetric, VersionDetail
from registry_grpc.domain.names import PolicyName, VersionName
from registry_grpc.domain.policy import Policy, PolicyDraft, policy_digest
from registry_grpc.domain.rule import Rule
from registry_grpc.domain.version import Version

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
MODEL = VersionName("default", "fraud", 1).parent


def a_slice(
    dimension: str,
    value: str,
    result: float,
    *,
    count: int = 100,
    metric: str = "recall",
    interval: tuple[float, float] | None = None,
) -> SliceMetric:
    """Return one result, with an interval of level 0.95 if its ends are given."""
    ends = None if interval is None else ConfidenceInterval(*interval, 0.95)
    return SliceMetric(dimension, value, count, metric, result, ends)


def the_version(
    number: int = 7,
    *,
    metrics: Mapping[str, float] | None = None,
    labels: Mapping[str, str] | None = None,
    detail: VersionDetail | None = None,
    age: timedelta = timedelta(0),
) -> Version:
    """Return a version that was registered so long before NOW."""
    time = NOW - age
    return Version(
        name=MODEL.version(number),
        uid=UUID(int=number),
        root_digest=Digest(f"{number:064x}"),
        size=10,
        file_count=1,
        creator="ann",
        create_time=time,
        update_time=time,
        revision=number,
        metrics=metrics or {},
        labels=labels or {},
        detail=detail or VersionDetail(),
        stage="staging",
    )


def the_evidence(
    version: Version,
    *records: tuple[Record, Sequence[SliceMetric]],
    files: Sequence[str] | None = None,
    attestations: Sequence[AttestationDraft] = (),
) -> Evidence:
    """Return a version with evaluations, newest first, each with its slices."""
    slices = {record.id: by_cell(items) for record, items in records}
    slices[""] = by_cell(version.detail.slices if version.detail else ())
    return Evidence(
        version=version,
        records=(*(record for record, _ in records), registered(version)),
        slices=slices,
        files=None if files is None else frozenset(files),
        attestations=tuple(attestations),
    )


def a_record(
    name: str,
    *slices: SliceMetric,
    metrics: Mapping[str, float] | None = None,
    dataset: str = "",
    age: timedelta = timedelta(0),
) -> tuple[Record, Sequence[SliceMetric]]:
    """Return an evaluation that was submitted so long before NOW, with its slices."""
    cells = frozenset((item.dimension, item.metric) for item in slices)
    return Record(name, NOW - age, dataset, metrics or {}, cells), slices


def a_policy(
    *rules: Rule,
    policy: str = "quality",
    number: int = 1,
    draft: PolicyDraft | None = None,
) -> Policy:
    """Return a policy in force of the way from anywhere to production, for all models."""
    said = draft or PolicyDraft(to_stage="production", models="*", rules=rules)
    name = PolicyName("default", policy)
    return Policy(name, number, said, policy_digest(said), "root", NOW, number)


def no_cel(expression: str, facts: Mapping[str, object]) -> bool:
    """Stand where no rule has an expression."""
    message = f"no caller should evaluate {expression} over {len(facts)} facts"
    raise AssertionError(message)
