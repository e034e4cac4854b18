"""Side by side: bounded, in order, and ended together, on both seams."""

import asyncio
import threading
import time

import pytest

from modelregistry import errors
from modelregistry._async import concurrency as aio
from modelregistry._sync import concurrency as threads


class Call:
    """Something that can be ended from outside."""

    def __init__(self) -> None:
        self.ended = threading.Event()

    def cancel(self) -> None:
        self.ended.set()


def test_threads_keep_the_order_and_the_limit() -> None:
    running, most, lock = [0], [0], threading.Lock()

    def work(item: int) -> int:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.002)
        with lock:
            running[0] -= 1
        return item * 2

    assert threads.Scope(3).map(work, range(20)) == [item * 2 for item in range(20)]
    assert most[0] == 3


async def test_tasks_keep_the_order_and_the_limit() -> None:
    running, most = [0], [0]

    async def work(item: int) -> int:
        running[0] += 1
        most[0] = max(most[0], running[0])
        await asyncio.sleep(0)
        running[0] -= 1
        return item * 2

    assert await aio.Scope(3).map(work, range(20)) == [item * 2 for item in range(20)]
    assert most[0] == 3


def test_the_failure_of_a_part_is_raised_and_not_that_of_an_item_which_it_stopped() -> None:
    scope, stopped = threads.Scope(2), threading.Event()

    def fail(_: int) -> None:
        raise errors.ContentMismatch("the cause")

    def work(kind: str) -> None:
        try:
            if kind == "parts":
                scope.map(fail, [1])
            else:
                scope.sleep(10)
        except errors.Cancelled as error:
            raise errors.Unavailable("stopped") from error
        except errors.ContentMismatch as error:
            stopped.wait(10)
            time.sleep(0.05)  # the other item has failed by now
            raise errors.Corrupt("wrapped") from error
        finally:
            if kind == "other":
                stopped.set()

    with pytest.raises(errors.Corrupt, match="wrapped"):
        scope.map(work, ["other", "parts"])


def test_a_failure_in_one_thread_ends_the_calls_and_pauses_of_the_others() -> None:
    scope, call, waiting = threads.Scope(3), Call(), threading.Barrier(3)

    def work(kind: str) -> None:
        if kind == "call":
            with scope.tracking(call):
                waiting.wait(10)
                assert call.ended.wait(10)
        elif kind == "pause":
            waiting.wait(10)
            scope.sleep(60)
        else:
            waiting.wait(10)
            raise errors.StorageFull("full")

    with pytest.raises(errors.StorageFull):
        scope.map(work, ["call", "pause", "fail", "never"])
    with pytest.raises(errors.Cancelled), scope.tracking(Call()):
        pytest.fail("a stopped scope begins no call")


async def test_a_failure_in_one_task_ends_the_others() -> None:
    scope, ended = aio.Scope(3), []

    async def work(kind: str) -> None:
        if kind == "fail":
            await asyncio.sleep(0)
            raise errors.StorageFull("full")
        try:
            await scope.sleep(60)
        except asyncio.CancelledError:
            ended.append(kind)
            raise

    with pytest.raises(errors.StorageFull):
        await scope.map(work, ["one", "fail", "two"])
    assert sorted(ended) == ["one", "two"]


async def test_a_call_ends_with_its_block_on_both_seams() -> None:
    for scope in (aio.Scope(1), threads.Scope(1)):
        call = Call()
        with scope.tracking(call):
            assert not call.ended.is_set()
        assert call.ended.is_set()


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_who_is_cancelled_waits_for_the_thread_that_works_for_it(times: int) -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(10)
        ended.set()

    async def cleaned_up() -> bool:
        try:
            await aio.run_blocking(work)
        except asyncio.CancelledError:
            return ended.is_set()
        return False

    waiting = asyncio.create_task(cleaned_up())
    await asyncio.to_thread(begun.wait, 10)
    for _ in range(times):
        waiting.cancel()
        for _ in range(5):  # until it waits again
            await asyncio.sleep(0)
    go_on.set()
    assert await waiting
