"""The broadcaster: a subscription gets the wanted events after its start, once and in order."""

import asyncio
import time
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.change import Event
from registry_grpc.domain.errors import HistoryChanged, ServerDraining, WatchTooSlow
from registry_grpc.domain.watch import EVERYTHING, Wanted
from registry_grpc.transport.published_changes import Transaction
from registry_grpc.transport.subscription import Subscription
from registry_grpc.transport.watch_broadcaster import WatchBroadcaster
from tests.support.costs import took_less
from tests.support.faults.amount import examples
from tests.support.history import HISTORY, at
from tests.support.log import CREDIT, FRAUD, MOMENT, OTHER, a_transaction, read
from tests.support.promotions import a_promotion

RECENT = 4_096
RECENT_BYTES = 64 * 2**20
AT_ONCE = 10.0
NAMES = ("namespaces/risk", FRAUD, f"{FRAUD}/aliases/best", CREDIT, OTHER)
WANTED = st.one_of(
    st.just(EVERYTHING),
    st.builds(Wanted, st.sampled_from(["risk", "ads"])),
    st.builds(Wanted, st.sampled_from([None, "risk"]), st.just(frozenset({FRAUD}))),
    st.builds(Wanted, st.just(None), st.just(frozenset({OTHER, CREDIT}))),
    st.builds(Wanted, st.just("risk"), st.just(frozenset({CREDIT})), st.just((f"{FRAUD}/",))),
    st.builds(Wanted, st.just(None), st.just(frozenset()), st.just(("namespaces/r",))),
)


def published(
    broadcaster: WatchBroadcaster, revisions: Iterable[int], *names: str, text: str = ""
) -> None:
    for revision in revisions:
        broadcaster.publish(a_transaction(revision, *names, text=text))


def subscribed(
    broadcaster: WatchBroadcaster, wanted: Wanted = EVERYTHING, after: int | None = None
) -> Subscription:
    made = broadcaster.subscribe(
        wanted, at(broadcaster.applied if after is None else after, broadcaster.history)
    )
    assert made is not None
    return made


async def taken(subscription: Subscription) -> list[int]:
    """Take what waits; the revisions."""
    found = []
    while not subscription.idle:
        found.append(read(await subscription.next(AT_ONCE)).revision)
    return found


async def resume_of(subscription: Subscription) -> int:
    """Where to go on behind the end of a subscription."""
    with pytest.raises((ServerDraining, WatchTooSlow)) as ended:
        await subscription.next(AT_ONCE)
    return int(ended.value.metadata["resume_revision"])


@given(
    st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3), max_size=12),
    st.lists(st.tuples(WANTED, st.integers(0, 12), st.integers(0, 12)), max_size=6),
)
@settings(max_examples=examples(200))
def test_whenever_one_subscribes_all_behind_the_beginning_comes_once(
    log: list[list[str]], subscribers: list[tuple[Wanted, int, int]]
) -> None:
    async def lived() -> None:
        broadcaster, made = WatchBroadcaster(), []
        for revision in range(len(log) + 1):
            if revision:
                broadcaster.publish(a_transaction(revision, *log[revision - 1]))
            # `after` may also be ahead: the database is read by others as well.
            made += [
                (wanted, after, subscribed(broadcaster, wanted, after))
                for wanted, after, at in subscribers
                if at == revision
            ]
        assert len(broadcaster) == len(made)
        for wanted, after, subscription in made:
            expected = [
                revision
                for revision, names in enumerate(log, 1)
                if revision > after and any(map(wanted.matches, names))
            ]
            assert await taken(subscription) == expected
            broadcaster.unsubscribe(subscription)
        assert len(broadcaster) == 0

    asyncio.run(lived())


async def test_who_left_gets_nothing_more_and_may_leave_again() -> None:
    broadcaster = WatchBroadcaster()
    gone, there = (subscribed(broadcaster, Wanted(None, frozenset({FRAUD}))) for _ in range(2))
    broadcaster.unsubscribe(gone)
    broadcaster.unsubscribe(gone)
    published(broadcaster, [1])
    assert (gone.idle, there.idle, len(broadcaster)) == (True, False, 1)


async def test_what_lies_too_far_back_has_to_be_read_from_the_log() -> None:
    broadcaster = WatchBroadcaster()
    published(broadcaster, range(1, RECENT + 3))
    assert broadcaster.subscribe(EVERYTHING, at(1, broadcaster.history)) is None
    subscription = subscribed(broadcaster, EVERYTHING, 2)
    assert await taken(subscription) == list(range(3, RECENT + 3))


async def test_what_happened_before_the_hub_was_there_has_to_be_read_from_the_log() -> None:
    broadcaster = WatchBroadcaster()
    broadcaster.restart(at(7))
    assert broadcaster.applied == 7
    assert broadcaster.subscribe(EVERYTHING, at(6, broadcaster.history)) is None
    subscription = subscribed(broadcaster, EVERYTHING, 7)
    published(broadcaster, [8])
    assert await taken(subscription) == [8]


async def test_what_is_more_than_may_wait_has_to_be_read_from_the_log() -> None:
    # Or who comes back from there would be cut before he could take anything, again and again.
    broadcaster = WatchBroadcaster()
    published(broadcaster, range(1, 6), text="x" * 2**21)
    assert broadcaster.subscribe(EVERYTHING, at(0, broadcaster.history)) is None
    assert len(broadcaster) == 0
    assert await taken(subscribed(broadcaster, EVERYTHING, 2)) == [3, 4, 5]
    assert await taken(subscribed(broadcaster, Wanted("ads"), 0)) == []


async def test_one_transaction_that_is_more_than_may_wait_has_to_be_read_from_the_log() -> None:
    broadcaster = WatchBroadcaster()
    there = subscribed(broadcaster)
    published(broadcaster, [1], *[FRAUD] * 10, text="x" * 2**20)
    assert await resume_of(there) == 1
    assert broadcaster.subscribe(EVERYTHING, at(0, broadcaster.history)) is None
    published(broadcaster, [2])
    assert await taken(subscribed(broadcaster, EVERYTHING, 1)) == [2]


async def test_what_is_kept_is_bounded_in_bytes() -> None:
    broadcaster, text = WatchBroadcaster(), "x" * 2**20
    published(broadcaster, range(1, 101), text=text)
    reaches = next(
        after
        for after in range(101)
        if broadcaster.subscribe(Wanted("ads"), at(after, broadcaster.history))
    )
    # Each counts with the messages that may be made of it: three times its bytes.
    assert 0 < (100 - reaches) * 3 * len(text) <= RECENT_BYTES
    assert (100 - reaches + 2) * 3 * len(text) > RECENT_BYTES


async def test_one_who_does_not_read_is_cut_and_the_others_are_not() -> None:
    broadcaster = WatchBroadcaster()
    slow, quick = subscribed(broadcaster), subscribed(broadcaster)
    published(broadcaster, [1])
    assert await taken(slow) == await taken(quick) == [1]
    found = []
    for revision in range(2, RECENT + 10):
        published(broadcaster, [revision])
        found += await taken(quick)
    assert found == list(range(2, RECENT + 10))
    assert await resume_of(slow) == 2


async def test_a_promotion_reaches_those_who_watch_a_model_that_it_moves() -> None:
    broadcaster = WatchBroadcaster()
    mine, another = (
        subscribed(broadcaster, Wanted(None, frozenset({one}))) for one in (CREDIT, OTHER)
    )
    broadcaster.publish(Transaction.of(at(1), [Event(1, 0, MOMENT, a_promotion(FRAUD, CREDIT))]))
    assert await taken(mine) == [1]
    assert await taken(another) == []


async def test_a_log_that_is_another_one_ends_all_subscriptions() -> None:
    broadcaster = WatchBroadcaster()
    subscription = subscribed(broadcaster)
    published(broadcaster, [1, 2])
    assert read(await subscription.next(AT_ONCE)).revision == 1
    broadcaster.restart(at(1))
    with pytest.raises(HistoryChanged) as ended:
        await subscription.next(AT_ONCE)
    assert ended.value.metadata["history_id"] == HISTORY
    broadcaster.unsubscribe(subscription)
    published(broadcaster, [2], CREDIT)
    assert await taken(subscribed(broadcaster, EVERYTHING, 1)) == [2]
    assert broadcaster.subscribe(EVERYTHING, at(0, broadcaster.history)) is None


async def test_draining_ends_all_in_about_a_second_each_with_where_to_go_on() -> None:
    broadcaster = WatchBroadcaster()
    idle, behind, ahead, other = (
        subscribed(broadcaster),
        subscribed(broadcaster),
        subscribed(
            broadcaster, EVERYTHING, 9
        ),  # had read from the database what the broadcaster has yet to hear
        subscribed(broadcaster, Wanted("ads")),
    )
    published(broadcaster, [1, 2, 3])
    assert await taken(idle) == [1, 2, 3]
    assert read(await behind.next(AT_ONCE)).revision == 1
    began = time.monotonic()
    await broadcaster.drain()
    seconds = time.monotonic() - began
    assert seconds > 0.9
    assert took_less(seconds, 2, time.monotonic)
    all_four = (idle, behind, ahead, other)
    assert [await resume_of(one) for one in all_four] == [4, 2, 10, 4]
    with pytest.raises(ServerDraining) as refused:
        broadcaster.subscribe(EVERYTHING, at(3, broadcaster.history))
    assert refused.value.metadata == {"resume_revision": "4"}


async def test_they_are_not_sent_away_all_at_once() -> None:
    broadcaster = WatchBroadcaster()
    crowd = [subscribed(broadcaster) for _ in range(200)]
    began, ends = time.monotonic(), []

    async def ended(subscription: Subscription) -> None:
        await resume_of(subscription)
        ends.append(time.monotonic() - began)

    await asyncio.gather(broadcaster.drain(), *map(ended, crowd))
    # A busy machine may let many go together, and not all of them.
    assert sum(end < 0.5 for end in ends) > 20
    assert sum(end >= 0.5 for end in ends) > 20


async def test_draining_with_nobody_there_takes_no_time() -> None:
    began = time.monotonic()
    await WatchBroadcaster().drain()
    assert took_less(time.monotonic() - began, 0.5, time.monotonic)
