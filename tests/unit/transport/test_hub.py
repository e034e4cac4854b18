"""The hub: each subscription gets what it wants behind its beginning, all, in order, once."""

import asyncio
import time
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_grpc.domain.change import Event
from registry_grpc.domain.errors import HistoryChanged, ServerDraining, WatchTooSlow
from registry_grpc.domain.watch import EVERYTHING, Wanted
from registry_grpc.transport.hub import Hub
from registry_grpc.transport.published import Transaction
from registry_grpc.transport.subscription import Subscription
from tests.support.costs import took_less
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


def published(hub: Hub, revisions: Iterable[int], *names: str, text: str = "") -> None:
    for revision in revisions:
        hub.publish(a_transaction(revision, *names, text=text))


def subscribed(hub: Hub, wanted: Wanted = EVERYTHING, after: int | None = None) -> Subscription:
    made = hub.subscribe(wanted, at(hub.applied if after is None else after, hub.history))
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
@settings(max_examples=200, deadline=None)
def test_whenever_one_subscribes_all_behind_the_beginning_comes_once(
    log: list[list[str]], subscribers: list[tuple[Wanted, int, int]]
) -> None:
    async def lived() -> None:
        hub, made = Hub(), []
        for revision in range(len(log) + 1):
            if revision:
                hub.publish(a_transaction(revision, *log[revision - 1]))
            # `after` may also be ahead: the database is read by others as well.
            made += [
                (wanted, after, subscribed(hub, wanted, after))
                for wanted, after, at in subscribers
                if at == revision
            ]
        assert len(hub) == len(made)
        for wanted, after, subscription in made:
            expected = [
                revision
                for revision, names in enumerate(log, 1)
                if revision > after and any(map(wanted.matches, names))
            ]
            assert await taken(subscription) == expected
            hub.leave(subscription)
        assert len(hub) == 0

    asyncio.run(lived())


async def test_who_left_gets_nothing_more_and_may_leave_again() -> None:
    hub = Hub()
    gone, there = (subscribed(hub, Wanted(None, frozenset({FRAUD}))) for _ in range(2))
    hub.leave(gone)
    hub.leave(gone)
    published(hub, [1])
    assert (gone.idle, there.idle, len(hub)) == (True, False, 1)


async def test_what_lies_too_far_back_has_to_be_read_from_the_log() -> None:
    hub = Hub()
    published(hub, range(1, RECENT + 3))
    assert hub.subscribe(EVERYTHING, at(1, hub.history)) is None
    subscription = subscribed(hub, EVERYTHING, 2)
    assert await taken(subscription) == list(range(3, RECENT + 3))


async def test_what_happened_before_the_hub_was_there_has_to_be_read_from_the_log() -> None:
    hub = Hub()
    hub.restart(at(7))
    assert hub.applied == 7
    assert hub.subscribe(EVERYTHING, at(6, hub.history)) is None
    subscription = subscribed(hub, EVERYTHING, 7)
    published(hub, [8])
    assert await taken(subscription) == [8]


async def test_what_is_more_than_may_wait_has_to_be_read_from_the_log() -> None:
    # Or who comes back from there would be cut before he could take anything, again and again.
    hub = Hub()
    published(hub, range(1, 6), text="x" * 2**21)
    assert hub.subscribe(EVERYTHING, at(0, hub.history)) is None
    assert len(hub) == 0
    assert await taken(subscribed(hub, EVERYTHING, 2)) == [3, 4, 5]
    assert await taken(subscribed(hub, Wanted("ads"), 0)) == []


async def test_one_transaction_that_is_more_than_may_wait_has_to_be_read_from_the_log() -> None:
    hub = Hub()
    there = subscribed(hub)
    published(hub, [1], *[FRAUD] * 10, text="x" * 2**20)
    assert await resume_of(there) == 1
    assert hub.subscribe(EVERYTHING, at(0, hub.history)) is None
    published(hub, [2])
    assert await taken(subscribed(hub, EVERYTHING, 1)) == [2]


async def test_what_is_kept_is_bounded_in_bytes() -> None:
    hub, text = Hub(), "x" * 2**20
    published(hub, range(1, 101), text=text)
    reaches = next(
        after for after in range(101) if hub.subscribe(Wanted("ads"), at(after, hub.history))
    )
    # Each counts with the messages that may be made of it: three times its bytes.
    assert 0 < (100 - reaches) * 3 * len(text) <= RECENT_BYTES
    assert (100 - reaches + 2) * 3 * len(text) > RECENT_BYTES


async def test_one_who_does_not_read_is_cut_and_the_others_are_not() -> None:
    hub = Hub()
    slow, quick = subscribed(hub), subscribed(hub)
    published(hub, [1])
    assert await taken(slow) == await taken(quick) == [1]
    found = []
    for revision in range(2, RECENT + 10):
        published(hub, [revision])
        found += await taken(quick)
    assert found == list(range(2, RECENT + 10))
    assert await resume_of(slow) == 2


async def test_a_promotion_reaches_those_who_watch_a_model_that_it_moves() -> None:
    hub = Hub()
    mine, another = (subscribed(hub, Wanted(None, frozenset({one}))) for one in (CREDIT, OTHER))
    hub.publish(Transaction.of(at(1), [Event(1, 0, MOMENT, a_promotion(FRAUD, CREDIT))]))
    assert await taken(mine) == [1]
    assert await taken(another) == []


async def test_a_log_that_is_another_one_ends_all_subscriptions() -> None:
    hub = Hub()
    subscription = subscribed(hub)
    published(hub, [1, 2])
    assert read(await subscription.next(AT_ONCE)).revision == 1
    hub.restart(at(1))
    with pytest.raises(HistoryChanged) as ended:
        await subscription.next(AT_ONCE)
    assert ended.value.metadata["history_id"] == HISTORY
    hub.leave(subscription)
    published(hub, [2], CREDIT)
    assert await taken(subscribed(hub, EVERYTHING, 1)) == [2]
    assert hub.subscribe(EVERYTHING, at(0, hub.history)) is None


async def test_draining_ends_all_in_about_a_second_each_with_where_to_go_on() -> None:
    hub = Hub()
    idle, behind, ahead, other = (
        subscribed(hub),
        subscribed(hub),
        subscribed(hub, EVERYTHING, 9),  # had read from the database what the hub has yet to hear
        subscribed(hub, Wanted("ads")),
    )
    published(hub, [1, 2, 3])
    assert await taken(idle) == [1, 2, 3]
    assert read(await behind.next(AT_ONCE)).revision == 1
    began = time.monotonic()
    await hub.drain()
    seconds = time.monotonic() - began
    assert seconds > 0.9
    assert took_less(seconds, 2, time.monotonic)
    everybody = (idle, behind, ahead, other)
    assert [await resume_of(one) for one in everybody] == [4, 2, 10, 4]
    with pytest.raises(ServerDraining) as refused:
        hub.subscribe(EVERYTHING, at(3, hub.history))
    assert refused.value.metadata == {"resume_revision": "4"}


async def test_they_are_not_sent_away_all_at_once() -> None:
    hub = Hub()
    crowd = [subscribed(hub) for _ in range(200)]
    began, ends = time.monotonic(), []

    async def ended(subscription: Subscription) -> None:
        await resume_of(subscription)
        ends.append(time.monotonic() - began)

    await asyncio.gather(hub.drain(), *map(ended, crowd))
    # A busy machine may let many go together, and not all of them.
    assert sum(end < 0.5 for end in ends) > 20
    assert sum(end >= 0.5 for end in ends) > 20


async def test_draining_with_nobody_there_takes_no_time() -> None:
    began = time.monotonic()
    await Hub().drain()
    assert took_less(time.monotonic() - began, 0.5, time.monotonic)
