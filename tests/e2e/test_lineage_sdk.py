"""Lineage with the SDK and from the shell, against a real server."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from modelregistry import (
    Client,
    CodeNode,
    DatasetInput,
    DatasetNode,
    Lineage,
    LineageEdge,
    LineageRole,
    Quiet,
    RunNode,
    Version,
    VersionNode,
)
from modelregistry.cli import app
from modelregistry.errors import InvalidRequest, LineageNodeNotFound, VersionNotFound
from tests.support.server import RegistryProcess

_NUMBERS = count(1)
RUN = "11111111-2222-4333-8444-{:012d}"


@pytest.fixture
def client(registry_process: RegistryProcess) -> Iterator[Client]:
    with Client(registry_process.target) as opened:
        yield opened


@pytest.fixture
def uri() -> str:
    """A data set of this test's own."""
    return f"gs://claims/{next(_NUMBERS)}"


@pytest.fixture
def base(client: Client, uri: str, tmp_path: Path) -> Version:
    """A version of this test's own that was trained on the data set."""
    file = tmp_path / "model.bin"
    file.write_bytes(b"weights")
    return client.push(
        f"fraud-{next(_NUMBERS)}",
        file,
        inputs=[DatasetInput(uri=uri, digest="sha256:aa")],
        environment=None,
        source=None,
        progress=Quiet(),
    )


@pytest.fixture
def tuned(client: Client, base: Version, tmp_path: Path) -> Version:
    return client.push(
        base.model,
        tmp_path / "model.bin",
        parents=[base.ref],
        environment=None,
        source=None,
        progress=Quiet(),
    )


def test_a_walk_comes_as_values(client: Client, base: Version, tuned: Version, uri: str) -> None:
    found = client.lineage(tuned)
    assert isinstance(found, Lineage)
    assert isinstance(found.start, VersionNode)
    assert found.start.ref == tuned.ref
    assert [(step.depth, step.edge.role) for step in found.steps] == [
        (1, LineageRole.DERIVED_FROM),
        (2, LineageRole.TRAINED_ON),
    ]
    data = found.steps[1].node
    assert isinstance(data, DatasetNode)
    assert (data.uri, data.digest) == (uri, "sha256:aa")
    assert list(found.nodes) == [tuned.name, base.name, data.name]
    assert client.lineage(tuned, depth=1).steps == found.steps[:1]
    assert client.lineage(tuned, roles=[LineageRole.TRAINED_ON]).steps == ()
    below = client.lineage(data, "down")
    assert [step.node.name for step in below.steps] == [base.name, tuned.name]


def test_edges_are_recorded_between_what_is_named_and_what_is_described(
    client: Client, tuned: Version, uri: str
) -> None:
    run, data = RunNode(run_id="nightly"), DatasetNode(uri=uri, digest="sha256:bb")
    edges = [
        LineageEdge(source=tuned, role=LineageRole.PRODUCED_BY, target=run),
        LineageEdge(source=run, role=LineageRole.VALIDATED_ON, target=data),
        LineageEdge(source=run, role=LineageRole.PRODUCED_BY, target=CodeNode(commit="v7")),
    ]
    record = client.record_lineage(edges)
    assert len(record.edges) == 3
    assert record.edges[0].source == tuned.name
    assert client.record_lineage(edges) == record
    found = client.lineage(tuned.ref)
    assert {type(node) for node in found.nodes.values()} == {
        *(VersionNode, DatasetNode, RunNode, CodeNode),
    }
    (use,) = client.versions_using(uri, digest="sha256:bb")
    assert (use.version.name, use.role) == (tuned.name, LineageRole.VALIDATED_ON)
    named = LineageEdge(
        source=use.dataset, role=LineageRole.PRODUCED_BY, target=f"{tuned.model}/999"
    )
    with pytest.raises(VersionNotFound):
        client.record_lineage([named])


def test_versions_that_used_data_are_listed_by_stage(
    client: Client, base: Version, uri: str
) -> None:
    assert [use.version.name for use in client.versions_using(uri)] == [base.name]
    assert list(client.versions_using(uri, stage="production")) == []
    client.set_stage(base, "staging")
    client.set_stage(base, "production")
    (use,) = client.versions_using(uri, stage="production")
    assert use.version.stage == "production"
    assert use.dataset.uri == uri


def an_event(version: Version, uri: str) -> dict[str, object]:
    return {
        "eventType": "COMPLETE",
        "eventTime": "2026-05-03T12:00:00Z",
        "producer": "https://example.com/airflow",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": RUN.format(next(_NUMBERS))},
        "job": {"namespace": "airflow", "name": "train"},
        "inputs": [{"namespace": "s3://raw", "name": uri}],
        "outputs": [{"namespace": "modelregistry", "name": version.name}],
    }


def test_events_of_openlineage_are_recorded_and_exported(
    client: Client, tuned: Version, uri: str
) -> None:
    event = an_event(tuned, uri)
    record = client.record_openlineage(event)
    assert (record.event_type, len(record.edges)) == ("COMPLETE", 2)
    assert client.record_openlineage(json.dumps(event)) == record
    exported = json.loads(client.export_lineage(tuned))
    assert event["run"]["runId"] in {each["run"]["runId"] for each in exported}  # type: ignore[index]
    again = client.export_lineage(tuned)
    assert client.export_lineage(tuned) == again
    document = json.loads(client.export_lineage(tuned, "prov"))
    assert f"mr:{tuned.name}" in document["entity"]
    # What is exported can be recorded: the same graph is there already.
    before = client.lineage(tuned).steps
    for each in exported:
        client.record_openlineage(each)
    assert {step.edge.target for step in before} <= set(client.lineage(tuned).nodes)


def test_what_is_wrong_is_raised_in_full(client: Client, tuned: Version) -> None:
    with pytest.raises(InvalidRequest) as caught:
        client.record_openlineage({})
    assert len(caught.value.violations) > 4
    with pytest.raises(InvalidRequest, match="direction"):
        client.lineage(tuned, "sideways")  # type: ignore[arg-type]
    with pytest.raises(LineageNodeNotFound):
        client.lineage(f"namespaces/default/lineage/runs/{RUN.format(0)}")


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    registry_process: RegistryProcess,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Run:
    monkeypatch.setenv("MODELREG_SERVER", registry_process.target)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    def run(*arguments: object) -> tuple[int, str, str]:
        code = app.run([str(argument) for argument in arguments])
        return (code, *capsys.readouterr())

    return run


def test_the_shell_draws_the_tree(run: Run, base: Version, tuned: Version, uri: str) -> None:
    code, out, _ = run("lineage", tuned.ref)
    assert code == 0
    assert out.splitlines() == [
        tuned.ref,
        f"└── derived from {base.ref}",
        f"    └── trained on {uri}  sha256:aa",
    ]
    assert run("lineage", base.ref, "--down")[1].splitlines() == [
        base.ref,
        f"└── {tuned.ref}  derived from it",
    ]
    assert run("lineage", tuned.ref, "--down")[2] == "No lineage is recorded in this direction.\n"


def test_the_shell_writes_other_formats(run: Run, tuned: Version) -> None:
    assert run("lineage", tuned.ref, "--format", "mermaid")[1].startswith("flowchart LR\n")
    asked = run("lineage", tuned.ref, "--format", "json")[1]
    assert run("lineage", tuned.ref, "--json")[1] == asked
    assert len(json.loads(asked)["steps"]) == 2
    events = json.loads(run("lineage", tuned.ref, "--format", "openlineage")[1])
    assert {event["eventType"] for event in events} == {"START", "COMPLETE"}
    assert "entity" in json.loads(run("lineage", tuned.ref, "--format", "prov", "--json")[1])
    code, _, err = run("lineage", tuned.ref, "--format", "prov", "--down")
    assert (code, "which exports upstream lineage" in err) == (2, True)
    code, _, err = run("lineage", "gs://claims/q3", "--format", "prov")
    assert (code, "exports the lineage of versions only" in err) == (2, True)
    assert run("lineage", "gs://claims/unknown", "--down")[1:] == (
        "",
        "No dataset gs://claims/unknown is recorded in this namespace.\n",
    )


def test_the_shell_finds_the_versions_that_used_data(run: Run, base: Version, uri: str) -> None:
    code, out, _ = run("versions", "using", uri)
    assert code == 0
    heading, row = out.splitlines()
    assert heading.split()[:5] == ["VERSION", "ALIASES", "STAGE", "ROLE", "DATA"]
    assert row.startswith(base.ref)
    assert "trained on" in row
    found = json.loads(run("versions", "using", f"{uri}@sha256:aaaaaaaa", "--json")[1])
    assert found == []
    _, out, err = run("versions", "using", uri, "--stage", "production")
    assert (out, err) == ("", f"No version in production uses or derives from {uri}\n")


def test_the_shell_records_events_from_a_file(
    run: Run, tmp_path: Path, tuned: Version, uri: str
) -> None:
    file = tmp_path / "events.json"
    file.write_text(json.dumps([an_event(tuned, uri), an_event(tuned, uri)]))
    code, out, _ = run("record-lineage", file)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["EVENT", "complete", "complete"]
    file.write_text("{}")
    code, _, err = run("record-lineage", "no-such-file")
    assert (code, "no-such-file: No such file or directory" in err) == (2, True)
    code, _, err = run("record-lineage", file)
    assert code == 2
    assert "openlineage_event.producer: is required" in err
    code, _, err = run("lineage", f"namespaces/default/lineage/runs/{RUN.format(0)}")
    assert code == 3
    assert "hint: " in err
