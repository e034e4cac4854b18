"""Evidence, policies and refusals by rules: through the wire and through the SDK."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import grpc
import pytest

from modelregistry import (
    ApprovalRequirement,
    CelExpression,
    Client,
    ConfidenceInterval,
    FindingOutcome,
    LabelRequirement,
    MetricBound,
    MetricChange,
    MetricDirection,
    Policy,
    RequiredAttestations,
    RequiredFiles,
    RequiredLabels,
    RequiredLineage,
    Rule,
    RuleSeverity,
    SliceMetric,
    SliceSpread,
)
from modelregistry.errors import (
    EtagMismatch,
    EvaluationNotFound,
    GateRefused,
    InvalidRequest,
    PolicyNotFound,
    VersionDeleted,
)
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import finding_pb2
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected

DIGEST = "sha256:" + "ab" * 32
EVERY_RULE = (
    Rule(
        id="bound",
        severity=RuleSeverity.WARN,
        check=MetricBound(
            metric="recall",
            dataset="gs://holdout",
            dimension="age",
            minimum=0.5,
            maximum=1.0,
            tolerance=0.1,
            use_bound=True,
            min_count=10,
            required_slices=("60-69",),
            max_age=timedelta(days=30),
        ),
    ),
    Rule(
        id="change",
        check=MetricChange(
            metric="loss",
            direction=MetricDirection.LOWER_IS_BETTER,
            max_absolute=0.0,
            max_relative=0.5,
            allow_no_baseline=True,
        ),
    ),
    Rule(id="spread", check=SliceSpread(metric="recall", dimension="age", max_gap=0.1)),
    Rule(id="lineage", check=RequiredLineage(pinned_datasets=True, clean_commit=True)),
    Rule(id="files", check=RequiredFiles(patterns=("*.bin",))),
    Rule(
        id="labels",
        check=RequiredLabels(labels=(LabelRequirement(key="risk", values=("low",)),)),
    ),
    Rule(id="attested", check=RequiredAttestations(predicate_types=("slsa",))),
    Rule(id="cel", check=CelExpression(expression='metrics["auc"] > 0.9')),
)


@pytest.fixture
def client(registry_process: RegistryProcess) -> Iterator[Client]:
    """The SDK on a real server, in a namespace of its own."""
    name = f"risk-{uuid4().hex[:12]}"
    with Client(registry_process.target, namespace=name, cache=False) as made:
        made.create_namespace(name)
        yield made


@pytest.fixture
def ref(client: Client, tmp_path: Path) -> str:
    """A version in staging."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights.bin").write_bytes(b"weights")
    pushed = client.push("fraud", tmp_path / "model", metrics={"auc": 0.95})
    client.set_stage(pushed, "staging")
    return f"{client.namespace}/fraud/{pushed.number}"


def a_slice(value: str, result: float, count: int = 100) -> SliceMetric:
    return SliceMetric(dimension="age", value=value, metric="recall", result=result, count=count)


def guard(client: Client, *rules: Rule) -> Policy:
    return client.put_policy(Policy(name="quality", to_stage="production", models="*", rules=rules))


def test_an_evaluation_is_read_as_it_was_submitted(client: Client, ref: str) -> None:
    interval = ConfidenceInterval(low=0.8, high=0.9, level=0.95)
    slices = (replace(a_slice("60-69", 0.87), interval=interval), a_slice("20-29", 0.9))
    made = client.submit_evaluation(
        ref,
        metrics={"auc": 0.96},
        slices=slices,
        dataset_uri="gs://holdout",
        dataset_digest="sha256:1",
        evaluator="risk-eval 2.3",
        evaluator_digest="git:abc",
        description="by hand",
    )
    assert (made.metrics, made.slices, made.slice_count) == ({"auc": 0.96}, slices, 2)
    assert (made.dataset_uri, made.dataset_digest) == ("gs://holdout", "sha256:1")
    assert (made.evaluator, made.evaluator_digest) == ("risk-eval 2.3", "git:abc")
    assert made.description == "by hand"
    assert made.creator
    assert made.revision
    assert client.get_evaluation(made) == made
    assert client.get_evaluation(made.name, min_revision=made.revision) == made


def test_evaluations_are_listed_newest_first_without_slices(client: Client, ref: str) -> None:
    for auc in (0.1, 0.2, 0.3):
        client.submit_evaluation(ref, metrics={"auc": auc}, slices=[a_slice("x", auc)])
    listed = list(client.evaluations(ref, page_size=2))
    assert [item.metrics["auc"] for item in listed] == [0.3, 0.2, 0.1]
    assert all((item.slices, item.slice_count) == ((), 1) for item in listed)
    assert listed[0].digest == client.get_evaluation(listed[0]).digest


def test_everything_that_is_wrong_with_an_evaluation_is_said_at_once(
    client: Client, ref: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        client.submit_evaluation(
            ref,
            metrics={"auc": float("nan"), "loss": float("inf"), "": 1.0},
            slices=[a_slice("x", 0.1), a_slice("x", 0.2), a_slice("y", float("-inf"), -1)],
            dataset_uri="https://user:secret@host/data",
            dataset_digest="nothing",
        )
    assert {item.field for item in refusal.value.violations} == {
        "evaluation.metrics['auc']",
        "evaluation.metrics['loss']",
        "evaluation.metrics['']",
        "evaluation.slices[1]",
        "evaluation.slices[2].count",
        "evaluation.slices[2].result",
        "evaluation.dataset_uri",
        "evaluation.dataset_digest",
    }
    with pytest.raises(InvalidRequest, match="no result"):
        client.submit_evaluation(ref)


def test_a_deleted_version_takes_no_evidence_and_keeps_what_it_has(
    client: Client, ref: str
) -> None:
    made = client.submit_evaluation(ref, metrics={"auc": 0.9})
    client.delete_version(ref)
    with pytest.raises(VersionDeleted):
        client.submit_evaluation(ref, metrics={"auc": 0.9})
    with pytest.raises(VersionDeleted):
        client.record_attestation(ref, predicate_type="t", payload_digest=DIGEST, signer="me")
    assert client.get_evaluation(made) == made
    missing = made.name.replace(made.id, str(uuid4()))
    with pytest.raises(EvaluationNotFound):
        client.get_evaluation(missing)


def test_attestations_are_recorded_and_listed(client: Client, ref: str) -> None:
    made = [
        client.record_attestation(ref, predicate_type=kind, payload_digest=DIGEST, signer="ci")
        for kind in ("slsa", "review")
    ]
    assert list(client.attestations(ref, page_size=1)) == made[::-1]
    assert made[0].payload_digest == DIGEST


def test_a_policy_with_every_kind_of_rule_is_read_as_it_was_put(client: Client) -> None:
    said = Policy(
        name="everything",
        to_stage="production",
        models="fraud-*",
        from_stage="staging",
        rules=EVERY_RULE,
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
    put = client.put_policy(said, reason="the regulator asks for it")
    assert put.number == 1
    for field in ("to_stage", "models", "from_stage", "rules", "approvals", "wait", "description"):
        assert getattr(put, field) == getattr(said, field), field
    assert client.get_policy("everything") == put
    assert client.put_policy(said) == put  # the same content is no change


def test_policies_have_revisions_and_an_etag(client: Client) -> None:
    first = guard(client, EVERY_RULE[2])
    second = client.put_policy(replace(first, rules=EVERY_RULE[:2]))
    assert (first.number, second.number) == (1, 2)
    with pytest.raises(EtagMismatch):
        client.put_policy(replace(first, rules=EVERY_RULE[:1]))
    with pytest.raises(EtagMismatch):
        client.put_policy(replace(first, etag="none"))
    assert client.get_policy("quality", number=1) == first
    with pytest.raises(PolicyNotFound):
        client.get_policy("quality", number=3)
    with pytest.raises(EtagMismatch):
        client.delete_policy("quality", etag=first.etag)
    client.delete_policy("quality", etag=second.etag, reason="not needed")
    with pytest.raises(PolicyNotFound):
        client.get_policy("quality")
    with pytest.raises(PolicyNotFound):
        client.delete_policy("quality")
    assert list(client.policies()) == []
    history = list(client.policy_revisions("quality", page_size=2))
    assert [(item.number, item.deleted) for item in history] == [(3, True), (2, False), (1, False)]
    again = guard(client, EVERY_RULE[2])
    assert again.number == 4


def test_everything_that_is_wrong_with_a_policy_is_said_at_once(client: Client) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        client.put_policy(
            Policy(
                name="wrong",
                to_stage="moon",
                from_stage="mars",
                models="a:b",
                rules=(
                    Rule(id="Twice", check=None),
                    Rule(id="twice", check=MetricBound(metric="", minimum=float("nan"))),
                    Rule(id="twice", check=MetricBound(metric="auc", minimum=1.0, maximum=0.0)),
                    Rule(id="whole", check=MetricBound(metric="m", minimum=0, use_bound=True)),
                    Rule(id="way", check=MetricChange(metric="m", direction=0, max_absolute=-1)),
                ),
                approvals=(ApprovalRequirement(id="a", count=99, roles=("reader", "king")),),
                wait=timedelta(days=99),
            )
        )
    assert {item.field for item in refusal.value.violations} == {
        "policy.to_stage",
        "policy.from_stage",
        "policy.models",
        "policy.rules[0]",
        "policy.rules[0].id",
        "policy.rules[1].bound.metric",
        "policy.rules[1].bound.minimum",
        "policy.rules[2].id",
        "policy.rules[2].bound",
        "policy.rules[3].bound.use_bound",
        "policy.rules[4].change.direction",
        "policy.rules[4].change.max_absolute",
        "policy.approvals[0].count",
        "policy.approvals[0].roles[0]",
        "policy.approvals[0].roles[1]",
        "policy.wait",
    }


def test_an_expression_that_does_not_compile_is_refused_when_it_is_put(client: Client) -> None:
    with pytest.raises(InvalidRequest, match="undeclared reference to 'auc'") as refusal:
        guard(client, Rule(id="cel", check=CelExpression(expression="auc > 0.9")))
    assert refusal.value.violations[0].field == "policy.rules[0].cel.expression"
    with pytest.raises(InvalidRequest, match="not boolean"):
        guard(client, Rule(id="cel", check=CelExpression(expression='metrics["auc"]')))


def test_a_refusal_by_rules_brings_its_findings(client: Client, ref: str) -> None:
    client.submit_evaluation(ref, slices=[a_slice("60-69", 0.7, 120), a_slice("20-29", 0.9)])
    guard(
        client,
        Rule(id="ages", check=MetricBound(metric="recall", dimension="age", minimum=0.8)),
        Rule(id="auc", check=MetricBound(metric="auc", minimum=0.9)),
        Rule(id="cel", check=CelExpression(expression='metrics["f1"] > 0.5')),
        Rule(
            id="wish",
            severity=RuleSeverity.WARN,
            check=RequiredLabels(labels=(LabelRequirement(key="card"),)),
        ),
    )
    with pytest.raises(GateRefused, match="recall of age=60-69") as refusal:
        client.set_stage(ref, "production")
    found = {(item.rule, item.subject): item for item in refusal.value.findings}
    assert FindingOutcome.FAILED is found["ages", "age=60-69"].outcome
    assert (found["ages", "age=60-69"].expected, found["ages", "age=60-69"].actual) == (
        "≥ 0.8",
        "0.7 (n=120)",
    )
    assert found["cel", ""].outcome is FindingOutcome.ERROR
    assert "Key not found" in found["cel", ""].actual
    assert refusal.value.omitted_count == 0
    assert all(item.policy == "quality@1" for item in refusal.value.findings)
    assert client.get_version(ref).stage == "staging"


def test_a_thousand_findings_arrive_whole_at_the_client_that_can_receive_them(
    client: Client, ref: str, registry_process: RegistryProcess
) -> None:
    slices = [a_slice(f"Gruppe-Ä-{number:04}", 0.5) for number in range(1_000)]
    client.submit_evaluation(ref, slices=slices)
    guard(client, Rule(id="ages", check=MetricBound(metric="recall", dimension="age", minimum=0.8)))
    with pytest.raises(GateRefused) as refusal:
        client.set_stage(ref, "production")
    assert refusal.value.omitted_count == 0
    assert [item.subject for item in refusal.value.findings] == [
        f"age={item.value}" for item in slices
    ]
    with connected(registry_process.target) as stubs:
        _some_findings_arrive_anywhere(stubs, ref)


def _some_findings_arrive_anywhere(stubs: Stubs, ref: str) -> None:
    request = catalog.SetStageRequest(name=ref, stage="production")
    with pytest.raises(grpc.RpcError) as refusal:
        stubs.SetStage(request)
    assert refusal.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    report = _report(refusal.value)
    assert len(report.findings) > 10
    assert len(report.findings) + report.omitted_count == 1_000


def _report(error: grpc.RpcError) -> finding_pb2.GateReport:
    from grpc_status import rpc_status  # noqa: PLC0415 - only here

    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    assert status is not None
    report = finding_pb2.GateReport()
    assert any(part.Unpack(report) for part in status.details)
    return report


def test_their_events_are_on_the_log_named_by_what_they_are(client: Client, ref: str) -> None:
    evaluation = client.submit_evaluation(ref, metrics={"auc": 0.9}, slices=[a_slice("x", 0.5)])
    attestation = client.record_attestation(
        ref, predicate_type="slsa", payload_digest=DIGEST, signer="ci"
    )
    policy = guard(client, EVERY_RULE[2])
    revision = client.delete_policy(policy, reason="again")
    events = list(
        client.list_changes(namespace=client.namespace, start_revision=evaluation.revision)
    )
    assert [(event.action, event.name) for event in events] == [
        ("evaluation.submit", evaluation.name),
        ("attestation.record", attestation.name),
        ("policy.put", policy.name),
        ("policy.delete", policy.name),
    ]
    assert events[0].after == replace(evaluation, slices=())
    assert events[1].after == attestation
    assert (events[2].before, events[2].after) == (None, policy)
    assert (events[3].before, events[3].after, events[3].reason) == (policy, None, "again")
    assert events[3].revision == revision
