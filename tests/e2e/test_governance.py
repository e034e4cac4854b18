"""Promotion with rules, as its people meet it: the SDK, the shell and the wire."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import grpc
import pytest

from modelregistry import (
    ApprovalRequirement,
    ChangeEvent,
    Client,
    Finding,
    FindingOutcome,
    MetricBound,
    Policy,
    Quiet,
    Rule,
    SliceMetric,
    TransitionKind,
    TransitionState,
    Version,
    errors,
)
from modelregistry.v1 import governance_service_pb2 as pb
from modelregistry.v1 import governance_service_pb2_grpc as governance_grpc
from tests.support.python import CLIENT, clean_environ, run_python
from tests.support.server import RegistryProcess
from tests.support.stubs import refusal

REVIEW = ApprovalRequirement(id="clinic", meaning="validated on every group", roles=("approver",))
EVERY_AGE = Rule(id="every-age", check=MetricBound(metric="recall", dimension="age", minimum=0.8))
QUALITY = Policy(
    name="quality", to_stage="production", models="*", rules=(EVERY_AGE,), approvals=(REVIEW,)
)


@dataclass
class People:
    """A user of each role, and the environment of a child process for each."""

    root: Client
    ann: Client
    eve: Client
    target: str
    secrets: dict[str, str]
    folder: Path

    def push(self, old: float, young: float) -> Version:
        """Push a version of the model, with the recall of two groups, into staging."""
        slices = [
            SliceMetric(dimension="age", value=value, count=100, metric="recall", result=result)
            for value, result in (("old", old), ("young", young))
        ]
        version = self.ann.push(
            "fraud", self.folder, metrics={"auc": 0.9}, slices=slices, progress=Quiet(), source=None
        )
        return self.ann.set_stage(version, "staging")

    def modelreg(self, who: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the CLI as this user."""
        environ = {
            **clean_environ(),
            "MODELREG_SERVER": self.target,
            "MODELREG_TOKEN": self.secrets[who],
        }
        return run_python((*CLIENT, *arguments), environ)


@pytest.fixture
def people(own_registry: RegistryProcess, tmp_path: Path) -> Iterator[People]:
    roles = {"root": "admin", "ann": "writer", "eve": "approver"}
    secrets = {name: own_registry.token(name, role) for name, role in roles.items()}
    own_registry.start()
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "weights").write_bytes(b"weights")
    with ExitStack() as stack:
        clients = {
            name: stack.enter_context(Client(own_registry.target, token=secret, cache=False))
            for name, secret in secrets.items()
        }
        clients["root"].put_policy(QUALITY)
        yield People(**clients, target=own_registry.target, secrets=secrets, folder=folder)


def test_a_better_model_is_refused_because_one_group_is_worse(people: People) -> None:
    version = people.push(old=0.7, young=0.95)
    check = people.ann.check_transition(version, "production")
    assert not check.passed
    assert {(item.subject, item.outcome) for item in check.findings} == {
        ("age=old", FindingOutcome.FAILED),
        ("age=young", FindingOutcome.PASSED),
    }
    with pytest.raises(errors.GateRefused) as refused:
        people.ann.promote(version, "production", reason="better")
    (finding,) = refused.value.findings
    assert isinstance(finding, Finding)
    assert (finding.rule, finding.subject, finding.blocks) == ("every-age", "age=old", True)
    recorded = people.eve.get_transition(refused.value.metadata["transition"])
    assert recorded.state is TransitionState.REFUSED
    assert recorded.findings == (finding,)
    with pytest.raises(errors.StageEmpty):
        people.ann.get_version("fraud@production")


def test_it_is_promoted_once_somebody_else_approves_and_back_in_one_call(people: People) -> None:
    first = people.push(old=0.85, young=0.9)
    asked = people.ann.promote(first, "production", reason="first")
    assert asked.state is TransitionState.PENDING_APPROVAL
    with pytest.raises(errors.ApprovalNotAllowed):
        people.ann.approve(asked)
    done = people.eve.approve(asked, comment="looked at it")
    assert done.state is TransitionState.APPLIED
    assert [(a.actor, a.role, a.meaning, a.stands) for a in done.approvals] == [
        ("eve", "approver", "validated on every group", True)
    ]
    second = people.push(old=0.9, young=0.95)
    people.eve.approve(people.ann.promote(second, "production"))
    assert people.ann.get_version("fraud@production").name == second.name
    back = people.ann.rollback("fraud@production", reason="complaints")
    assert (back.kind, back.state) == (TransitionKind.ROLLBACK, TransitionState.APPLIED)
    assert people.ann.get_version("fraud@production").name == first.name
    listed = list(people.ann.transitions("fraud"))
    assert listed[0].name == back.name
    assert len(listed) == 3


def test_what_was_read_is_what_is_approved(people: People) -> None:
    version = people.push(old=0.85, young=0.9)
    asked = people.ann.promote(version, "production")
    worse = SliceMetric(dimension="age", value="old", count=9, metric="recall", result=0.81)
    people.ann.submit_evaluation(version, slices=[worse])
    with pytest.raises(errors.BindingMismatch):
        people.eve.approve(asked)
    again = people.eve.get_transition(asked)
    assert people.eve.approve(again).state is TransitionState.APPLIED


def test_roles_bind(people: People) -> None:
    version = people.push(old=0.85, young=0.9)
    asked = people.ann.promote(version, "production")
    with pytest.raises(errors.PermissionDenied):
        people.ann.put_policy(QUALITY)
    with pytest.raises(errors.PermissionDenied):
        people.eve.promote(version, "production")
    with pytest.raises(errors.PermissionDenied):
        people.eve.rollback("fraud@production", reason="no")
    with pytest.raises(errors.ApprovalNotAllowed, match="approver"):
        people.root.approve(asked)


def test_a_repeated_request_is_refused_the_same_way_and_recorded_once(people: People) -> None:
    version = people.push(old=0.7, young=0.95)
    request = pb.RequestTransitionRequest(
        moves=[pb.RequestedMove(version=version.name, to_stage="production")],
        request_id=str(uuid4()),
    )
    metadata = (("authorization", f"Bearer {people.secrets['ann']}"),)
    transitions = []
    with grpc.insecure_channel(people.target) as channel:
        stub = governance_grpc.GovernanceServiceStub(channel)
        for _ in range(2):
            with pytest.raises(grpc.RpcError) as refused:
                stub.RequestTransition(request, metadata=metadata)
            assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
            info = refusal(refused.value)
            assert info.reason == "GATE_REFUSED"
            transitions.append(info.metadata["transition"])
    assert transitions[0] == transitions[1]
    assert len(list(people.ann.transitions("fraud"))) == 1


def test_the_shell_tells_ci_what_rules_find(people: People) -> None:
    people.push(old=0.7, young=0.95)
    checked = people.modelreg("ann", "check", "fraud/1", "--to", "production")
    assert checked.returncode == 1
    assert "age=old" in checked.stdout
    assert "blocked: 1 of 2 findings failed" in checked.stdout
    as_json = people.modelreg("ann", "check", "fraud/1", "--to", "production", "--json")
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)["passed"] is False
    promoted = people.modelreg("ann", "promote", "fraud/1", "--to", "production")
    assert promoted.returncode == 1
    assert "age=old" in promoted.stdout
    assert "error: " in promoted.stderr


def test_the_shell_approves_shows_and_rolls_back(people: People) -> None:
    people.push(old=0.85, young=0.9)
    people.push(old=0.86, young=0.9)
    name = ""
    for number in (1, 2):
        asked = people.modelreg("ann", "promote", f"fraud/{number}", "--to", "production", "--json")
        assert asked.returncode == 7, asked.stderr
        name = json.loads(asked.stdout)["name"]
        waiting = people.modelreg("eve", "transitions", "list", "--state", "open")
        assert name.rpartition("/")[2] in waiting.stdout
        approved = people.modelreg("eve", "transitions", "approve", name, "-m", "fine")
        assert approved.returncode == 0, approved.stderr
        assert approved.stdout.startswith("applied: ")
    shown = people.modelreg("ann", "transitions", "show", name)
    assert "validated on every group" in shown.stdout
    back = people.modelreg("ann", "rollback", "fraud@production", "--reason", "complaints")
    assert back.stdout.startswith("applied: fraud/1 archived → production")
    assert "`modelreg versions yank fraud/2 --reason TEXT` keeps it out" in back.stderr
    none = people.modelreg("ann", "rollback", "fraud@production", "--reason", "again", "--to", "9")
    assert none.returncode == 3


def test_the_shell_says_what_a_transition_moves(people: People) -> None:
    people.push(old=0.85, young=0.9)
    asked = people.modelreg("ann", "promote", "fraud/1", "--to", "production", "--json")
    identity = json.loads(asked.stdout)["name"].rpartition("/")[2]
    people.modelreg("eve", "transitions", "approve", identity)
    recorded = people.modelreg("eve", "audit", "--action", "transition.", "--limit", "1")
    assert f"fraud/1 staging → production  {identity}" in recorded.stdout, recorded.stdout


def test_a_watch_tells_all_of_it_in_the_order_in_which_it_happened(people: People) -> None:
    version = people.push(old=0.85, young=0.9)
    people.ann.submit_evaluation(version, metrics={"auc": 0.9})
    people.eve.approve(people.ann.promote(version, "production"))
    people.ann.promote(version, "archived")
    people.ann.rollback("fraud@production", reason="too early")
    people.root.revoke_version(version, reason="it leaks")
    recorded: list[ChangeEvent] = []
    with people.root.watch(start_revision=1) as changes:
        while not recorded or recorded[-1].action != "version.revoke":
            recorded.extend(next(changes).events)
    assert recorded == list(people.root.list_changes(start_revision=1))[: len(recorded)]
    assert [event.action for event in recorded if not event.action.startswith("model.")] == [
        "policy.put",
        "version.register",
        "version.stage",
        "evaluation.submit",
        "transition.request",
        "transition.approve",
        "transition.apply",
        "version.stage",
        "transition.request",
        "transition.apply",
        "version.stage",
        "transition.rollback",
        "version.stage",
        "version.revoke",
    ]
    assert all(event.after is not None for event in recorded)
