"""`modelreg evaluate`, `evaluations` and `policy` against a real server."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

from modelregistry import Client
from modelregistry.cli import app
from tests.support.server import RegistryProcess

POLICY = {
    "to_stage": "production",
    "models": "fraud*",
    "description": "what the regulator asks for",
    "rules": [
        {
            "id": "ages",
            "bound": {
                "metric": "recall",
                "dimension": "age",
                "minimum": 0.8,
                "min_count": 100,
                "required_slices": ["60-69"],
                "max_age": "86400s",
            },
        },
        {
            "id": "not-worse",
            "severity": "RULE_SEVERITY_WARN",
            "change": {
                "metric": "auc",
                "direction": "METRIC_DIRECTION_HIGHER_IS_BETTER",
                "maxRelative": 0.01,
            },
        },
        {"id": "labels", "labels": {"labels": [{"key": "risk", "values": ["low", "high"]}]}},
    ],
    "approvals": [{"id": "clinic", "count": 2, "roles": ["approver"], "meaning": "validated"}],
    "wait": "3600s",
}


@dataclass
class Shell:
    """Runs the program in a namespace of its own."""

    namespace: str
    capsys: pytest.CaptureFixture[str]
    folder: Path

    def run(self, *arguments: object) -> tuple[int, str, str]:
        code = app.run([*map(str, arguments), "--namespace", self.namespace])
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err

    def out(self, *arguments: object) -> str:
        code, out, err = self.run(*arguments)
        assert code == 0, err
        return out

    def file(self, content: object) -> Path:
        path = self.folder / f"{uuid4()}.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path


@pytest.fixture
def shell(
    registry_process: RegistryProcess,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Shell:
    """The program on a registry with the version fraud/1."""
    monkeypatch.setenv("MODELREG_SERVER", registry_process.target)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("TOKEN", "PROFILE", "NAMESPACE"):
        monkeypatch.delenv(f"MODELREG_{name}", raising=False)
    namespace = f"risk-{uuid4().hex[:12]}"
    with Client(registry_process.target, namespace=namespace, cache=False) as client:
        client.create_namespace(namespace)
        client.push("fraud", Path(__file__), metrics={"auc": 0.9})
    return Shell(namespace, capsys, tmp_path)


def test_a_version_is_evaluated_by_options(shell: Shell) -> None:
    slices = shell.file(
        [{"dimension": "age", "value": "60-69", "metric": "recall", "result": 0.87, "count": 120}]
    )
    said = shell.out(
        *("evaluate", "fraud/1", "--metric", "auc=0.97", "--metric", "f1=0.5"),
        *("--slices", slices, "--dataset", "gs://holdout@sha256:0123456789"),
        *("--evaluator", "risk-eval", "--evaluator-digest", "git:abc", "--description", "by hand"),
    )
    assert "fraud/1" in said
    assert "auc=0.97 f1=0.5, 1 slice" in said
    (listed,) = json.loads(shell.out("evaluations", "fraud/1", "--json"))
    assert listed["metrics"] == {"auc": 0.97, "f1": 0.5}
    assert (listed["dataset_uri"], listed["dataset_digest"]) == (
        "gs://holdout",
        "sha256:0123456789",
    )
    assert (listed["evaluator"], listed["evaluator_digest"]) == ("risk-eval", "git:abc")
    assert (listed["slices"], listed["slice_count"]) == ([], 1)


def test_a_version_is_evaluated_by_a_file_in_the_shape_that_is_printed(shell: Shell) -> None:
    file = shell.file(
        {
            "dataset_uri": "gs://holdout",
            "metrics": {"auc": 0.97},
            "slices": [
                {
                    "dimension": "age",
                    "value": "60-69",
                    "metric": "recall",
                    "result": 0.87,
                    "count": 120,
                    "interval": {"low": 0.8, "high": 0.9, "level": 0.95},
                },
                {"dimension": "age", "value": "x", "metric": "recall", "result": 0.1},
            ],
        }
    )
    made = json.loads(shell.out("evaluate", "fraud/1", "--file", file, "--json"))
    assert made["slice_count"] == 2
    again = shell.file(made)
    repeated = json.loads(shell.out("evaluate", "fraud/1", "--file", again, "--json"))
    assert repeated["digest"] == made["digest"]
    table = shell.out("evaluations", "fraud/1")
    assert table.count("gs://holdout") == 2
    assert "auc=0.97, 2 slices" in table


@pytest.mark.parametrize(
    "content, problem",
    [
        ("[", "is not JSON: Expecting"),
        ("[]", "must be an object"),
        ({"metric": {"auc": 1}}, 'no field named "metric".*known are name, dataset_uri, '),
        ({"metrics": {"auc": "high"}}, "metrics"),
        ({"slices": [{"result": "x"}]}, r"slices\[0\].result"),
    ],
)
def test_a_file_that_says_something_else_is_an_error_that_names_the_field(
    shell: Shell, content: object, problem: str
) -> None:
    code, _, err = shell.run("evaluate", "fraud/1", "--file", shell.file(content))
    assert code == 2
    assert re.search(problem, err), err


def test_a_file_and_options_are_not_mixed(shell: Shell) -> None:
    file = shell.file({"metrics": {"auc": 1}})
    code, _, err = shell.run("evaluate", "fraud/1", "--file", file, "--metric", "auc=1")
    assert code == 2
    assert "cannot be combined" in err
    assert shell.run("evaluate", "fraud/1", "--file", shell.folder / "no.json")[0] == 2
    assert shell.run("evaluate", "fraud/1")[0] == 2  # nothing was measured


def test_a_statement_about_a_version_is_recorded_and_listed(shell: Shell) -> None:
    assert "Record one: modelreg attest fraud/1" in shell.run("attestations", "fraud/1")[2]
    slsa, digest = "https://slsa.dev/provenance/v1", f"sha256:{'a' * 64}"
    said = shell.out(
        *("attest", "fraud/1", "--type", slsa, "--digest", digest, "--signer", "release@bank")
    )
    assert said.endswith(f"fraud/1: {slsa} by release@bank\n")
    assert "release@bank  sha256:aaaaaaaaaaaa" in shell.out("attestations", "fraud/1")
    (listed,) = json.loads(shell.out("attestations", "fraud/1", "--json"))
    assert (listed["predicate_type"], listed["payload_digest"]) == (slsa, digest)
    wrong = ("attest", "fraud/1", "--type", slsa, "--digest", "sha256:aa", "--signer", "x")
    assert shell.run(*wrong)[0] == 2


def test_a_transition_is_shown_by_what_finds_it_wherever_one_is(shell: Shell) -> None:
    guarded = {"to_stage": "staging", "models": "*", "approvals": [{"id": "risk"}]}
    shell.out("policy", "put", shell.file(guarded), "--name", "quality")
    code, _, err = shell.run("promote", "fraud/1", "--to", "staging")
    assert code == 7
    ref = err.split()[-1]
    assert ref.startswith(f"{shell.namespace}/")
    assert ref in shell.out("transitions", "list")
    elsewhere = replace(shell, namespace="default")
    assert "fraud/1 none → staging" in elsewhere.out("transitions", "show", ref)


def test_the_stages_show_what_guards_them(shell: Shell) -> None:
    assert "Policies" not in shell.out("stage", "graph", "show")
    shell.out("policy", "put", shell.file(POLICY), "--name", "quality")
    page = shell.out("stage", "graph", "show")
    assert re.search(r"any +production +fraud\* +quality\n", page), page


def test_a_policy_is_put_shown_listed_and_deleted(shell: Shell) -> None:
    file = shell.file(POLICY)
    assert shell.run("policy", "put", file)[0] == 2  # it has no name
    assert "revision 1" in shell.out("policy", "put", file, "--name", "quality")
    assert "revision 1" in shell.out("policy", "put", file, "--name", "quality")
    page = shell.out("policy", "show", "quality")
    for part in (
        "quality",
        "production",
        "fraud*",
        "bound: metric=recall, dimension=age, minimum=0.8, min_count=100",
        "required_slices=[60-69], max_age=1 day, 0:00:00",
        "direction=higher_is_better, max_relative=0.01",
        "labels=[risk=low|high]",
        "warn",
        "requester, author",
        "what the regulator asks for",
    ):
        assert part in page, page
    assert "quality" in shell.out("policy", "list")
    (listed,) = json.loads(shell.out("policy", "list", "--json"))
    assert (listed["wait"], listed["number"]) == (3600.0, 1)
    changed = shell.file({**POLICY, "name": "quality", "wait": "0s"})
    code, _, err = shell.run("policy", "put", changed, "--etag", "none")
    assert (code, "etag" in err) == (1, True)
    assert "revision 2" in shell.out("policy", "put", changed, "--etag", listed["etag"])
    assert json.loads(shell.out("policy", "show", "quality", "--revision", 1, "--json")) == listed
    assert "revision" in shell.out("policy", "delete", "quality", "--json", "--yes")
    history = shell.out("policy", "history", "quality")
    assert history.count("\n") == 4
    assert "deleted" in history
    code, _, err = shell.run("policy", "show", "quality")
    assert code == 3
    assert "modelreg policy list" in err


def test_a_policy_is_printed_as_the_file_that_puts_it(shell: Shell) -> None:
    file = shell.file({**POLICY, "name": "quality"})
    full = f"namespaces/{shell.namespace}/policies/quality"
    first = json.loads(shell.out("policy", "put", file, "--name", full, "--json"))
    again = shell.file(shell.out("policy", "show", "quality", "--as-file"))
    assert json.loads(shell.out("policy", "put", again, "--json")) == first


def test_a_wrong_policy_is_refused_with_every_field(shell: Shell) -> None:
    wrong = {**POLICY, "to_stage": "moon", "wait": "999999999s"}
    code, _, err = shell.run("policy", "put", shell.file(wrong), "--name", "quality")
    assert code == 2
    assert "policy.to_stage" in err
    assert "policy.wait" in err


def test_a_refused_move_says_what_the_rules_want(shell: Shell) -> None:
    shell.out("policy", "put", shell.file(POLICY), "--name", "quality")
    shell.out("stage", "set", "fraud/1", "staging")
    code, _, err = shell.run("stage", "set", "fraud/1", "production")
    assert code == 1
    assert "metric recall has no slices for dimension age" in err
