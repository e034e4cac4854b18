"""The queue of one watcher: in order, each message once, bounded."""

import asyncio

import pytest

from registry_grpc.domain.errors import ServerDraining, WatchTooSlow
from registry_grpc.domain.watch import EVERYTHING, Wanted
from registry_grpc.transport.subscription import Subscription
from tests.support.log import CREDIT, FRAUD, a_transaction, names_in, read

MOST = 4_096
MOST_BYTES = 8 * 2**20
AT_ONCE = 10.0


def offered(subscription: Subscription, *revisions: int, text: str = "") -> None:
    for revision in revisions:
        subscription.offer(a_transaction(revision, text=text))


async def taken(subscription: Subscription) -> list[int]:
    """Take what waits; the revisions."""
    found = []
    while not subscription.idle:
        found.append(read(await subscription.next(AT_ONCE)).revision)
    return found


async def test_what_is_wanted_is_taken_in_order_and_once() -> None:
    subscription = Subscription(Wanted("risk", frozenset({FRAUD})), 0)
    subscription.offer(a_transaction(1, FRAUD, CREDIT))
    subscription.offer(a_transaction(2, CREDIT))
    subscription.offer(a_transaction(3, f"{FRAUD}/aliases/best"))
    assert names_in(await subscription.next(AT_ONCE)) == [FRAUD]
    assert subscription.sent == 1
    assert names_in(await subscription.next(AT_ONCE)) == [f"{FRAUD}/aliases/best"]
    assert subscription.sent == 3
    assert await subscription.next(0) is None


async def test_what_lies_before_its_beginning_is_not_taken() -> None:
    subscription = Subscription(EVERYTHING, 2)
    offered(subscription, 1, 2, 3)
    assert await taken(subscription) == [3]


async def test_who_waits_gets_what_comes() -> None:
    subscription = Subscription(EVERYTHING, 0)
    waiting = asyncio.ensure_future(subscription.next(AT_ONCE))
    await asyncio.sleep(0)
    offered(subscription, 1)
    assert read(await waiting).revision == 1


async def test_what_comes_in_the_moment_the_patience_ends_is_not_overlooked() -> None:
    # After a timeout the handler sends a bookmark, which states that all events were sent.
    subscription = Subscription(EVERYTHING, 0)
    waiting = asyncio.ensure_future(subscription.next(0))
    await asyncio.sleep(0)  # it waits, and its time is over
    offered(subscription, 1)
    assert read(await waiting).revision == 1


async def test_an_end_in_the_moment_the_patience_ends_is_not_overlooked() -> None:
    subscription = Subscription(EVERYTHING, 0)
    waiting = asyncio.ensure_future(subscription.next(0))
    await asyncio.sleep(0)
    subscription.end(ServerDraining(1))
    with pytest.raises(ServerDraining):
        await waiting


async def test_as_many_as_may_wait_wait_and_one_more_cuts_it() -> None:
    subscription = Subscription(EVERYTHING, 0)
    offered(subscription, *range(1, MOST + 1))
    assert not subscription.ended
    assert [read(await subscription.next(AT_ONCE)).revision for _ in range(3)] == [1, 2, 3]
    offered(subscription, *range(MOST + 1, MOST + 5))
    with pytest.raises(WatchTooSlow) as cut:
        await subscription.next(AT_ONCE)
    assert cut.value.metadata == {"resume_revision": "4"}


async def test_as_many_bytes_as_may_wait_wait_and_one_more_cuts_it() -> None:
    subscription, large = Subscription(EVERYTHING, 0), "x" * (MOST_BYTES // 4)
    offered(subscription, 1, 2, 3, text=large)
    assert read(await subscription.next(AT_ONCE)).revision == 1
    offered(subscription, 4, text=large)  # room that was taken is free again
    assert not subscription.ended
    offered(subscription, 5, text=large)
    with pytest.raises(WatchTooSlow) as cut:
        await subscription.next(AT_ONCE)
    assert cut.value.metadata == {"resume_revision": "2"}


async def test_an_end_drops_what_waits_and_nothing_comes_behind_it() -> None:
    subscription = Subscription(EVERYTHING, 0)
    offered(subscription, 1, 2)
    subscription.end(ServerDraining(1))
    subscription.end(WatchTooSlow(1))  # the first counts
    offered(subscription, 3)
    assert subscription.idle
    for _ in range(2):
        with pytest.raises(ServerDraining):
            await subscription.next(AT_ONCE)
