"""Watching: every change once and in order, whatever breaks; and the list of changes."""

import asyncio
import gc
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import grpc
import pytest

from modelregistry import Alias, AsyncClient, Client, errors
from tests.unit.sdk.conftest import Caller
from tests.unit.sdk.fake_log import DEFAULT, FRAUD, FakeLog, Refused, served
from tests.unit.sdk.watching import watching

DRAINING = partial(Refused, grpc.StatusCode.UNAVAILABLE, "SERVER_DRAINING", resume_revision=0)
TOO_SLOW = partial(Refused, grpc.StatusCode.RESOURCE_EXHAUSTED, "WATCH_TOO_SLOW")
BOTH = pytest.mark.parametrize("flavour", ["sync", "async"])


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


@pytest.fixture
def target(log: FakeLog) -> Iterator[str]:
    with served(log) as where:
        yield where


@BOTH
def test_changes_come_as_values_in_order(log: FakeLog, target: str, flavour: str) -> None:
    with watching(target, flavour) as seen:
        assert seen.message().is_bookmark
        log.set_alias("champion", 7)
        log.change({f"{FRAUD}/aliases/champion": 8, f"{FRAUD}/aliases/old": 7})
        first, second = seen.next(), seen.next()
    assert (first.revision, second.revision) == (1, 2)
    (event,) = first.events
    assert (event.action, event.name, event.actor) == (
        *("alias.set", f"{FRAUD}/aliases/champion"),
        "ann",
    )
    assert event.before is None
    assert isinstance(event.after, Alias)
    assert event.after.version_ref == "fraud/7"
    assert event.time is not None
    assert [event.index for event in second.events] == [0, 1]


@BOTH
@pytest.mark.parametrize("ending", [DRAINING, partial(TOO_SLOW, resume_revision=0)])
def test_a_watch_that_the_server_ends_goes_on_where_it_says(
    log: FakeLog, target: str, flavour: str, ending: Callable[[], Refused]
) -> None:
    with watching(target, flavour, models=["fraud"]) as seen:
        seen.message()
        log.set_alias("champion", 1)
        assert seen.revisions(1) == [1]
        for _ in range(3):
            log.set_alias("other", 1, f"{DEFAULT}/models/another")
        bookmarked = iter(lambda: seen.message().revision, 4)
        assert all(revision < 4 for revision in bookmarked)
        log.end_watches(ending())
        log.wait_for_watches(2)
        log.set_alias("champion", 2)
        assert seen.revisions(1) == [5]
    assert log.watches[1].start_revision == 5


@BOTH
@pytest.mark.parametrize("repeat", [False, True])
def test_nothing_is_lost_and_nothing_comes_twice_however_often_it_breaks(
    log: FakeLog, target: str, flavour: str, *, repeat: bool
) -> None:
    log.faults.repeat = repeat
    log.faults.break_after = [1, 3, 2, 5, 0, 4, 2]
    with watching(target, flavour, start_revision=1) as seen:
        for number in range(1, 31):
            log.set_alias("champion", number)
        assert seen.revisions(30) == list(range(1, 31))
    assert len(log.watches) > 7


@BOTH
def test_a_restart_of_the_server_costs_no_change(log: FakeLog, flavour: str) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(ExitStack())
        target = first.enter_context(served(log))
        seen = stack.enter_context(watching(target, flavour))
        seen.message()
        log.set_alias("champion", 1)
        assert seen.revisions(1) == [1]
        first.close()
        log.set_alias("champion", 2)
        stack.enter_context(served(log, int(target.rpartition(":")[2])))
        log.set_alias("champion", 3)
        assert seen.revisions(2) == [2, 3]


@BOTH
def test_a_state_that_broke_off_is_told_once_and_whole(
    log: FakeLog, target: str, flavour: str
) -> None:
    for number in range(1, 6):
        log.set_alias(f"a{number}", number)
    log.faults.break_after = [1, 2]
    with watching(target, flavour, initial_state=True) as seen:
        parts = [seen.next() for _ in range(4)]
        log.set_alias("a6", 6)
        assert seen.revisions(1) == [6]
    names = [event.name for part in parts for event in part.events]
    assert names == [f"{FRAUD}/aliases/a{number}" for number in range(1, 6)]
    assert [part.initial_state_complete for part in parts] == [False, False, False, True]
    assert [event.action for event in parts[0].events] == ["state", "state"]
    assert [request.initial_state for request in log.watches] == [True, True, True]


@BOTH
def test_a_silent_connection_is_made_anew(log: FakeLog, target: str, flavour: str) -> None:
    with watching(target, flavour, silence=0.4) as seen:
        seen.message()
        log.faults.mute = True
        log.wait_for_watches(2)
        log.faults.mute = False
        log.set_alias("champion", 1)
        assert seen.revisions(1) == [1]


@BOTH
def test_bookmarks_keep_an_idle_watch_alive(log: FakeLog, target: str, flavour: str) -> None:
    with watching(target, flavour, silence=1) as seen:
        until = time.monotonic() + 2
        while time.monotonic() < until:
            assert seen.message().is_bookmark
    assert len(log.watches) == 1


@BOTH
def test_what_is_compacted_is_the_callers_to_deal_with(
    log: FakeLog, target: str, flavour: str
) -> None:
    log.set_alias("champion", 1)
    log.set_alias("champion", 2)
    log.compacted = 1
    with watching(target, flavour, start_revision=1) as seen:
        error = seen.end()
    assert isinstance(error, errors.RevisionCompacted)
    assert error.metadata["compacted_revision"] == "1"


@BOTH
def test_a_refusal_is_raised_and_not_tried_again(log: FakeLog, target: str, flavour: str) -> None:
    log.faults.locked = True
    with watching(target, flavour) as seen:
        assert isinstance(seen.end(), errors.TokenInvalid)
    assert len(log.watches) == 1


@BOTH
def test_a_revision_that_is_reached_late_is_waited_for(
    log: FakeLog, target: str, flavour: str
) -> None:
    with watching(target, flavour, start_revision=3) as seen:
        log.wait_for_watches(2)
        for number in range(1, 4):
            log.set_alias("champion", number)
        assert seen.revisions(1) == [3]


@BOTH
def test_a_revision_that_is_not_reached_is_raised_in_the_end(
    log: FakeLog, target: str, flavour: str
) -> None:
    with watching(target, flavour, start_revision=9, timeout=0.5) as seen:
        assert isinstance(seen.end(), errors.RevisionNotReached)
    assert len(log.watches) > 1


@BOTH
def test_a_registry_that_was_never_there_is_given_up(flavour: str) -> None:
    with served(FakeLog()) as target:
        pass
    with watching(target, flavour, timeout=0.5) as seen:
        assert isinstance(seen.end(), errors.Unavailable)


@BOTH
def test_a_closed_watch_comes_to_its_end_also_in_a_pause(
    log: FakeLog, target: str, flavour: str
) -> None:
    with watching(target, flavour) as seen:
        seen.message()
    assert seen.end() is None
    log.faults.away = True
    with watching(target, flavour, timeout=60) as seen:
        log.wait_for_watches(4)
    assert seen.end() is None
    log.wait_for_no_watch()


def test_a_closed_client_ends_its_watches(log: FakeLog, target: str) -> None:
    client, ended = Client(target), threading.Event()
    watch = client.watch()
    next(watch)

    def read() -> None:
        with pytest.raises(errors.ClientClosed):
            list(watch)
        ended.set()

    reader = threading.Thread(target=read)
    reader.start()
    client.close()
    assert ended.wait(30)
    reader.join()
    log.wait_for_no_watch()


async def test_a_closed_async_client_ends_its_watches(target: str) -> None:
    client = AsyncClient(target)
    watch = client.watch()
    await anext(watch)

    async def read() -> None:
        with pytest.raises(errors.ClientClosed):
            async for _ in watch:
                pass

    reader = asyncio.create_task(read())
    await asyncio.sleep(0)
    await client.close()
    await asyncio.wait_for(reader, 30)


async def test_a_task_that_is_cancelled_is_cancelled(target: str) -> None:
    async with AsyncClient(target) as client:
        watch = client.watch()
        await anext(watch)

        async def read() -> None:
            async for _ in watch:
                pass

        reader = asyncio.create_task(read())
        await asyncio.sleep(0.01)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader


def test_a_watch_that_nobody_holds_any_more_is_ended(log: FakeLog, target: str) -> None:
    with Client(target) as client:
        for _ in client.watch():
            break
        gc.collect()
        log.wait_for_no_watch()
        guards = [each for each in threading.enumerate() if each.name == "modelregistry-guard"]
        for guard in guards:
            guard.join(30)
            assert not guard.is_alive()


FORKING = """
    import os, sys
    from modelregistry import Client
    client = Client(sys.argv[1], timeout=10)
    watch = client.watch(start_revision=1)
    revisions = (changes.revision for changes in watch if not changes.is_bookmark)
    assert next(revisions) == 1
    child = os.fork()
    if child == 0:
        assert next(revisions) == 2
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert next(revisions) == 2
    client.close()
    sys.exit(status)
"""


def test_a_watch_goes_on_in_a_forked_child_and_in_its_parent(log: FakeLog, target: str) -> None:
    log.set_alias("champion", 1)
    log.set_alias("champion", 2)
    program = [sys.executable, "-c", textwrap.dedent(FORKING), target]
    done = subprocess.run(program, timeout=60, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert b"skipping fork() handlers" not in done.stderr
    assert [watch.start_revision for watch in log.watches] == [1, 2, 2]


def test_a_slow_reader_is_not_a_silent_registry(target: str) -> None:
    with Client(target) as client, client.watch() as watch:
        next(watch)
        stream = watch._stream  # noqa: SLF001 - what would give up
        assert stream is not None
        assert stream._timer.left() == stream._timer.seconds  # noqa: SLF001 - the clock stands


def test_names_are_completed_and_the_parent_follows_them(log: FakeLog, target: str) -> None:
    asked: list[tuple[str, list[str], list[str]]] = []
    with Client(target, namespace="risk") as client:
        for options in (
            {},
            {"models": ["fraud"]},
            {"models": ["fraud", "sales/churn"]},
            {"models": ["sales/churn"], "name_prefixes": ["sales/c"]},
            {"namespace": "-", "name_prefixes": ["f"]},
            {"namespace": "sales", "models": ["churn"]},
            {"name_prefixes": ["namespaces/sa"]},
        ):
            with client.watch(**options) as watch:
                next(watch)
            request = log.watches[-1]
            asked.append((request.parent, list(request.models), list(request.name_prefixes)))
    risk, sales = "namespaces/risk", "namespaces/sales"
    assert asked == [
        (risk, [], []),
        (risk, [f"{risk}/models/fraud"], []),
        ("namespaces/-", [f"{risk}/models/fraud", f"{sales}/models/churn"], []),
        (sales, [f"{sales}/models/churn"], [f"{sales}/models/c"]),
        ("namespaces/-", [], [f"{risk}/models/f"]),
        (sales, [f"{sales}/models/churn"], []),
        ("namespaces/-", [], ["namespaces/sa"]),
    ]


def test_a_state_from_a_revision_on_is_refused_here(target: str) -> None:
    with Client(target) as client, pytest.raises(errors.InvalidRequest):
        client.watch(initial_state=True, start_revision=1)


@BOTH
def test_changes_are_listed_page_by_page(log: FakeLog, target: str, flavour: str) -> None:
    for number in range(1, 4):
        log.set_alias("champion", number)
    log.set_alias("other", 1, f"{DEFAULT}/models/another")
    caller = Caller(target, flavour)

    async def listed() -> list[int]:
        async with AsyncClient(target) as client:
            found = client.list_changes(models=["fraud"], start_revision=2)
            return [event.revision async for event in found]

    if flavour == "async":
        assert asyncio.run(listed()) == [2, 3]
        return
    with Client(target) as client:
        events = list(client.list_changes(models=["fraud"], start_revision=2))
        assert [page.revision for page in client.list_changes().pages()] == [4] * 4
    assert [event.revision for event in events] == [2, 3]
    assert events[0].before is not None
    log.compacted = 2
    with pytest.raises(errors.RevisionCompacted), Client(caller.target) as client:
        list(client.list_changes(start_revision=1))
