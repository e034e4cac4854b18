"""Bad requests to GovernanceService: version states, evaluations, attestations and schemas."""
# ruff: noqa: E501, ANN401 - a table: one row, one line, and whatever a message has for fields

import math
from typing import Any, cast

from modelregistry.v1 import evaluation_pb2, registration_schema_pb2, version_pb2
from modelregistry.v1 import governance_service_pb2 as governance
from tests.support.content import NAMESPACE
from tests.support.refusals.case import ABSENT, World, case

SCHEMA = f"{NAMESPACE}/registrationSchema"
UNKNOWN_ID = "01890000-0000-7000-8000-000000000000"
State = version_pb2.VersionState


def submit(parent: str, **fields: Any) -> governance.SubmitEvaluationRequest:
    """Return a submission of an evaluation with these fields."""
    given = evaluation_pb2.Evaluation(**fields)
    return governance.SubmitEvaluationRequest(parent=parent, evaluation=given)


def part(**fields: Any) -> version_pb2.SliceMetric:
    """Return a slice, right but for what is given."""
    right = {"dimension": "age", "value": "60-69", "count": 7, "metric": "auc", "result": 0.9}
    return version_pb2.SliceMetric(**{**right, **fields})


def between(low: float, high: float, level: float = 0.95) -> version_pb2.ConfidenceInterval:
    """Return an interval."""
    return version_pb2.ConfidenceInterval(low=low, high=high, level=level)


def attest(world: World, **fields: Any) -> governance.RecordAttestationRequest:
    """Return an attestation of the first version, right but for what is given."""
    right = {"predicate_type": "https://slsa.dev/v1", "payload_digest": ABSENT, "signer": "ann"}
    parent = fields.pop("parent", f"{world.id}/1")
    given = evaluation_pb2.Attestation(**{**right, **fields})
    return governance.RecordAttestationRequest(parent=parent, attestation=given)


def schema(text: str = "", **required: Any) -> registration_schema_pb2.RegistrationSchema:
    """Return a schema of the default namespace."""
    facts = registration_schema_pb2.RequiredFacts(**required)
    return registration_schema_pb2.RegistrationSchema(name=SCHEMA, json_schema=text, required=facts)


# fmt: off
LIVES = [
    case("SetVersionState", lambda _: governance.SetVersionStateRequest(), "INVALID_REQUEST", "name", "state"),
    case("SetVersionState", lambda w: governance.SetVersionStateRequest(name=f"{w.id}@champion", state=State.VERSION_STATE_DEPRECATED), "INVALID_REQUEST", "name"),
    case("SetVersionState", lambda w: governance.SetVersionStateRequest(name=f"{w.id}@latest", state=State.VERSION_STATE_DEPRECATED), "INVALID_REQUEST", "name"),
    case("SetVersionState", lambda w: governance.SetVersionStateRequest(name=f"{w.id}/1", state=cast("Any", 99)), "INVALID_REQUEST", "state"),
    case("SetVersionState", lambda w: governance.SetVersionStateRequest(name=f"{w.id}/1", state=cast("Any", -1)), "INVALID_REQUEST", "state"),
    case("SetVersionState", lambda w: governance.SetVersionStateRequest(name=f"{w.id}/1", state=State.VERSION_STATE_DELETED), "INVALID_REQUEST", "state"),
    case("SetVersionState", lambda w: governance.SetVersionStateRequest(name=f"{w.id}/1", state=State.VERSION_STATE_YANKED), "INVALID_REQUEST", "reason"),
    case("SetVersionState", lambda w: governance.SetVersionStateRequest(name=f"{w.id}/1", state=State.VERSION_STATE_REVOKED, reason="x" * 5_000), "INVALID_REQUEST", "reason"),
    case("SetVersionState", lambda w: governance.SetVersionStateRequest(name=f"{w.id}/1", state=State.VERSION_STATE_REVOKED, reason="a\0b"), "INVALID_REQUEST", "reason"),
    case("SetVersionState", lambda w: governance.SetVersionStateRequest(name=f"{w.id}/1", state=State.VERSION_STATE_YANKED, reason="x", request_id="7"), "INVALID_REQUEST", "request_id"),
    case("SetVersionState", lambda w: governance.SetVersionStateRequest(name=f"{w.id}/1", state=State.VERSION_STATE_YANKED, reason="x", etag="r0"), "ETAG_MISMATCH"),
    case("SetVersionState", lambda w: governance.SetVersionStateRequest(name=f"{w.id}/99", state=State.VERSION_STATE_DEPRECATED), "VERSION_NOT_FOUND"),
    case("SetVersionState", lambda w: governance.SetVersionStateRequest(name=f"{w.id}/3", state=State.VERSION_STATE_DEPRECATED), "VERSION_DELETED"),
    case("SetVersionState", lambda w: governance.SetVersionStateRequest(name=f"{w.deleted_model}/versions/1", state=State.VERSION_STATE_DEPRECATED), "MODEL_DELETED"),
]

EVALUATIONS = [
    case("SubmitEvaluation", lambda _: governance.SubmitEvaluationRequest(), "INVALID_REQUEST", "parent", "evaluation"),
    case("SubmitEvaluation", lambda w: submit(f"{w.id}/1", metrics={"auc": math.nan, "f1": -math.inf, "": 1, "x" * 200: 1}), "INVALID_REQUEST", "evaluation.metrics['']", "evaluation.metrics['auc']", "evaluation.metrics['f1']", f"evaluation.metrics['{'x' * 80}']"),
    case("SubmitEvaluation", lambda w: submit(f"{w.id}/1", metrics={f"m{number}": 1 for number in range(1_001)}), "INVALID_REQUEST", "evaluation.metrics"),
    case("SubmitEvaluation", lambda w: submit(f"{w.id}/1", slices=[part(dimension="", value="", count=-1, metric="", result=math.nan)]), "INVALID_REQUEST", *(f"evaluation.slices[0].{name}" for name in ("dimension", "value", "metric", "count", "result"))),
    case("SubmitEvaluation", lambda w: submit(f"{w.id}/1", slices=[part(dimension="x" * 200, value="x" * 300, metric="a\0b")]), "INVALID_REQUEST", *(f"evaluation.slices[0].{name}" for name in ("dimension", "value", "metric"))),
    case("SubmitEvaluation", lambda w: submit(f"{w.id}/1", slices=[part(interval=between(0.9, 0.8)), part(value="b", interval=between(math.nan, 1)), part(value="c", interval=between(0, 1, 0)), part(value="d", interval=between(0, 1, math.nan))]), "INVALID_REQUEST", "evaluation.slices[0].interval", "evaluation.slices[1].interval", "evaluation.slices[2].interval.level", "evaluation.slices[3].interval.level"),
    case("SubmitEvaluation", lambda w: submit(f"{w.id}/1", slices=[part(), part()]), "INVALID_REQUEST", "evaluation.slices[1]"),
    case("SubmitEvaluation", lambda w: submit(f"{w.id}/1", slices=[part(value=f"{number}") for number in range(10_001)]), "INVALID_REQUEST", "evaluation.slices"),
    case("SubmitEvaluation", lambda w: submit(f"{w.id}/1", metrics={"auc": 1}, dataset_uri="https://me:pw@host/", dataset_digest="x", evaluator="x" * 300, evaluator_digest="Sha:", description="a\0b"), "INVALID_REQUEST", *(f"evaluation.{name}" for name in ("dataset_uri", "dataset_digest", "evaluator", "evaluator_digest", "description"))),
    case("SubmitEvaluation", lambda w: submit(f"{w.id}/1", metrics={"auc": 1}, dataset_uri="x" * 1_000_000), "INVALID_REQUEST", "evaluation.dataset_uri"),
    case("SubmitEvaluation", lambda w: submit(f"{w.id}/1", metrics={"auc": 1}, description="x" * 70_000), "INVALID_REQUEST", "evaluation.description"),
    case("SubmitEvaluation", lambda w: submit(f"{w.id}/99", metrics={"auc": 1}), "VERSION_NOT_FOUND"),
    case("SubmitEvaluation", lambda w: submit(f"{w.id}@nobody", metrics={"auc": 1}), "ALIAS_NOT_FOUND"),
    case("SubmitEvaluation", lambda w: submit(f"{w.id}/3", metrics={"auc": 1}), "VERSION_DELETED"),
    case("GetEvaluation", lambda w: governance.GetEvaluationRequest(name=f"{w.model}/versions/1/evaluations/7"), "INVALID_REQUEST", "name"),
    case("GetEvaluation", lambda w: governance.GetEvaluationRequest(name=f"{w.model}/versions/0/evaluations/{UNKNOWN_ID}"), "INVALID_REQUEST", "name"),
    case("GetEvaluation", lambda w: governance.GetEvaluationRequest(name=f"{w.model}/versions/1/evaluations/{UNKNOWN_ID}"), "EVALUATION_NOT_FOUND"),
    case("GetEvaluation", lambda w: governance.GetEvaluationRequest(name=f"{w.model}/versions/99/evaluations/{UNKNOWN_ID}"), "VERSION_NOT_FOUND"),
    case("ListEvaluations", lambda _: governance.ListEvaluationsRequest(), "INVALID_REQUEST", "parent"),
    case("ListEvaluations", lambda w: governance.ListEvaluationsRequest(parent=f"{w.id}/1", page_size=-1), "INVALID_REQUEST", "page_size"),
    case("ListEvaluations", lambda w: governance.ListEvaluationsRequest(parent=f"{w.id}/1", page_token="e30"), "INVALID_REQUEST", "page_token"),
    case("ListEvaluations", lambda w: governance.ListEvaluationsRequest(parent=f"{w.id}/99"), "VERSION_NOT_FOUND"),
    case("RecordAttestation", lambda w: attest(w, parent="x", predicate_type="", payload_digest="md5:1", signer=""), "INVALID_REQUEST", "parent", "attestation.payload_digest", "attestation.predicate_type", "attestation.signer"),
    case("RecordAttestation", lambda w: attest(w, predicate_type="x" * 300, signer="x" * 600), "INVALID_REQUEST", "attestation.predicate_type", "attestation.signer"),
    case("RecordAttestation", lambda w: attest(w, predicate_type="a\0b", signer="a\0b"), "INVALID_REQUEST", "attestation.predicate_type", "attestation.signer"),
    case("RecordAttestation", lambda w: attest(w, parent=f"{w.id}/99"), "VERSION_NOT_FOUND"),
    case("RecordAttestation", lambda w: attest(w, parent=f"{w.id}/3"), "VERSION_DELETED"),
    case("ListAttestations", lambda w: governance.ListAttestationsRequest(parent=w.model), "INVALID_REQUEST", "parent"),
    case("ListAttestations", lambda w: governance.ListAttestationsRequest(parent=f"{w.id}/1", page_size=-1), "INVALID_REQUEST", "page_size"),
    case("ListAttestations", lambda w: governance.ListAttestationsRequest(parent=f"{w.id}/1", page_token="x" * 5_000), "INVALID_REQUEST", "page_token"),
    case("ListAttestations", lambda w: governance.ListAttestationsRequest(parent=f"{w.id}/99"), "VERSION_NOT_FOUND"),
]

SCHEMAS = [
    case("SetRegistrationSchema", lambda _: governance.SetRegistrationSchemaRequest(), "INVALID_REQUEST", "schema.name"),
    case("SetRegistrationSchema", lambda _: governance.SetRegistrationSchemaRequest(schema=schema("{")), "INVALID_REQUEST", "schema.json_schema"),
    case("SetRegistrationSchema", lambda _: governance.SetRegistrationSchemaRequest(schema=schema("[" * 100_000)), "INVALID_REQUEST", "schema.json_schema"),
    case("SetRegistrationSchema", lambda _: governance.SetRegistrationSchemaRequest(schema=schema('{"type": 7}')), "INVALID_REQUEST", "schema.json_schema"),
    case("SetRegistrationSchema", lambda _: governance.SetRegistrationSchemaRequest(schema=schema('{"$ref": "https://example.com/schema"}')), "INVALID_REQUEST", "schema.json_schema"),
    case("SetRegistrationSchema", lambda _: governance.SetRegistrationSchemaRequest(schema=schema(" " * 300_000)), "INVALID_REQUEST", "schema.json_schema"),
    case("SetRegistrationSchema", lambda _: governance.SetRegistrationSchemaRequest(schema=schema(files=[""], labels=["Team"], tags=["../x"], metrics=["a\0b"], slices=["x" * 300])), "INVALID_REQUEST", "schema.required.files[0]", "schema.required.labels[0]", "schema.required.tags[0]", "schema.required.metrics[0]", "schema.required.slices[0]"),
    case("SetRegistrationSchema", lambda _: governance.SetRegistrationSchemaRequest(schema=schema(metrics=["auc"] * 2, pinned_inputs=[1, 1])), "INVALID_REQUEST", "schema.required.metrics", "schema.required.pinned_inputs"),
    case("SetRegistrationSchema", lambda _: governance.SetRegistrationSchemaRequest(schema=schema(files=[f"{number}" for number in range(65)])), "INVALID_REQUEST", "schema.required.files"),
    case("SetRegistrationSchema", lambda _: governance.SetRegistrationSchemaRequest(schema=schema("{}"), reason="x" * 5_000), "INVALID_REQUEST", "reason"),
    case("SetRegistrationSchema", lambda _: governance.SetRegistrationSchemaRequest(schema=registration_schema_pb2.RegistrationSchema(name=SCHEMA, json_schema="{}", etag="r999999")), "ETAG_MISMATCH"),
    case("SetRegistrationSchema", lambda _: governance.SetRegistrationSchemaRequest(schema=registration_schema_pb2.RegistrationSchema(name="namespaces/nowhere/registrationSchema")), "NAMESPACE_NOT_FOUND"),
    case("GetRegistrationSchema", lambda _: governance.GetRegistrationSchemaRequest(name=NAMESPACE, number=-1), "INVALID_REQUEST", "name", "number"),
    case("GetRegistrationSchema", lambda _: governance.GetRegistrationSchemaRequest(name=SCHEMA, number=99), "SCHEMA_NOT_FOUND"),
    case("GetRegistrationSchema", lambda _: governance.GetRegistrationSchemaRequest(name=SCHEMA, number=2**63 - 1), "SCHEMA_NOT_FOUND"),
    case("GetRegistrationSchema", lambda _: governance.GetRegistrationSchemaRequest(name="namespaces/nowhere/registrationSchema"), "NAMESPACE_NOT_FOUND"),
    case("ListRegistrationSchemaRevisions", lambda _: governance.ListRegistrationSchemaRevisionsRequest(), "INVALID_REQUEST", "name"),
    case("ListRegistrationSchemaRevisions", lambda _: governance.ListRegistrationSchemaRevisionsRequest(name=SCHEMA, page_size=-1), "INVALID_REQUEST", "page_size"),
    case("ListRegistrationSchemaRevisions", lambda _: governance.ListRegistrationSchemaRevisionsRequest(name=SCHEMA, page_token="made-up"), "INVALID_REQUEST", "page_token"),
    case("ListRegistrationSchemaRevisions", lambda _: governance.ListRegistrationSchemaRevisionsRequest(name="namespaces/nowhere/registrationSchema"), "NAMESPACE_NOT_FOUND"),
    case("CheckRegistrationSchema", lambda _: governance.CheckRegistrationSchemaRequest(schema=schema(pinned_inputs=[-1])), "INVALID_REQUEST", "parent", "schema.required.pinned_inputs[0]"),
    case("CheckRegistrationSchema", lambda _: governance.CheckRegistrationSchemaRequest(parent=NAMESPACE, schema=schema("{")), "INVALID_REQUEST", "schema.json_schema"),
    case("CheckRegistrationSchema", lambda _: governance.CheckRegistrationSchemaRequest(parent=NAMESPACE, schema=schema("{}"), page_size=-1), "INVALID_REQUEST", "page_size"),
    case("CheckRegistrationSchema", lambda _: governance.CheckRegistrationSchemaRequest(parent=NAMESPACE, schema=schema("{}"), page_token="x"), "INVALID_REQUEST", "page_token"),
    case("CheckRegistrationSchema", lambda _: governance.CheckRegistrationSchemaRequest(parent=NAMESPACE), "SCHEMA_NOT_FOUND"),
    case("CheckRegistrationSchema", lambda _: governance.CheckRegistrationSchemaRequest(parent="namespaces/nowhere", schema=schema("{}")), "NAMESPACE_NOT_FOUND"),
]

EVIDENCE = LIVES + EVALUATIONS + SCHEMAS
