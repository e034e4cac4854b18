"""Bad requests to LineageService."""
# ruff: noqa: E501 - a table: one row, one line

import json
from typing import Any, cast

from modelregistry.v1 import lineage_pb2
from modelregistry.v1 import lineage_service_pb2 as lineage
from tests.support.content import MIB, NAMESPACE
from tests.support.refusals.case import World, case

UNKNOWN_RUN = f"{NAMESPACE}/lineage/runs/01890000-0000-7000-8000-000000000000"
UNKNOWN_RECORD = f"{NAMESPACE}/lineage/records/01890000-0000-7000-8000-000000000000"
Node, Direction = lineage_pb2.LineageNode, lineage.LineageDirection


def edge(
    world: World, number: int = 1, role: int = 1, target: lineage_pb2.LineageNode | None = None
) -> lineage.LineageEdgeDraft:
    """Return an edge from a version to data, right but for what is given."""
    return lineage.LineageEdgeDraft(
        source=Node(name=f"{world.model}/versions/{number}"),
        role=lineage_pb2.LineageRole.ValueType(role),
        target=target or data("gs://x"),
    )


def data(uri: str, digest: str = "") -> lineage_pb2.LineageNode:
    """Return a data set."""
    return Node(dataset=lineage_pb2.DatasetNode(uri=uri, digest=digest))


def event(**parts: object) -> str:
    """Return an OpenLineage event, right but for what is given."""
    right = {
        "eventType": "COMPLETE",
        "eventTime": "2026-10-01T12:00:00Z",
        "producer": "https://example.com/job",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json",
        "run": {"runId": "01890000-0000-7000-8000-000000000000"},
        "job": {"namespace": "jobs", "name": "train"},
    }
    return json.dumps({**right, **parts})


def at(*places: str) -> tuple[str, ...]:
    """Return paths in an event."""
    return tuple(f"openlineage_event{place}" for place in places)


# fmt: off
LINEAGE = [
    case("RecordLineage", lambda _: lineage.RecordLineageRequest(parent=NAMESPACE), "INVALID_REQUEST", "edges"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[edge(w)], openlineage_event="{}"), "INVALID_REQUEST", "edges"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent="default", edges=[edge(w, role=0)] * 2), "INVALID_REQUEST", "parent", "edges[0].role", "edges[1].role"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent="namespaces/nowhere", edges=[edge(w)]), "NAMESPACE_NOT_FOUND"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[edge(w)] * 1_001), "INVALID_REQUEST", "edges"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[edge(w, number=99)]), "VERSION_NOT_FOUND"),
    case("RecordLineage", lambda _: lineage.RecordLineageRequest(parent=NAMESPACE, openlineage_event="[]"), "INVALID_REQUEST", "openlineage_event"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[edge(w)], request_id="7"), "INVALID_REQUEST", "request_id"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[edge(w, role=99), edge(w, role=-1), edge(w, role=7)]), "INVALID_REQUEST", "edges[0].role", "edges[1].role", "edges[2].role"),
    case("RecordLineage", lambda _: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[lineage.LineageEdgeDraft(role=cast("Any", 1))]), "INVALID_REQUEST", "edges[0].source", "edges[0].target"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[edge(w, target=data("")), edge(w, target=data("https://me:pw@host/", "x")), edge(w, target=data("a\0b", "x" * 300))]), "INVALID_REQUEST", "edges[0].target.dataset.uri", "edges[1].target.dataset.uri", "edges[1].target.dataset.digest", "edges[2].target.dataset.uri", "edges[2].target.dataset.digest", "edges[2].target.dataset.digest"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[edge(w, target=data("x" * MIB))]), "INVALID_REQUEST", "edges[0].target.dataset.uri"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[edge(w, role=5, target=Node(code=lineage_pb2.CodeNode(repository="https://me@host/"))), edge(w, role=5, target=Node(run=lineage_pb2.RunNode())), edge(w, role=5, target=Node(run=lineage_pb2.RunNode(run_id="x" * 300)))]), "INVALID_REQUEST", "edges[0].target.code.commit", "edges[0].target.code.repository", "edges[1].target.run.run_id", "edges[2].target.run.run_id"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[edge(w, target=Node(version=lineage_pb2.VersionNode())), edge(w, target=Node(approver=lineage_pb2.ApproverNode(principal="ann")))]), "INVALID_REQUEST", "edges[0].target", "edges[1].target"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[edge(w, target=Node(name=UNKNOWN_RECORD)), edge(w, target=Node(name="x" * MIB))]), "INVALID_REQUEST", "edges[0].target.name", "edges[1].target.name"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[edge(w, role=5, target=Node(name=UNKNOWN_RUN))]), "LINEAGE_NODE_NOT_FOUND"),
    case("RecordLineage", lambda _: lineage.RecordLineageRequest(parent=NAMESPACE, openlineage_event="x" * MIB), "INVALID_REQUEST", "openlineage_event"),
    case("RecordLineage", lambda _: lineage.RecordLineageRequest(parent=NAMESPACE, openlineage_event="x" * (MIB + 1)), "INVALID_REQUEST", "openlineage_event"),
    case("RecordLineage", lambda _: lineage.RecordLineageRequest(parent=NAMESPACE, openlineage_event="[" * 100_000), "INVALID_REQUEST", "openlineage_event"),
    case("RecordLineage", lambda _: lineage.RecordLineageRequest(parent=NAMESPACE, openlineage_event='{"a": NaN}'), "INVALID_REQUEST", "openlineage_event"),
    case("RecordLineage", lambda _: lineage.RecordLineageRequest(parent=NAMESPACE, openlineage_event=event(eventTime="yesterday", eventType="LATER", run={"runId": 7}, job=[])), "INVALID_REQUEST", *at(".job", ".eventType", ".eventTime", ".run.runId", ".job.namespace", ".job.name")),
    case("RecordLineage", lambda _: lineage.RecordLineageRequest(parent=NAMESPACE, openlineage_event=event(eventTime="0000-01-01T00:00:00Z")), "INVALID_REQUEST", *at(".eventTime")),
    case("RecordLineage", lambda _: lineage.RecordLineageRequest(parent=NAMESPACE, openlineage_event=event(inputs=[{"namespace": "", "name": ""}], outputs="x")), "INVALID_REQUEST", *at(".inputs[0].namespace", ".inputs[0].name", ".outputs")),
    case("RecordLineage", lambda _: lineage.RecordLineageRequest(parent=NAMESPACE, openlineage_event=event(inputs=[{"namespace": "a", "name": "b"}] * 1_001)), "INVALID_REQUEST", *at(".inputs")),
    case("RecordLineage", lambda _: lineage.RecordLineageRequest(parent=NAMESPACE, openlineage_event=event(inputs=[{"namespace": "modelregistry", "name": "fraud"}])), "INVALID_REQUEST", *at(".inputs[0].name")),
    case("TraverseLineage", lambda _: lineage.TraverseLineageRequest(), "INVALID_REQUEST", "node", "direction"),
    case("TraverseLineage", lambda w: lineage.TraverseLineageRequest(node=w.id, direction=lineage.LINEAGE_DIRECTION_UP, depth=101, roles=[lineage_pb2.LINEAGE_ROLE_UNSPECIFIED]), "INVALID_REQUEST", "node", "depth", "roles[0]"),
    case("TraverseLineage", lambda w: lineage.TraverseLineageRequest(node=f"{w.id}@nobody", direction=lineage.LINEAGE_DIRECTION_UP), "ALIAS_NOT_FOUND"),
    case("TraverseLineage", lambda _: lineage.TraverseLineageRequest(node=UNKNOWN_RUN, direction=lineage.LINEAGE_DIRECTION_DOWN), "LINEAGE_NODE_NOT_FOUND"),
    case("TraverseLineage", lambda w: lineage.TraverseLineageRequest(node=f"{w.id}/1", direction=cast("Any", 99), depth=-1, roles=[cast("Any", 99)]), "INVALID_REQUEST", "direction", "depth", "roles[0]"),
    case("TraverseLineage", lambda w: lineage.TraverseLineageRequest(node=f"{w.id}/1", direction=Direction.LINEAGE_DIRECTION_UP, page_size=-1), "INVALID_REQUEST", "page_size"),
    case("TraverseLineage", lambda w: lineage.TraverseLineageRequest(node=f"{w.id}/1", direction=Direction.LINEAGE_DIRECTION_UP, page_token="x"), "INVALID_REQUEST", "page_token"),
    case("TraverseLineage", lambda _: lineage.TraverseLineageRequest(node=UNKNOWN_RECORD, direction=Direction.LINEAGE_DIRECTION_UP), "INVALID_REQUEST", "node"),
    case("FindVersionsByDataset", lambda _: lineage.FindVersionsByDatasetRequest(), "INVALID_REQUEST", "parent", "uri"),
    case("FindVersionsByDataset", lambda _: lineage.FindVersionsByDatasetRequest(parent=NAMESPACE, uri="https://me:pw@host/", digest="x", stage="x" * 200), "INVALID_REQUEST", "uri", "digest", "stage"),
    case("FindVersionsByDataset", lambda _: lineage.FindVersionsByDatasetRequest(parent=NAMESPACE, uri="u", page_token="x"), "INVALID_REQUEST", "page_token"),
    case("FindVersionsByDataset", lambda _: lineage.FindVersionsByDatasetRequest(parent="namespaces/nowhere", uri="u"), "NAMESPACE_NOT_FOUND"),
    case("FindVersionsByDataset", lambda _: lineage.FindVersionsByDatasetRequest(parent=NAMESPACE, uri="a\0b", digest="x" * 300, stage="a\0b"), "INVALID_REQUEST", "uri", "digest", "digest", "stage"),
    case("FindVersionsByDataset", lambda _: lineage.FindVersionsByDatasetRequest(parent=NAMESPACE, uri="u", page_size=-1), "INVALID_REQUEST", "page_size"),
    case("FindVersionsByDataset", lambda _: lineage.FindVersionsByDatasetRequest(parent=NAMESPACE, uri="u", stage="prod"), "INVALID_REQUEST", "stage"),
    case("FindVersionsByDataset", lambda _: lineage.FindVersionsByDatasetRequest(parent=NAMESPACE, uri="u", include_derived=True, page_token="x"), "INVALID_REQUEST", "page_token"),
    case("ListDatasets", lambda _: lineage.ListDatasetsRequest(), "INVALID_REQUEST", "parent", "uri"),
    case("ListDatasets", lambda _: lineage.ListDatasetsRequest(parent="namespaces/nowhere", uri="u"), "NAMESPACE_NOT_FOUND"),
    case("ListDatasets", lambda _: lineage.ListDatasetsRequest(parent=NAMESPACE, uri="a\0b", digest="x" * 300), "INVALID_REQUEST", "uri", "digest", "digest"),
    case("ListDatasets", lambda _: lineage.ListDatasetsRequest(parent=NAMESPACE, uri="u", page_size=-1), "INVALID_REQUEST", "page_size"),
    case("ListDatasets", lambda _: lineage.ListDatasetsRequest(parent=NAMESPACE, uri="u", page_token="x"), "INVALID_REQUEST", "page_token"),
    case("ExportLineage", lambda _: lineage.ExportLineageRequest(depth=-1), "INVALID_REQUEST", "version", "format", "depth"),
    case("ExportLineage", lambda w: lineage.ExportLineageRequest(version=f"{w.id}/99", format=lineage.LINEAGE_FORMAT_PROV_JSON), "VERSION_NOT_FOUND"),
    case("ExportLineage", lambda w: lineage.ExportLineageRequest(version=f"{w.id}/1", format=cast("Any", 99), depth=101), "INVALID_REQUEST", "format", "depth"),
]
