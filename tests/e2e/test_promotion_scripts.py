"""Promotions by scripts: exit codes that a deployment can rely on, repeats, and waiting."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.python import CLIENT, Python, clean_environ, run_python
from tests.support.server import RegistryProcess

_MINUTES = 600
_TWO = {"id": "clinic", "meaning": "validated", "count": 2}
_POLICY = {
    "name": "quality",
    "to_stage": "production",
    "models": "*",
    "rules": [{"id": "auc", "bound": {"metric": "auc", "minimum": 0.9}}],
    "approvals": [_TWO],
}
_ROLES = {"root": "admin", "ann": "writer", "eve": "approver", "ben": "approver"}


@dataclass
class Office:
    """People with tokens, each with the command line."""

    server: RegistryProcess
    folder: Path
    secrets: dict[str, str] = field(default_factory=dict)

    def environ(self, who: str) -> dict[str, str]:
        return {
            **clean_environ(),
            "HOME": str(self.folder),
            "MODELREG_SERVER": self.server.target,
            "MODELREG_TOKEN": self.secrets[who],
        }

    def run(self, who: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return run_python((*CLIENT, *arguments), self.environ(who))

    def start(self, who: str, *arguments: object) -> Python:
        return Python((*CLIENT, *arguments), self.environ(who))

    def code(self, who: str, *arguments: object) -> int:
        return self.run(who, *arguments).returncode

    def staged(self, auc: float) -> None:
        """Push a version, which enters staging."""
        pushed = self.run("ann", "push", "fraud", self.folder / "model", "--metric", f"auc={auc}")
        assert pushed.returncode == 0, pushed.stderr
        assert self.code("root", "promote", "fraud@latest", "--to", "staging") == 0

    def asked(self, ref: str) -> str:
        """Request a promotion to production that waits for approvals; return its id."""
        done = self.run("ann", "promote", ref, "--to", "production", "--json")
        assert done.returncode == 7, done.stderr
        name: str = json.loads(done.stdout)["name"]
        return name.rpartition("/")[2]


@pytest.fixture
def office(own_registry: RegistryProcess, tmp_path: Path) -> Office:
    secrets = {name: own_registry.token(name, role) for name, role in _ROLES.items()}
    own_registry.start()
    (tmp_path / "model").write_bytes(b"weights")
    (tmp_path / "policy.json").write_text(json.dumps(_POLICY))
    office = Office(own_registry, tmp_path, secrets)
    assert office.code("root", "policy", "put", tmp_path / "policy.json") == 0
    office.staged(auc=0.95)
    return office


def line_with(process: Python, part: str) -> str:
    """Return the next line of its errors that has this part."""
    assert process.stderr is not None
    for line in process.stderr:
        if part in line:
            return line
    raise AssertionError(part)


def test_a_script_waits_over_a_restart_and_deploys_only_once_it_is_approved(
    office: Office,
) -> None:
    first = office.run("ann", "promote", "fraud/1", "--to", "production")
    assert first.returncode == 7, first.stderr
    assert first.stdout.startswith("pending approval: fraud/1 staging → production\n")
    assert "0 of 2 approvals for quality/clinic: validated" in first.stdout
    asked = office.asked("fraud/1")

    waiting = office.start("ann", "promote", "fraud/1", "--to", "production", "--wait")
    line_with(waiting, "0 of 2 approvals for quality/clinic")
    assert office.code("eve", "transitions", "approve", asked) == 7
    line_with(waiting, "1 of 2 approvals for quality/clinic")
    assert office.asked("fraud/1") == asked  # again: the approval is not lost
    by_hand = office.run("root", "promote", "fraud/1", "--to", "production", "--reason", "mine")
    assert "requested already by ann" in by_hand.stderr
    assert "1 of 2 approvals for quality/clinic" in by_hand.stdout
    office.server.stop()
    office.server.restart()
    done = office.run("ben", "transitions", "approve", asked)
    assert (done.returncode, done.stdout[:8]) == (0, "applied:"), done.stderr
    out, err = waiting.communicate(timeout=_MINUTES)
    assert waiting.wait() == 0, err
    assert out.startswith("applied: fraud/1 staging → production\n")

    again = office.run("ann", "promote", "fraud/1", "--to", "production", "--wait", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["name"].endswith(asked)
    assert "to approve" not in again.stderr
    approvals = office.run("ann", "audit", "--action", "transition.approve", "--json")
    assert [entry["actor"] for entry in json.loads(approvals.stdout)] == ["ben", "eve"]
    unknown = office.run("ann", "audit", "--action", "transition.approved")
    assert unknown.returncode == 2
    assert "transition.approve," in unknown.stderr


def test_each_end_of_a_promotion_has_an_exit_code_of_its_own(office: Office) -> None:
    asked = office.asked("fraud/1")
    late = office.run("ann", "transitions", "wait", asked, "--timeout", "0.5")
    assert (late.returncode, late.stdout[:16]) == (7, "pending approval"), late.stderr
    assert "modelreg transitions approve" in late.stderr
    assert office.code("eve", "transitions", "reject", asked, "--comment", "too old") == 0
    rejected = office.run("ann", "transitions", "wait", asked)
    assert (rejected.returncode, rejected.stdout[:9]) == (8, "rejected:"), rejected.stderr

    older = office.asked("fraud/1")
    assert office.code("ann", "evaluate", "fraud/1", "--metric", "auc=0.96") == 0
    newer = office.run("ann", "promote", "fraud/1", "--to", "production")
    assert newer.returncode == 7
    assert f"replaces {older}, because policies or evidence changed since" in newer.stderr
    assert office.code("ann", "transitions", "wait", older) == 9

    office.staged(auc=0.5)
    assert office.code("ann", "promote", "fraud/2", "--to", "production", "--wait") == 1
    assert office.code("ann", "transitions", "wait", "0" * 8) == 2
