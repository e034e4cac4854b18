# ruff: noqa: ANN401 - calls any method with anything
"""A registry in memory, and both flavours of client to call it with."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from modelregistry import AsyncClient, Client
from tests.unit.sdk.fake_registry import FakeRegistry, served


@dataclass
class Caller:
    """Calls a method of one flavour of client and returns its result, iterators as lists."""

    target: str
    flavour: str

    def call(self, method: str, *args: Any, **options: Any) -> Any:
        return (
            self.sync(method, *args, **options)
            if self.flavour == "sync"
            else asyncio.run(self.aio(method, *args, **options))
        )

    def sync(self, method: str, *args: Any, **options: Any) -> Any:
        with Client(self.target, timeout=10) as client:
            answer = getattr(client, method)(*args, **options)
            return list(answer) if hasattr(answer, "__next__") else answer

    async def aio(self, method: str, *args: Any, **options: Any) -> Any:
        async with AsyncClient(self.target, timeout=10) as client:
            answer = getattr(client, method)(*args, **options)
            if hasattr(answer, "__anext__"):
                return [item async for item in answer]
            return await answer


@pytest.fixture(autouse=True)
def _no_settings_from_outside(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("MODELREG_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.delenv("MODELREG_CACHE_BYTES", raising=False)
    monkeypatch.delenv("MODELREG_SERVER", raising=False)
    monkeypatch.delenv("MODELREG_TOKEN", raising=False)


@pytest.fixture
def fake() -> FakeRegistry:
    # Methods that transfers do not use stay unimplemented, as a server may leave them.
    return FakeRegistry()  # type: ignore[abstract]


@pytest.fixture
def target(fake: FakeRegistry) -> Iterator[str]:
    with served(fake) as where:
        yield where


@pytest.fixture(params=["sync", "async"])
def registry(request: pytest.FixtureRequest, target: str) -> Caller:
    return Caller(target, request.param)
