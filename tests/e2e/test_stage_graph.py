"""Stages as data and protected aliases, through the SDK and the program, against a real server."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from modelregistry import AliasRule, Client, Policy, Stage, StageEdge, StageGraph
from modelregistry.cli import app
from modelregistry.errors import (
    AliasNotFound,
    AliasProtected,
    EtagMismatch,
    InvalidRequest,
    NamespaceNotFound,
    StageEmpty,
    StageGraphInUse,
)
from tests.support.server import RegistryProcess

CANARY = StageGraph(
    stages=(Stage(id="none"), Stage(id="canary", capacity=1), Stage(id="archived")),
    edges=(StageEdge(source="none", target="canary"),),
    alias_rules=(AliasRule(pattern="champ*", stages=("canary",)),),
)


@pytest.fixture
def client(registry_process: RegistryProcess) -> Iterator[Client]:
    """A client of a namespace of its own with the versions fraud/1 and fraud/2."""
    namespace = f"risk-{uuid4().hex[:12]}"
    with Client(registry_process.target, namespace=namespace, cache=False) as client:
        client.create_namespace(namespace)
        for _ in range(2):
            client.push("fraud", Path(__file__))
        yield client


def test_a_namespace_begins_with_the_known_stages(client: Client) -> None:
    graph = client.stage_graph()
    assert [stage.id for stage in graph.stages] == ["none", "staging", "production", "archived"]
    assert graph.targets("staging") == ("production", "none", "archived")
    assert (graph.namespace, graph.revision, graph.alias_rules) == (client.namespace, 0, ())
    with pytest.raises(NamespaceNotFound):
        client.stage_graph("nowhere")


def test_other_stages_are_set_and_protect_aliases(client: Client) -> None:
    first = client.stage_graph()
    made = client.set_stage_graph(CANARY, etag=first.etag, reason="we look before we leap")
    assert (
        replace(made, name="", etag="", updater="", update_time=None, revision=0, history_id="")
        == CANARY
    )
    assert client.stage_graph() == client.set_stage_graph(CANARY) == made
    assert client.stage_graph(revision=made.revision - 1).revision == 0
    with pytest.raises(EtagMismatch):
        client.set_stage_graph(CANARY, etag=first.etag)
    with pytest.raises(AliasProtected):
        client.set_alias("fraud", "champion", 1)
    client.set_stage("fraud/1", "canary")
    client.set_alias("fraud", "champion", 1)
    client.set_stage("fraud/2", "canary")
    assert client.resolve("fraud@champion").ref.endswith("fraud/2")
    with pytest.raises(StageGraphInUse) as refused:
        client.set_stage_graph(first)
    assert len(refused.value.violations) == 1
    (event,) = client.list_changes(action="stage_graph.set")
    assert (event.before, event.after, event.reason) == (None, made, "we look before we leap")


def test_a_policy_keeps_the_stages_that_it_names(client: Client) -> None:
    client.set_stage_graph(CANARY)
    slow = Policy(name="slow", to_stage="canary", models="*", wait=timedelta(hours=1))
    policy = client.put_policy(slow)
    bare = StageGraph(stages=(Stage(id="none"), Stage(id="archived")))
    with pytest.raises(StageGraphInUse) as refused:
        client.set_stage_graph(bare)
    (violation,) = refused.value.violations
    assert policy.name in violation.description
    client.delete_policy("slow")
    assert client.set_stage_graph(bare).stages == bare.stages


def test_what_is_wrong_with_a_request_is_named_by_its_fields(client: Client) -> None:
    with pytest.raises(InvalidRequest) as refused:
        client.stage_graph(revision=-1)
    assert [violation.field for violation in refused.value.violations] == ["revision"]
    stages = (*CANARY.stages, Stage(id="Live"), Stage(id="latest", capacity=-1))
    with pytest.raises(InvalidRequest) as refused:
        client.set_stage_graph(replace(CANARY, stages=stages))
    assert [violation.field for violation in refused.value.violations] == [
        "stage_graph.stages[3].id",
        "stage_graph.stages[4].id",
        "stage_graph.stages[4].capacity",
    ]


def test_what_was_looked_up_is_looked_up_again_when_the_stages_change(client: Client) -> None:
    for _ in range(2):  # the second time from memory
        with pytest.raises(StageEmpty):
            client.resolve("fraud@production")
        with pytest.raises(AliasNotFound):
            client.resolve("fraud@canary")
    client.set_stage_graph(CANARY)
    for _ in range(2):
        with pytest.raises(AliasNotFound):
            client.resolve("fraud@production")
        with pytest.raises(StageEmpty):
            client.resolve("fraud@canary")


def test_the_program_shows_and_sets_stages(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("MODELREG_SERVER", client.target)
    monkeypatch.setenv("MODELREG_NAMESPACE", client.namespace)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    def run(*arguments: object) -> tuple[int, str, str]:
        code = app.run(["stage", "graph", *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    code, out, _ = run("show")
    assert code == 0
    assert "never: this is the default graph" in out
    assert "production" in out
    _, text, _ = run("show", "--as-file")
    file = tmp_path / "stages.json"
    document = json.loads(text)
    document["alias_rules"] = [{"pattern": "champ*", "stages": ["staging", "production"]}]
    file.write_text(json.dumps(document))
    etag = client.stage_graph().etag
    code, out, _ = run("set", file, "--yes", "--etag", etag, "--reason", "no surprises")
    assert code == 0
    assert out.startswith("set the stage graph of ")
    _, out, _ = run("show")
    assert "Protected aliases" in out
    assert "staging or production" in out
    _, text, _ = run("show", "--json")
    assert json.loads(text)["alias_rules"] == document["alias_rules"]
    code, _, err = run("set", file, "--yes", "--etag", "r0")
    assert code != 0
    assert "read the resource again, then decide again with its new etag" in err
    file.write_text('{"stagez": []}')
    code, _, err = run("set", file, "--yes")
    assert code != 0
    assert "stagez" in err
