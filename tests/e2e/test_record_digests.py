"""The digests of whole records in the log, recomputed from the contract by its own description."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import evaluation_pb2, model_pb2, policy_pb2, version_pb2
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import lookup_service_pb2 as lookup
from tests.support.content import a_blob
from tests.support.registry_use import use_registry
from tests.support.released import create_tokens
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected

DERIVED = ("etag", "historyId", "aliases", "latestVersion", "activityTime")
DETAIL = (
    *("environment", "source", "inputs", "parents", "params", "slices", "signature"),
    "copiedFrom",
)
GETS: Mapping[str, tuple[str, type[Message]]] = {
    "namespace": ("GetNamespace", catalog.GetNamespaceRequest),
    "model": ("GetModel", catalog.GetModelRequest),
    "version": ("GetVersion", catalog.GetVersionRequest),
    "alias": ("GetAlias", catalog.GetAliasRequest),
    "evaluation": ("GetEvaluation", governance.GetEvaluationRequest),
    "policy": ("GetPolicy", governance.GetPolicyRequest),
    "transition": ("GetTransition", governance.GetTransitionRequest),
    "stageGraph": ("GetStageGraph", governance.GetStageGraphRequest),
    "registrationSchema": ("GetRegistrationSchema", governance.GetRegistrationSchemaRequest),
}
"""The kinds that have a Get method; events have the others whole."""


def sha256(document: object) -> str:
    # Canonical JSON of what has no unusual numbers or keys.
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def record_digest(kind: str, record: Mapping[str, Any]) -> str:
    """Return what `ChangeEvent.after_digest` is described to be, of a record as JSON."""
    fields = {name: value for name, value in record.items() if name not in DERIVED}
    if kind == "version":
        detail = {name: fields.pop(name) for name in DETAIL if name in fields}
        fields["detail"] = sha256(detail)
    if "annotations" in fields:
        fields["annotations"] = sha256(fields["annotations"])
    return sha256({kind: fields})


def current(stubs: Stubs, kind: str, event: lookup.ChangeEvent) -> Mapping[str, Any]:
    """Return the record as its Get method replies it, as JSON."""
    if kind not in GETS:
        whole: Mapping[str, Any] = MessageToDict(event.after)[kind]
        return whole
    method, request = GETS[kind]
    more = {"view": version_pb2.VERSION_VIEW_FULL} if kind == "version" else {}
    reply = getattr(stubs, method)(request(name=event.name, **more))
    found: Mapping[str, Any] = MessageToDict(reply)
    return found


def test_digests_of_records_can_be_recomputed_and_form_chains(
    registry_on_either: RegistryProcess, database_url: str, tmp_path: Path
) -> None:
    tokens = create_tokens(database_url)
    use_registry(registry_on_either.target, tokens, tmp_path, "fraud")
    with connected(registry_on_either.target, tokens["ann"]) as stubs:
        graph = stubs.GetStageGraph(
            governance.GetStageGraphRequest(name="namespaces/default/stageGraph")
        )
        graph.stages[1].capacity += 1
        stubs.SetStageGraph(governance.SetStageGraphRequest(stage_graph=graph))
        stubs.CopyVersion(
            catalog.CopyVersionRequest(parent="namespaces/default/models/fraud", source="fraud/1")
        )
        events = stubs.ListChanges(
            lookup.ListChangesRequest(parent="namespaces/-", page_size=1_000)
        ).events
        newest = {event.name: event for event in events}
        kinds = set()
        for event in newest.values():
            if not event.HasField("after"):
                continue
            (kind,) = MessageToDict(event.after)
            kinds.add(kind)
            assert event.after_digest == record_digest(kind, current(stubs, kind, event)), event
    assert kinds == {*GETS, "attestation", "lineage"}
    last: dict[str, str] = {}
    for event in events:
        assert bool(event.before_digest) == event.HasField("before")
        assert bool(event.after_digest) == event.HasField("after")
        if event.name in last:
            assert event.before_digest == last[event.name], event
        last[event.name] = event.after_digest


def test_digests_are_of_the_numbers_that_replies_have(registry_on_either: RegistryProcess) -> None:
    """PostgreSQL keeps no sign of zero, and documents leave out a number that is the default."""
    zero = version_pb2.SliceMetric(
        dimension="age",
        value="40+",
        metric="bias",
        count=9,
        result=-0.0,
        interval=version_pb2.ConfidenceInterval(low=-0.0, high=1e300, level=0.95),
    )
    bound = policy_pb2.MetricBound(metric="bias", minimum=-0.0, tolerance=-0.0)
    name, policy = "namespaces/default/models/fraud", "namespaces/default/policies/bias"
    with connected(registry_on_either.target) as stubs:
        file = version_pb2.FileEntry(
            path="model.bin", digest=a_blob(stubs, b"weights"), size_bytes=7
        )
        version = version_pb2.Version(metrics={"bias": -0.0}, slices=[zero])
        stubs.RegisterVersion(
            catalog.RegisterVersionRequest(
                parent=name, version=version, files=[file], create_model=True
            )
        )
        evaluation = evaluation_pb2.Evaluation(metrics={"bias": -0.0}, slices=[zero])
        stubs.SubmitEvaluation(
            governance.SubmitEvaluationRequest(parent="fraud/1", evaluation=evaluation)
        )
        for number in range(2):
            rule = policy_pb2.Rule(id=f"rule-{number}", bound=bound)
            draft = policy_pb2.Policy(name=policy, to_stage="production", models="*", rules=[rule])
            stubs.PutPolicy(governance.PutPolicyRequest(policy=draft))
        labelled = version_pb2.Version(
            name="fraud/1", labels={"team": "risk"}, description="new", annotations={"a b": "ü"}
        )
        stubs.UpdateVersion(catalog.UpdateVersionRequest(version=labelled))
        noted = model_pb2.Model(name=name, annotations={"a b": "ü", "c": ""})
        stubs.UpdateModel(catalog.UpdateModelRequest(model=noted))
        changes = lookup.ListChangesRequest(parent="namespaces/-")
        last: dict[str, lookup.ChangeEvent] = {}
        for event in stubs.ListChanges(changes).events:
            if event.name in last:
                assert event.before_digest == last[event.name].after_digest, event
            last[event.name] = event
        for kind in ("model", "version", "evaluation", "policy"):
            (event,) = (one for one in last.values() if one.after.WhichOneof("resource") == kind)
            assert event.after_digest == record_digest(kind, shortest(current(stubs, kind, event)))


def test_the_digest_of_an_open_transition_is_of_what_its_request_replied(
    registry_on_either: RegistryProcess,
) -> None:
    """GetTransition replies it with its present evaluation."""
    with connected(registry_on_either.target) as stubs:
        file = version_pb2.FileEntry(
            path="model.bin", digest=a_blob(stubs, b"weights"), size_bytes=7
        )
        stubs.RegisterVersion(
            catalog.RegisterVersionRequest(
                parent="namespaces/default/models/fraud", files=[file], create_model=True
            )
        )
        rule = policy_pb2.Rule(
            id="auc",
            severity=policy_pb2.RULE_SEVERITY_WARN,
            bound=policy_pb2.MetricBound(metric="auc", minimum=0.5),
        )
        policy = policy_pb2.Policy(
            name="namespaces/default/policies/quality",
            to_stage="staging",
            models="*",
            rules=[rule],
            approvals=[policy_pb2.ApprovalRequirement(id="risk", meaning="validated")],
        )
        stubs.PutPolicy(governance.PutPolicyRequest(policy=policy))
        request = governance.RequestTransitionRequest()
        request.moves.add(version="fraud/1", to_stage="staging")
        replied = MessageToDict(stubs.RequestTransition(request))
        changes = lookup.ListChangesRequest(parent="namespaces/-", action="transition.request")
        (event,) = stubs.ListChanges(changes).events
        assert current(stubs, "transition", event) == replied
        measured = evaluation_pb2.Evaluation(metrics={"auc": 0.9})
        stubs.SubmitEvaluation(
            governance.SubmitEvaluationRequest(parent="fraud/1", evaluation=measured)
        )
        assert current(stubs, "transition", event)["binding"] != replied["binding"]
    assert event.after_digest == record_digest("transition", replied)


def shortest(document: Any) -> Any:  # noqa: ANN401 - what JSON can hold
    """Return it with numbers that Python writes as the canonical form has them."""
    if isinstance(document, Mapping):
        return {key: shortest(value) for key, value in document.items()}
    if isinstance(document, list):
        return [shortest(value) for value in document]
    return 0 if document == 0.0 and isinstance(document, float) else document
