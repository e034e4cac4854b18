"""Resolvers and watches of an event loop that are cancelled at any of their awaits hold nothing."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from modelregistry import AsyncClient
from tests.support.cancellation import Work, cancelled_at, until
from tests.unit.sdk.fake_log import FakeLog, served

MOST = 500
AGAIN = [None, 0, 1, 2]
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def log() -> FakeLog:
    """A log with an alias."""
    made = FakeLog()
    made.set_alias("champion", 1)
    return made


@pytest.fixture
def target(log: FakeLog) -> Iterator[str]:
    """Where it is served."""
    with served(log) as found:
        yield found


async def _resolve(client: AsyncClient, log: FakeLog) -> None:
    async with client.resolver("fraud@champion") as champion:
        number = log.states[-1]["namespaces/default/models/fraud/aliases/champion"]
        log.set_alias("champion", number + 1)
        await until(lambda: champion.version.number > number)


async def _watch(client: AsyncClient, log: FakeLog) -> None:
    async with client.watch(models=["fraud"], initial_state=True) as changes:
        log.set_alias("champion", 1 + log.revision)
        async for said in changes:
            if said.events and not said.initial_state_complete:
                return


async def _everywhere(target: str, log: FakeLog, cache: Path, again: int | None, act: str) -> int:
    for number in range(MOST):
        async with AsyncClient(target, timeout=10, cache=cache) as client:
            work: Work = _resolve(client, log) if act == "resolver" else _watch(client, log)
            resolver = client.resolver("fraud@champion")
            ended = await cancelled_at(number, work, again=again)
            # No call is open, and no seat is taken: what is opened again has work of its own.
            await until(lambda: not log.open_watches)
            assert client._resolvers._cache is None  # noqa: SLF001 - what is held
            if number % 8 == 0:
                async with resolver:
                    assert resolver.version.number
        if ended:
            return number
    message = "it never ends by itself"
    raise AssertionError(message)


@pytest.mark.parametrize("again", AGAIN)
@pytest.mark.parametrize("act", ["resolver", "watch"])
def test_what_is_cancelled_at_any_await_holds_nothing(
    log: FakeLog, target: str, tmp_path: Path, act: str, again: int | None
) -> None:
    assert asyncio.run(_everywhere(target, log, tmp_path, again, act)) > 3


async def _cancelled_while_it_opens(target: str, cache: Path, times: int) -> None:
    async with AsyncClient(target, timeout=10, cache=cache) as client:
        resolver = client.resolver("fraud@champion")
        opening = asyncio.create_task(resolver.open())
        for _ in range(times):
            await asyncio.sleep(0)
            opening.cancel()
        with suppress(asyncio.CancelledError):
            await opening
        await resolver.open()  # it is not taken for open
        assert resolver.version.number == 1
        closing = asyncio.create_task(resolver.close())
        for _ in range(times):
            await asyncio.sleep(0)
            closing.cancel()
        with suppress(asyncio.CancelledError):
            await closing
        await resolver.open()
        assert resolver.version.number == 1


@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_a_resolver_that_was_cancelled_can_be_opened_again(
    target: str, tmp_path: Path, times: int
) -> None:
    asyncio.run(_cancelled_while_it_opens(target, tmp_path, times))
