"""`modelreg deployments`, `rollout` and `sync --target` against a real server."""

import json
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from subprocess import DEVNULL
from uuid import uuid4

import pytest
from rich.console import Console

from modelregistry import Client, Deployment, DeploymentPhase
from modelregistry.cli import app, failures
from modelregistry.cli.deployments import deployments_table
from modelregistry.cli.tables import least_width
from registry_grpc.domain.characters import has_control_characters
from tests.support.faults.crew import until
from tests.support.python import CLIENT, Python, clean_environ
from tests.support.server import RegistryProcess

Run = Callable[..., str]
_HOSTILE = "x\x1b[2J\x1b]0;title\x07\u202eevil\nFORGED [red]markup[/red]"


@pytest.fixture
def registry(registry_process: RegistryProcess) -> Iterator[Client]:
    """A client of a namespace with fraud/1 (champion), fraud/2 and fraud/3."""
    namespace = f"cli-{uuid4().hex[:12]}"
    with Client(registry_process.target, namespace=namespace, cache=False) as client:
        client.create_namespace(namespace)
        for alias in ("champion", "", ""):
            client.push("fraud", Path(__file__), alias=alias, environment=None, source=None)
        yield client


def flags(client: Client) -> list[str]:
    """Return the options that lead to the registry and namespace of a client."""
    return ["--server", client.target, "--namespace", client.namespace]


@pytest.fixture
def run(registry: Client, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command and returns its output, with notes; fails unless it exits with `code`."""

    def run(*arguments: str, code: int = 0) -> str:
        assert app.run([*arguments, *flags(registry)]) == code, capsys.readouterr().err
        said = capsys.readouterr()
        return said.out + said.err

    return run


def test_deployments_are_listed_within_a_terminal(registry: Client, run: Run) -> None:
    assert "No instance reports" in run("deployments", "list")
    with registry.reporter("eu-prod", instance="i" * 200) as reporter:
        reporter.serve("fraud/1", reference="fraud@champion")
        reporter.serve("fraud/2", phase=DeploymentPhase.FAILED, message=_HOSTILE)
        until(lambda: reporter.state.current)
        shown = run("deployments", "list")
        assert not any(has_control_characters(line) for line in shown.split("\n"))
        assert not any(line.startswith("FORGED") for line in shown.split("\n"))
        both = json.loads(run("deployments", "list", "--json"))
        assert {one["phase"] for one in both} == {"serving", "failed"}
        (failed,) = json.loads(run("deployments", "list", "--phase", "failed", "--json"))
        assert (failed["message"], failed["reference"]) == (_HOSTILE, "")
        assert not json.loads(run("deployments", "list", "--state", "revoked", "--json"))
        said = run("versions", "revoke", "fraud/2", "--reason", "it leaks", "--yes")
        assert "still served by" in said
        assert "--version" in said
        run("deployments", "list", "--phase", "x", code=failures.USAGE)
        run("deployments", "list", "--model", "a", "--version", "a/1", code=failures.USAGE)
        refused = run("versions", "delete", "fraud/2", "--yes", code=failures.FAILED)
        assert "at 'eu-prod'" in refused
        assert "still served by" in run("versions", "delete", "fraud/2", "--yes", "--force")
        assert len(json.loads(run("deployments", "list", "--state", "deleted", "--json"))) == 1


def test_the_table_fits_into_eighty_columns() -> None:
    item = Deployment(
        name="namespaces/default/deployments/a",
        target="eu-west-1-production",
        instance="gpu-node-17.example-31337-0badcafe",
        version="namespaces/default/models/churn-prediction/versions/1234",
        reference="churn-prediction@production",
        phase=DeploymentPhase.FAILED,
        message="m" * 90,
        update_time=datetime.now(UTC),
    )
    table = deployments_table([item], datetime.now(UTC))
    assert least_width(table) <= 80
    written = StringIO()
    Console(width=80, file=written).print(table)
    assert max(map(len, written.getvalue().splitlines())) <= 80


def test_a_rollout_is_waited_for(registry: Client, run: Run) -> None:
    ref = "fraud@champion"
    assert "no instance" in run("rollout", "status", ref, code=failures.NOT_CONVERGED)
    with registry.reporter("eu-prod", instance="one") as one:
        one.serve("fraud/1", reference=ref)
        until(lambda: one.state.current)
        assert "converged; 1 instance, 1 serving" in run("rollout", "status", ref)
        registry.set_alias("fraud", "champion", 2)
        waiting = ("rollout", "status", ref, "--wait", "--timeout", "0.5")
        assert "1 outdated" in run(*waiting, code=failures.NOT_CONVERGED)
        one.serve("fraud/2", reference=ref, phase=DeploymentPhase.LOADING)
        until(lambda: one.state.current)
        loading = json.loads(run("rollout", "status", ref, "--json", code=failures.NOT_CONVERGED))
        assert (loading["arms"][0]["pending"], loading["converged"]) == (1, False)
        command = (*CLIENT, "rollout", "status", ref, "--wait", *flags(registry))
        process = Python(command, clean_environ())
        assert process.stderr is not None
        assert process.stdout is not None
        with process.stderr, process.stdout:
            assert "1 loading" in process.stderr.readline()  # it has begun to wait
            one.serve("fraud/2", reference=ref)
            assert process.wait(timeout=120) == 0
            assert "converged; 1 instance, 1 serving" in process.stdout.read()
    run("rollout", "status", "fraud@nobody", code=failures.NOT_FOUND)


def test_waiting_for_a_rollout_can_be_interrupted(registry: Client) -> None:
    with registry.reporter("eu-prod", instance="one") as one:
        one.serve("fraud/2", reference="fraud@champion")
        until(lambda: one.state.current)
        command = (*CLIENT, "rollout", "status", "fraud@champion", "--wait", *flags(registry))
        process = Python(command, clean_environ())
        assert process.stderr is not None
        assert process.stdout is not None
        with process.stderr, process.stdout:
            assert "1 outdated" in process.stderr.readline()  # it has begun to wait
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=120) == failures.INTERRUPTED
            assert "interrupted" in process.stderr.read()


def test_sync_reports_the_version_of_its_folder(registry: Client, tmp_path: Path) -> None:
    link, gate = tmp_path / "current", tmp_path / "gate"
    reporting = ("--target", "eu-prod", "--instance", "host", "--exec", f"test -e {gate}")
    command = (*CLIENT, "sync", "fraud@champion", str(link), *reporting, *flags(registry))
    process = Python(command, clean_environ(), stdout=DEVNULL, stderr=DEVNULL)

    def phases() -> list[tuple[str, DeploymentPhase | int]]:
        found = registry.list_deployments(target="eu-prod")
        return [(one.version_ref[-1], one.phase) for one in found]

    try:
        until(lambda: phases() == [("1", DeploymentPhase.FAILED)])
        gate.touch()
        registry.set_alias("fraud", "champion", 2)
        until(lambda: registry.rollout("fraud@champion").converged)
        assert phases() == [("2", DeploymentPhase.SERVING)]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0
    assert phases() == []
