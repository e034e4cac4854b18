"""The budget: never more bytes than there are, and everybody gets their turn."""

import asyncio

import pytest

from registry_grpc.transport.budget import Budget


async def test_no_more_is_held_than_there_is() -> None:
    budget, most = Budget(100), 0

    async def hold(count: int) -> None:
        nonlocal most
        async with budget.holding(count):
            most = max(most, budget.held)
            await asyncio.sleep(0)

    await asyncio.gather(*(hold(30) for _ in range(50)))

    assert most == 90
    assert budget.held == 0


async def test_one_that_wants_more_than_all_gets_all() -> None:
    budget = Budget(100)
    async with budget.holding(1_000):
        assert budget.held == 100
    assert budget.held == 0


async def test_a_large_one_is_not_passed_over_for_ever() -> None:
    budget, order = Budget(100), []
    await budget.take(60)

    async def hold(count: int) -> None:
        async with budget.holding(count):
            order.append(count)

    large = asyncio.create_task(hold(100))
    await asyncio.sleep(0)
    small = asyncio.create_task(hold(10))
    await asyncio.sleep(0)
    assert order == []
    budget.give(60)
    await asyncio.gather(large, small)
    assert order == [100, 10]


async def test_one_that_is_cancelled_while_waiting_takes_nothing() -> None:
    budget = Budget(10)
    await budget.take(10)
    waiting = asyncio.create_task(budget.take(5))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    budget.give(10)
    assert budget.held == 0
