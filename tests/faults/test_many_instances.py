"""Two thousand instances whose server is killed: none is lost, and none is invented."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from modelregistry import AsyncClient, AsyncReporter, Client
from tests.support.server import RegistryProcess

COUNT = 2_000
PATIENCE_S = 300.0
pytestmark = pytest.mark.timeout(900)


async def current(reporters: Sequence[AsyncReporter]) -> None:
    """Wait until the registry has the last report of each."""
    async with asyncio.timeout(PATIENCE_S):
        for reporter in reporters:
            await _current(reporter)


async def _current(reporter: AsyncReporter) -> None:
    while not reporter.state.current:  # noqa: ASYNC110 - states have no event
        await asyncio.sleep(0.05)


async def test_a_killed_server_finds_its_instances_again(own_registry: RegistryProcess) -> None:
    server = await asyncio.to_thread(own_registry.start)
    with Client(server.target, cache=False) as observer:
        observer.push("fraud", Path(__file__), alias="champion", environment=None, source=None)
        async with AsyncClient(server.target) as client:
            reporters = [
                client.reporter("eu-prod", instance=f"i{number:04}", ttl=timedelta(minutes=2))
                for number in range(COUNT)
            ]
            for reporter in reporters:
                (await reporter.open()).serve("fraud/1", reference="fraud@champion")
            await current(reporters)
            assert (await client.rollout("fraud@champion")).instances == COUNT
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.restart)
            reporters[0].serve("fraud/1", reference="fraud@champion", message="after the crash")
            await current(reporters)
            found = await client.rollout("fraud@champion")
            assert (found.instances, found.converged) == (COUNT, True)
            assert Counter(
                event.action for event in observer.list_changes(action="deployment.")
            ) == {"deployment.start": COUNT}
            # Else the client would end each of them, one after the other.
            await asyncio.to_thread(server.kill)
