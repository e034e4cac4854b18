import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from registry_grpc.domain.errors import ServerOverloaded
from registry_grpc.transport.threads import Threads

SECONDS = 10


class Gate:
    """Holds the threads that come to it until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Semaphore(0)
        self.open = threading.Event()
        self.passed: list[str] = []

    def enter(self, name: str = "") -> str:
        self.reached.release()
        assert self.open.wait(SECONDS)
        self.passed.append(name)
        return name

    async def wait_for_one(self) -> None:
        assert await asyncio.to_thread(self.reached.acquire, timeout=SECONDS)


@pytest_asyncio.fixture
async def threads() -> AsyncIterator[Threads]:
    """One thread, and room for one that waits."""
    pool = Threads("test", 1, 1)
    yield pool
    await asyncio.to_thread(pool.close)


@pytest_asyncio.fixture
async def gate() -> AsyncIterator[Gate]:
    made = Gate()
    yield made
    made.open.set()


async def settled() -> None:
    """Let everything that is ready on the loop run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def until_free(threads: Threads) -> None:
    """Return once a call is taken again."""
    async with asyncio.timeout(SECONDS):
        while True:
            with contextlib.suppress(ServerOverloaded):
                await threads.run(int)
                return
            await asyncio.sleep(0)


async def test_a_function_runs_beside_the_loop_and_returns_its_result(threads: Threads) -> None:
    here = threading.get_ident()
    assert await threads.run(threading.get_ident) != here
    assert await threads.run(divmod, 7, 2) == (3, 1)
    assert await threads.finish(divmod, 7, 2) == (3, 1)


async def test_what_a_function_raises_is_raised(threads: Threads) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        await threads.run(int, "seven")
    with pytest.raises(ValueError, match="invalid literal"):
        await threads.finish(int, "seven")
    assert await threads.run(int, "7") == 7


async def test_even_the_end_of_an_iterator_comes_back_as_an_error(threads: Threads) -> None:
    # A future refuses to carry StopIteration: unhandled, the caller would wait for ever.
    with pytest.raises((StopIteration, RuntimeError)):
        await asyncio.wait_for(threads.run(next, iter(())), timeout=1)


async def test_more_than_can_wait_is_refused(threads: Threads, gate: Gate) -> None:
    running = asyncio.ensure_future(threads.run(gate.enter, "running"))
    await gate.wait_for_one()
    waiting = asyncio.ensure_future(threads.run(gate.enter, "waiting"))
    await settled()
    for _ in range(3):
        with pytest.raises(ServerOverloaded):
            await threads.run(gate.enter, "refused")
    gate.open.set()
    assert tuple(await asyncio.gather(running, waiting)) == ("running", "waiting")
    assert gate.passed == ["running", "waiting"]


async def test_a_slot_is_free_again_when_its_work_has_ended(threads: Threads, gate: Gate) -> None:
    calls = [asyncio.ensure_future(threads.run(gate.enter, name)) for name in "ab"]
    await gate.wait_for_one()
    gate.open.set()
    await asyncio.gather(*calls)
    await until_free(threads)
    assert tuple(await asyncio.gather(threads.run(int, "1"), threads.run(int, "2"))) == (1, 2)


async def test_slots_come_back_after_errors_too(threads: Threads) -> None:
    for _ in range(20):
        with pytest.raises(ValueError, match="invalid literal"):
            await threads.run(int, "seven")
        await settled()
    await until_free(threads)
    assert tuple(await asyncio.gather(threads.run(int, "1"), threads.run(int, "2"))) == (1, 2)


async def test_what_must_happen_is_never_refused(threads: Threads, gate: Gate) -> None:
    calls = [asyncio.ensure_future(threads.run(gate.enter, name)) for name in "ab"]
    await gate.wait_for_one()
    must = [asyncio.ensure_future(threads.finish(gate.enter, name)) for name in "cde"]
    await settled()
    gate.open.set()
    await asyncio.gather(*calls, *must)
    assert sorted(gate.passed) == list("abcde")
    await until_free(threads)


async def test_a_cancelled_caller_does_not_cut_its_work_in_half(
    threads: Threads, gate: Gate
) -> None:
    call = asyncio.ensure_future(threads.run(gate.enter, "whole"))
    await gate.wait_for_one()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    gate.open.set()
    await until_free(threads)
    assert gate.passed == ["whole"]


async def test_a_cancelled_caller_keeps_its_slot_until_its_work_ends_and_then_frees_it(
    threads: Threads, gate: Gate
) -> None:
    calls = [asyncio.ensure_future(threads.run(gate.enter, name)) for name in "ab"]
    await gate.wait_for_one()
    calls[0].cancel()
    await settled()
    # The thread is still taken, and b waits.
    with pytest.raises(ServerOverloaded):
        await threads.run(int)
    gate.open.set()
    assert await calls[1] == "b"
    await until_free(threads)
    assert tuple(await asyncio.gather(threads.run(int, "1"), threads.run(int, "2"))) == (1, 2)


async def test_a_caller_who_leaves_the_queue_frees_its_slot_at_once(
    threads: Threads, gate: Gate
) -> None:
    running = asyncio.ensure_future(threads.run(gate.enter, "running"))
    await gate.wait_for_one()
    for _ in range(10):
        waiting = asyncio.ensure_future(threads.run(gate.enter, "left"))
        await settled()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await settled()
    last = asyncio.ensure_future(threads.run(gate.enter, "last"))
    await settled()
    gate.open.set()
    assert tuple(await asyncio.gather(running, last)) == ("running", "last")
    assert gate.passed == ["running", "last"]


async def test_what_must_happen_outlives_its_caller_even_in_the_queue(
    threads: Threads, gate: Gate
) -> None:
    running = asyncio.ensure_future(threads.run(gate.enter, "running"))
    await gate.wait_for_one()
    must = asyncio.ensure_future(threads.finish(gate.enter, "must"))
    await settled()
    must.cancel()
    with pytest.raises(asyncio.CancelledError):
        await must
    gate.open.set()
    await running
    await until_free(threads)
    assert gate.passed == ["running", "must"]


async def test_close_waits_for_what_runs(gate: Gate) -> None:
    threads = Threads("test", 1, 1)
    running = asyncio.ensure_future(threads.run(gate.enter, "running"))
    await gate.wait_for_one()
    closing = asyncio.ensure_future(asyncio.to_thread(threads.close))
    done, _ = await asyncio.wait([closing], timeout=0.05)
    assert not done
    gate.open.set()
    await closing
    assert gate.passed == ["running"]
    assert await running == "running"


async def test_a_closed_pool_takes_nothing_more() -> None:
    threads = Threads("test", 1, 1)
    threads.close()
    threads.close()
    with pytest.raises(Exception, match=r"shut|drain"):
        await threads.run(int)
