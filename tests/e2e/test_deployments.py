"""Deployments through the SDK, against real servers: reports, restarts, kills and rollouts."""

import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from subprocess import DEVNULL
from uuid import uuid4

import pytest

from modelregistry import (
    AsyncClient,
    Client,
    Deployment,
    DeploymentPhase,
    RouteArm,
    VersionState,
    errors,
)
from registry_grpc.domain.deployment import ARM_BYTES, MESSAGE_BYTES, MOST_DEPLOYMENTS
from registry_grpc.domain.ids import MAX_ALIAS_ID_BYTES
from tests.support.faults.crew import until
from tests.support.python import Python, clean_environ
from tests.support.server import RegistryProcess

SHORT = timedelta(seconds=5)
_REPORT = """
import sys, time
from datetime import timedelta
from modelregistry import Client
target, namespace = sys.argv[1:]
with Client(target, namespace=namespace) as registry:
    with registry.reporter("eu-prod", instance="killed", ttl=timedelta(seconds=5)) as reporter:
        reporter.serve("fraud/1", reference="fraud@champion")
        while True:
            time.sleep(1)
"""


def client_of(target: str) -> Client:
    """Return a client of a new namespace with fraud/1 (champion), fraud/2 and fraud/3."""
    namespace = f"run-{uuid4().hex[:12]}"
    client = Client(target, namespace=namespace, cache=False)
    client.create_namespace(namespace)
    for number in range(3):
        client.push("fraud", Path(__file__), tags={"n": str(number)}, environment=None, source=None)
    client.set_alias("fraud", "champion", 1)
    return client


@pytest.fixture
def registry(registry_process: RegistryProcess) -> Iterator[Client]:
    """A client of the module's server, with a namespace of its own."""
    with client_of(registry_process.target) as client:
        yield client


def deployed(client: Client) -> dict[str, Deployment]:
    """Return what is served of each reference and arm, of one instance."""
    return {f"{one.reference} {one.arm}".strip(): one for one in client.list_deployments()}


def recorded(client: Client) -> list[str]:
    """Return the recorded changes of deployments."""
    changes = client.list_changes(action="deployment.")
    return [
        f"{event.action.partition('.')[2]} {event.after.version_ref.rpartition('/')[2]}"
        if isinstance(event.after, Deployment)
        else event.action.partition(".")[2]
        for event in changes
    ]


def test_a_resolver_reports_what_it_answers_with(registry: Client) -> None:
    ref = f"{registry.namespace}/fraud@champion"
    seen: list[DeploymentPhase | int] = []

    def loaded(*_: object) -> None:
        until(lambda: deployed(registry)[ref].phase == DeploymentPhase.LOADING)
        seen.append(deployed(registry)[ref].phase)
        if len(seen) > 1:
            message = "no \x1b[31mmemory"
            raise MemoryError(message)

    with registry.resolver("fraud@champion", on_change=loaded, target="eu-prod") as champion:
        until(lambda: registry.rollout("fraud@champion").converged)
        (first,) = registry.list_deployments()
        assert registry.get_deployment(first.name) == first
        assert (first.target, first.phase) == ("eu-prod", DeploymentPhase.SERVING)
        assert champion.reporter_state is not None
        assert champion.reporter_state.instance == first.instance
        registry.set_alias("fraud", "champion", 2)
        until(lambda: registry.rollout("fraud@champion").converged)
        registry.set_alias("fraud", "champion", 3)
        until(lambda: registry.rollout("fraud@champion").failed)
        assert deployed(registry)[ref].message == "MemoryError: no \x1b[31mmemory"
        assert champion.version.number == 3  # answers do not depend on reports
    assert seen == [DeploymentPhase.LOADING] * 2
    assert not list(registry.list_deployments())
    assert recorded(registry) == [
        *("start 1", "change 2", "change 2", "change 3", "change 3", "end"),
    ]


def test_a_router_reports_each_arm(registry: Client) -> None:
    arms = [
        RouteArm(id="a", version="1", weight=9_000),
        RouteArm(id="b", version="2", weight=1_000),
    ]
    registry.set_route("fraud", "checkout", arms, "a")
    route = f"{registry.namespace}/fraud@checkout"
    with registry.router("fraud@checkout", target="eu-prod", instance="one"):
        until(lambda: registry.rollout("fraud@checkout").converged)
        assert {key: one.version_ref[-1] for key, one in deployed(registry).items()} == {
            f"{route} a": "1",
            f"{route} b": "2",
        }
        # Both share the stream of the process.
        with registry.resolver("fraud/3", target="eu-prod", instance="one"):
            until(lambda: len(deployed(registry)) == 3)
        until(lambda: len(deployed(registry)) == 2)
        with pytest.raises(errors.VersionInUse, match="instance 'one' at 'eu-prod'"):
            registry.delete_version("fraud/2")
        registry.revoke_version("fraud/2", reason="leaks")
        # The arm lost its units, and the router has heard of it.
        until(lambda: set(deployed(registry)) == {f"{route} a"})
    assert not list(registry.list_deployments())


def test_instances_that_serve_what_was_revoked_are_found(registry: Client) -> None:
    with registry.reporter("eu-prod", instance="one") as one, registry.reporter("us") as other:
        one.serve("fraud/1", reference="fraud@champion")
        other.serve("fraud/2", phase=DeploymentPhase.LOADING)
        until(lambda: one.state.current and other.state.current)
        registry.revoke_version("fraud/1", reason="leaks")
        found = registry.list_deployments(version_states=[VersionState.REVOKED])
        assert [item.instance for item in found] == ["one"]
        assert [item.target for item in registry.list_deployments(target="us")] == ["us"]
        loading = registry.list_deployments(model="fraud", phase=DeploymentPhase.LOADING)
        assert [item.version_ref[-1] for item in loading] == ["2"]
        assert [item.target for item in registry.list_deployments(version="fraud/1")] == ["eu-prod"]
        one.remove("fraud/1", reference="fraud@champion")
        until(lambda: len(deployed(registry)) == 1)


async def test_an_asynchronous_resolver_reports_too(registry: Client) -> None:
    async with (
        AsyncClient(registry.target, namespace=registry.namespace) as client,
        client.resolver("fraud@champion", target="eu-prod") as champion,
    ):
        for _ in range(500):
            state = champion.reporter_state
            if state is not None and state.current:
                break
            await client.get_namespace(registry.namespace)
        assert (await client.rollout("fraud@champion")).converged
    assert not list(registry.list_deployments())


@pytest.mark.parametrize(
    "count, message",
    [(MOST_DEPLOYMENTS, ""), (128, "m" * MESSAGE_BYTES)],
    ids=["the most", "with the longest texts"],
)
def test_all_deployments_that_an_instance_may_have_are_reported_together(
    registry: Client, count: int, message: str
) -> None:
    with registry.reporter("eu-prod") as reporter:
        longest = MAX_ALIAS_ID_BYTES if message else 10
        for number in range(count):
            reference = f"fraud@{number:03}{'r' * (longest - 3)}"
            arm = "a" * ARM_BYTES
            reporter.serve("fraud/1", reference=reference, arm=arm, message=message)
        until(lambda: reporter.state.current or reporter.state.error is not None)
        assert reporter.state.error is None
        until(lambda: len(deployed(registry)) == count)


def test_two_processes_with_one_name_are_told_so(registry: Client) -> None:
    with registry.reporter("eu-prod", instance="one") as first:
        first.serve("fraud/1")
        until(lambda: first.state.current)
        with (
            Client(registry.target, namespace=registry.namespace) as another,
            another.reporter("eu-prod", instance="one") as second,
        ):
            second.serve("fraud/1")
            until(lambda: second.state.current)
            first.serve("fraud/2")
            until(lambda: first.state.superseded)
            assert isinstance(first.state.error, errors.InstanceSuperseded)
            assert [one.version_ref[-1] for one in registry.list_deployments()] == ["1"]


def test_a_killed_process_expires(registry: Client) -> None:
    process = Python(
        ("-c", _REPORT, registry.target, registry.namespace),
        clean_environ(),
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        until(lambda: registry.rollout("fraud@champion").converged)
        time.sleep(SHORT.total_seconds())
        assert registry.rollout("fraud@champion").converged  # heartbeats keep it alive
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    killed = time.monotonic()
    until(lambda: not deployed(registry))
    assert time.monotonic() - killed <= SHORT.total_seconds() + 5
    assert recorded(registry) == ["start 1", "expire"]


def test_a_restarted_server_loses_no_instance_and_invents_none(
    own_registry: RegistryProcess,
) -> None:
    server = own_registry.start()
    with client_of(server.target) as registry:
        reporters = [
            registry.reporter("eu-prod", instance=f"i{n:03}", ttl=timedelta(seconds=30))
            for n in range(100)
        ]
        for reporter in reporters:
            reporter.open().serve("fraud/1", reference="fraud@champion")
        until(lambda: registry.rollout("fraud@champion").instances == 100)
        before = recorded(registry)
        server.kill()
        server.restart()
        until(lambda: all(one.state.current for one in reporters))
        assert registry.rollout("fraud@champion").converged
        assert recorded(registry) == before == ["start 1"] * 100
        for reporter in reporters:
            reporter.close()
        assert not list(registry.list_deployments())


def test_a_forked_child_reports_nothing(registry: Client) -> None:
    with registry.reporter("eu-prod", instance="parent") as reporter:
        reporter.serve("fraud/1")
        until(lambda: reporter.state.current)
        child = os.fork()
        if not child:
            state = reporter.state
            os._exit(0 if not state.current else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        reporter.serve("fraud/2")
        until(lambda: reporter.state.current)
        assert [one.version_ref[-1] for one in registry.list_deployments()] == ["2"]


def test_reports_are_retried_while_the_registry_is_away(own_registry: RegistryProcess) -> None:
    server = own_registry.start()
    with client_of(server.target) as registry, registry.reporter("eu", instance="one") as reporter:
        reporter.serve("fraud/1")
        until(lambda: reporter.state.current)
        server.stop()
        reporter.serve("fraud/2")
        until(lambda: isinstance(reporter.state.error, errors.Unavailable))
        server.restart()
        until(lambda: reporter.state.current)
        assert reporter.state.error is None
        assert [one.version_ref[-1] for one in registry.list_deployments()] == ["2"]
