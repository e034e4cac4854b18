"""Limits do not contradict each other: a request with all that its counts allow fits.

Where it does not fit, the comment of the request states the bytes beside the counts.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from modelregistry.v1 import (
    artifact_service_pb2,
    catalog_service_pb2,
    evaluation_pb2,
    governance_service_pb2,
    lineage_pb2,
    lineage_service_pb2,
    lookup_service_pb2,
    model_pb2,
    monitor_pb2,
    monitoring_service_pb2,
    policy_pb2,
    registration_schema_pb2,
    route_pb2,
    route_service_pb2,
    signal_pb2,
    stage_graph_pb2,
    version_pb2,
)
from registry_grpc.domain.dataset import DIGEST_BYTES, URI_BYTES
from registry_grpc.domain.labels import MAX_PAIRS, MAX_VALUE_BYTES
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.domain.lineage_draft import MOST_EDGES
from registry_grpc.domain.manifest import MAX_FILES, MAX_MEDIA_TYPE_BYTES, MAX_PATH_BYTES, MAX_SIZE
from registry_grpc.domain.model import MAX_DESCRIPTION_BYTES
from registry_grpc.domain.registration_schema import MAX_JSON_SCHEMA_BYTES
from registry_grpc.domain.result import KEY_BYTES, MOST_METRICS, MOST_SLICES, VALUE_BYTES
from registry_grpc.domain.stage_graph import MOST_ALIAS_RULES, MOST_STAGES
from registry_grpc.domain.transition import MOST_MOVES
from registry_grpc.domain.watch import MAX_PREFIX_BYTES, MOST_NAMES
from registry_grpc.transport.method import Method
from registry_grpc.transport.methods import SERVICES

PROTOS = Path(__file__).parents[3] / "protos" / "modelregistry" / "v1"
DIGEST = "sha256:" + "0" * 64
MODEL = f"namespaces/{'n' * 63}/models/{'m' * 256}"
VERSION = f"{MODEL}/versions/{'9' * 18}"
ID = "s" * 63
LIMITS = TransferLimits()


def text(size: int) -> str:
    return "x" * size


def keys(count: int, size: int) -> list[str]:
    return [f"{number:05}".ljust(size, "x") for number in range(count)]


def labels() -> dict[str, str]:
    return dict.fromkeys(keys(MAX_PAIRS, 63), text(MAX_VALUE_BYTES))


def metrics() -> dict[str, float]:
    return dict.fromkeys(keys(MOST_METRICS, KEY_BYTES), 0.5)


def slices() -> list[version_pb2.SliceMetric]:
    interval = version_pb2.ConfidenceInterval(low=0.1, high=0.2, level=0.9)
    one = version_pb2.SliceMetric(
        dimension=text(KEY_BYTES),
        value=text(VALUE_BYTES),
        metric=text(KEY_BYTES),
        count=MAX_SIZE,
        result=0.5,
        interval=interval,
    )
    return [one] * MOST_SLICES


def files() -> list[version_pb2.FileEntry]:
    media_type = text(MAX_MEDIA_TYPE_BYTES)
    one = version_pb2.FileEntry(
        path=text(MAX_PATH_BYTES), digest=DIGEST, size_bytes=MAX_SIZE, media_type=media_type
    )
    return [one] * MAX_FILES


def bound() -> policy_pb2.Rule:
    rule = policy_pb2.MetricBound(
        metric=text(KEY_BYTES),
        dataset=text(URI_BYTES),
        dimension=text(KEY_BYTES),
        required_slices=[text(VALUE_BYTES)] * 1_000,
    )
    return policy_pb2.Rule(id=ID, bound=rule)


def edge() -> lineage_service_pb2.LineageEdgeDraft:
    data = lineage_pb2.DatasetNode(uri=text(URI_BYTES), digest=text(DIGEST_BYTES))
    end = lineage_pb2.LineageNode(dataset=data)
    return lineage_service_pb2.LineageEdgeDraft(source=end, role=1, target=end)  # type: ignore[arg-type]


def graph() -> stage_graph_pb2.StageGraph:
    return stage_graph_pb2.StageGraph(
        stages=[stage_graph_pb2.Stage(id=ID, capacity=1_000)] * MOST_STAGES,
        edges=[stage_graph_pb2.StageEdge(source=ID, target=ID)] * (MOST_STAGES * (MOST_STAGES - 1)),
        alias_rules=[stage_graph_pb2.AliasRule(pattern=ID, stages=[ID] * MOST_STAGES)]
        * MOST_ALIAS_RULES,
    )


def facts() -> registration_schema_pb2.RequiredFacts:
    entries = [text(256)] * 64
    return registration_schema_pb2.RequiredFacts(
        files=entries, labels=entries, tags=entries, metrics=entries, slices=entries
    )


LARGEST: dict[str, Callable[[], Message]] = {
    "CreateModel": lambda: catalog_service_pb2.CreateModelRequest(
        model=model_pb2.Model(description=text(MAX_DESCRIPTION_BYTES), labels=labels())
    ),
    "RegisterVersion": lambda: catalog_service_pb2.RegisterVersionRequest(
        parent=MODEL, files=files(), version=version_pb2.Version(slices=slices(), metrics=metrics())
    ),
    "CheckRegistration": lambda: catalog_service_pb2.CheckRegistrationRequest(
        parent=MODEL, files=files(), version=version_pb2.Version(slices=slices(), metrics=metrics())
    ),
    "FindMissingBlobs": lambda: artifact_service_pb2.FindMissingBlobsRequest(
        blobs=[artifact_service_pb2.BlobRef(digest=DIGEST, size_bytes=MAX_SIZE)]
        * LIMITS.max_find_missing
    ),
    "BatchUploadBlobs": lambda: artifact_service_pb2.BatchUploadBlobsRequest(
        blobs=[
            artifact_service_pb2.BlobData(
                digest=DIGEST, data=bytes(LIMITS.max_batch // LIMITS.max_batch_blobs)
            )
        ]
        * LIMITS.max_batch_blobs
    ),
    "BatchReadBlobs": lambda: artifact_service_pb2.BatchReadBlobsRequest(
        digests=[DIGEST] * LIMITS.max_batch_blobs
    ),
    "WriteUpload": lambda: artifact_service_pb2.WriteUploadRequest(
        name=text(512), offset=MAX_SIZE, data=bytes(LIMITS.max_chunk), crc32c=1
    ),
    "SubmitEvaluation": lambda: governance_service_pb2.SubmitEvaluationRequest(
        parent=VERSION,
        evaluation=evaluation_pb2.Evaluation(
            metrics=metrics(), slices=slices(), description=text(MAX_DESCRIPTION_BYTES)
        ),
    ),
    "SetRegistrationSchema": lambda: governance_service_pb2.SetRegistrationSchemaRequest(
        schema=registration_schema_pb2.RegistrationSchema(
            json_schema=text(MAX_JSON_SCHEMA_BYTES), required=facts()
        )
    ),
    "PutPolicy": lambda: governance_service_pb2.PutPolicyRequest(
        policy=policy_pb2.Policy(rules=[bound()] * 100, description=text(MAX_DESCRIPTION_BYTES))
    ),
    "SetStageGraph": lambda: governance_service_pb2.SetStageGraphRequest(
        stage_graph=graph(), reason=text(4_096)
    ),
    "RequestTransition": lambda: governance_service_pb2.RequestTransitionRequest(
        moves=[governance_service_pb2.RequestedMove(version=VERSION, to_stage=ID)] * MOST_MOVES
    ),
    "Rollback": lambda: governance_service_pb2.RollbackRequest(
        targets=[governance_service_pb2.RollbackTarget(target=VERSION, version=VERSION)]
        * MOST_MOVES
    ),
    "RecordLineage": lambda: lineage_service_pb2.RecordLineageRequest(edges=[edge()] * MOST_EDGES),
    "BatchResolveVersions": lambda: lookup_service_pb2.BatchResolveVersionsRequest(
        refs=[VERSION] * 1_000, units=[text(256)] * 1_000
    ),
    "SetRoute": lambda: route_service_pb2.SetRouteRequest(
        route=route_pb2.Route(
            name=VERSION,
            arms=[
                route_pb2.RouteArm(
                    id=text(63), version=VERSION, weight=1, mode=route_pb2.ROUTE_ARM_MODE_LIVE
                )
            ]
            * 100,
            default_arm=text(63),
            unit_kind=text(128),
            overrides={f"{number:0256}": text(63) for number in range(1_000)},
        ),
        reason=text(4_096),
    ),
    "RecordSignals": lambda: monitoring_service_pb2.RecordSignalsRequest(
        signals=[
            signal_pb2.Signal(
                version=VERSION,
                kind=signal_pb2.SIGNAL_KIND_OPERATIONS,
                subject=text(256),
                dimension=text(128),
                value=text(256),
                arm=text(63),
                target=text(128),
                method=text(63),
                statistic=0.1,
                p_value=0.1,
                window_start=Timestamp(seconds=2**33, nanos=999_999_999),
                window_end=Timestamp(seconds=2**33, nanos=999_999_999),
                reference_count=2**53,
                current_count=2**53,
                profile_digest=text(256),
                producer=text(256),
            )
        ]
        * 1_000
    ),
    "PutMonitor": lambda: monitoring_service_pb2.PutMonitorRequest(
        monitor=monitor_pb2.Monitor(
            name=f"namespaces/{'n' * 63}/monitors/{ID}",
            selection=monitor_pb2.SignalSelection(
                models=text(256),
                names=[text(255)] * 20,
                method=text(63),
                subjects=text(256),
                dimension=text(256),
                target=text(256),
                arm=text(256),
            ),
            description=text(MAX_DESCRIPTION_BYTES),
        ),
        reason=text(4_096),
    ),
    "Watch": lambda: lookup_service_pb2.WatchRequest(
        name_prefixes=[text(MAX_PREFIX_BYTES)] * MOST_NAMES
    ),
    "ListChanges": lambda: lookup_service_pb2.ListChangesRequest(
        name_prefixes=[text(MAX_PREFIX_BYTES)] * MOST_NAMES, page_token=text(4_096)
    ),
}
"""The largest request that counts and lengths allow, of each method whose requests grow."""

STATED = {
    "RegisterVersion": "At most 16 MiB encoded",
    "CheckRegistration": "At most 16 MiB encoded",
    "SubmitEvaluation": "At most 4 MiB encoded",
    "PutPolicy": "At most 4 MiB encoded",
    "RecordLineage": "At most 4 MiB encoded",
}
"""The sentences of the contract about requests whose counts allow more than their bytes."""


@pytest.mark.parametrize("name", LARGEST)
def test_what_the_counts_allow_fits_or_the_contract_states_the_bytes(name: str) -> None:
    method = next(
        Method.declared(service.methods_by_name[name])
        for service in SERVICES
        if name in service.methods_by_name
    )
    request = LARGEST[name]()
    assert isinstance(request, method.request)
    if request.ByteSize() <= method.most_bytes:
        assert name not in STATED
        method.parse(request.SerializeToString())
    else:
        comment = re.search(rf"((?://[^\n]*\n)+)message {name}Request ", contract())
        assert comment is not None
        said = " ".join(comment[1].replace("//", "").split())
        assert STATED.get(name, "no bytes are stated") in said


def contract() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in PROTOS.glob("*.proto"))
