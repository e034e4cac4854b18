"""An action of a client for each method of a registry: a test reports a new method without one.

Each act calls the SDK as a user would; `prepare` makes the resources that it needs, honestly.
"""

import os
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from modelregistry import Client
from modelregistry.types import (
    ApprovalRequirement,
    BreachCondition,
    CodeNode,
    Ensemble,
    EnsembleMember,
    LineageEdge,
    LineageRole,
    Monitor,
    MonitorSeverity,
    MonitorState,
    Policy,
    RegistrationSchema,
    Route,
    RouteArm,
    Signal,
    SignalKind,
    SignalSelection,
    SignalsRecorded,
    Transition,
    Version,
)
from modelregistry.v1 import artifact_service_pb2 as artifacts
from tests.support.hostile.scene import CONTENT, KIB, write

Act = Callable[[Client, Path], object]
_LARGE: Final = 900 * KIB


def prepare(client: Client) -> None:
    """Have in the registry what the acts need besides `scene.furnish`."""
    client.put_policy(
        Policy(
            name="two-eyes",
            to_stage="production",
            models="fraud",
            approvals=(ApprovalRequirement(id="lead", allow_requester=True, allow_author=True),),
        )
    )
    client.set_registration_schema(RegistrationSchema(json_schema='{"type": "object"}'))
    _route(client, "checkout")
    members = tuple(EnsembleMember(role=role, version="fraud/1") for role in ("a", "b"))
    client.push("ensemble", ensemble=Ensemble(members=members))


def _pull(client: Client, where: Path) -> object:
    return client.pull("fraud@champion", where / "out")


def _push(client: Client, where: Path) -> object:
    own = {"own": str(where).encode(), "second": os.urandom(9), "large": os.urandom(_LARGE)}
    return client.push("other", write(where / "model", {**CONTENT, **own}))


def _new(kind: str) -> str:
    return f"{kind}-{uuid.uuid4().hex[:12]}"


def _prepared(client: Client) -> None:
    """Bring the version that is promoted to where it begins, wherever lies have left it."""
    stage = client.get_version("fraud/1").stage
    if stage not in {"none", "staging"}:
        client.set_stage("fraud/1", "none")
    if stage != "staging":
        client.set_stage("fraud/1", "staging")


def _open(client: Client) -> Transition:
    _prepared(client)
    return client.promote("fraud/1", "production", reason="a reason")


def _checked(client: Client) -> object:
    _prepared(client)
    return client.check_transition("fraud/1", "production")


def _rolled_back(client: Client) -> object:
    client.set_alias("fraud", "mine", 1)
    client.set_alias("fraud", "mine", 2)
    return client.rollback("fraud@mine", reason="no")


def _read(client: Client, where: Path) -> object:
    large = next(file for file in client.list_files("fraud/2") if file.size_bytes > KIB)
    return [_pull(client, where), b"".join(client.read_blob(large.digest))]


def _upload(client: Client) -> str:
    request = artifacts.BeginUploadRequest(
        parent="namespaces/default",
        blob=artifacts.BlobRef(digest=f"sha256:{os.urandom(32).hex()}", size_bytes=5),
        request_id=str(uuid.uuid4()),
    )
    return client.raw.artifacts.BeginUpload(request, timeout=5).name


def _evaluated(client: Client) -> object:
    return client.get_evaluation(next(iter(client.evaluations("fraud/2"))))


def _recorded(client: Client) -> object:
    node = CodeNode(repository="https://example.org/r", commit=f"{1:040}")
    edge = LineageEdge(source="fraud/2", role=LineageRole.PRODUCED_BY, target=node)
    return client.record_lineage([edge])


def _undeleted(client: Client) -> object:
    model = client.create_model(_new("model"))
    return [client.delete_model(model), client.undelete_model(model)]


def _purged(client: Client) -> object:
    return client.purge_model(client.delete_model(client.create_model(_new("model"))))


def _renamed(client: Client) -> object:
    former = client.create_model(_new("model"))
    client.rename_model(former, _new("model"))
    return client.get_model(former)


def _route(client: Client, route: str = "shares", share: int = 4_000) -> Route:
    arms = [
        RouteArm(id="a", version="1", weight=10_000 - share),
        RouteArm(id="b", version="2", weight=share),
    ]
    return client.set_route("fraud", route, arms, "a", overrides={"tester": "b"})


def _deleted_route(client: Client) -> object:
    _route(client, "old")
    return client.delete_route("fraud", "old")


def _reported(client: Client) -> object:
    with client.reporter("eu-prod", instance=_new("host")) as reporter:
        reporter.serve("fraud/1", reference="fraud@champion")
        for _ in range(200):
            state = reporter.state
            if state.error is not None:
                raise state.error
            if state.current:
                return [client.get_deployment(one.name) for one in client.list_deployments()]
            time.sleep(0.02)
    return None


def _monitor(client: Client, name: str = "drift") -> Monitor:
    selection = SignalSelection(models="fraud", kind=SignalKind.DATA, method="psi")
    condition, bad = BreachCondition(threshold=0.2), MonitorSeverity.WARNING
    return client.put_monitor(
        Monitor(name=name, selection=selection, condition=condition, severity=bad)
    )


def _measured(client: Client) -> SignalsRecorded:
    end = datetime.now(UTC)
    signal = Signal(
        kind=SignalKind.DATA,
        subject=_new("feature"),
        method="psi",
        statistic=0.3,
        window_start=end - timedelta(hours=1),
        window_end=end,
    )
    return client.record_signals("fraud/1", [signal])


def _states(client: Client) -> list[MonitorState]:
    _monitor(client)
    _measured(client)
    return list(client.monitor_states(monitor="drift"))


def _deleted_monitor(client: Client) -> object:
    return client.delete_monitor(_monitor(client, _new("m")))


def _deleted_alias(client: Client) -> object:
    client.set_alias("fraud", "old", 1)
    return client.delete_alias("fraud", "old")


def _policy(name: str, description: str = "") -> Policy:
    return Policy(
        name=name,
        to_stage="staging",
        models="none",
        wait=timedelta(hours=1),
        description=description,
    )


def _deleted_policy(client: Client) -> object:
    made = client.put_policy(
        Policy(name=_new("p"), to_stage="staging", models="none", wait=timedelta(hours=1))
    )
    return client.delete_policy(made)


def _deleted_version(client: Client, where: Path) -> Version:
    made = client.push("other", write(where / "m", {"own": str(where).encode()}))
    return client.delete_version(made)


def _watched(client: Client) -> object:
    with client.watch(models=["fraud"], initial_state=True) as changes:
        return next(iter(changes))


def _graph(client: Client) -> object:
    return client.set_stage_graph(client.stage_graph())


def _staged(client: Client) -> object:
    return [client.set_stage("fraud/1", stage) for stage in ("none", "staging")]


def _updated(client: Client) -> object:
    return client.update_model("fraud", description=uuid.uuid4().hex)


def _approved(client: Client) -> object:
    return client.approve(_open(client))


ACTS: Final[Mapping[str, Act]] = {
    "GetTransferLimits": lambda client, _: client.get_usage(),
    "FindMissingBlobs": _push,
    "BatchUploadBlobs": _push,
    "BeginUpload": _push,
    "WriteUpload": _push,
    "ListUploads": lambda client, _: [_upload(client), list(client.list_uploads())],
    "GetUpload": _push,
    "CommitUpload": _push,
    "AbortUpload": lambda client, _: client.abort_upload(_upload(client)),
    "BatchReadBlobs": _pull,
    "GetDownloadPlan": _pull,
    "ReadBlob": _read,
    "CreateNamespace": lambda client, _: client.create_namespace(_new("space")),
    "GetNamespace": lambda client, _: client.get_namespace("default"),
    "ListNamespaces": lambda client, _: list(client.list_namespaces()),
    "UpdateNamespace": lambda client, _: client.update_namespace("default", description="d"),
    "CreateModel": lambda client, _: client.create_model(_new("model")),
    "GetModel": lambda client, _: client.get_model("fraud"),
    "ListModels": lambda client, _: list(client.list_models()),
    "UpdateModel": lambda client, _: _updated(client),
    "DeleteModel": lambda client, _: client.delete_model(client.create_model(_new("model"))),
    "UndeleteModel": lambda client, _: _undeleted(client),
    "RenameModel": lambda client, _: _renamed(client),
    "PurgeModel": lambda client, _: _purged(client),
    "RegisterVersion": _push,
    "CheckRegistration": _push,
    "CopyVersion": lambda client, _: client.copy_version("fraud/2", _new("copy")),
    "GetVersion": lambda client, _: client.get_version("fraud/2"),
    "ListVersions": lambda client, _: list(client.list_versions("fraud", full=True)),
    "ListVersionFiles": lambda client, _: list(client.list_files("fraud/2")),
    "UpdateVersion": lambda client, _: client.label_version("fraud/2", {"a": _new("label")}),
    "DeleteVersion": _deleted_version,
    "PurgeVersion": lambda client, where: client.purge_version(_deleted_version(client, where)),
    "SetAlias": lambda client, _: client.set_alias("fraud", "mine", 1),
    "GetAlias": lambda client, _: client.get_alias("fraud", "champion"),
    "ListAliases": lambda client, _: list(client.list_aliases("fraud")),
    "DeleteAlias": lambda client, _: _deleted_alias(client),
    "ListAliasHistory": lambda client, _: list(client.alias_history("fraud", "champion")),
    "SetRoute": lambda client, _: _route(client),
    "GetRoute": lambda client, _: client.get_route("fraud", "checkout"),
    "ListRoutes": lambda client, _: list(client.list_routes("fraud")),
    "DeleteRoute": lambda client, _: _deleted_route(client),
    "ListRouteHistory": lambda client, _: list(client.route_history("fraud", "checkout")),
    "ReportDeployments": lambda client, _: _reported(client),
    "GetDeployment": lambda client, _: _reported(client),
    "ListDeployments": lambda client, _: _reported(client),
    "GetRollout": lambda client, _: client.rollout("fraud@champion"),
    "RecordSignals": lambda client, _: _measured(client),
    "ListSignals": lambda client, _: [_measured(client), *client.list_signals("fraud/1")],
    "PutMonitor": lambda client, _: _monitor(client),
    "GetMonitor": lambda client, _: client.get_monitor(_monitor(client)),
    "ListMonitors": lambda client, _: [_monitor(client), *client.monitors()],
    "ListMonitorRevisions": lambda client, _: list(client.monitor_revisions(_monitor(client))),
    "DeleteMonitor": lambda client, _: _deleted_monitor(client),
    "GetMonitorState": lambda client, _: client.get_monitor_state(_states(client)[0]),
    "ListMonitorStates": lambda client, _: _states(client),
    "ListMonitorStateHistory": lambda client, _: list(
        client.monitor_state_history(_states(client)[0])
    ),
    "SetStage": lambda client, _: _staged(client),
    "ListStagedVersions": lambda client, _: list(client.staged_versions()),
    "ListStageHistory": lambda client, _: list(client.stage_history("fraud")),
    "SetVersionState": lambda client, _: [
        client.deprecate_version("fraud/1"),
        client.restore_version("fraud/1"),
    ],
    "SetRegistrationSchema": lambda client, _: client.set_registration_schema(
        RegistrationSchema(json_schema='{"type": "object"}')
    ),
    "GetRegistrationSchema": lambda client, _: client.registration_schema(),
    "ListRegistrationSchemaRevisions": lambda client, _: list(
        client.registration_schema_revisions()
    ),
    "CheckRegistrationSchema": lambda client, _: list(
        client.check_registration_schema(RegistrationSchema(json_schema='{"required": ["x"]}'))
    ),
    "SubmitEvaluation": lambda client, _: client.submit_evaluation("other/1", metrics={"a": 1}),
    "GetEvaluation": lambda client, _: _evaluated(client),
    "ListEvaluations": lambda client, _: list(client.evaluations("fraud/2")),
    "RecordAttestation": lambda client, _: client.record_attestation(
        "other/1",
        predicate_type="https://slsa.dev/v1",
        payload_digest=f"sha256:{0:064}",
        signer="ann",
    ),
    "ListAttestations": lambda client, _: list(client.attestations("fraud/2")),
    "PutPolicy": lambda client, _: client.put_policy(_policy("none", _new("d"))),
    "GetPolicy": lambda client, _: client.get_policy("two-eyes"),
    "ListPolicies": lambda client, _: list(client.policies()),
    "ListPolicyRevisions": lambda client, _: list(client.policy_revisions("two-eyes")),
    "DeletePolicy": lambda client, _: _deleted_policy(client),
    "GetStageGraph": lambda client, _: client.stage_graph(),
    "SetStageGraph": lambda client, _: _graph(client),
    "CheckTransition": lambda client, _: _checked(client),
    "RequestTransition": lambda client, _: _open(client),
    "ApproveTransition": lambda client, _: _approved(client),
    "RejectTransition": lambda client, _: client.reject(_open(client), "no"),
    "CancelTransition": lambda client, _: client.cancel_transition(_open(client)),
    "GetTransition": lambda client, _: client.get_transition(next(iter(client.transitions()))),
    "ListTransitions": lambda client, _: list(client.transitions("fraud")),
    "Rollback": lambda client, _: _rolled_back(client),
    "RecordLineage": lambda client, _: _recorded(client),
    "TraverseLineage": lambda client, _: client.lineage("fraud/2"),
    "FindVersionsByDataset": lambda client, _: list(
        client.versions_using("gs://claims/q3", derived=True)
    ),
    "ListDatasets": lambda client, _: list(client.datasets("gs://claims/q3")),
    "ExportLineage": lambda client, _: client.export_lineage("fraud/2"),
    "ResolveVersion": lambda client, _: client.resolve("fraud@champion"),
    "ResolveClosure": lambda client, _: client.resolve_closure("ensemble/1"),
    "BatchResolveVersions": lambda client, _: client.resolve_many(["fraud/1", "fraud@champion"]),
    "Watch": lambda client, _: _watched(client),
    "ListChanges": lambda client, _: [list(client.list_changes(models=["fraud"]))],
}
"""The client's actions that use a method, by the method's name."""
