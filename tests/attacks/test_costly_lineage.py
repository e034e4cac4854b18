"""Small lineage with a large export results in a short document, or is rejected."""

import json
from uuid import uuid4

import psutil
import pytest

from modelregistry.v1 import lineage_pb2
from modelregistry.v1 import lineage_service_pb2 as lineage
from registry_grpc.domain.limits import MIB, PAGE_BYTES
from tests.support.content import NAMESPACE, a_model, a_version
from tests.support.costs import DONE, ended
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, refused

_MOST_GROWTH = 64 * MIB
_FORMATS = (lineage.LINEAGE_FORMAT_OPENLINEAGE, lineage.LINEAGE_FORMAT_PROV_JSON)


def _event(**fields: object) -> str:
    """The text of a complete event."""
    event = {
        "eventTime": "2026-05-03T12:00:00Z",
        "producer": "urn:test",
        "schemaURL": "urn:test",
        "eventType": "COMPLETE",
        "run": {"runId": str(uuid4())},
        "job": {"namespace": "jobs", "name": "train"},
    }
    return json.dumps(event | fields)


def _recorded(stubs: Stubs, text: str) -> None:
    request = lineage.RecordLineageRequest(parent=NAMESPACE, openlineage_event=text)
    stubs.RecordLineage(request)


def _export_is_short(server: RegistryProcess, stubs: Stubs, model: str, version: str) -> None:
    assert server.process is not None
    before = psutil.Process(server.process.pid).memory_info().rss
    for kind in _FORMATS:
        request = lineage.ExportLineageRequest(version=version, format=kind)
        assert ended(server, stubs, "ExportLineage", request, model) == DONE
        document = stubs.ExportLineage(request).document
        assert len(document.encode()) <= PAGE_BYTES
        assert json.loads(document)
    after = psutil.Process(server.process.pid).memory_info().rss
    assert after - before < _MOST_GROWTH


def test_a_facet_that_a_thousand_data_sets_share_is_not_written_a_thousand_times(
    registry_process: RegistryProcess, stubs: Stubs
) -> None:
    model = a_model(stubs)
    version = a_version(stubs, model).name
    place = {"namespace": "s3://bucket", "name": "data"}
    pinned = [{**place, "facets": {"version": {"datasetVersion": f"{n}"}}} for n in range(900)]
    large = {**place, "facets": {"vendor": {"text": "x" * 800_000}}}
    made = [{"namespace": "modelregistry", "name": version}]
    _recorded(stubs, _event(inputs=[large, *pinned], outputs=made))
    _export_is_short(registry_process, stubs, model, version)


def test_a_thousand_runs_of_a_thousand_data_sets_are_not_a_million_uses(
    registry_process: RegistryProcess, stubs: Stubs
) -> None:
    model = a_model(stubs)
    version = a_version(stubs, model).name
    source = lineage_pb2.LineageNode(name=version)
    runs = [
        lineage_pb2.LineageNode(run=lineage_pb2.RunNode(run_id=f"{version}/{n}"))
        for n in range(1_000)
    ]
    sets = [
        lineage_pb2.LineageNode(dataset=lineage_pb2.DatasetNode(uri=f"gs://data/{n}"))
        for n in range(990)
    ]
    for role, targets in (
        (lineage_pb2.LINEAGE_ROLE_PRODUCED_BY, runs),
        (lineage_pb2.LINEAGE_ROLE_TRAINED_ON, sets),
    ):
        edges = [
            lineage.LineageEdgeDraft(source=source, role=role, target=target) for target in targets
        ]
        stubs.RecordLineage(lineage.RecordLineageRequest(parent=NAMESPACE, edges=edges))
    _export_is_short(registry_process, stubs, model, version)


@pytest.mark.parametrize("depth", [100, 900, 978, 100_000])
def test_an_event_that_is_too_deep_to_be_exported_is_not_taken(stubs: Stubs, depth: int) -> None:
    run = {"runId": str(uuid4()), "facets": {"vendor": {"list": "@"}}}
    text = _event(run=run).replace('"@"', "[" * depth + "]" * depth)
    request = lineage.RecordLineageRequest(parent=NAMESPACE, openlineage_event=text)
    assert refused(stubs.RecordLineage, request).reason == "INVALID_REQUEST"


def test_a_number_that_no_json_can_hold_is_not_taken(stubs: Stubs) -> None:
    text = _event(extra="@").replace('"@"', "1e999")
    request = lineage.RecordLineageRequest(parent=NAMESPACE, openlineage_event=text)
    assert refused(stubs.RecordLineage, request).reason == "INVALID_REQUEST"


# The largest values of a facet that take long to read, and how recording them ends.
FACETS: dict[str, tuple[str, str]] = {
    "empty lists": ("[" + ",".join(["[]"] * 340_000) + "]", DONE),
    "short numbers": ("[" + ",".join(["1"] * 500_000) + "]", DONE),
    "long numbers": ("[" + ",".join(["9" * 4_200] * 240) + "]", DONE),
    "one key": ("{" + ",".join(['"":1'] * 200_000) + "}", DONE),
    "many keys": ("{" + ",".join(f'"{n}":1' for n in range(100_000)) + "}", DONE),
    "lists in lists": ("[" + ",".join(["[" * 60 + "]" * 60] * 8_000) + "]", "INVALID_REQUEST"),
    "schemes": ('"' + "a://b:" * 170_000 + '"', DONE),
}


@pytest.mark.parametrize("name", FACETS)
def test_an_event_that_is_costly_to_read_ends(
    registry_process: RegistryProcess, stubs: Stubs, name: str
) -> None:
    value, reason = FACETS[name]
    run = {"runId": str(uuid4()), "facets": {"vendor": {"value": "@"}}}
    text = _event(run=run).replace('"@"', value)
    request = lineage.RecordLineageRequest(parent=NAMESPACE, openlineage_event=text)
    model = a_model(stubs)
    assert ended(registry_process, stubs, "RecordLineage", request, model) == reason


def test_the_impact_of_a_dataset_in_a_large_lineage_is_cut_and_says_so(
    registry_process: RegistryProcess, stubs: Stubs
) -> None:
    uri = f"gs://root/{uuid4()}"
    root = lineage_pb2.LineageNode(dataset=lineage_pb2.DatasetNode(uri=uri))
    model = a_model(stubs)
    for part in range(11):
        edges = [
            lineage.LineageEdgeDraft(
                source=lineage_pb2.LineageNode(
                    dataset=lineage_pb2.DatasetNode(uri=f"{uri}/{part}/{number}")
                ),
                role=lineage_pb2.LINEAGE_ROLE_DERIVED_FROM,
                target=root,
            )
            for number in range(1_000)
        ]
        stubs.RecordLineage(lineage.RecordLineageRequest(parent=NAMESPACE, edges=edges))
    request = lineage.FindVersionsByDatasetRequest(parent=NAMESPACE, uri=uri, include_derived=True)
    assert ended(registry_process, stubs, "FindVersionsByDataset", request, model) == DONE
    assert stubs.FindVersionsByDataset(request).truncated
