"""Valid requests of every method for one registry: mutated they are nearly valid."""

import hashlib
from collections.abc import Sequence
from typing import Any

import google_crc32c
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import (
    deployment_pb2,
    ensemble_pb2,
    evaluation_pb2,
    lineage_pb2,
    lineage_service_pb2,
    model_pb2,
    namespace_pb2,
    policy_pb2,
    route_pb2,
    version_pb2,
)
from modelregistry.v1 import deployment_service_pb2 as deployments
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import monitoring_service_pb2 as monitoring
from modelregistry.v1 import route_service_pb2 as route
from tests.support.fuzz.seeds import (
    DATA,
    DIGEST,
    METHODS,
    MODEL,
    NAMESPACE,
    UUID,
    VERSION,
    nearly_valid,
)
from tests.support.refusals.monitoring import put, record, signal
from tests.support.stubs import Stubs

_VICTIM = f"{NAMESPACE}/models/victim"
_ENSEMBLES = f"{NAMESPACE}/models/ensembles"
_COPIED = "namespaces/risk/models/copied"
_LATE = f"{NAMESPACE}/models/late"
_POLICY = f"{NAMESPACE}/policies/quality"
_OF_ANOTHER = "RejectTransition"
_SENT_AS_STREAMS = ("WriteUpload", "ReportDeployments")
Sent = list[tuple[str, Any]]


def requests_taken(stubs: Stubs, filled: Sequence[tuple[str, Message]]) -> Sent:
    """Send a request of each method; return them all, none of which was refused.

    filled: those that were sent before, to have something in the registry.
    """
    sending = _Sending(stubs)
    sending.sent += filled
    _catalog(sending)
    _deployments(sending)
    _monitoring(sending)
    _uploads(sending)
    _governance(sending)
    _lineage(sending)
    done = {name for name, _ in sending.sent}
    for method in METHODS:
        if method.name not in {
            *done,
            _OF_ANOTHER,
        }:  # what is filled by the names of its fields is taken as it is
            sending.send(method.name, nearly_valid(method))
    return sending.sent


def rejected(stubs: Stubs, sent: Sent, metadata: Sequence[tuple[str, str]]) -> Sent:
    """Reject the last transition as another user; return that request."""
    asked = [request for method, request in sent if method == "GetTransition"]
    sending = _Sending(stubs)
    request = governance.RejectTransitionRequest(name=asked[-1].name, comment="no")
    sending.send(_OF_ANOTHER, request, metadata=metadata)
    return sending.sent


def _ensemble() -> ensemble_pb2.EnsembleSpec:
    members = [
        ensemble_pb2.EnsembleMember(role="a", version="fraud/1", output_names={"y": "z"}),
        ensemble_pb2.EnsembleMember(role="b", version=VERSION, soft=True),
    ]
    edge = ensemble_pb2.EnsembleEdge(source="a", output="y", target="b", input="x")
    return ensemble_pb2.EnsembleSpec(members=members, combiner="mean", edges=[edge])


def _route(model: str) -> route.SetRouteRequest:
    arm = route_pb2.RouteArm(
        id="a", version=f"{model}/versions/1", weight=10_000, mode=route_pb2.ROUTE_ARM_MODE_LIVE
    )
    made = route_pb2.Route(name=f"{model}/routes/checkout", arms=[arm], default_arm="a")
    made.unit_kind, made.overrides["tester"] = "customer", "a"
    return route.SetRouteRequest(route=made, reason="because")


class _Sending:
    def __init__(self, stubs: Stubs) -> None:
        self._stubs = stubs
        self.sent: Sent = []

    def send(self, method: str, request: Message, **options: Any) -> Any:  # noqa: ANN401
        """Send a request; return the first reply. Raises RpcError when it is refused."""
        call = getattr(self._stubs, method)
        self.sent.append((method, request))
        if method in _SENT_AS_STREAMS:
            return next(iter(call(iter([request]))))
        reply = call(request, **options)
        if isinstance(reply, Message):
            return reply
        first = next(iter(reply))
        reply.cancel()
        return first


def _catalog(to: _Sending) -> None:
    to.send("CreateNamespace", catalog.CreateNamespaceRequest(namespace_id="risk"))
    space = namespace_pb2.Namespace(name=NAMESPACE, description="ours")
    mask = FieldMask(paths=["description"])
    to.send("UpdateNamespace", catalog.UpdateNamespaceRequest(namespace=space, update_mask=mask))
    file = version_pb2.FileEntry(path="model.bin", digest=DIGEST, size_bytes=len(DATA))
    owned = model_pb2.Model(owner="risk")
    to.send(
        "CreateModel", catalog.CreateModelRequest(parent=NAMESPACE, model_id="late", model=owned)
    )
    full = version_pb2.Version(description="all", metrics={"auc": 0.9}, params={"epochs": "9"})
    full.source.repository, full.source.commit = "https://example.org/r", "0" * 40
    full.inputs.add(uri="gs://claims/q3", digest="sha256:ab", role=1)
    full.signature.inputs.add(dtype="f4", name="x", shape=[-1, 3])
    full.copied_from.registry, full.copied_from.version = "models.example.org:443", VERSION
    full.copied_from.uid = UUID
    for parent in (_LATE, MODEL):
        to.send(
            "RegisterVersion",
            catalog.RegisterVersionRequest(parent=parent, version=full, files=[file]),
        )
    parts = version_pb2.Version(ensemble=_ensemble())
    for method, kind in (
        ("RegisterVersion", catalog.RegisterVersionRequest),
        ("CheckRegistration", catalog.CheckRegistrationRequest),
    ):
        to.send(method, kind(parent=_ENSEMBLES, version=parts, create_model=True))
    to.send("ResolveClosure", lookup.ResolveClosureRequest(ref="ensembles/1"))
    to.send(
        "SetAlias",
        catalog.SetAliasRequest(name=f"{_VICTIM}/aliases/old", version=f"{_VICTIM}/versions/1"),
    )
    to.send("DeleteAlias", catalog.DeleteAliasRequest(name=f"{_VICTIM}/aliases/old"))
    for model in (MODEL, _VICTIM):
        to.send("SetRoute", _route(model))
    to.send("DeleteRoute", route.DeleteRouteRequest(name=f"{_VICTIM}/routes/checkout"))
    to.send(
        "SetVersionState",
        governance.SetVersionStateRequest(
            name=f"{_LATE}/versions/1", state=version_pb2.VERSION_STATE_DEPRECATED
        ),
    )
    to.send("DeleteVersion", catalog.DeleteVersionRequest(name=f"{_LATE}/versions/1", reason="old"))
    to.send("DeleteModel", catalog.DeleteModelRequest(name=_LATE, force=True))
    to.send("UndeleteModel", catalog.UndeleteModelRequest(name=_LATE))
    copy = catalog.CopyVersionRequest(parent=_COPIED, source="fraud/1", alias="a")
    copy.create_model = True
    to.send("CopyVersion", copy)
    check = catalog.CheckRegistrationRequest(parent=MODEL, version=full, files=[file])
    to.send("CheckRegistration", check)
    gone = f"{NAMESPACE}/models/gone"
    to.send("CreateModel", catalog.CreateModelRequest(parent=NAMESPACE, model_id="gone"))
    to.send("RegisterVersion", catalog.RegisterVersionRequest(parent=gone, files=[file]))
    to.send("DeleteVersion", catalog.DeleteVersionRequest(name=f"{gone}/versions/1", reason="old"))
    to.send("PurgeVersion", catalog.PurgeVersionRequest(name=f"{gone}/versions/1"))
    to.send("DeleteModel", catalog.DeleteModelRequest(name=gone))
    to.send("PurgeModel", catalog.PurgeModelRequest(name=gone, purge_versions=True))
    parent, _, former = _LATE.rpartition("/")
    renamed = catalog.RenameModelRequest(name=_LATE, model_id=f"{former}-renamed")
    to.send("RenameModel", renamed)
    to.send("RenameModel", catalog.RenameModelRequest(name=f"{_LATE}-renamed", model_id=former))
    to.send("ListStageHistory", catalog.ListStageHistoryRequest(parent=MODEL))
    watched = lookup.WatchRequest(parent=NAMESPACE, models=[MODEL], initial_state=True)
    to.send("Watch", watched)
    to.send(
        "ListChanges",
        lookup.ListChangesRequest(parent=NAMESPACE, models=[MODEL], action="alias.", audit=True),
    )


def _deployments(to: _Sending) -> None:
    report = deployments.DeploymentReport()
    report.deployments.add(
        version=VERSION,
        reference="fraud@champion",
        phase=deployment_pb2.DEPLOYMENT_PHASE_SERVING,
        message="well",
    )
    first = deployments.ReportDeploymentsRequest(
        parent=NAMESPACE, target="eu-prod", instance="one", report=report
    )
    first.ttl.seconds = 600
    to.send("ReportDeployments", first)
    listing = deployments.ListDeploymentsRequest(
        parent=NAMESPACE, model=MODEL, phase=deployment_pb2.DEPLOYMENT_PHASE_SERVING
    )
    (found,) = to.send("ListDeployments", listing).deployments
    to.send("GetDeployment", deployments.GetDeploymentRequest(name=found.name))


def _monitoring(to: _Sending) -> None:
    name = f"{NAMESPACE}/monitors/drift"
    to.send("PutMonitor", put(name=name))
    found = to.send("RecordSignals", record(signal(VERSION, statistic=0.3)))
    to.send("ListSignals", monitoring.ListSignalsRequest(parent=VERSION, subject="amount"))
    to.send("GetMonitor", monitoring.GetMonitorRequest(name=name))
    to.send("ListMonitors", monitoring.ListMonitorsRequest(parent=NAMESPACE))
    to.send("ListMonitorRevisions", monitoring.ListMonitorRevisionsRequest(parent=name))
    (state,) = found.changed
    to.send("GetMonitorState", monitoring.GetMonitorStateRequest(name=state.name))
    to.send(
        "ListMonitorStates", monitoring.ListMonitorStatesRequest(parent=NAMESPACE, monitor=name)
    )
    to.send(
        "ListMonitorStateHistory",
        monitoring.ListMonitorStateHistoryRequest(parent=state.name),
    )
    to.send("PutMonitor", put(name=f"{NAMESPACE}/monitors/other"))
    to.send("DeleteMonitor", monitoring.DeleteMonitorRequest(name=f"{NAMESPACE}/monitors/other"))


def _uploads(to: _Sending) -> None:
    for data, end in ((b"some bytes", "CommitUpload"), (b"others", "AbortUpload"), (b"open", "")):
        ref = artifact.BlobRef(
            digest=f"sha256:{hashlib.sha256(data).hexdigest()}", size_bytes=len(data)
        )
        begun = to.send("BeginUpload", artifact.BeginUploadRequest(parent=NAMESPACE, blob=ref))
        name = begun.name
        write = artifact.WriteUploadRequest(
            name=name, data=data, crc32c=google_crc32c.value(data), flush=True
        )
        to.send("WriteUpload", write)
        to.send("GetUpload", artifact.GetUploadRequest(name=name))
        if end == "CommitUpload":
            to.send(end, artifact.CommitUploadRequest(name=name))
        elif end:
            to.send(end, artifact.AbortUploadRequest(name=name))


def _governance(to: _Sending) -> None:
    found = evaluation_pb2.Evaluation(
        metrics={"auc": 0.9}, dataset_uri="gs://claims/q4", dataset_digest=DIGEST
    )
    found.slices.add(dimension="age", value="40+", metric="auc", result=0.9, count=100)
    made = to.send(
        "SubmitEvaluation", governance.SubmitEvaluationRequest(parent=VERSION, evaluation=found)
    )
    to.send("GetEvaluation", governance.GetEvaluationRequest(name=made.name))
    stated = evaluation_pb2.Attestation(
        predicate_type="https://slsa.dev/v1", payload_digest=DIGEST, signer="ann"
    )
    to.send(
        "RecordAttestation", governance.RecordAttestationRequest(parent=VERSION, attestation=stated)
    )
    policy = policy_pb2.Policy(
        name=_POLICY, to_stage="production", models="fraud*", wait=Duration(seconds=60)
    )
    policy.rules.add(id="auc").bound.CopyFrom(policy_pb2.MetricBound(metric="auc", minimum=0.5))
    policy.approvals.add(id="lead", meaning="good", allow_requester=True, allow_author=True)
    to.send("PutPolicy", governance.PutPolicyRequest(policy=policy))
    to.send("GetPolicy", governance.GetPolicyRequest(name=_POLICY))
    to.send("ListPolicyRevisions", governance.ListPolicyRevisionsRequest(parent=_POLICY))
    graph = to.send(
        "GetStageGraph", governance.GetStageGraphRequest(name=f"{NAMESPACE}/stageGraph")
    )
    graph.ClearField("etag")
    to.send("SetStageGraph", governance.SetStageGraphRequest(stage_graph=graph))
    to.send("RequestTransition", _moves(governance.RequestTransitionRequest, "staging"))
    to.send("CheckTransition", _moves(governance.CheckTransitionRequest, "production"))
    for end in ("CancelTransition", "ApproveTransition"):
        asked = to.send(
            "RequestTransition", _moves(governance.RequestTransitionRequest, "production")
        )
        to.send("GetTransition", governance.GetTransitionRequest(name=asked.name))
        if end == "CancelTransition":
            to.send(end, governance.CancelTransitionRequest(name=asked.name, reason="late"))
        else:
            to.send(end, governance.ApproveTransitionRequest(name=asked.name, comment="good"))
    other = f"{MODEL}/versions/2"
    for number in (other, VERSION):
        to.send("SetAlias", catalog.SetAliasRequest(name=f"{MODEL}/aliases/mine", version=number))
    back = governance.RollbackTarget(target="fraud@mine")
    to.send("Rollback", governance.RollbackRequest(targets=[back], reason="worse"))
    gone = policy_pb2.Policy()
    gone.CopyFrom(policy)
    gone.name = f"{NAMESPACE}/policies/gone"
    to.send("PutPolicy", governance.PutPolicyRequest(policy=gone))
    to.send("DeletePolicy", governance.DeletePolicyRequest(name=gone.name))


def _moves(request: Any, stage: str) -> Any:  # noqa: ANN401
    made = request()
    made.moves.add(version=VERSION, to_stage=stage)
    return made


def _lineage(to: _Sending) -> None:
    edge = lineage_service_pb2.LineageEdgeDraft(
        source=lineage_pb2.LineageNode(name=VERSION),
        role=lineage_pb2.LINEAGE_ROLE_PRODUCED_BY,
        target=lineage_pb2.LineageNode(
            code=lineage_pb2.CodeNode(repository="https://example.org/r", commit="1" * 40)
        ),
    )
    to.send(
        "RecordLineage", lineage_service_pb2.RecordLineageRequest(parent=NAMESPACE, edges=[edge])
    )
