"""Watches, resolvers and what the command line makes of them, against a real server."""

import asyncio
import json
import os
import queue
import re
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from modelregistry import AsyncClient, Changes, Client, Model, Resolver, Version, errors
from modelregistry.types import Alias, ChangeEvent
from tests.support.python import CLIENT, Python, clean_environ
from tests.support.server import RegistryProcess

SECONDS = 180


def eventually(happens: Callable[[], object]) -> None:
    """Wait until it is so, with a deadline."""
    until = time.monotonic() + SECONDS
    while not happens():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.01)


@pytest.fixture
def server(own_registry: RegistryProcess) -> RegistryProcess:
    return own_registry.start()


@pytest.fixture
def registry(server: RegistryProcess, tmp_path: Path) -> Iterator[Client]:
    with Client(server.target, cache=tmp_path / "cache") as client:
        yield client


@pytest.fixture
def push(registry: Client, tmp_path: Path) -> Callable[..., Version]:
    """Pushes a version of a model whose one file holds a text."""

    def push(text: str, alias: str = "", model: str = "fraud") -> Version:
        folder = tmp_path / "model"
        folder.mkdir(exist_ok=True)
        (folder / "weights").write_text(text)
        return registry.push(model, folder, alias=alias, environment=None, source=None)

    return push


Push = Callable[..., Version]


class Reading:
    """Changes read in a thread."""

    def __init__(self, client: Client, **options: object) -> None:
        self.watch = client.watch(**options)  # type: ignore[arg-type]
        self._seen: queue.Queue[Changes] = queue.Queue()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        self.first = self._seen.get(timeout=SECONDS)

    def _read(self) -> None:
        for changes in self.watch:
            self._seen.put(changes)

    def events(self, count: int) -> list[ChangeEvent]:
        """Return the next events, at least so many."""
        found: list[ChangeEvent] = []
        while len(found) < count:
            found += self._seen.get(timeout=SECONDS).events
        return found

    def close(self) -> None:
        self.watch.close()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


@contextmanager
def reading(client: Client, **options: object) -> Iterator[Reading]:
    made = Reading(client, **options)
    try:
        yield made
    finally:
        made.close()


def test_every_change_comes_as_what_changed(registry: Client, push: Push) -> None:
    with reading(registry) as seen:
        assert seen.first.is_bookmark
        push("one", "champion")
        registry.set_stage("fraud/1", "staging", reason="looks good")
        registry.delete_alias("fraud", "champion")
        registry.update_model("fraud", owner="ann")
        events = seen.events(6)
    assert [event.action for event in events] == [
        *("model.create", "version.register", "alias.set", "version.stage"),
        *("alias.delete", "model.update"),
    ]
    created, registered, named, staged, unnamed, updated = events
    assert isinstance(created.after, Model)
    assert isinstance(registered.after, Version)
    assert registered.after.ref == "fraud/1"
    assert isinstance(named.after, Alias)
    assert named.after.version_ref == "fraud/1"
    assert (registered.revision, registered.index) == (named.revision, named.index - 1)
    assert isinstance(staged.after, Version)
    assert (staged.after.stage, staged.reason) == ("staging", "looks good")
    assert unnamed.after is None
    assert isinstance(updated.after, Model)
    assert updated.after.owner == "ann"


def test_the_state_comes_first_and_then_what_happens(registry: Client, push: Push) -> None:
    push("one", "champion")
    push("two")
    with registry.watch(initial_state=True) as changes:
        received: list[ChangeEvent] = []
        for said in changes:
            received += said.events
            if said.initial_state_complete:
                break
        push("three", "champion")
        after = next(said for said in changes if said.events)
    assert {event.action for event in received} == {"state"}
    assert [event.name.rpartition("/")[2] for event in received] == [
        *("default", "fraud", "1", "2", "champion")
    ]
    assert [event.action for event in after.events] == ["version.register", "alias.set"]
    assert after.revision == said.revision + 1


def test_only_what_was_asked_for_comes(registry: Client, push: Push) -> None:
    with reading(registry, models=["fraud"], name_prefixes=["chu"]) as seen:
        push("one", "a", "other")
        push("one", "a", "churn")
        push("one", "a", "fraud")
        names = {event.name for event in seen.events(6)}
    assert {name.split("/")[3] for name in names} == {"churn", "fraud"}


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_no_change_is_lost_and_none_comes_twice_when_the_server_goes(
    server: RegistryProcess, registry: Client, push: Push, end: str
) -> None:
    push("x")
    with reading(registry) as seen:
        for turn in range(3):
            for number in range(5):
                registry.set_alias("fraud", f"a-{turn}-{number}", 1)
            getattr(server, end)()
            server.restart()
        registry.set_alias("fraud", "last", 1)
        events = seen.events(16)
    assert [event.name.rpartition("/")[2] for event in events] == [
        *(f"a-{turn}-{number}" for turn in range(3) for number in range(5)),
        "last",
    ]


async def test_the_async_client_watches_and_resolves_too(
    server: RegistryProcess, push: Push, tmp_path: Path
) -> None:
    push("one", "champion")
    received: list[tuple[int | None, int | None]] = []
    moved = asyncio.Event()

    async def note(now: Version | None, before: Version | None) -> None:
        received.append((now.number if now else None, before.number if before else None))
        moved.set()

    async with (
        AsyncClient(server.target, cache=tmp_path / "async") as client,
        client.resolver("fraud@champion", on_change=note) as champion,
        client.watch(start_revision=1) as changes,
    ):
        assert champion.version.number == 1
        push("two", "champion")
        watched: list[ChangeEvent] = []
        async for said in changes:
            watched += said.events
            if [event.action for event in watched].count("alias.set") == 2:
                break
        assert [event async for event in client.list_changes()] == watched
        await asyncio.wait_for(moved.wait(), SECONDS)
        assert champion.version.number == 2
    assert received == [(2, 1)]


def number(resolver: Resolver) -> int | type[errors.RegistryError]:
    try:
        return resolver.version.number
    except errors.RegistryError as error:
        return type(error)


def test_resolvers_follow_everything_that_a_reference_can_depend_on(
    registry: Client, push: Push
) -> None:
    one = push("one", "champion")
    by_digest = f"fraud@{one.root_digest}"
    refs = ("fraud@champion", "fraud@production", "fraud@latest", "fraud/2", by_digest)
    opened = [registry.resolver(ref).open() for ref in refs]

    def named() -> list[int | type[errors.RegistryError]]:
        return [number(resolver) for resolver in opened]

    empty, none = errors.StageEmpty, errors.VersionNotFound
    assert named() == [1, empty, 1, none, 1]
    push("two")
    eventually(lambda: named() == [1, empty, 2, 2, 1])
    registry.set_stage("fraud/1", "staging")
    registry.set_stage("fraud/1", "production")
    eventually(lambda: named() == [1, 1, 2, 2, 1])
    registry.set_alias("fraud", "champion", 2)
    push("one")
    eventually(lambda: named() == [2, 1, 3, 2, 3])
    registry.delete_version("fraud/3")
    eventually(lambda: named() == [2, 1, 2, 2, 1])
    registry.delete_model("fraud", force=True)
    eventually(lambda: named() == [errors.ModelDeleted] * 5)
    registry.undelete_model("fraud")
    eventually(lambda: named() == [2, 1, 2, 2, 1])
    assert not any(resolver.stale for resolver in opened)


def test_a_resolver_of_a_model_that_is_still_to_come_finds_it(registry: Client, push: Push) -> None:
    with registry.resolver("fraud@champion") as champion:
        assert number(champion) is errors.ModelNotFound
        push("one", "champion")
        eventually(lambda: number(champion) == 1)


def test_a_resolver_serves_through_an_outage_and_catches_up(
    server: RegistryProcess, registry: Client, push: Push, tmp_path: Path
) -> None:
    push("one", "champion")
    push("two")
    received: list[Version | None] = []
    with registry.resolver(
        "fraud@champion",
        on_change=lambda now, _: received.append(now),
        max_stale=timedelta(hours=1),
    ) as champion:
        server.kill()
        eventually(lambda: champion.stale)
        assert champion.version.number == 1
        server.restart()
        with Client(server.target, cache=False) as other:
            other.set_alias("fraud", "champion", 2)
        eventually(lambda: champion.version.number == 2 and not champion.stale)
        eventually(lambda: len(received) == 1)
    server.stop()
    with (
        Client(server.target, cache=tmp_path / "cache") as later,
        later.resolver("fraud@champion") as champion,
    ):
        assert (champion.version.number, champion.stale) == (2, True)
        server.restart()
        eventually(lambda: not champion.stale)


def test_a_resolver_believes_a_database_that_was_restored(
    server: RegistryProcess, registry: Client, push: Push, tmp_path: Path
) -> None:
    push("one", "champion")
    server.stop()
    shutil.copytree(server.data_dir, tmp_path / "backup")
    server.restart()
    with Client(server.target, cache=False) as client:
        champion = client.resolver("fraud@champion").open()
        for text in ("two", "three"):
            push(text, "champion")
        eventually(lambda: number(champion) == 3)
        server.stop()
        shutil.rmtree(server.data_dir)
        shutil.copytree(tmp_path / "backup", server.data_dir)
        server.restart()
        eventually(lambda: number(champion) == 1 and not champion.stale)
        assert registry.resolve("fraud@champion").number == 1


@contextmanager
def program(server: RegistryProcess, config: Path, *arguments: str) -> Iterator[Python]:
    """Run `modelreg` until the block is left; it is killed if it has not ended by then."""
    folders = {"XDG_CONFIG_HOME": str(config), "MODELREG_CACHE_DIR": str(config / "cli-cache")}
    options = ("--server", server.target, "--json", "--timeout", "5")
    with Python((*CLIENT, *arguments, *options), clean_environ() | folders) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: Python) -> dict:  # type: ignore[type-arg]
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate()[1]
    return json.loads(line)  # type: ignore[no-any-return]


def ended(process: Python, number: signal.Signals) -> int:
    process.send_signal(number)
    process.communicate(timeout=SECONDS)
    return process.wait()


def test_the_command_line_watches_through_a_restart(
    server: RegistryProcess, registry: Client, push: Push, tmp_path: Path
) -> None:
    with program(server, tmp_path, "watch", "--from", "1", "--model", "fraud") as process:
        push("one", "champion")
        actions = [said(process)["action"] for _ in range(3)]
        server.stop()
        server.restart()
        registry.set_stage("fraud/1", "staging")
        staged = said(process)
        assert ended(process, signal.SIGINT) == 130
    assert actions == ["model.create", "version.register", "alias.set"]
    assert (staged["action"], staged["after"]["stage"]) == ("version.stage", "staging")


MARK = (
    "import os; "
    "open(os.environ['MARKS'], 'a').write(os.environ['MODELREG_VERSION'] + chr(10)); "
    "assert open(os.environ['MODELREG_LINK'] + '/weights').read() != 'bad'"
)


def test_a_sidecar_keeps_a_folder_at_what_is_named(
    server: RegistryProcess,
    registry: Client,
    push: Push,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link, marks = tmp_path / "serving" / "fraud", tmp_path / "marks"
    monkeypatch.setenv("MARKS", str(marks))
    command = f'{sys.executable} -c "{MARK}"'
    arguments = ("sync", "fraud@champion", str(link), "--exec", command)
    push("one", "champion")
    with program(server, tmp_path, *arguments) as process:
        first = said(process)
        assert (link / "weights").read_text() == "one"
        push("bad", "champion")
        failed = said(process)
        assert (link / "weights").read_text() == "bad"
        server.kill()
        server.restart()
        push("three", "champion")
        third = said(process)
        assert (link / "weights").read_text() == "three"
        assert ended(process, signal.SIGTERM) == 0
    assert [first["exit_code"], failed["exit_code"], third["exit_code"]] == [0, 1, 0]
    assert (first["previous"], failed["previous"]) == (None, first["path"])
    assert third["version"]["number"] == 3
    kept = sorted(path.name for path in Path(third["path"]).parent.iterdir() if path.is_dir())
    assert [re.match("[0-9]+", name)[0] for name in kept] == ["2", "3"]  # type: ignore[index]
    assert marks.read_text().split() == ["fraud/1", "fraud/2", "fraud/3"]

    server.stop()
    with program(server, tmp_path, *arguments) as process:
        away = said(process)  # what was there last is there still, and nothing is done twice
        assert (away["version"]["number"], away["exit_code"]) == (3, None)
        server.restart()
        registry.set_alias("fraud", "champion", 1)
        back = said(process)
        assert (back["version"]["number"], back["exit_code"]) == (1, 0)
        assert (link / "weights").read_text() == "one"
        assert ended(process, signal.SIGTERM) == 0
    assert os.fspath(link.readlink()).startswith(".fraud.versions/1-")


def test_a_sidecar_without_any_memory_waits_for_the_registry(
    server: RegistryProcess, push: Push, tmp_path: Path
) -> None:
    push("one", "champion")
    link = tmp_path / "serving" / "fraud"
    server.stop()
    with program(server, tmp_path, "sync", "fraud@champion", str(link)) as process:
        assert process.stderr is not None
        complaint = process.stderr.readline()
        assert process.poll() is None
        assert complaint
        server.restart()
        assert said(process)["version"]["number"] == 1
        assert (link / "weights").read_text() == "one"
        assert ended(process, signal.SIGTERM) == 0
