"""Lineage through the contract: recorded, walked, asked for by data set, exported."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lineage_pb2, version_pb2
from modelregistry.v1 import lineage_service_pb2 as pb
from modelregistry.v1 import lookup_service_pb2 as lookup
from tests.support.content import NAMESPACE, a_model, a_version
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refused

UP, DOWN = pb.LINEAGE_DIRECTION_UP, pb.LINEAGE_DIRECTION_DOWN
TRAINED, PRODUCED = lineage_pb2.LINEAGE_ROLE_TRAINED_ON, lineage_pb2.LINEAGE_ROLE_PRODUCED_BY


def a_trained_version(stubs: Stubs, model: str, uri: str, **fields: Any) -> version_pb2.Version:  # noqa: ANN401 - what it has
    data = version_pb2.DatasetInput(
        uri=uri, digest="sha256:aa", role=version_pb2.DATASET_ROLE_TRAINING
    )
    source = version_pb2.Source(
        repository="https://git.example/risk", commit="ab" * 20, run_id=f"run of {uri}"
    )
    record = version_pb2.Version(inputs=[data], source=source, **fields)
    return a_version(stubs, model, version=record)


def walked(stubs: Stubs, node: str, direction: int = UP, **fields: Any) -> list[pb.LineageStep]:  # noqa: ANN401 - what is asked
    request = pb.TraverseLineageRequest(node=node, direction=direction, **fields)  # type: ignore[arg-type]
    found: list[pb.LineageStep] = []
    while True:
        reply = stubs.TraverseLineage(request)
        found += reply.steps
        if not reply.next_page_token:
            return found
        request.page_token = reply.next_page_token


def an_event(run: str, kind: str = "COMPLETE", **more: object) -> dict[str, Any]:
    return {
        "eventType": kind,
        "eventTime": "2026-05-03T12:00:00Z",
        "producer": "https://example.com/airflow",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": run},
        "job": {"namespace": "airflow", "name": "train.fraud"},
        **more,
    }


def recorded(stubs: Stubs, event: Mapping[str, object]) -> pb.RecordLineageResponse:
    text = json.dumps(event)
    reply: pb.RecordLineageResponse = stubs.RecordLineage(
        pb.RecordLineageRequest(parent=NAMESPACE, openlineage_event=text)
    )
    return reply


@pytest.fixture
def uri() -> str:
    """A data set of this test's own."""
    return f"gs://claims/{uuid4().hex}"


@pytest.fixture
def model(stubs: Stubs) -> str:
    return a_model(stubs)


def test_what_a_version_was_made_of_is_walked_up_and_down_on_both_databases(
    registry_on_either: RegistryProcess,
) -> None:
    with connected(registry_on_either.target) as stubs:
        model = a_model(stubs)
        base = a_trained_version(stubs, model, "gs://claims/q3")
        tuned = a_version(stubs, model, version=version_pb2.Version(parents=[base.name]))
        stubs.SetStage(catalog.SetStageRequest(name=tuned.name, stage="staging"))

        up = walked(stubs, tuned.name, depth=2)
        assert [step.depth for step in up] == [1, 2, 2, 2]
        assert (up[0].edge.source, up[0].edge.target) == (tuned.name, base.name)
        assert up[0].node.version.root_digest == base.root_digest
        kinds = {step.node.WhichOneof("node"): step.node for step in up}
        assert set(kinds) == {"version", "dataset", "run", "code"}
        assert kinds["code"].code.commit == "ab" * 20
        assert kinds["dataset"].dataset.digest == "sha256:aa"

        down = walked(stubs, kinds["dataset"].name, DOWN, page_size=1)
        assert [(step.depth, step.node.name) for step in down] == [(1, base.name), (2, tuned.name)]
        assert down[1].node.version.stage == "staging"
        uses = stubs.FindVersionsByDataset(
            pb.FindVersionsByDatasetRequest(parent=NAMESPACE, digest="sha256:aa")
        ).uses
        assert [(use.version.name, use.role) for use in uses] == [(base.name, TRAINED)]


def test_edges_are_recorded_once_with_one_event(stubs: Stubs, model: str, uri: str) -> None:
    version = a_version(stubs, model)
    draft = pb.LineageEdgeDraft(
        source=lineage_pb2.LineageNode(name=version.name),
        role=TRAINED,
        target=lineage_pb2.LineageNode(dataset=lineage_pb2.DatasetNode(uri=uri)),
    )
    request = pb.RecordLineageRequest(parent=NAMESPACE, edges=[draft])
    first, again = stubs.RecordLineage(request), stubs.RecordLineage(request)
    assert again == first
    assert first.record.edges[0].source == version.name
    events = stubs.ListChanges(
        lookup.ListChangesRequest(parent=NAMESPACE, start_revision=first.revision)
    ).events
    assert [(event.action, event.name) for event in events] == [
        ("lineage.record", first.record.name)
    ]
    assert events[0].after.lineage == first.record
    assert not events[0].HasField("before")
    (step,) = walked(stubs, version.name)
    assert step.edge.revision == first.revision
    assert step.node.dataset.digest == ""


def test_an_openlineage_event_joins_data_run_code_and_version(
    stubs: Stubs, model: str, uri: str
) -> None:
    version = a_version(stubs, model)
    run = str(uuid4())
    pinned = {
        "version": {"_producer": "x:y", "_schemaURL": "x:y", "datasetVersion": "3"},
        "vendor_secret": {"_producer": "x:y", "_schemaURL": "x:y", "kept": "as it is"},
    }
    bucket, _, path = uri.rpartition("/")
    event = an_event(
        run,
        inputs=[{"namespace": bucket, "name": path, "facets": pinned}],
        outputs=[{"namespace": "modelregistry", "name": version.name}],
    )
    event["job"]["facets"] = {
        "sourceCodeLocation": {"type": "git", "url": "https://git.example/x", "version": "v9"}
    }
    first = recorded(stubs, event)
    assert recorded(stubs, event) == first
    recorded(stubs, an_event(run, "START", eventTime="2026-05-03T11:00:00+02:00"))

    steps = walked(stubs, version.name)
    nodes = {step.node.WhichOneof("node"): step.node for step in steps}
    assert nodes["run"].run.run_id == run
    assert nodes["run"].run.job_name == "train.fraud"
    assert nodes["run"].run.state == "COMPLETE"
    assert nodes["run"].run.start_time.ToJsonString() == "2026-05-03T09:00:00Z"
    assert nodes["run"].run.end_time.ToJsonString() == "2026-05-03T12:00:00Z"
    assert nodes["dataset"].dataset.uri == uri
    assert nodes["dataset"].dataset.digest == "version:3"
    assert nodes["code"].code.commit == "v9"
    uses = stubs.FindVersionsByDataset(
        pb.FindVersionsByDatasetRequest(parent=NAMESPACE, uri=uri)
    ).uses
    assert [use.version.name for use in uses] == [version.name]

    document = stubs.ExportLineage(
        pb.ExportLineageRequest(version=version.name, format=pb.LINEAGE_FORMAT_OPENLINEAGE)
    ).document
    start, complete = json.loads(document)
    assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
    assert complete["run"]["runId"] == run
    assert complete["inputs"][0]["facets"]["vendor_secret"]["kept"] == "as it is"
    assert complete["outputs"][0]["name"] == version.name


def test_what_is_wrong_with_an_event_is_said_at_once(stubs: Stubs) -> None:
    event = an_event("no uuid", "FINISHED", eventTime="yesterday", inputs=[{"name": "x"}])
    del event["producer"]
    found = refused(
        stubs.RecordLineage,
        pb.RecordLineageRequest(parent=NAMESPACE, openlineage_event=json.dumps(event)),
    )
    assert found.reason == "INVALID_REQUEST"
    assert set(found.fields) == {
        "openlineage_event.producer",
        "openlineage_event.run.runId",
        "openlineage_event.eventType",
        "openlineage_event.eventTime",
        "openlineage_event.inputs[0].namespace",
    }


def test_edges_are_checked(stubs: Stubs, model: str) -> None:
    version = a_version(stubs, model)
    node = lineage_pb2.LineageNode

    def refusal(source: lineage_pb2.LineageNode, role: int, target: lineage_pb2.LineageNode) -> str:
        draft = pb.LineageEdgeDraft(source=source, role=role, target=target)  # type: ignore[arg-type]
        request = pb.RecordLineageRequest(parent=NAMESPACE, edges=[draft])
        found = refused(stubs.RecordLineage, request)
        return f"{found.reason} {','.join(found.fields)}".strip()

    me = node(name=version.name)
    data = node(dataset=lineage_pb2.DatasetNode(uri="gs://x"))
    approver = node(approver=lineage_pb2.ApproverNode(principal="bob"))
    ghost = node(name=f"{NAMESPACE}/lineage/datasets/{uuid4()}")
    derived = lineage_pb2.LINEAGE_ROLE_DERIVED_FROM
    approved = lineage_pb2.LINEAGE_ROLE_APPROVED_BY
    assert refusal(me, derived, data) == "INVALID_REQUEST edges[0]"
    assert refusal(me, derived, me) == "INVALID_REQUEST edges[0]"
    assert refusal(me, TRAINED, ghost) == "LINEAGE_NODE_NOT_FOUND"
    assert refusal(node(name=f"{model}/versions/99"), TRAINED, data) == "VERSION_NOT_FOUND"
    assert refusal(me, 0, data) == "INVALID_REQUEST edges[0].role"
    assert refusal(me, approved, approver) == ("INVALID_REQUEST edges[0].role,edges[0].target")
    assert refusal(node(), TRAINED, data) == "INVALID_REQUEST edges[0].source"
    secret = node(dataset=lineage_pb2.DatasetNode(uri="https://me:pw@host/x", digest="x"))
    assert refusal(me, TRAINED, secret) == (
        "INVALID_REQUEST edges[0].target.dataset.uri,edges[0].target.dataset.digest"
    )


def test_a_namespace_records_its_own(stubs: Stubs, model: str) -> None:
    other = stubs.CreateNamespace(
        catalog.CreateNamespaceRequest(namespace_id=f"n-{uuid4().hex[:12]}")
    ).name
    base = a_version(stubs, model)
    draft = pb.LineageEdgeDraft(
        source=lineage_pb2.LineageNode(name=base.name),
        role=TRAINED,
        target=lineage_pb2.LineageNode(dataset=lineage_pb2.DatasetNode(uri="gs://x")),
    )
    found = refused(stubs.RecordLineage, pb.RecordLineageRequest(parent=other, edges=[draft]))
    assert (found.reason, found.fields) == ("INVALID_REQUEST", ("edges[0]",))
    draft.source.CopyFrom(lineage_pb2.LineageNode(run=lineage_pb2.RunNode(run_id="r")))
    draft.role = lineage_pb2.LINEAGE_ROLE_DERIVED_FROM
    draft.target.CopyFrom(lineage_pb2.LineageNode(name=base.name))
    stubs.RecordLineage(pb.RecordLineageRequest(parent=other, edges=[draft]))
    (step,) = walked(stubs, base.name, DOWN)
    assert step.node.name.startswith(f"{other}/lineage/runs/")


@pytest.mark.parametrize(
    "fields,wrong",
    [
        ({"direction": UP, "depth": 101}, "depth"),
        ({"direction": UP, "depth": -1}, "depth"),
        ({}, "direction"),
        ({"direction": UP, "roles": [99]}, "roles[0]"),
        ({"direction": UP, "page_token": "x"}, "page_token"),
        ({"direction": UP, "page_size": -1}, "page_size"),
    ],
)
def test_a_walk_is_asked_for_properly(
    stubs: Stubs, model: str, fields: dict[str, Any], wrong: str
) -> None:
    request = pb.TraverseLineageRequest(node=f"{model}/versions/1", **fields)
    found = refused(stubs.TraverseLineage, request)
    assert (found.reason, found.fields) == ("INVALID_REQUEST", (wrong,))


def test_a_use_is_asked_for_by_place_or_content(stubs: Stubs) -> None:
    request = pb.FindVersionsByDatasetRequest(parent=NAMESPACE)
    assert refused(stubs.FindVersionsByDataset, request).fields == ("uri",)
    request = pb.FindVersionsByDatasetRequest(parent="namespaces/nowhere", uri="gs://x")
    assert refused(stubs.FindVersionsByDataset, request).reason == "NAMESPACE_NOT_FOUND"


def test_a_record_is_no_node(stubs: Stubs) -> None:
    request = pb.TraverseLineageRequest(node=f"{NAMESPACE}/lineage/records/{uuid4()}", direction=UP)
    assert refused(stubs.TraverseLineage, request).fields == ("node",)
