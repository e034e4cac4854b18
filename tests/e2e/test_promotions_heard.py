"""Selections of a model include its promotions: in a watch, in lists, and on the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelregistry import ApprovalRequirement, Client, Policy, Quiet
from modelregistry.cli import app
from tests.support.server import RegistryProcess

ASKED, DONE = "transition.request", "transition.cancel"


@pytest.fixture
def client(registry_on_either: RegistryProcess) -> Iterator[Client]:
    """A client of a registry where staging needs an approval; there are fraud/1 and credit/1."""
    with Client(registry_on_either.target, cache=False) as client:
        for model in ("fraud", "credit"):
            client.push(model, Path(__file__), progress=Quiet(), source=None)
        review = ApprovalRequirement(id="review")
        client.put_policy(Policy(name="slow", to_stage="staging", models="*", approvals=(review,)))
        yield client


def test_the_transitions_of_a_model_are_heard_and_found_by_its_name(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    heard: list[str] = []
    with client.watch(models=["fraud"], start_revision=1) as changes:
        alone = client.promote("fraud/1", "staging", reason="better")
        client.promote("credit/1", "staging")
        both = client.promote(["fraud/1", "credit/1"], "staging")
        client.cancel_transition(both)
        while heard[-1:] != [DONE]:
            heard += [event.action for event in next(changes).events]
    actions = [action for action in heard if action.startswith("transition.")]
    assert actions == [ASKED, "transition.supersede", ASKED, DONE]

    found = list(client.list_changes(models=["fraud"], action="transition."))
    assert [one.action for one in found] == actions
    assert {one.name for one in found} == {alone.name, both.name}
    monkeypatch.setenv("MODELREG_SERVER", client.target)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert app.run(["audit", "--model", "fraud", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [one["action"] for one in listed[:4]] == actions[::-1]
