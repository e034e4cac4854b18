"""Pulls and pushes that are cancelled at many of their awaits release all resources."""

import asyncio
import os
from pathlib import Path

import pytest

from modelregistry import AsyncClient, Cache
from tests.support.cancellation import cancelled_at
from tests.support.server import RegistryProcess

SIZE = 5 * 1024 * 1024
MOST = 200
pytestmark = pytest.mark.timeout(300)


async def _everywhere(target: str, folder: Path, push: bool) -> None:
    model = folder / "model"
    model.mkdir()
    (model / "large").write_bytes(os.urandom(SIZE))
    (model / "small").write_bytes(b"x")
    async with AsyncClient(target, cache=False) as client:
        await client.push("cancelled", model)
    for number in range(0, MOST, 4):
        out = folder / f"out{number}"
        out.mkdir()
        async with AsyncClient(target, cache=Cache(folder=folder / f"cache{number}")) as client:
            if push:
                (model / "large").write_bytes(os.urandom(SIZE))
                ended = await cancelled_at(number, client.push("cancelled", model))
                await asyncio.wait_for(client.push("cancelled", model), 60)
            else:
                ended = await cancelled_at(number, client.pull("cancelled/1", out / "files"))
                assert {path.name for path in out.iterdir()} <= {"files"}
                # It waits for no lock that the cancelled one has left.
                await asyncio.wait_for(client.pull("cancelled/1", out / "again"), 60)
        if ended:
            return
    message = "it never ends by itself"
    raise AssertionError(message)


@pytest.mark.parametrize("push", [False, True], ids=["pull", "push"])
def test_a_cancelled_transfer_leaves_no_lock_and_no_hidden_folder(
    registry_process: RegistryProcess,
    tmp_path: Path,
    push: bool,
) -> None:
    asyncio.run(_everywhere(registry_process.target, tmp_path, push))
