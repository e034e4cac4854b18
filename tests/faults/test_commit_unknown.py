"""PostgreSQL is lost while it commits: acknowledged changes exist, and none exists twice.

Every change has one of three outcomes. Acknowledged: it exists once. Rejected with
DATABASE_UNAVAILABLE: it does not exist. Unknown: after a repeat with its request id, at another
server of the registry, it exists once.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import grpc
import psutil
import psycopg
import pytest

from modelregistry import Client, FileEntry, VersionRecord, errors
from modelregistry._wire.failure import from_rpc_error
from modelregistry.cli import app, failures
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import version_pb2
from registry_grpc.persistence.migrate import migrate
from tests.support.content import a_file, a_model
from tests.support.databases import PostgresServer
from tests.support.faults import repeatable
from tests.support.faults.amount import amount, randomness
from tests.support.faults.cutting_proxy import Cut, CuttingProxy, cutting_proxy
from tests.support.faults.repeatable import Change
from tests.support.postgres_away import own_postgres, stopped
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected

CUTS = amount(40, 1_000)
KILLS = amount(6, 1_000)  # every second while a session commits, every tenth of the whole server
WRITERS = 4
PATIENCE_S = 300.0
pytestmark = pytest.mark.timeout(amount(600, 4 * 3_600))
_WHOLE = 10
_AWAY_S = 0.1
_BACKEND = "postgres: postgres "


@dataclass
class Ends:
    """How the changes ended, by their marks."""

    acknowledged: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def made(self) -> int:
        """How many exist."""
        return len(self.acknowledged) + len(self.settled)


@dataclass
class Scene:
    """Two servers on one PostgreSQL, reached by a proxy."""

    proxy: CuttingProxy
    postgres: PostgresServer
    servers: Sequence[RegistryProcess]
    stubs: Sequence[Stubs]
    files: list[version_pb2.FileEntry]
    ends: Ends = field(default_factory=Ends)
    over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def changing(self, random: Random) -> Iterator[None]:
        """Make changes side by side for the length of the block, and settle all of them."""
        work = [self._write] * WRITERS + [self._use_sdk]
        with ThreadPoolExecutor(len(work)) as pool:
            running = [
                pool.submit(each, f"w{number}", Random(random.random()))  # noqa: S311
                for number, each in enumerate(work)
            ]
            try:
                yield
            finally:
                self.proxy.cutting.clear()
                self.over.set()
            for each in running:
                each.result()

    def _write(self, writer: str, random: Random) -> None:
        makers: list[Callable[[str], Change]] = [
            lambda mark: repeatable.registration(mark, self.files),
            repeatable.creation,
            repeatable.copy,
            repeatable.evaluation,
            repeatable.naming,
            repeatable.routing,
        ]
        open_ends: list[Change] = []
        for number in _numbers(self.over):
            change = random.choice(makers)(f"{writer}-{number}")
            error = self._try(change, random.choice(self.stubs))
            if error is None:
                self.ends.acknowledged.append(change.mark)
            elif _is_unknown(error):
                if error.metadata.get("request_id", change.request_id) != change.request_id:
                    self.ends.wrong.append(f"another id: {error.metadata}")
                open_ends.append(change)
            elif isinstance(error, errors.DatabaseUnavailable | errors.ServerOverloaded):
                self.ends.unchanged.append(change.mark)
                time.sleep(_AWAY_S)
            else:
                self.ends.wrong.append(repr(error))
            if open_ends and random.random() < 0.5:  # some at once, some later
                self._settle(open_ends.pop(), random)
        for change in open_ends:
            self._settle(change, random)

    def _settle(self, change: Change, random: Random) -> None:
        until = time.monotonic() + PATIENCE_S
        while (error := self._try(change, random.choice(self.stubs))) is not None:
            passing = _is_unknown(error) or isinstance(
                error, errors.DatabaseUnavailable | errors.ServerOverloaded
            )
            if not passing or time.monotonic() > until:
                self.ends.wrong.append(f"not settled: {error!r}")
                return
            time.sleep(_AWAY_S)
        self.ends.settled.append(change.mark)

    def _use_sdk(self, writer: str, random: Random) -> None:
        clients = [Client(server.target, timeout=30) for server in self.servers]
        with ExitStack() as stack:
            for client in clients:
                stack.enter_context(client)
            for number in _numbers(self.over):
                mark = f"{writer}-{number}"
                self._register(random.sample(clients, 2), mark)

    def _register(self, clients: Sequence[Client], mark: str) -> None:
        record, request_id, one = VersionRecord(labels={"mark": mark}), "", 0
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                clients[one].register("fraud", self._entries(), record, request_id=request_id)
            except errors.CommitUnknown as error:
                # By hand, as a user of the command line would, and at another server.
                request_id, one = error.request_id, 1 - one
            except errors.DatabaseUnavailable as error:
                if not request_id:
                    self.ends.unchanged.append(mark)
                    return
                if time.monotonic() > until:
                    self.ends.wrong.append(f"not settled: {error!r}")
                    return
            except errors.RegistryError as error:
                self.ends.wrong.append(repr(error))
                return
            else:
                (self.ends.settled if request_id else self.ends.acknowledged).append(mark)
                return

    def _entries(self) -> list[FileEntry]:
        return [
            FileEntry(path=file.path, digest=file.digest, size_bytes=file.size_bytes)
            for file in self.files
        ]

    def _try(self, change: Change, stubs: Stubs) -> errors.RegistryError | None:
        try:
            change.make(stubs)
        except grpc.RpcError as error:
            return from_rpc_error(error, change.request_id)
        return None

    def check(self) -> None:
        """Compare what exists with what was said of it."""
        exists, ends = repeatable.found(self.stubs[0]), self.ends
        assert ends.wrong == []
        twice = {mark: times for mark, times in exists.items() if times > 1}
        assert twice == {}
        assert [mark for mark in ends.acknowledged if not exists[mark]] == []
        assert [mark for mark in ends.settled if not exists[mark]] == []
        assert [mark for mark in ends.unchanged if exists[mark]] == []
        for server in self.servers:
            assert "unexpected error" not in server.log

    def summary(self) -> str:
        """Return the figures of a run."""
        ends, cuts = self.ends, Counter({cut.value: n for cut, n in self.proxy.cuts.items()})
        return (
            f"{len(ends.acknowledged)} acknowledged, {len(ends.settled)} settled by a repeat, "
            f"{len(ends.unchanged)} unchanged; cuts: {dict(cuts)}"
        )


@pytest.fixture
def scene(postgres_folder: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    random = randomness(request.node.name)
    folder = postgres_folder / tmp_path.name
    with ExitStack() as stack:
        postgres = stack.enter_context(own_postgres(folder))
        with psycopg.connect(postgres.get_uri(), autocommit=True) as connection:
            # Processes are killed, not the machine: what the system was given is kept.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        migrate(postgres.get_uri())
        proxy = stack.enter_context(cutting_proxy(str(folder / ".s.PGSQL.5432"), random))
        url = f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres?sslmode=disable"
        options = ("--database", url, "--blobs", f"file://{tmp_path / 'blobs'}", "--gc-every", "0")
        servers = [RegistryProcess(tmp_path / f"server-{n}", options).start() for n in range(2)]
        for server in servers:
            stack.callback(server.stop)
        stubs = [stack.enter_context(connected(server.target)) for server in servers]
        a_model(stubs[0], "fraud")
        files = [a_file(stubs[0])]
        # Without a mark: copies of it have its labels.
        stubs[0].RegisterVersion(
            catalog.RegisterVersionRequest(parent=repeatable.MODEL, files=files)
        )
        yield Scene(proxy, postgres, servers, stubs, files)


def test_connections_cut_around_commit(scene: Scene, request: pytest.FixtureRequest) -> None:
    scene.proxy.cutting.set()
    with scene.changing(randomness(f"{request.node.name} work")):
        _until(lambda: scene.proxy.total >= CUTS)
    print(scene.summary())  # noqa: T201 - pytest shows it
    scene.check()
    assert scene.proxy.cuts.keys() >= set(Cut) - {Cut.STATEMENT}
    assert scene.ends.settled


def test_postgresql_killed_while_it_commits(scene: Scene, request: pytest.FixtureRequest) -> None:
    random = randomness(f"{request.node.name} kills")
    with scene.changing(randomness(f"{request.node.name} work")):
        for number in range(1, KILLS + 1):
            made = scene.ends.made
            _until(lambda made=made: scene.ends.made > made)  # type: ignore[misc]
            if number % 2:
                killed = scene.proxy.kill_at_commit()
                _until(killed.is_set)
                continue
            time.sleep(random.uniform(0, 0.05))  # at any moment of the changes that run
            if number % _WHOLE == 0 or number == KILLS:
                with stopped(scene.postgres):
                    pass
            else:
                _kill_a_session(scene.postgres, random)
    print(f"{KILLS} kills: {scene.summary()}")  # noqa: T201 - pytest shows it
    scene.check()


def test_the_command_line_repeats_an_unknown_outcome_by_its_id(
    scene: Scene,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def modelreg(server: RegistryProcess, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("MODELREG_SERVER", server.target)
        code = app.run(["push", "fraud", str(model), "--metric", "auc=0.9", *arguments])
        return code, *capsys.readouterr()

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    model = tmp_path / "model.bin"
    model.write_bytes(b"weights")
    one, other = scene.servers
    scene.proxy.unanswered = b"request_replays"  # nor those of repeats
    code, _, stderr = modelreg(one, "--timeout", "3")
    assert code == failures.UNKNOWN
    found = re.search(r"run the same command again with --request-id ([0-9a-f-]{36})", stderr)
    assert found, stderr
    scene.proxy.unanswered = b""
    again = ("--request-id", found[1])
    assert [modelreg(server, *again)[0] for server in (other, one)] == [0, 0]
    with connected(one.target) as stubs:
        made = stubs.ListVersions(catalog.ListVersionsRequest(parent=repeatable.MODEL))
    assert [version.number for version in made.versions] == [2, 1]
    # The id stands for that change, and for no other.
    code, _, stderr = modelreg(one, *again, "--tag", "other=yes")
    assert code == failures.FAILED
    assert "was used before for a different request" in stderr


def _kill_a_session(postgres: PostgresServer, random: Random) -> None:
    """Kill the process of one connection, upon which PostgreSQL ends all and recovers."""
    found: list[psutil.Process] = []
    until = time.monotonic() + PATIENCE_S
    while not found:
        assert time.monotonic() < until, "no session was opened"
        found = _sessions(postgres)
    with suppress(psutil.Error):
        random.choice(found).kill()


def _sessions(postgres: PostgresServer) -> list[psutil.Process]:
    pid = postgres.get_pid()
    assert pid is not None
    found = []
    for child in psutil.Process(pid).children():
        with suppress(psutil.Error):
            if "".join(child.cmdline()).startswith(_BACKEND):
                found.append(child)
    return found


def _is_unknown(error: errors.RegistryError) -> bool:
    return isinstance(error, errors.CommitUnknown | errors.DeadlineExceeded)


def _numbers(over: threading.Event) -> Iterator[int]:
    number = 0
    while not over.is_set():
        number += 1
        yield number


def _until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, "nothing moved"
        time.sleep(0.005)
