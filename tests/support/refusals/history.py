"""Requests of another history: methods with a revision or an etag reject the earlier ones."""
# ruff: noqa: E501 - a table: one row, one line

from typing import Any

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import deployment_service_pb2 as deployments
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import lineage_service_pb2 as lineage
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import model_pb2, namespace_pb2, registration_schema_pb2, version_pb2
from modelregistry.v1 import monitoring_service_pb2 as monitoring
from modelregistry.v1 import route_service_pb2 as routes
from tests.support.content import NAMESPACE
from tests.support.history import OTHER_HISTORY
from tests.support.refusals.case import Case, Make, case
from tests.support.refusals.evidence import SCHEMA, UNKNOWN_ID
from tests.support.refusals.monitoring import WATCHED
from tests.support.refusals.monitoring import put as put_monitor
from tests.support.refusals.policy import QUALITY, put
from tests.support.refusals.route import set_route
from tests.support.refusals.stage_graph import GRAPH, set_graph

ETAG = f"r1.{OTHER_HISTORY}"
_SEEN: dict[str, Any] = {"min_revision": 1, "history_id": OTHER_HISTORY}


def of_another(method: str, make: Make) -> Case:
    """Return a row."""
    return case(method, make, "HISTORY_CHANGED")


# fmt: off
HISTORIES = [
    of_another("GetNamespace", lambda _: catalog.GetNamespaceRequest(name=NAMESPACE, **_SEEN)),
    of_another("ListNamespaces", lambda _: catalog.ListNamespacesRequest(**_SEEN)),
    of_another("UpdateNamespace", lambda _: catalog.UpdateNamespaceRequest(namespace=namespace_pb2.Namespace(name=NAMESPACE, quota_bytes=1, etag=ETAG))),
    of_another("GetModel", lambda w: catalog.GetModelRequest(name=w.model, **_SEEN)),
    of_another("ListModels", lambda _: catalog.ListModelsRequest(parent=NAMESPACE, **_SEEN)),
    of_another("UpdateModel", lambda w: catalog.UpdateModelRequest(model=model_pb2.Model(name=w.model, owner="me", etag=ETAG))),
    of_another("DeleteModel", lambda w: catalog.DeleteModelRequest(name=w.model, etag=ETAG)),
    of_another("UndeleteModel", lambda w: catalog.UndeleteModelRequest(name=w.deleted_model, etag=ETAG)),
    of_another("RegisterVersion", lambda w: w.register(alias="champion", alias_etag=ETAG)),
    of_another("CheckRegistration", lambda w: catalog.CheckRegistrationRequest(parent=w.model, files=[w.file()], alias="champion", alias_etag=ETAG)),
    of_another("CopyVersion", lambda w: w.copy(alias="champion", alias_etag=ETAG)),
    of_another("GetVersion", lambda w: catalog.GetVersionRequest(name=f"{w.id}/1", **_SEEN)),
    of_another("ListVersions", lambda w: catalog.ListVersionsRequest(parent=w.model, **_SEEN)),
    of_another("ListVersionFiles", lambda w: catalog.ListVersionFilesRequest(parent=f"{w.id}/1", **_SEEN)),
    of_another("UpdateVersion", lambda w: catalog.UpdateVersionRequest(version=version_pb2.Version(name=f"{w.id}/1", etag=ETAG, labels={"a": "b"}))),
    of_another("RenameModel", lambda w: catalog.RenameModelRequest(name=w.model, model_id="renamed", etag=ETAG)),
    of_another("PurgeModel", lambda w: catalog.PurgeModelRequest(name=w.deleted_model, etag=ETAG)),
    of_another("PurgeVersion", lambda w: catalog.PurgeVersionRequest(name=f"{w.id}/3", etag=ETAG)),
    of_another("DeleteVersion", lambda w: catalog.DeleteVersionRequest(name=f"{w.id}/2", force=True, etag=ETAG)),
    of_another("SetAlias", lambda w: catalog.SetAliasRequest(name=f"{w.model}/aliases/champion", version=f"{w.id}/1", etag=ETAG)),
    of_another("SetAlias", lambda w: catalog.SetAliasRequest(name=f"{w.model}/aliases/fresh", version=f"{w.id}/1", etag=ETAG)),
    of_another("GetAlias", lambda w: catalog.GetAliasRequest(name=f"{w.model}/aliases/champion", **_SEEN)),
    of_another("ListAliases", lambda w: catalog.ListAliasesRequest(parent=w.model, **_SEEN)),
    of_another("DeleteAlias", lambda w: catalog.DeleteAliasRequest(name=f"{w.model}/aliases/champion", etag=ETAG)),
    of_another("ListAliasHistory", lambda w: catalog.ListAliasHistoryRequest(parent=f"{w.model}/aliases/champion", **_SEEN)),
    of_another("SetRoute", lambda w: set_route(w, etag=ETAG)),
    of_another("GetRoute", lambda w: routes.GetRouteRequest(name=f"{w.model}/routes/checkout", **_SEEN)),
    of_another("ListRoutes", lambda w: routes.ListRoutesRequest(parent=w.model, **_SEEN)),
    of_another("DeleteRoute", lambda w: routes.DeleteRouteRequest(name=f"{w.model}/routes/checkout", etag=ETAG)),
    of_another("ListRouteHistory", lambda w: routes.ListRouteHistoryRequest(parent=f"{w.model}/routes/checkout", **_SEEN)),
    of_another("GetDeployment", lambda _: deployments.GetDeploymentRequest(name=f"{NAMESPACE}/deployments/{UNKNOWN_ID}", **_SEEN)),
    of_another("ListDeployments", lambda _: deployments.ListDeploymentsRequest(parent=NAMESPACE, **_SEEN)),
    of_another("GetRollout", lambda w: deployments.GetRolloutRequest(ref=f"{w.id}/1", **_SEEN)),
    of_another("ListSignals", lambda w: monitoring.ListSignalsRequest(parent=f"{w.id}/1", **_SEEN)),
    of_another("PutMonitor", lambda _: put_monitor(etag=ETAG)),
    of_another("DeleteMonitor", lambda _: monitoring.DeleteMonitorRequest(name=WATCHED, etag=ETAG)),
    of_another("GetMonitor", lambda _: monitoring.GetMonitorRequest(name=f"{NAMESPACE}/monitors/drift", **_SEEN)),
    of_another("ListMonitors", lambda _: monitoring.ListMonitorsRequest(parent=NAMESPACE, **_SEEN)),
    of_another("ListMonitorRevisions", lambda _: monitoring.ListMonitorRevisionsRequest(parent=f"{NAMESPACE}/monitors/drift", **_SEEN)),
    of_another("GetMonitorState", lambda _: monitoring.GetMonitorStateRequest(name=f"{NAMESPACE}/monitors/drift/states/{UNKNOWN_ID}", **_SEEN)),
    of_another("ListMonitorStates", lambda _: monitoring.ListMonitorStatesRequest(parent=NAMESPACE, **_SEEN)),
    of_another("ListMonitorStateHistory", lambda _: monitoring.ListMonitorStateHistoryRequest(parent=f"{NAMESPACE}/monitors/drift/states/{UNKNOWN_ID}", **_SEEN)),
    of_another("SetStage", lambda w: catalog.SetStageRequest(name=f"{w.id}/2", stage="staging", etag=ETAG)),
    of_another("ListStagedVersions", lambda _: catalog.ListStagedVersionsRequest(parent=NAMESPACE, **_SEEN)),
    of_another("ListStageHistory", lambda w: catalog.ListStageHistoryRequest(parent=w.model, **_SEEN)),
    of_another("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}/1", **_SEEN)),
    of_another("ResolveClosure", lambda w: lookup.ResolveClosureRequest(ref=f"{w.id}/1", **_SEEN)),
    of_another("BatchResolveVersions", lambda w: lookup.BatchResolveVersionsRequest(refs=[f"{w.id}/1"], **_SEEN)),
    of_another("Watch", lambda _: lookup.WatchRequest(parent=NAMESPACE, start_revision=1, history_id=OTHER_HISTORY)),
    of_another("ListChanges", lambda _: lookup.ListChangesRequest(parent=NAMESPACE, history_id=OTHER_HISTORY)),
    of_another("SetVersionState", lambda w: governance.SetVersionStateRequest(name=f"{w.id}/1", state=version_pb2.VERSION_STATE_YANKED, reason="x", etag=ETAG)),
    of_another("SetRegistrationSchema", lambda _: governance.SetRegistrationSchemaRequest(schema=registration_schema_pb2.RegistrationSchema(name=SCHEMA, json_schema="{}", etag=ETAG))),
    of_another("GetRegistrationSchema", lambda _: governance.GetRegistrationSchemaRequest(name=SCHEMA, **_SEEN)),
    of_another("ListRegistrationSchemaRevisions", lambda _: governance.ListRegistrationSchemaRevisionsRequest(name=SCHEMA, **_SEEN)),
    of_another("CheckRegistrationSchema", lambda _: governance.CheckRegistrationSchemaRequest(parent=NAMESPACE, **_SEEN)),
    of_another("GetEvaluation", lambda w: governance.GetEvaluationRequest(name=f"{w.model}/versions/1/evaluations/{UNKNOWN_ID}", **_SEEN)),
    of_another("ListEvaluations", lambda w: governance.ListEvaluationsRequest(parent=f"{w.id}/1", **_SEEN)),
    of_another("ListAttestations", lambda w: governance.ListAttestationsRequest(parent=f"{w.id}/1", **_SEEN)),
    of_another("PutPolicy", lambda _: put(etag=ETAG)),
    of_another("GetPolicy", lambda _: governance.GetPolicyRequest(name=QUALITY, **_SEEN)),
    of_another("ListPolicies", lambda _: governance.ListPoliciesRequest(parent=NAMESPACE, **_SEEN)),
    of_another("ListPolicyRevisions", lambda _: governance.ListPolicyRevisionsRequest(parent=QUALITY, **_SEEN)),
    of_another("DeletePolicy", lambda _: governance.DeletePolicyRequest(name=QUALITY, etag=ETAG)),
    of_another("GetStageGraph", lambda _: governance.GetStageGraphRequest(name=GRAPH, **_SEEN)),
    of_another("SetStageGraph", lambda _: set_graph(etag=ETAG)),
    of_another("CheckTransition", lambda w: governance.CheckTransitionRequest(moves=[governance.RequestedMove(version=f"{w.id}/2", to_stage="staging")], **_SEEN)),
    of_another("GetTransition", lambda w: governance.GetTransitionRequest(name=w.open, **_SEEN)),
    of_another("ListTransitions", lambda _: governance.ListTransitionsRequest(parent=NAMESPACE, **_SEEN)),
    of_another("TraverseLineage", lambda w: lineage.TraverseLineageRequest(node=f"{w.model}/versions/1", direction=lineage.LINEAGE_DIRECTION_UP, **_SEEN)),
    of_another("ListDatasets", lambda _: lineage.ListDatasetsRequest(parent=NAMESPACE, uri="gs://x", **_SEEN)),
    of_another("FindVersionsByDataset", lambda _: lineage.FindVersionsByDatasetRequest(parent=NAMESPACE, uri="gs://x", **_SEEN)),
    of_another("ExportLineage", lambda w: lineage.ExportLineageRequest(version=f"{w.model}/versions/1", format=lineage.LINEAGE_FORMAT_PROV_JSON, **_SEEN)),
]
