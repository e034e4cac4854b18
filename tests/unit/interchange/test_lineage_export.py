"""Lineage in the formats of others: valid, complete, the same every time."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from registry_grpc.domain.limits import PAGE_BYTES
from registry_grpc.domain.lineage import EdgeRole, Subgraph
from registry_grpc.domain.run_event import RunEvent
from registry_grpc.domain.violations import Violations
from registry_grpc.interchange.lineage_export import LineageFormat, export
from registry_grpc.interchange.openlineage_reader import read_event
from tests.support.lineage_examples import (
    BASE,
    CLAIMS,
    CODE,
    EDGES,
    LOOSE,
    NAMELESS,
    NODES,
    PART,
    RUN,
    TABLE,
    TUNED,
    a_subgraph,
)
from tests.support.openlineage_schema import RUN_EVENT

VALIDATOR = Draft202012Validator(RUN_EVENT, format_checker=Draft202012Validator.FORMAT_CHECKER)
FACET = {"_producer": "urn:x", "_schemaURL": "urn:y"}
EVENT_TEXT = json.dumps(
    {
        "run": {"runId": "x", "facets": {"vendor_run": {**FACET, "a": 1}}},
        "job": {"namespace": "airflow", "name": "train", "facets": {"vendor_job": FACET}},
        "inputs": [
            {
                "namespace": "postgres://db:5432",
                "name": "risk.public.claims",
                "facets": {"schema": {**FACET, "fields": []}},
            }
        ],
    }
)


def openlineage(graph: Subgraph) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = json.loads(export(LineageFormat.OPENLINEAGE, graph, PAGE_BYTES))
    return events


def prov(graph: Subgraph) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(export(LineageFormat.PROV_JSON, graph, PAGE_BYTES))
    return document


def test_events_are_valid_by_the_schema() -> None:
    events = openlineage(a_subgraph(EVENT_TEXT))
    for event in events:
        assert list(VALIDATOR.iter_errors(event)) == []


@pytest.mark.parametrize("field", ["producer", "run", "eventTime"])
def test_an_event_that_lacks_something_would_be_noticed(field: str) -> None:
    event = openlineage(a_subgraph())[0]
    del event[field]
    assert len(list(VALIDATOR.iter_errors(event))) == 1


def test_a_facet_without_a_producer_would_be_noticed() -> None:
    event = openlineage(a_subgraph())[1]
    event["run"]["facets"]["x"] = {}
    event["run"]["runId"] = "7"
    assert len(list(VALIDATOR.iter_errors(event))) == 3


def test_every_run_starts_and_ends() -> None:
    events = openlineage(a_subgraph())
    by_run: dict[str, list[str]] = {}
    for event in events:
        by_run.setdefault(event["run"]["runId"], []).append(event["eventType"])
    assert by_run == {
        "11111111-2222-4333-8444-555555555555": ["START", "COMPLETE"],
        str(NAMELESS.uid): ["START", "COMPLETE"],
        str(BASE.uid): ["START", "COMPLETE"],  # no run is known of it
    }
    times = [event["eventTime"] for event in events if event["run"]["runId"].startswith("1111")]
    assert times == ["2026-05-03T10:00:00.000000Z", "2026-05-03T11:00:00.000000Z"]


def the_run(graph: Subgraph) -> dict[str, Any]:
    return next(e for e in openlineage(graph) if e["run"]["runId"].startswith("1111"))


def test_a_run_used_what_it_and_its_versions_used() -> None:
    event = the_run(a_subgraph())
    assert event["job"]["namespace"] == "airflow"
    assert {(item["namespace"], item["name"]) for item in event["inputs"]} == {
        ("gs://claims", "q3.parquet"),
        ("file", "data/local file.csv"),
        ("postgres://db:5432", "risk.public.claims"),
        ("modelregistry", str(BASE.name)),
        ("modelregistry", str(PART.name)),
    }
    assert [item["name"] for item in event["outputs"]] == [str(TUNED.name)]
    code = event["job"]["facets"]["sourceCodeLocation"]
    assert (code["repoUrl"], code["version"]) == ("https://git.example/risk", "ab" * 20)


def test_facets_that_were_told_go_out_as_they_came() -> None:
    event = the_run(a_subgraph(EVENT_TEXT))
    assert event["run"]["facets"]["vendor_run"]["a"] == 1
    assert event["job"]["facets"]["vendor_job"] == FACET
    (table,) = [item for item in event["inputs"] if item["name"] == "risk.public.claims"]
    assert table["facets"]["schema"]["fields"] == []
    assert table["facets"]["version"]["datasetVersion"] == "3 of may"


def test_what_is_exported_can_be_recorded_again() -> None:
    found = Violations()
    events = [read_event(found, "event", json.dumps(event)) for event in openlineage(a_subgraph())]
    found.raise_if_any()
    read = {event.run.id: event for event in events if isinstance(event, RunEvent)}
    assert set(read) == {RUN.thing.id, "job 7", str(BASE.uid)}  # type: ignore[union-attr]
    run = read["11111111-2222-4333-8444-555555555555"]
    assert {(item.data, item.role) for item in run.inputs} == {
        (CLAIMS.thing, EdgeRole.TRAINED_ON),
        (LOOSE.thing, EdgeRole.TESTED_ON),
        (TABLE.thing, EdgeRole.VALIDATED_ON),
        (BASE.name, EdgeRole.DERIVED_FROM),
        (PART.name, EdgeRole.DERIVED_FROM),
    }
    assert run.outputs == (TUNED.name,)
    assert run.code == CODE.thing


NAMES = re.compile(r"mr:[A-Za-z0-9/._~@%-]+")
RELATIONS = {
    "used": ("activity", "entity"),
    "wasGeneratedBy": ("entity", "activity"),
    "wasDerivedFrom": ("entity", "entity"),
    "wasAttributedTo": ("entity", "agent"),
    "wasAssociatedWith": ("activity", "agent"),
    "hadMember": ("entity", "entity"),
}
ENDS = {
    "used": ("prov:activity", "prov:entity"),
    "wasGeneratedBy": ("prov:entity", "prov:activity"),
    "wasDerivedFrom": ("prov:generatedEntity", "prov:usedEntity"),
    "wasAttributedTo": ("prov:entity", "prov:agent"),
    "wasAssociatedWith": ("prov:activity", "prov:agent"),
    "hadMember": ("prov:collection", "prov:entity"),
}


def test_every_relation_of_prov_joins_what_is_described() -> None:
    document = prov(a_subgraph())
    assert set(document) == {"prefix", "entity", "activity", "agent", *RELATIONS}
    for kind, (one, other) in RELATIONS.items():
        for relation in document[kind].values():
            assert relation[ENDS[kind][0]] in document[one]
            assert relation[ENDS[kind][1]] in document[other]
            if "prov:plan" in relation:
                assert relation["prov:plan"] in document["entity"]


def test_names_of_prov_are_qualified_by_a_declared_prefix() -> None:
    document = prov(a_subgraph())
    for kind in ("entity", "activity", "agent"):
        for name in document[kind]:
            assert NAMES.fullmatch(name), name
    assert document["prefix"] == {"mr": "urn:modelregistry:"}


def test_prov_tells_the_whole_story() -> None:
    document = prov(a_subgraph())
    tuned, run = f"mr:{TUNED.name}", f"mr:{RUN.name}"
    generated = [t for t in document["wasGeneratedBy"].values() if t["prov:entity"] == tuned]
    assert [relation["prov:activity"] for relation in generated] == [run]
    assert document["activity"][run]["prov:startTime"] == "2026-05-03T10:00:00.000000Z"
    derived = document["wasDerivedFrom"].values()
    assert [(t["prov:generatedEntity"], t["prov:usedEntity"]) for t in derived] == [
        (tuned, f"mr:{BASE.name}")
    ]
    agents = {relation["prov:agent"] for relation in document["wasAssociatedWith"].values()}
    assert agents == {"mr:principals/ann", "mr:principals/bob%40example.com"}
    assert document["entity"][f"mr:{LOOSE.name}"]["mr:pinned"] is False
    assert document["entity"][f"mr:{CLAIMS.name}"]["mr:digest"] == "sha256:aa"


@pytest.mark.parametrize("kind", list(LineageFormat))
def test_the_order_in_which_the_graph_was_read_changes_nothing(kind: LineageFormat) -> None:
    forwards = a_subgraph(EVENT_TEXT)
    nodes = {node.uid: node for node in reversed(NODES)}
    backwards = Subgraph(TUNED.uid, nodes, EDGES, {RUN.uid: [EVENT_TEXT]})
    assert export(kind, forwards, PAGE_BYTES) == export(kind, backwards, PAGE_BYTES)


@pytest.mark.parametrize("kind", list(LineageFormat))
def test_a_version_of_which_nothing_is_known_is_exported_alone(kind: LineageFormat) -> None:
    text = export(kind, Subgraph(TUNED.uid, {TUNED.uid: TUNED}, ()), PAGE_BYTES)
    assert str(TUNED.name) in text
