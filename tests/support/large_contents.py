"""A registry whose every list exceeds one page, written without the contract's methods."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import deployment_service_pb2 as deployments
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import lineage_service_pb2 as lineage
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import monitoring_service_pb2 as monitoring
from modelregistry.v1 import route_service_pb2 as routes
from modelregistry.v1 import version_pb2
from registry_grpc.domain.change import Change
from registry_grpc.domain.facts import VersionDetail
from registry_grpc.domain.finding import Finding, Outcome
from registry_grpc.domain.lineage import Dataset, EdgeRole
from registry_grpc.domain.manifest import FileEntry
from registry_grpc.domain.model import Model, ModelDraft
from registry_grpc.domain.names import MonitorName, TransitionName
from registry_grpc.domain.registration_schema import SchemaDraft
from registry_grpc.domain.transition import Move, Transition, TransitionKind, TransitionState
from registry_grpc.domain.version import Version
from registry_grpc.services.ports.database import Database, Transaction
from tests.contract.database_examples import (
    START,
    VersionFields,
    a_deployment,
    a_digest,
    a_model,
    a_move,
    a_namespace,
    a_plan,
    a_route_entry,
    a_schema,
    a_transition,
    a_uid,
    add_version,
    an_upload,
    at,
)
from tests.contract.monitor_examples import a_monitor, a_signal, a_state
from tests.contract.policy_examples import EVERYTHING, a_policy, an_attestation, an_evaluation
from tests.support.lineage import a_node, an_edge

KIB = 1_024
LONG = "d" * (64 * KIB)
REASON = "r" * 4_096
NAMESPACE, MODEL = "namespaces/default", "namespaces/default/models/large"
FIRST = f"{MODEL}/versions/1"
STATE = MonitorName("default", "m-0").state(UUID(int=1))
PINNED = f"gs://pinned/{'u' * 4_000}"


@dataclass(frozen=True)
class List:
    """A list of which more than a page is there. items: how many. least: pages that they take."""

    request: Callable[..., Message]
    items: int
    least: int = 2


def _list(kind: type[Message], items: int, least: int = 2, **fields: Any) -> List:  # noqa: ANN401
    return List(lambda **more: kind(**fields, **more), items, least)


LISTS: Mapping[str, List] = {
    "ListNamespaces": _list(catalog.ListNamespacesRequest, 61),
    "ListModels": _list(catalog.ListModelsRequest, 61, parent=NAMESPACE),
    "ListVersions": _list(
        catalog.ListVersionsRequest,
        61,
        parent=MODEL,
        view=version_pb2.VersionView.VERSION_VIEW_FULL,
    ),
    "ListVersionFiles": _list(catalog.ListVersionFilesRequest, 5_000, parent=FIRST),
    # A thousand aliases of the longest ids, the most of a page, are not as much as a page may be.
    "ListAliases": _list(catalog.ListAliasesRequest, 999, 1, parent=MODEL),
    "ListAliasHistory": _list(
        catalog.ListAliasHistoryRequest, 1_000, parent=f"{MODEL}/aliases/moved"
    ),
    # The most routes of a model are not as much as a page may be.
    "ListRoutes": _list(routes.ListRoutesRequest, 2, 1, parent=MODEL),
    "ListRouteHistory": _list(
        routes.ListRouteHistoryRequest, 1_000, parent=f"{MODEL}/routes/changed"
    ),
    "ListDeployments": _list(deployments.ListDeploymentsRequest, 1_500, 2, parent=NAMESPACE),
    "GetRollout": _list(deployments.GetRolloutRequest, 1_500, 2, ref="large@moved"),
    "ListSignals": _list(monitoring.ListSignalsRequest, 1_001, parent=FIRST),
    "ListMonitors": _list(monitoring.ListMonitorsRequest, 60, parent=NAMESPACE),
    "ListMonitorRevisions": _list(
        monitoring.ListMonitorRevisionsRequest, 60, parent=f"{NAMESPACE}/monitors/m-0"
    ),
    "ListMonitorStates": _list(monitoring.ListMonitorStatesRequest, 1_500, parent=NAMESPACE),
    "ListMonitorStateHistory": _list(
        monitoring.ListMonitorStateHistoryRequest, 1_500, parent=str(STATE)
    ),
    "ListStagedVersions": _list(
        catalog.ListStagedVersionsRequest, 60, 1, parent=NAMESPACE, stage="staging"
    ),
    "ListStageHistory": _list(catalog.ListStageHistoryRequest, 1_000, parent=MODEL),
    "ListEvaluations": _list(governance.ListEvaluationsRequest, 60, parent=FIRST),
    "ListAttestations": _list(governance.ListAttestationsRequest, 1_000, 1, parent=FIRST),
    "ListPolicies": _list(governance.ListPoliciesRequest, 60, parent=NAMESPACE),
    "ListPolicyRevisions": _list(
        governance.ListPolicyRevisionsRequest, 60, parent=f"{NAMESPACE}/policies/p-0"
    ),
    "ListRegistrationSchemaRevisions": _list(
        governance.ListRegistrationSchemaRevisionsRequest,
        20,
        name=f"{NAMESPACE}/registrationSchema",
    ),
    "CheckRegistrationSchema": _list(
        governance.CheckRegistrationSchemaRequest, 61, 1, parent=NAMESPACE
    ),
    "ListTransitions": _list(governance.ListTransitionsRequest, 40, parent=NAMESPACE),
    "TraverseLineage": _list(
        lineage.TraverseLineageRequest,
        1_000,
        node=FIRST,
        direction=lineage.LINEAGE_DIRECTION_UP,
    ),
    "FindVersionsByDataset": _list(
        lineage.FindVersionsByDatasetRequest, 61, parent=NAMESPACE, uri="gs://shared"
    ),
    "ListDatasets": _list(lineage.ListDatasetsRequest, 1_000, parent=NAMESPACE, uri=PINNED),
    # A thousand uploads are not as much as a page may be.
    "ListUploads": _list(artifact.ListUploadsRequest, 1_000, 1, parent=NAMESPACE),
    "ListChanges": _list(lookup.ListChangesRequest, 60, parent=NAMESPACE),
}


def fill(database: Database) -> None:
    """Write it all."""
    model = a_model("large")
    with database.change(lambda: START) as tx:
        tx.models.add(model)
        versions = _versions(tx, model)
        _catalog(tx, model)
        _evidence(tx, versions[0])
        _monitoring(tx, versions[0])
        _rules(tx)
        _lineage(tx, versions)
        _transitions(tx, model, versions[0])
        for _ in range(1_000):
            tx.uploads.add(an_upload(size=1, expire_time=datetime.now(UTC) + timedelta(hours=1)))
    for version in versions[:60]:
        # Not long ago: old changes would be compacted by a server in the background.
        with database.change(lambda: datetime.now(UTC)) as tx:
            brief = replace(version, detail=None, description=LONG)
            tx.record([Change("version.label", str(version.name), "ann", brief, brief)])


def _versions(tx: Transaction, model: Model) -> list[Version]:
    files = [FileEntry(f"{number:04}{'p' * 1_000}", a_digest("x"), 1) for number in range(5_000)]
    # The third is larger than a page alone.
    sizes = {1: 10, 2: 200, 3: 1_000}
    return [
        add_version(
            tx,
            model,
            number,
            VersionFields(
                files=files[: 5_000 if number == 1 else 1],
                create_time=at(number),
                description=LONG,
                detail=VersionDetail(
                    params={f"p{index}": "v" * 4_000 for index in range(sizes.get(number, 20))}
                ),
            ),
        )
        for number in range(1, 62)
    ]


def _catalog(tx: Transaction, model: Model) -> None:
    for number in range(60):
        name = f"large-{number}"
        tx.namespaces.add(replace(a_namespace(name), description=LONG))
        tx.models.add(a_model(name, draft=ModelDraft(description=LONG)))
    plan = a_plan(model, 1, 2)
    tx.routes.append(a_route_entry(model, "another", 1, plan))
    for number in range(1_500):
        tx.deployments.put(a_deployment(model, 1, f"{number:0>256}", follows="@moved"))
    for revision in range(1, 1_001):
        move = a_move(model, "moved", revision % 2 + 1, revision)
        tx.aliases.append(replace(move, reason=REASON))
        entry = a_route_entry(model, "changed", revision, plan)
        tx.routes.append(replace(entry, reason=REASON))
        stage = a_transition(model, revision % 60 + 1, "staging", "none", revision)
        tx.stages.append(model, replace(stage, reason=REASON))
    for number in range(998):
        tx.aliases.append(a_move(model, f"{'a' * 50}-{number}", number // 500 + 3, number + 1))


def _evidence(tx: Transaction, version: Version) -> None:
    for revision in range(1, 61):
        tx.evaluations.add(version, an_evaluation(version, revision, description=LONG))
    for revision in range(1, 1_001):
        tx.attestations.add(version, an_attestation(version, revision))


def _rules(tx: Transaction) -> None:
    draft = replace(EVERYTHING, description=LONG)
    for number in range(60):
        tx.policies.append(a_policy(f"p-{number}", 1, draft))
    for number in range(2, 61):
        tx.policies.append(a_policy("p-0", number, draft))
    for number in range(1, 20):
        schema = SchemaDraft('{"title": "' + "t" * (250 * KIB) + '"}')
        tx.registration_schemas.append(a_schema(number, schema))
    # None of the versions has the parameters that this wants.
    wanted = ", ".join(f'"{"k" * 80}{number}"' for number in range(10))
    tx.registration_schemas.append(
        a_schema(20, SchemaDraft('{"properties": {"params": {"required": [' + wanted + "]}}}"))
    )


def _monitoring(tx: Transaction, version: Version) -> None:
    tx.signals.add([a_signal(version, number) for number in range(1_001)])
    for number in range(60):
        tx.monitors.append(a_monitor(f"m-{number}", description=LONG))
    for number in range(2, 61):
        tx.monitors.append(a_monitor("m-0", number, LONG))
    tx.monitor_states.put([a_state(version, number) for number in range(1_500)])
    state = a_state(version).state
    for revision in range(1_500):
        entry = replace(state, name=STATE, revision=revision)
        tx.monitor_states.append(version.uid, entry, 0)


def _lineage(tx: Transaction, versions: list[Version]) -> None:
    shared = a_node(Dataset("gs://shared", ""))
    places = [a_node(Dataset(f"gs://{number}/{'u' * 4_000}", "")) for number in range(999)]
    edges = [an_edge(version.uid, EdgeRole.TRAINED_ON, shared.uid) for version in versions]
    edges += [an_edge(versions[0].uid, EdgeRole.TESTED_ON, place.uid) for place in places]
    pinned = [a_node(Dataset(PINNED, f"sha256:{number:064}")) for number in range(1_000)]
    tx.lineage.add([shared, *places, *pinned], edges)


def _transitions(tx: Transaction, model: Model, version: Version) -> None:
    finding = Finding("p@1", "r", str(version.name), Outcome.FAILED, "m" * 10_000)
    for number in range(1, 41):
        transition = Transition(
            name=TransitionName("default", a_uid()),
            category=TransitionKind.PROMOTION,
            state=TransitionState.REFUSED,
            moves=(Move(version.name, "none", "staging", findings=(finding,) * 20),),
            requester="ann",
            reason="it is good",
            create_time=at(number),
            expire_time=at(number + 1),
            revision=number,
        )
        tx.transitions.add(transition, {model.uid: [1]})
