"""OpenLineage events are read for what the graph has a place for, and checked."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_grpc.domain.errors import InvalidRequest
from registry_grpc.domain.lineage import Code, Dataset, EdgeRole, Run
from registry_grpc.domain.names import VersionName
from registry_grpc.domain.run_event import RunEvent
from registry_grpc.domain.violations import Violations
from registry_grpc.interchange.openlineage_names import (
    digest_of,
    name_of_uri,
    uri_of,
    version_of_digest,
)
from registry_grpc.interchange.openlineage_reader import EVENT_BYTES, read_event

RUN = "11111111-2222-4333-8444-555555555555"
FACET = {"_producer": "urn:x", "_schemaURL": "urn:y"}


def an_event(**fields: object) -> dict[str, Any]:
    return {
        "eventType": "COMPLETE",
        "eventTime": "2026-05-03T14:00:00.5+02:00",
        "producer": "https://example.com/airflow",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": RUN.upper()},
        "job": {"namespace": "airflow", "name": "train"},
        **fields,
    }


def read(event: object) -> RunEvent:
    found = Violations()
    result = read_event(found, "event", event if isinstance(event, str) else json.dumps(event))
    found.raise_if_any()
    assert result is not None
    return result


def refused(event: object) -> list[str]:
    with pytest.raises(InvalidRequest) as caught:
        read(event)
    return [violation.field for violation in caught.value.violations]


def test_an_event_says_what_ran_and_when() -> None:
    event = read(an_event())
    assert (event.type, event.run) == ("COMPLETE", Run(RUN))
    assert event.time == datetime(2026, 5, 3, 12, 0, 0, 500_000, tzinfo=UTC)
    assert (event.job_namespace, event.job_name) == ("airflow", "train")
    assert (event.code, event.inputs, event.outputs) == (None, (), ())


def test_one_event_has_one_text_however_it_was_written() -> None:
    event = an_event(extra={"b": [1.5, None], "a": "ü\0"})
    other = json.dumps(dict(reversed(event.items())), indent=3, ensure_ascii=False)
    assert read(event).text == read(other).text
    assert json.loads(read(event).text) == event
    assert read(event).text.isascii()


def test_data_sets_are_places_with_pins_and_roles() -> None:
    own = {**FACET, "uri": "data/x.csv", "digest": "sha256:bb", "role": "tested_on"}
    pinned = {"version": {**FACET, "datasetVersion": "snapshot 3"}}
    event = read(
        an_event(
            inputs=[
                {"namespace": "s3://bucket", "name": "path/x", "facets": pinned},
                {"namespace": "file", "name": "/data/x"},
                {"namespace": "file", "name": "x", "facets": {"modelregistry_dataset": own}},
                {"namespace": "modelregistry", "name": "namespaces/a/models/b/versions/7"},
            ],
            outputs=[{"namespace": "bigquery", "name": "p.d.t"}],
        )
    )
    assert [(item.data, item.role) for item in event.inputs] == [
        (Dataset("s3://bucket/path/x", "version:snapshot%203"), EdgeRole.TRAINED_ON),
        (Dataset("file:///data/x"), EdgeRole.TRAINED_ON),
        (Dataset("data/x.csv", "sha256:bb"), EdgeRole.TESTED_ON),
        (VersionName("a", "b", 7), EdgeRole.DERIVED_FROM),
    ]
    assert event.outputs == (Dataset("bigquery/p.d.t"),)


@pytest.mark.parametrize(
    "facet,code",
    [
        ({"url": "https://git.example/x", "version": "abc"}, Code("https://git.example/x", "abc")),
        ({"url": "https://u", "repoUrl": "git@h:x", "version": "abc"}, Code("git@h:x", "abc")),
        ({"url": "https://git.example/x", "branch": "main"}, None),
    ],
)
def test_code_is_known_by_its_version(facet: dict[str, str], code: Code | None) -> None:
    job = {"namespace": "n", "name": "j", "facets": {"sourceCodeLocation": {**FACET, **facet}}}
    assert read(an_event(job=job)).code == code


@pytest.mark.parametrize(
    "event,fields",
    [
        ("{", ["event"]),
        ("[]", ["event"]),
        ('{"a": NaN}', ["event"]),
        ("[" * 100_000, ["event"]),
        ("x" * (EVENT_BYTES + 1), ["event"]),
        (an_event(run={}), ["event.run.runId"]),
        (an_event(run="x"), ["event.run", "event.run.runId"]),
        (an_event(job={"namespace": "", "name": 7}), ["event.job.namespace", "event.job.name"]),
        (an_event(eventType="DONE"), ["event.eventType"]),
        (an_event(eventTime="2026-05-03T12:00:00"), ["event.eventTime"]),
        (an_event(eventTime="0001-01-01T00:00:00+14:00"), ["event.eventTime"]),
        (an_event(producer=None), ["event.producer"]),
        (an_event(inputs={}), []),
        (an_event(inputs="x"), ["event.inputs"]),
        (an_event(inputs=[{}] * 1_001), ["event.inputs"]),
        (an_event(inputs=["x"]), ["event.inputs[0]"]),
        (
            an_event(outputs=[{"namespace": "modelregistry", "name": "fraud/7"}]),
            ["event.outputs[0].name"],
        ),
        (
            an_event(inputs=[{"namespace": "n", "name": "x", "facets": {"version": "3"}}]),
            ["event.inputs[0].facets"],
        ),
        (an_event(inputs=[{"namespace": "n", "name": "\ud800"}]), ["event.inputs[0].name"]),
        (an_event(inputs=[{"namespace": "n", "name": "\0"}]), ["event.inputs[0].name"] * 2),
        (an_event(run={"runId": RUN, "facets": {"x": {"url": "http://a:b@h/"}}}), ["event"]),
    ],
)
def test_what_is_wrong_is_named(event: object, fields: list[str]) -> None:
    if fields:
        assert refused(event) == fields
    else:
        read(event)


def test_a_role_is_one_of_those_of_data() -> None:
    facets = {"modelregistry_dataset": {**FACET, "role": "approved_by"}}
    event = an_event(inputs=[{"namespace": "n", "name": "x", "facets": facets}])
    assert refused(event) == ["event.inputs[0].facets.modelregistry_dataset.role"]


@given(version=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_version_of_a_data_set_pins_it_and_comes_back(version: str) -> None:
    pin = digest_of(version)
    assert version_of_digest(pin) == version or pin == version
    assert " " not in pin or not version


@pytest.mark.parametrize(
    "uri",
    ["s3://b/path/x", "file:///data/x", "data/x.csv", "postgres://db:5432/a.b.c", "kafka://h/t"],
)
def test_places_have_the_names_of_openlineage_and_come_back(uri: str) -> None:
    assert uri_of(*name_of_uri(uri)) == uri
