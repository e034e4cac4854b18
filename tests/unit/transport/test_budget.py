"""The budget: never more bytes than there are, each caller in turn, and nothing lost."""

import asyncio
import random

import pytest

from registry_grpc.transport.budget import Budget


async def test_no_more_is_held_than_there_is() -> None:
    budget, most = Budget(100), 0

    async def hold(count: int) -> None:
        nonlocal most
        with budget.share() as share:
            await share.take(count)
            most = max(most, budget.held)
            await asyncio.sleep(0)

    await asyncio.gather(*(hold(30) for _ in range(50)))

    assert most == 90
    assert budget.held == 0


async def test_one_that_wants_more_than_all_gets_all() -> None:
    budget = Budget(100)
    with budget.share() as share:
        await share.take(1_000)
        assert budget.held == share.held == 100
        share.give(1_000)
        assert budget.held == share.held == 0


async def test_a_large_one_is_not_passed_over_for_ever() -> None:
    budget, order = Budget(100), []
    first = budget.share()
    await first.take(60)

    async def hold(count: int) -> None:
        with budget.share() as share:
            await share.take(count)
            order.append(count)

    large = asyncio.create_task(hold(100))
    await asyncio.sleep(0)
    small = asyncio.create_task(hold(10))
    await asyncio.sleep(0)
    assert order == []
    first.give(60)
    await asyncio.gather(large, small)
    assert order == [100, 10]


async def test_one_caller_cannot_take_what_others_need() -> None:
    budget = Budget(100, each=50)
    with budget.share("greedy") as greedy, budget.share("greedy") as again:
        await greedy.take(40)
        waiting = asyncio.create_task(again.take(20))
        await asyncio.sleep(0)
        with budget.share("modest") as modest:
            async with asyncio.timeout(5):
                await modest.take(50)
            assert not waiting.done()
            assert budget.held == 90
        greedy.give(40)
        await waiting
        assert budget.held == 20
    assert budget.held == 0


async def test_one_that_is_cancelled_while_waiting_takes_nothing() -> None:
    budget = Budget(10)
    with budget.share() as share:
        await share.take(10)
        with budget.share() as other:
            waiting = asyncio.create_task(other.take(5))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
    assert budget.held == 0


async def test_one_that_is_cancelled_just_when_it_is_given_bytes_gives_them_back() -> None:
    budget = Budget(10)
    with budget.share() as share, budget.share() as other:
        await share.take(10)
        waiting = asyncio.create_task(other.take(5))
        await asyncio.sleep(0)
        share.give(10)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert budget.held == 0


async def test_a_share_that_ended_keeps_nothing_of_what_comes_later() -> None:
    budget = Budget(10)
    with budget.share() as share:
        await share.take(10)
        with budget.share() as other:
            waiting = asyncio.create_task(other.take(5))
            await asyncio.sleep(0)
        share.give(10)
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert budget.held == 0


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_is_cancelled_everything_comes_back(seed: int) -> None:
    order = random.Random(seed)  # noqa: S311 - repeatable, not secret
    budget = Budget(20, each=12)

    async def stream(caller: str) -> None:
        with budget.share(caller) as share:
            for _ in range(order.randrange(5)):
                await share.take(order.randrange(15))
                await asyncio.sleep(0)
                share.give(order.randrange(15))

    tasks = [asyncio.create_task(stream(order.choice("abc"))) for _ in range(40)]
    while any(not task.done() for task in tasks):
        order.choice(tasks).cancel()
        for _ in range(order.randrange(3)):
            await asyncio.sleep(0)
        assert 0 <= budget.held <= 20
    await asyncio.gather(*tasks, return_exceptions=True)

    assert budget.held == 0
    with budget.share("d") as share:
        await share.take(12)
