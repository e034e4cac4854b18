"""Registry outages under load: clients wait for it, and resolvers keep their last versions."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from modelregistry import AsyncClient, Client
from tests.support.faults.amount import amount
from tests.support.server import RegistryProcess
from tests.support.serving import within

AWAY_S = amount(3, 30)
DEADLINE_S = 60.0
SOON_S = 20.0

Call = Callable[[Any, int], Any]
"""Something asked of a client of either flavour, for the n-th time."""
Perform = Callable[[Call, int], object]
"""Makes a call, and waits for it."""


@dataclass
class Caller:
    """Does one thing again and again, in a thread."""

    act: Callable[[int], object]
    pause: float = 0
    done: int = 0
    longest: float = 0
    failures: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Do it until it is over, whatever it raises."""
        while not self.over.wait(self.pause):
            begun = time.monotonic()
            try:
                self.act(self.done)
            except Exception as error:  # noqa: BLE001 - whatever it is, a call failed
                self.failures.append(repr(error))
            self.longest = max(self.longest, time.monotonic() - begun)
            self.done += 1

    def goes_on(self) -> None:
        """Wait for the end of one that is not yet begun."""
        enough = self.done + 2
        within(SOON_S, lambda: self.done >= enough)


@contextmanager
def running(*callers: Caller) -> Iterator[None]:
    """Have all of them act until the block is left; fail then if anything failed."""
    threads = [threading.Thread(target=caller.run) for caller in callers]
    for thread in threads:
        thread.start()
    try:
        for caller in callers:
            caller.goes_on()
        yield
    finally:
        for caller in callers:
            caller.over.set()
        for thread in threads:
            thread.join()
        assert [failure for caller in callers for failure in caller.failures] == []


@contextmanager
def sync_calls(target: str) -> Iterator[Perform]:
    """Calls of a Client with a deadline of a minute."""
    with Client(target, timeout=DEADLINE_S, cache=False) as client:
        yield lambda call, number: call(client, number)


@contextmanager
def async_calls(target: str) -> Iterator[Perform]:
    """The same of an AsyncClient, on a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    client = AsyncClient(target, timeout=DEADLINE_S, cache=False)

    def perform(call: Call, number: int) -> object:
        return asyncio.run_coroutine_threadsafe(call(client, number), loop).result()

    try:
        yield perform
    finally:
        asyncio.run_coroutine_threadsafe(client.close(), loop).result(SOON_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(SOON_S)
        loop.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model of small files, which travel in calls. What streams is patient in its own way."""
    made = tmp_path / "model"
    made.mkdir()
    for name in ("config", "weights"):
        (made / name).write_text(50_000 * name)
    return made


@contextmanager
def away(registry: RegistryProcess) -> Iterator[None]:
    """Have the registry killed for `AWAY_S` seconds, or for as long as the block takes."""
    registry.kill()
    back = time.monotonic() + AWAY_S
    yield
    time.sleep(max(0.0, back - time.monotonic()))
    registry.restart()


@pytest.mark.timeout(300)
def test_who_follows_a_reference_reads_on_while_the_registry_is_away(
    registry_on_either: RegistryProcess, folder: Path, tmp_path: Path
) -> None:
    target = registry_on_either.target
    with ExitStack() as stack:
        writer = stack.enter_context(Client(target))
        one, two = (writer.push("steady", folder) for _ in range(2))
        writer.set_alias("steady", "champion", one)
        clients = [stack.enter_context(Client(target, cache=tmp_path / "cache")) for _ in range(2)]
        champions = [stack.enter_context(each.resolver("steady@champion")) for each in clients]

        def named() -> set[str]:
            return {champion.version.name for champion in champions}

        def read(_: int) -> None:
            assert named() <= {one.name, two.name}

        readers = [Caller(read, pause=0.001) for _ in range(4)]
        with running(*readers):
            writer.set_alias("steady", "champion", two)
            within(SOON_S, lambda: named() == {two.name})
            with away(registry_on_either):
                begun = time.monotonic()
                within(SOON_S, lambda: all(champion.stale for champion in champions))
                time.sleep(max(0.0, begun + AWAY_S - time.monotonic()))
                assert all(champion.age >= AWAY_S for champion in champions)
                for reader in readers:
                    reader.goes_on()
                assert named() == {two.name}
            within(SOON_S, lambda: not any(champion.stale for champion in champions))
            writer.set_alias("steady", "champion", one)
            within(SOON_S, lambda: named() == {one.name})
    assert max(reader.longest for reader in readers) < AWAY_S


@pytest.mark.timeout(300)
@pytest.mark.parametrize("calls", [sync_calls, async_calls])
def test_calls_wait_for_a_registry_that_is_away_and_changes_happen_once(
    registry_on_either: RegistryProcess,
    folder: Path,
    tmp_path: Path,
    calls: Callable[[str], AbstractContextManager[Perform]],
) -> None:
    with Client(registry_on_either.target) as client:
        first = client.push("steady", folder, alias="champion")
        client.push("steady", folder)
    asked: dict[str, Call] = {
        "resolve": lambda client, _: client.resolve("steady@champion"),
        "resolve_many": lambda client, _: client.resolve_many(["steady/1", "steady@latest"]),
        "get_version": lambda client, _: client.get_version("steady/2"),
        "set_alias": lambda client, number: client.set_alias(
            "steady", "moving", number % 2 + 1, reason=f"move {number}"
        ),
        "push": lambda client, _: client.push("pushed", folder),
        "pull": lambda client, number: client.pull(first, tmp_path / "pulled" / str(number)),
    }
    with calls(registry_on_either.target) as perform:

        def caller(call: Call) -> Caller:
            return Caller(lambda number: perform(call, number))

        callers = {name: caller(call) for name, call in asked.items()}
        with running(*callers.values()):
            with away(registry_on_either):
                pass
            for each in callers.values():
                each.goes_on()
    assert min(each.longest for each in callers.values()) > AWAY_S / 2

    with Client(registry_on_either.target) as client:
        moves = [entry.reason for entry in client.alias_history("steady", "moving")]
        pushed = [version.number for version in client.list_versions("pushed")]
    assert moves[::-1] == [f"move {number}" for number in range(callers["set_alias"].done)]
    assert pushed[::-1] == list(range(1, callers["push"].done + 1))
