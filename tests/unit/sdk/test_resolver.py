"""Resolvers: right from memory, through changes, outages, restorations and forks."""

import asyncio
import logging
import subprocess
import sys
import textwrap
import threading
import time
import timeit
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import grpc
import pytest

from modelregistry import AsyncClient, Client, errors
from tests.support.costs import took_less
from tests.unit.sdk.fake_log import FRAUD, FakeLog, Refused, served
from tests.unit.sdk.resolving import SECONDS, Callback, Setting, eventually, named


@pytest.fixture
def log() -> FakeLog:
    made = FakeLog()
    made.set_alias("champion", 7)
    return made


@pytest.fixture
def server(log: FakeLog) -> Iterator[ExitStack]:
    """The parts to close so that the server is unavailable."""
    with ExitStack() as running:
        running.target = running.enter_context(served(log))  # type: ignore[attr-defined]
        yield running


@pytest.fixture(params=["sync", "async"])
def setting(request: pytest.FixtureRequest, server: ExitStack, tmp_path: Path) -> Setting:
    return Setting(server.target, request.param, tmp_path / "cache")  # type: ignore[attr-defined]


def back(log: FakeLog, setting: Setting, server: ExitStack) -> None:
    """Have the server serve again where it was."""
    server.enter_context(served(log, int(setting.target.rpartition(":")[2])))


def test_the_answer_follows_the_alias_and_every_move_is_reported(
    log: FakeLog, setting: Setting
) -> None:
    callback = Callback()
    with setting.resolver(on_change=callback) as champion:
        assert champion.version.ref == "fraud/7"
        assert not champion.stale
        log.set_alias("champion", 8)
        eventually(lambda: callback.calls == [(8, 7)])
        assert champion.version.number == 8
        log.set_alias("champion", 9)
        eventually(lambda: callback.calls == [(8, 7), (9, 8)])
    assert len(callback.threads) == 1


def test_an_unresolvable_reference_raises_the_error_until_it_resolves(
    log: FakeLog, setting: Setting
) -> None:
    callback = Callback()
    with setting.resolver(on_change=callback) as champion:
        log.remove_alias("champion")
        eventually(lambda: named(champion) is errors.AliasNotFound)
        log.set_alias("champion", 8)
        eventually(lambda: named(champion) == 8)
        eventually(lambda: callback.calls == [(None, 7), (8, None)])
    with setting.resolver("fraud@nobody", on_change=callback) as nobody:
        assert named(nobody) is errors.AliasNotFound
        log.set_alias("nobody", 1)
        eventually(lambda: callback.calls[2:] == [(1, None)])


def test_reading_sends_no_call_and_takes_at_most_two_microseconds(
    log: FakeLog, setting: Setting
) -> None:
    with setting.resolver() as champion:
        asked = len(log.lookups)
        seconds = min(timeit.repeat(lambda: champion.version, number=10_000, repeat=10)) / 10_000
        assert len(log.lookups) == asked
    assert seconds <= 2e-6


def test_all_names_of_a_client_share_one_watch(log: FakeLog, setting: Setting) -> None:
    log.set_alias("champion", 3, "namespaces/risk/models/churn")
    refs = ("fraud@champion", "fraud@nobody", "risk/churn@champion")
    with setting.resolvers(*refs) as (champion, nobody, churn):
        assert churn.version.ref == "risk/churn/3"
        assert log.open_watches == 1
        log.set_alias("champion", 4, "namespaces/risk/models/churn")
        log.change({f"{FRAUD}/aliases/champion": 8, f"{FRAUD}/aliases/nobody": 8})
        eventually(lambda: (named(champion), named(nobody), named(churn)) == (8, 8, 4))
        assert log.open_watches == 1
    assert log.watches[0].parent == "namespaces/default"
    assert list(log.watches[0].models) == [FRAUD]
    assert log.watches[-1].parent == "namespaces/-"
    assert list(log.watches[-1].models) == [FRAUD, "namespaces/risk/models/churn"]


def test_a_flood_of_changes_ends_with_the_last(log: FakeLog, setting: Setting) -> None:
    callback = Callback()
    with setting.resolver(on_change=callback) as champion:
        for number in range(8, 208):
            log.set_alias("champion", number)
        eventually(lambda: callback.calls and callback.calls[-1][0] == 207)
        assert champion.version.number == 207
        eventually(lambda: not champion.stale)
    before = [call[1] for call in callback.calls]
    assert before == [7, *(call[0] for call in callback.calls[:-1])]
    assert len(log.lookups) < 100


def test_during_an_outage_the_last_answer_stays_and_ages(
    log: FakeLog, setting: Setting, server: ExitStack
) -> None:
    callback = Callback()
    with setting.resolver(on_change=callback) as champion:
        eventually(lambda: not champion.stale and champion.age < 1)
        server.close()
        eventually(lambda: champion.stale)
        age = champion.age
        eventually(lambda: champion.age > age + 0.2)
        assert champion.version.number == 7
        log.set_alias("champion", 8)
        back(log, setting, server)
        eventually(lambda: callback.calls == [(8, 7)])
        eventually(lambda: not champion.stale)
        assert champion.age < 1


def test_an_answer_older_than_max_stale_raises(
    log: FakeLog, setting: Setting, server: ExitStack
) -> None:
    with setting.resolver(max_stale=timedelta(seconds=0.4)) as champion:
        assert champion.version.number == 7
        server.close()
        eventually(lambda: named(champion) is errors.TooStale)
        with pytest.raises(errors.TooStale) as caught:
            _ = champion.version
        assert float(caught.value.metadata["age"]) >= 0.4
        assert caught.value.metadata["max_stale"] == "0.4"
        back(log, setting, server)
        eventually(lambda: named(champion) == 7)


def test_a_silent_watch_is_detected(log: FakeLog, setting: Setting) -> None:
    setting.silence = 0.4
    with setting.resolver() as champion:
        log.faults.mute = True
        eventually(lambda: champion.stale)
        log.wait_for_watches(2)
        log.faults.mute = False
        eventually(lambda: not champion.stale)


def test_opening_without_a_registry_and_a_cache_fails_in_time(
    setting: Setting, server: ExitStack
) -> None:
    server.close()
    setting.timeout = 0.5
    begun = time.monotonic()
    with pytest.raises((errors.Unavailable, errors.DeadlineExceeded)), setting.resolver():
        pass
    assert time.monotonic() - begun < 5


def test_the_cached_answer_is_used_until_the_registry_is_back(
    log: FakeLog, setting: Setting, server: ExitStack
) -> None:
    with setting.resolver():
        pass
    server.close()
    callback = Callback()
    with setting.resolver(on_change=callback) as champion:
        assert champion.version.number == 7
        assert champion.stale
        assert champion.age > 0
        log.set_alias("champion", 8)
        back(log, setting, server)
        eventually(lambda: callback.calls == [(8, 7)])
        eventually(lambda: not champion.stale)


def test_the_cached_answer_keeps_its_age(
    setting: Setting, server: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    with setting.resolver():
        pass
    server.close()
    now = time.time()
    monkeypatch.setattr("modelregistry._local.last_known.time.time", lambda: now + 3600)
    with setting.resolver(max_stale=timedelta(hours=2)) as champion:
        assert 3599 < champion.age < 3700
        assert champion.version.number == 7
    with setting.resolver(max_stale=timedelta(minutes=5)) as champion:
        assert named(champion) is errors.TooStale


def test_a_removed_alias_is_not_cached(log: FakeLog, setting: Setting, server: ExitStack) -> None:
    with setting.resolver() as champion:
        log.remove_alias("champion")
        eventually(lambda: named(champion) is errors.AliasNotFound)
        eventually(lambda: not list((setting.cache / "answers").iterdir()))
    server.close()
    setting.timeout = 0.5
    with pytest.raises((errors.Unavailable, errors.DeadlineExceeded)), setting.resolver():
        pass


def test_an_invalid_reference_is_rejected_and_affects_no_other(
    log: FakeLog, setting: Setting
) -> None:
    with setting.resolver() as champion:
        with pytest.raises(errors.InvalidRequest), setting.resolver("another"):
            pass
        log.set_alias("champion", 8)
        eventually(lambda: named(champion) == 8)
    assert all(list(watch.models) == [FRAUD] for watch in log.watches)


def test_a_compacted_history_is_no_obstacle(log: FakeLog, setting: Setting) -> None:
    with setting.resolver() as champion:
        log.faults.away = True
        log.end_watches(Refused(grpc.StatusCode.UNAVAILABLE, "DATABASE_UNAVAILABLE"))
        eventually(lambda: champion.stale)
        for number in range(8, 12):
            log.set_alias("champion", number)
        log.compacted = log.revision - 1
        log.faults.away = False
        eventually(lambda: named(champion) == 11 and not champion.stale)
        log.set_alias("champion", 12)
        eventually(lambda: named(champion) == 12)


def test_a_restored_registry_is_followed(log: FakeLog, setting: Setting) -> None:
    callback = Callback()
    setting.timeout = 0.5
    with setting.resolver(on_change=callback) as champion:
        for number in (8, 9, 10):
            log.set_alias("champion", number)
        eventually(lambda: named(champion) == 10)
        log.restore(2)
        eventually(lambda: named(champion) == 8 and not champion.stale)
        eventually(lambda: callback.calls[-1] == (8, 10))
        log.set_alias("champion", 11)
        eventually(lambda: named(champion) == 11)


def test_a_restored_registry_with_new_changes_is_followed(
    log: FakeLog, setting: Setting, server: ExitStack
) -> None:
    with setting.resolver() as champion:
        log.set_alias("champion", 8)
        eventually(lambda: named(champion) == 8)
        server.close()
        eventually(lambda: champion.stale)
        log.restore(1)
        log.set_alias("other", 1, f"{FRAUD}-2")
        log.set_alias("other", 2, f"{FRAUD}-2")
        back(log, setting, server)
        eventually(lambda: named(champion) == 7 and not champion.stale)


def test_a_rejected_token_fails_at_opening_and_is_retried_later(
    log: FakeLog, setting: Setting
) -> None:
    log.faults.locked = True
    with pytest.raises(errors.TokenInvalid), setting.resolver():
        pass
    log.faults.locked = False
    with setting.resolver() as champion:
        log.faults.locked = True
        log.end_watches(Refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID"))
        eventually(lambda: champion.stale)
        assert champion.version.number == 7
        log.set_alias("champion", 8)
        log.faults.locked = False
        eventually(lambda: named(champion) == 8 and not champion.stale)


def test_a_change_that_cannot_be_looked_up_yet_makes_the_answer_stale(
    log: FakeLog, setting: Setting
) -> None:
    with setting.resolver() as champion:
        log.faults.resolve_away = True
        log.set_alias("champion", 8)
        eventually(lambda: champion.stale)
        assert champion.version.number == 7
        log.faults.resolve_away = False
        eventually(lambda: named(champion) == 8 and not champion.stale)


def test_without_a_watch_the_answer_is_still_returned(log: FakeLog, setting: Setting) -> None:
    log.faults.no_watch = True
    with setting.resolver() as champion:
        assert champion.version.number == 7
        assert champion.stale


def test_an_error_in_a_callback_is_logged_and_the_next_is_called(
    log: FakeLog, setting: Setting, caplog: pytest.LogCaptureFixture
) -> None:
    callback = Callback(fail=True)
    with caplog.at_level(logging.ERROR, "modelregistry"), setting.resolver(on_change=callback):
        log.set_alias("champion", 8)
        eventually(lambda: len(callback.calls) == 1)
        log.set_alias("champion", 9)
        eventually(lambda: callback.calls == [(8, 7), (9, 8)])
        eventually(lambda: len(caplog.records) == 2)
    assert "on_change of the resolver of fraud@champion failed" in caplog.text
    assert "a bug of the user's" in caplog.text


def test_a_slow_callback_blocks_nothing_and_gets_later_changes_merged(log: FakeLog) -> None:
    callback = Callback(hold=threading.Event())
    with served(log) as target, Client(target, cache=False) as client:
        with client.resolver("fraud@champion", on_change=callback) as champion:
            log.set_alias("champion", 8)
            assert callback.reached.wait(SECONDS)
            for number in (9, 10, 11):
                log.set_alias("champion", number)
            eventually(lambda: named(champion) == 11)
            assert callback.calls == [(8, 7)]
            assert callback.hold is not None
            callback.hold.set()
            eventually(lambda: callback.calls == [(8, 7), (11, 8)])
            callback.hold.clear()
            log.set_alias("champion", 12)
            eventually(lambda: len(callback.calls) == 3)
            begun = time.monotonic()
        assert time.monotonic() - begun < 5
        callback.hold.set()


def test_a_callback_may_be_awaited(log: FakeLog, tmp_path: Path) -> None:
    callback = Callback()
    with served(log) as target:
        setting = Setting(target, "async", tmp_path)
        with setting.resolver(on_change=callback.later):
            log.set_alias("champion", 8)
            eventually(lambda: callback.calls == [(8, 7)])


def test_a_callback_may_close_its_resolver(log: FakeLog) -> None:
    closed = threading.Event()
    with served(log) as target, Client(target, cache=False) as client:

        def close(_now: object, _before: object) -> None:
            champion.close()
            closed.set()

        champion = client.resolver("fraud@champion", on_change=close).open()
        log.set_alias("champion", 8)
        assert closed.wait(SECONDS)
        log.wait_for_no_watch()


async def test_an_async_callback_may_close_its_resolver(log: FakeLog) -> None:
    closed = asyncio.Event()
    with served(log) as target:
        async with AsyncClient(target, cache=False) as client:

            async def close(_now: object, _before: object) -> None:
                await champion.close()
                closed.set()

            champion = await client.resolver("fraud@champion", on_change=close).open()
            log.set_alias("champion", 8)
            await asyncio.wait_for(closed.wait(), SECONDS)


def test_threads_that_open_the_same_reference_share_one_call(log: FakeLog) -> None:
    with served(log) as target, Client(target, cache=False) as client:
        ready = threading.Barrier(20)
        numbers: list[int] = []

        def read() -> None:
            ready.wait(SECONDS)
            with client.resolver("fraud@champion") as champion:
                numbers.append(champion.version.number)
                ready.wait(SECONDS)

        threads = [threading.Thread(target=read) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS)
        assert numbers == [7] * 20
        assert len(log.lookups) <= 3
        assert len(log.watches) == 1
        log.wait_for_no_watch()


def background() -> list[str]:
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name.startswith("modelregistry-")]


def test_the_last_resolver_that_is_closed_ends_the_work(log: FakeLog) -> None:
    with served(log) as target, Client(target, cache=False) as client:
        with client.resolver("fraud@champion", on_change=Callback()) as champion:
            with client.resolver("fraud@nobody"):
                pass
            assert background()
            assert champion.version.number == 7
        begun = time.monotonic()
        eventually(lambda: not background())
        assert took_less(time.monotonic() - begun, 2, time.monotonic)
        log.wait_for_no_watch()
        assert named(champion) is errors.ClientClosed
        with champion:
            assert champion.version.number == 7


def test_a_resolver_is_closed_promptly_while_the_registry_does_not_answer(log: FakeLog) -> None:
    with served(log) as target, Client(target, cache=False, timeout=60) as client:
        champion = client.resolver("fraud@champion").open()
        log.faults.hold = threading.Event()
        log.set_alias("champion", 8)
        eventually(lambda: len(log.lookups) >= 3)
        begun = time.monotonic()
        champion.close()
        eventually(lambda: not background())
        assert took_less(time.monotonic() - begun, 2, time.monotonic)
        log.faults.hold.set()


def test_a_closed_client_closes_its_resolvers(setting: Setting) -> None:
    with setting.resolver() as champion:
        pass
    assert named(champion) is errors.ClientClosed


def test_an_unopened_resolver_raises(log: FakeLog) -> None:
    with served(log) as target, Client(target) as client:
        assert named(client.resolver("fraud@champion")) is errors.ClientClosed
        with pytest.raises(errors.ConfigurationError):
            client.resolver("fraud@champion", max_stale=timedelta(seconds=-1))


FORKING = """
    import os, sys, time
    from modelregistry import Client
    target, marks = sys.argv[1:]
    def wait(number):
        until = time.monotonic() + 20
        while champion.version.number != number or champion.stale:
            assert time.monotonic() < until, (number, champion.version.number, champion.stale)
            time.sleep(0.005)
    client = Client(target, timeout=10, cache=marks)
    calls = []
    champion = client.resolver("fraud@champion", on_change=lambda *pair: calls.append(pair)).open()
    child = os.fork()
    if child == 0:
        assert champion.version.number == 7
        wait(7)
        open(os.path.join(marks, "child"), "w").close()
        wait(8)
        assert [now.number for now, _ in calls] == [8], calls
        client.close()
        os._exit(0)
    open(os.path.join(marks, "parent"), "w").close()
    wait(8)
    _, status = os.waitpid(child, 0)
    client.close()
    sys.exit(status)
"""


def test_a_forked_child_continues_with_its_own_watch(log: FakeLog, tmp_path: Path) -> None:
    with served(log) as target:
        program = [sys.executable, "-c", textwrap.dedent(FORKING), target, str(tmp_path)]
        running = subprocess.Popen(program, stderr=subprocess.PIPE)
        eventually(lambda: (tmp_path / "child").exists() or running.poll() is not None)
        log.set_alias("champion", 8)
        _, complaints = running.communicate(timeout=60)
    assert running.returncode == 0, complaints.decode()
    assert b"skipping fork() handlers" not in complaints
