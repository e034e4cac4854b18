"""The budget: never more bytes than there are, each caller in turn, and nothing lost."""

import asyncio
import random

import pytest

from registry_grpc.transport.byte_budget import ByteBudget


async def test_no_more_is_held_than_there_is() -> None:
    budget, most = ByteBudget(100), 0

    async def hold(count: int) -> None:
        nonlocal most
        with budget.reserve() as reservation:
            await reservation.take(count)
            most = max(most, budget.held)
            await asyncio.sleep(0)

    await asyncio.gather(*(hold(30) for _ in range(50)))

    assert most == 90
    assert budget.held == 0


async def test_one_that_wants_more_than_all_gets_all() -> None:
    budget = ByteBudget(100)
    with budget.reserve() as reservation:
        await reservation.take(1_000)
        assert budget.held == reservation.held == 100
        reservation.give(1_000)
        assert budget.held == reservation.held == 0


async def test_a_large_one_is_not_passed_over_for_ever() -> None:
    budget, order = ByteBudget(100), []
    first = budget.reserve()
    await first.take(60)

    async def hold(count: int) -> None:
        with budget.reserve() as reservation:
            await reservation.take(count)
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
    budget = ByteBudget(100, each=50)
    with budget.reserve("greedy") as greedy, budget.reserve("greedy") as again:
        await greedy.take(40)
        waiting = asyncio.create_task(again.take(20))
        await asyncio.sleep(0)
        with budget.reserve("modest") as modest:
            async with asyncio.timeout(5):
                await modest.take(50)
            assert not waiting.done()
            assert budget.held == 90
        greedy.give(40)
        await waiting
        assert budget.held == 20
    assert budget.held == 0


async def test_one_that_is_cancelled_while_waiting_takes_nothing() -> None:
    budget = ByteBudget(10)
    with budget.reserve() as reservation:
        await reservation.take(10)
        with budget.reserve() as other:
            waiting = asyncio.create_task(other.take(5))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
    assert budget.held == 0


async def test_one_that_is_cancelled_just_when_it_is_given_bytes_gives_them_back() -> None:
    budget = ByteBudget(10)
    with budget.reserve() as reservation, budget.reserve() as other:
        await reservation.take(10)
        waiting = asyncio.create_task(other.take(5))
        await asyncio.sleep(0)
        reservation.give(10)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert budget.held == 0


async def test_a_share_that_ended_keeps_nothing_of_what_comes_later() -> None:
    budget = ByteBudget(10)
    with budget.reserve() as reservation:
        await reservation.take(10)
        with budget.reserve() as other:
            waiting = asyncio.create_task(other.take(5))
            await asyncio.sleep(0)
        reservation.give(10)
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert budget.held == 0


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_is_cancelled_everything_comes_back(seed: int) -> None:
    order = random.Random(seed)  # noqa: S311 - repeatable, not secret
    budget = ByteBudget(20, each=12)

    async def stream(caller: str) -> None:
        with budget.reserve(caller) as reservation:
            for _ in range(order.randrange(5)):
                await reservation.take(order.randrange(15))
                await asyncio.sleep(0)
                reservation.give(order.randrange(15))

    tasks = [asyncio.create_task(stream(order.choice("abc"))) for _ in range(40)]
    while any(not task.done() for task in tasks):
        order.choice(tasks).cancel()
        for _ in range(order.randrange(3)):
            await asyncio.sleep(0)
        assert 0 <= budget.held <= 20
    await asyncio.gather(*tasks, return_exceptions=True)

    assert budget.held == 0
    with budget.reserve("d") as reservation:
        await reservation.take(12)
