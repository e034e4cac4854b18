"""Instances of a registry with two server processes, one of which is killed."""

import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from modelregistry import Client
from tests.support.faults.crew import until
from tests.support.server import RegistryProcess

COUNT = 20


@pytest.fixture
def two(database_url: str, tmp_path: Path) -> Iterator[tuple[RegistryProcess, RegistryProcess]]:
    """Two servers on one database and one blob folder."""
    options = ("--database", database_url, "--blobs", f"file://{tmp_path / 'blobs'}")
    servers = [RegistryProcess(tmp_path / name, options).start() for name in ("one", "other")]
    yield servers[0], servers[1]
    for server in servers:
        server.stop()


def actions(client: Client) -> list[str]:
    """Return the recorded actions of deployments, sorted."""
    changes = client.list_changes(action="deployment.")
    return sorted(event.action.partition(".")[2] for event in changes)


def test_instances_of_a_killed_server_go_on_at_the_other_one(
    two: tuple[RegistryProcess, RegistryProcess],
) -> None:
    one, other = two
    both = f"ipv4:{one.target},{other.target}"
    with Client(both, plaintext=True, cache=False) as client, Client(other.target) as observer:
        client.push("fraud", Path(__file__), alias="champion", environment=None, source=None)
        reporters = [
            client.reporter("eu-prod", instance=f"i{number:02}", ttl=timedelta(seconds=10))
            for number in range(COUNT)
        ]
        for reporter in reporters:
            reporter.open().serve("fraud/1", reference="fraud@champion")
        until(lambda: observer.rollout("fraud@champion").instances == COUNT)
        one.kill()
        until(lambda: all(reporter.state.current for reporter in reporters))
        assert observer.rollout("fraud@champion").converged
        assert actions(observer) == ["start"] * COUNT
        for reporter in reporters[1:]:
            reporter.close()
        assert actions(observer) == ["end"] * (COUNT - 1) + ["start"] * COUNT
        # The last one stays silent: whichever process has the lease expires it.
        one.restart()
        assert other.process is not None
        assert one.process is not None
        (alive,) = observer.list_deployments()
        assert alive.instance == "i00"
        one.process.send_signal(signal.SIGSTOP)
        one.process.send_signal(signal.SIGCONT)
        reporters[0].close()
        assert not list(Client(one.target).list_deployments())
