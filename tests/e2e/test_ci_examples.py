"""The pipelines of examples/ci as their runners read them, and their scripts against a registry."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelregistry import (
    ApprovalRequirement,
    Client,
    MetricBound,
    Policy,
    Rule,
    Transition,
    TransitionState,
)
from tests.support.python import clean_environ
from tests.support.server import RegistryProcess
from tests.support.serving import within

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "ci"
INSTALLS = "pip install modelregistry"
PASSES_ON = 'cat version.env >> "$GITHUB_OUTPUT"'
ORDER = ["push", "check", "promote", "deploy"]
WITHIN_S = 300


def document(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((FOLDER / name).read_text("utf-8"))
    return found


def github() -> dict[str, tuple[list[str], list[str]]]:
    """Return what each job needs, and its commands."""
    jobs = document("github-actions.yml")["jobs"]
    return {
        name: (job.get("needs", []), [step["run"] for step in job["steps"] if "run" in step])
        for name, job in jobs.items()
    }


def gitlab() -> dict[str, tuple[list[str], list[str]]]:
    pipeline = document("gitlab-ci.yml")
    before = pipeline["default"]["before_script"]
    jobs = {name: job for name, job in pipeline.items() if isinstance(job, dict) and "stage" in job}
    return {name: (job.get("needs", []), [*before, *job["script"]]) for name, job in jobs.items()}


PIPELINES = {"github-actions.yml": github, "gitlab-ci.yml": gitlab}


@pytest.mark.parametrize("name", PIPELINES)
def test_a_pipeline_runs_the_scripts_one_after_the_other(name: str) -> None:
    jobs = PIPELINES[name]()
    graph = TopologicalSorter({job: needs for job, (needs, _) in jobs.items()})
    assert list(graph.static_order()) == ORDER
    for job, (_, commands) in jobs.items():
        scripts = [command for command in commands if command not in {INSTALLS, PASSES_ON}]
        assert scripts == [f"sh examples/ci/{job}.sh"], job
    assert {path.stem for path in FOLDER.glob("*.sh")} == set(ORDER)


def test_the_version_reaches_the_jobs_that_need_it() -> None:
    jobs = document("github-actions.yml")["jobs"]
    assert jobs["push"]["outputs"] == {"VERSION": "${{ steps.push.outputs.VERSION }}"}
    for name in ("check", "promote"):
        assert jobs[name]["env"]["VERSION"] == "${{ needs.push.outputs.VERSION }}"
        assert "push" in jobs[name]["needs"]
    pipeline = document("gitlab-ci.yml")
    assert pipeline["push"]["artifacts"]["reports"]["dotenv"] == "version.env"
    for name in ("check", "promote"):
        assert "push" in pipeline[name]["needs"]


@dataclass
class Pipeline:
    """A runner of jobs in a folder with the repository, and the people who approve."""

    folder: Path
    environ: Mapping[str, str]
    approver: Client

    def start(self, job: str, **more: str) -> "subprocess.Popen[str]":
        """Start the script of a job. It gets the version that an earlier job passed on."""
        written = self.folder / "version.env"
        lines = written.read_text("utf-8").splitlines() if written.exists() else []
        passed = dict(line.split("=", 1) for line in lines)
        return subprocess.Popen(
            ["/bin/sh", f"examples/ci/{job}.sh"],
            cwd=self.folder,
            env={**self.environ, **passed, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, job: str, **more: str) -> tuple[int, str]:
        """Return the exit code of the script of a job, and what it printed."""
        process = self.start(job, **more)
        out, _ = process.communicate(timeout=WITHIN_S)
        return process.returncode, out

    def waiting(self) -> list[Transition]:
        """Return the promotions that wait for approval."""
        return list(self.approver.transitions(states=[TransitionState.PENDING_APPROVAL]))


@pytest.fixture
def pipeline(own_registry: RegistryProcess, tmp_path: Path) -> Iterator[Pipeline]:
    roles = {"root": "admin", "ci": "writer", "eve": "approver"}
    tokens = {name: own_registry.token(name, role) for name, role in roles.items()}
    target = own_registry.start().target
    good = Rule(id="good", check=MetricBound(metric="accuracy", minimum=0.9))
    review = ApprovalRequirement(id="review", meaning="looked at it")
    policy = Policy(
        name="quality", to_stage="production", models="*", rules=(good,), approvals=(review,)
    )
    with Client(target, token=tokens["root"], cache=False) as root:
        root.put_policy(policy)
    folder = tmp_path / "repository"
    shutil.copytree(FOLDER, folder / "examples" / "ci")
    environ = {
        **clean_environ(),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "MODELREG_SERVER": target,
        "MODELREG_TOKEN": tokens["ci"],
        "MODEL": "fraud",
        "DEPLOY_DIR": "deployed",
    }
    with Client(target, token=tokens["eve"], cache=False) as approver:
        yield Pipeline(folder, environ, approver)


@pytest.mark.skipif(
    not (Path(sys.prefix) / "bin" / "modelreg").exists(), reason="not in an environment of `make`"
)
def test_a_pipeline_deploys_only_what_was_approved(pipeline: Pipeline) -> None:
    for job in ("push", "check"):
        code, out = pipeline.run(job)
        assert code == 0, out
    code, out = pipeline.run("deploy")
    assert code == 3, out  # nothing is in production
    code, out = pipeline.run("promote", APPROVAL_SECONDS="0.2")
    assert (code, "0 of 1 approvals for quality/review" in out) == (7, True), out
    (asked,) = pipeline.waiting()

    promoting = pipeline.start("promote")  # as a job that was started again
    pipeline.approver.approve(asked, comment="fine")
    out, _ = promoting.communicate(timeout=WITHIN_S)
    assert promoting.returncode == 0, out
    code, out = pipeline.run("deploy")
    assert code == 0, out
    assert "threshold" in json.loads((pipeline.folder / "deployed/threshold.json").read_text())

    assert pipeline.run("push")[0] == 0
    rejecting = pipeline.start("promote")
    within(WITHIN_S, pipeline.waiting)
    pipeline.approver.reject(pipeline.waiting()[0], "no need")
    out, _ = rejecting.communicate(timeout=WITHIN_S)
    assert rejecting.returncode == 8, out
    assert pipeline.approver.resolve("fraud@production").number == 1
