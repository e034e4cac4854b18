"""Bad requests to GovernanceService: policies, and every family of rules."""
# ruff: noqa: E501, ANN401 - a table: one row, one line, and whatever a message has for fields

import math
from typing import Any, cast

from google.protobuf.duration_pb2 import Duration

from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import policy_pb2 as pb
from tests.support.content import NAMESPACE
from tests.support.refusals.case import case

QUALITY = f"{NAMESPACE}/policies/quality"
HIGHER = pb.METRIC_DIRECTION_HIGHER_IS_BETTER


def put(**fields: Any) -> governance.PutPolicyRequest:
    """Return a policy to put, right but for what is given."""
    right = {"name": QUALITY, "to_stage": "staging", "models": "*", "wait": Duration(seconds=1)}
    return governance.PutPolicyRequest(policy=pb.Policy(**{**right, **fields}))


def rules(*given: pb.Rule) -> governance.PutPolicyRequest:
    """Return a policy to put with these rules; their ids are filled in."""
    for index, rule in enumerate(given):
        rule.id = f"r{index}"
    return put(rules=given)


def at(*fields: str, rule: int = 0) -> tuple[str, ...]:
    """Return the paths of fields of a rule."""
    return tuple(f"policy.rules[{rule}].{field}" for field in fields)


def bound(**fields: Any) -> pb.Rule:
    """Return a bound, right but for what is given."""
    return pb.Rule(bound=pb.MetricBound(**{"metric": "auc", "minimum": 0.9, **fields}))


def change(**fields: Any) -> pb.Rule:
    """Return a change, right but for what is given."""
    right = {"metric": "auc", "direction": HIGHER, "max_absolute": 0.1}
    return pb.Rule(change=pb.MetricChange(**{**right, **fields}))


def spread(**fields: Any) -> pb.Rule:
    """Return a spread, right but for what is given."""
    right = {"metric": "auc", "dimension": "age", "max_gap": 0.1}
    return pb.Rule(spread=pb.SliceSpread(**{**right, **fields}))


def labels(*wanted: pb.LabelRequirement) -> pb.Rule:
    """Return a demand for labels."""
    return pb.Rule(labels=pb.RequiredLabels(labels=wanted))


def files(*patterns: str) -> pb.Rule:
    """Return a demand for files."""
    return pb.Rule(files=pb.RequiredFiles(patterns=patterns))


def attested(*types: str) -> pb.Rule:
    """Return a demand for attestations."""
    return pb.Rule(attestations=pb.RequiredAttestations(predicate_types=types))


def cel(text: str) -> pb.Rule:
    """Return an expression."""
    return pb.Rule(cel=pb.CelExpression(expression=text))


# fmt: off
PUTTING = [
    case("PutPolicy", lambda _: governance.PutPolicyRequest(), "INVALID_REQUEST", "policy.name"),
    case("PutPolicy", lambda _: put(name=f"{NAMESPACE}/policies/Quality"), "INVALID_REQUEST", "policy.name"),
    case("PutPolicy", lambda _: put(name="namespaces/nowhere/policies/quality"), "NAMESPACE_NOT_FOUND"),
    case("PutPolicy", lambda _: put(from_stage="heaven", to_stage="", models="", wait=Duration(), description="a\0b"), "INVALID_REQUEST", "policy.from_stage", "policy.to_stage", "policy.models", "policy.description", "policy"),
    case("PutPolicy", lambda _: put(models="x" * 300), "INVALID_REQUEST", "policy.models"),
    case("PutPolicy", lambda _: put(models="fraud[ab"), "INVALID_REQUEST", "policy.models"),
    case("PutPolicy", lambda _: put(wait=Duration(seconds=-1)), "INVALID_REQUEST", "policy.wait"),
    case("PutPolicy", lambda _: put(wait=Duration(seconds=2**62)), "INVALID_REQUEST", "policy.wait"),
    case("PutPolicy", lambda _: put(wait=Duration(seconds=1, nanos=-5)), "INVALID_REQUEST", "policy.wait"),
    case("PutPolicy", lambda _: put(wait=Duration(seconds=31 * 86_400)), "INVALID_REQUEST", "policy.wait"),
    case("PutPolicy", lambda _: put(description="x" * 70_000), "INVALID_REQUEST", "policy.description"),
    case("PutPolicy", lambda _: put(approvals=[pb.ApprovalRequirement(id="", meaning="x" * 300, count=21, roles=["king", "reader"])]), "INVALID_REQUEST", *(f"policy.approvals[0].{name}" for name in ("id", "meaning", "count", "roles[0]", "roles[1]"))),
    case("PutPolicy", lambda _: put(approvals=[pb.ApprovalRequirement(id="a", count=-1), pb.ApprovalRequirement(id="a")]), "INVALID_REQUEST", "policy.approvals[0].count", "policy.approvals[1].id"),
    case("PutPolicy", lambda _: put(approvals=[pb.ApprovalRequirement(id=f"a{number}") for number in range(21)]), "INVALID_REQUEST", "policy.approvals"),
    case("PutPolicy", lambda _: put(rules=[pb.Rule(id=f"r{number}", cel=pb.CelExpression(expression="true")) for number in range(101)]), "INVALID_REQUEST", "policy.rules"),
    case("PutPolicy", lambda _: put(etag="r999999"), "ETAG_MISMATCH"),
    case("PutPolicy", lambda _: put(etag="none"), "ETAG_MISMATCH"),
    case("PutPolicy", lambda _: governance.PutPolicyRequest(policy=put().policy, reason="x" * 5_000), "INVALID_REQUEST", "reason"),
    case("PutPolicy", lambda _: governance.PutPolicyRequest(policy=put().policy, request_id="7"), "INVALID_REQUEST", "request_id"),
]

RULES = [
    case("PutPolicy", lambda _: put(rules=[pb.Rule()]), "INVALID_REQUEST", *at("id"), "policy.rules[0]"),
    case("PutPolicy", lambda _: put(rules=[pb.Rule(id="x" * 64, severity=cast("Any", 99), bound=pb.MetricBound(metric="auc", minimum=1))]), "INVALID_REQUEST", *at("severity", "id")),
    case("PutPolicy", lambda _: put(rules=[pb.Rule(id="twice", cel=pb.CelExpression(expression="true"))] * 2), "INVALID_REQUEST", "policy.rules[1].id"),
    case("PutPolicy", lambda _: rules(pb.Rule(bound=pb.MetricBound())), "INVALID_REQUEST", *at("bound.metric", "bound")),
    case("PutPolicy", lambda _: rules(bound(metric="x" * 200, dataset="x" * 5_000, dimension="a\0b")), "INVALID_REQUEST", *at("bound.metric", "bound.dimension", "bound.dataset")),
    case("PutPolicy", lambda _: rules(bound(minimum=math.nan, tolerance=-1), bound(maximum=math.inf)), "INVALID_REQUEST", *at("bound.minimum", "bound.tolerance"), *at("bound.maximum", rule=1)),
    case("PutPolicy", lambda _: rules(bound(minimum=0.9, maximum=0.8, tolerance=math.nan)), "INVALID_REQUEST", *at("bound.tolerance", "bound")),
    case("PutPolicy", lambda _: rules(bound(use_bound=True, min_count=7, required_slices=["a"])), "INVALID_REQUEST", *at("bound.use_bound", "bound.min_count", "bound.required_slices")),
    case("PutPolicy", lambda _: rules(bound(dimension="age", min_count=-1, required_slices=["", "x" * 300])), "INVALID_REQUEST", *at("bound.min_count", "bound.required_slices[0]", "bound.required_slices[1]")),
    case("PutPolicy", lambda _: rules(bound(dimension="age", required_slices=["a"] * 1_001)), "INVALID_REQUEST", *at("bound.required_slices")),
    case("PutPolicy", lambda _: rules(bound(max_age=Duration()), bound(max_age=Duration(seconds=-1)), bound(max_age=Duration(seconds=2**62)), bound(max_age=Duration(nanos=2**31 - 1))), "INVALID_REQUEST", *at("bound.max_age", rule=2), *at("bound.max_age", rule=3), *at("bound.max_age", rule=0), *at("bound.max_age", rule=1)),
    case("PutPolicy", lambda _: rules(pb.Rule(change=pb.MetricChange())), "INVALID_REQUEST", *at("change.direction", "change.metric", "change")),
    case("PutPolicy", lambda _: rules(change(direction=99, dataset="x" * 5_000, dimension="x" * 200)), "INVALID_REQUEST", *at("change.direction", "change.dimension", "change.dataset")),
    case("PutPolicy", lambda _: rules(change(dimension="age", max_absolute=-1, max_relative=math.nan, min_count=-1)), "INVALID_REQUEST", *at("change.max_absolute", "change.max_relative", "change.min_count")),
    case("PutPolicy", lambda _: rules(pb.Rule(spread=pb.SliceSpread())), "INVALID_REQUEST", *at("spread.metric", "spread.dimension", "spread")),
    case("PutPolicy", lambda _: rules(spread(max_gap=-math.inf, min_ratio=1.5, min_count=-(2**63), max_age=Duration(seconds=1, nanos=-1))), "INVALID_REQUEST", *at("spread.max_age", "spread.max_gap", "spread.min_ratio", "spread.min_count")),
    case("PutPolicy", lambda _: rules(pb.Rule(lineage=pb.RequiredLineage())), "INVALID_REQUEST", *at("lineage")),
    case("PutPolicy", lambda _: rules(files(), files("", "a\0b", "x" * 300)), "INVALID_REQUEST", *at("files.patterns"), *at("files.patterns[0]", "files.patterns[1]", "files.patterns[2]", rule=1)),
    case("PutPolicy", lambda _: rules(files(*["a"] * 51)), "INVALID_REQUEST", *at("files.patterns")),
    case("PutPolicy", lambda _: rules(labels(), labels(pb.LabelRequirement(key="Team", values=["x" * 300])), labels(pb.LabelRequirement(key="team", values=["a"] * 51))), "INVALID_REQUEST", *at("labels.labels"), *at("labels.labels[0].key", "labels.labels[0].values[0]", rule=1), *at("labels.labels[0].values", rule=2)),
    case("PutPolicy", lambda _: rules(labels(*[pb.LabelRequirement(key="team")] * 65)), "INVALID_REQUEST", *at("labels.labels")),
    case("PutPolicy", lambda _: rules(attested(), attested("", "x" * 300)), "INVALID_REQUEST", *at("attestations.predicate_types"), *at("attestations.predicate_types[0]", "attestations.predicate_types[1]", rule=1)),
    case("PutPolicy", lambda _: rules(cel(""), cel("x" * 5_000), cel("a\0b")), "INVALID_REQUEST", *at("cel.expression", rule=0), *at("cel.expression", rule=1), *at("cel.expression", rule=2)),
]

READING = [
    case("GetPolicy", lambda _: governance.GetPolicyRequest(name="quality"), "INVALID_REQUEST", "name"),
    case("GetPolicy", lambda _: governance.GetPolicyRequest(name=QUALITY, number=-1), "INVALID_REQUEST", "number"),
    case("GetPolicy", lambda _: governance.GetPolicyRequest(name=QUALITY, number=2**63 - 1), "POLICY_NOT_FOUND"),
    case("GetPolicy", lambda _: governance.GetPolicyRequest(name=f"{NAMESPACE}/policies/nothing"), "POLICY_NOT_FOUND"),
    case("GetPolicy", lambda _: governance.GetPolicyRequest(name=QUALITY, min_revision=2**63 - 1), "REVISION_NOT_REACHED"),
    case("GetPolicy", lambda _: governance.GetPolicyRequest(name="namespaces/nowhere/policies/quality"), "NAMESPACE_NOT_FOUND"),
    case("ListPolicies", lambda _: governance.ListPoliciesRequest(), "INVALID_REQUEST", "parent"),
    case("ListPolicies", lambda _: governance.ListPoliciesRequest(parent=NAMESPACE, page_size=-(2**31)), "INVALID_REQUEST", "page_size"),
    case("ListPolicies", lambda _: governance.ListPoliciesRequest(parent=NAMESPACE, page_token="made-up"), "INVALID_REQUEST", "page_token"),
    case("ListPolicies", lambda _: governance.ListPoliciesRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("ListPolicyRevisions", lambda _: governance.ListPolicyRevisionsRequest(parent=NAMESPACE), "INVALID_REQUEST", "parent"),
    case("ListPolicyRevisions", lambda _: governance.ListPolicyRevisionsRequest(parent=QUALITY, page_size=-1), "INVALID_REQUEST", "page_size"),
    case("ListPolicyRevisions", lambda _: governance.ListPolicyRevisionsRequest(parent=QUALITY, page_token="made-up"), "INVALID_REQUEST", "page_token"),
    case("ListPolicyRevisions", lambda _: governance.ListPolicyRevisionsRequest(parent=f"{NAMESPACE}/policies/nothing"), "POLICY_NOT_FOUND"),
    case("DeletePolicy", lambda _: governance.DeletePolicyRequest(), "INVALID_REQUEST", "name"),
    case("DeletePolicy", lambda _: governance.DeletePolicyRequest(name=QUALITY, reason="a\0b"), "INVALID_REQUEST", "reason"),
    case("DeletePolicy", lambda _: governance.DeletePolicyRequest(name=QUALITY, request_id="x" * 5_000), "INVALID_REQUEST", "request_id"),
    case("DeletePolicy", lambda _: governance.DeletePolicyRequest(name=QUALITY, etag="r0"), "ETAG_MISMATCH"),
    case("DeletePolicy", lambda _: governance.DeletePolicyRequest(name=f"{NAMESPACE}/policies/nothing"), "POLICY_NOT_FOUND"),
]

POLICIES = PUTTING + RULES + READING
