"""PgBouncer in transaction mode before PostgreSQL: everything works, and restarts lose nothing."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import uuid4

import grpc
import pytest

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from registry_grpc.domain.database_fault import FaultKind
from tests.support.content import NAMESPACE
from tests.support.databases import Postgres
from tests.support.faults.crew import until
from tests.support.pgbouncer import PgBouncer, running_pgbouncer
from tests.support.python import SERVER, clean_environ, run_python
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refusal

WRITERS = 4
BETWEEN = 25  # changes between two restarts
RESTARTS = 3
# What a pooler could break, in short: `make test-pooler` runs the whole contract of the database.
SHORT = ("test_database.py", "test_database_concurrency.py", "test_database_listener.py")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def pooler(postgres: Postgres) -> Iterator[PgBouncer]:
    """A pooler before the session's server."""
    # Only PyPI is promised to the tests: without Debian's tools and packages they are skipped.
    try:
        with running_pgbouncer(postgres.server, size=8) as running:
            yield running
    except FileNotFoundError as error:
        pytest.skip(f"no PgBouncer: {error}")
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"PgBouncer could not be fetched: {error}")


def test_the_contract_of_the_database_holds_through_a_pooler(pooler: PgBouncer) -> None:
    assert pooler.port
    files = [str(ROOT / "tests" / "contract" / name) for name in SHORT]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pooled", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4_000:]
    assert " passed" in done.stdout


@dataclass
class Load:
    """Writers that repeat what they may, and a watcher. codes: of all failed calls."""

    stubs: Stubs
    made: set[str] = field(default_factory=set)
    heard: set[str] = field(default_factory=set)
    codes: set[tuple[str, str]] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)
    complete: threading.Event = field(default_factory=threading.Event)

    def write(self) -> None:
        while not self.over.is_set():
            model = f"m-{uuid4().hex}"
            request = catalog.CreateModelRequest(
                parent=NAMESPACE, model_id=model, request_id=str(uuid4())
            )
            self._until_done(partial(self.stubs.CreateModel, request))
            self.made.add(f"{NAMESPACE}/models/{model}")

    def _until_done(self, call: Callable[[], object]) -> None:
        while True:
            try:
                call()
            except grpc.RpcError as error:
                found = refusal(error)
                self.codes.add((found.code, found.reason))
                if found.code not in {"UNAVAILABLE", "UNKNOWN"}:
                    raise
            else:
                return

    def watch(self) -> None:
        calls = self.stubs.Watch(lookup.WatchRequest(parent=NAMESPACE, start_revision=1))
        for message in calls:
            self.heard.update(event.name for event in message.events)
            if self.complete.is_set() and self.made <= self.heard:
                calls.cancel()
                return


@pytest.mark.parametrize("listens", [True, False], ids=["direct", "polled"])
def test_restarts_of_the_pooler_lose_no_change_and_no_notification(
    postgres: Postgres, pooler: PgBouncer, tmp_path: Path, listens: bool
) -> None:
    with postgres.opened() as direct:
        options = ["--database", pooler.url(direct)]
        options += ["--listen-database", direct] if listens else []
        server = RegistryProcess(tmp_path / "registry", options).start()
        try:
            with connected(server.target) as stubs, ThreadPoolExecutor(WRITERS + 1) as threads:
                load = Load(stubs)
                watching = threads.submit(load.watch)
                writing = [threads.submit(load.write) for _ in range(WRITERS)]
                for number in range(1, RESTARTS + 1):
                    until(partial(lambda count: len(load.made) >= count, number * BETWEEN))
                    pooler.restart()
                until(lambda: len(load.made) >= (RESTARTS + 1) * BETWEEN)
                load.over.set()
                for one in writing:
                    one.result()
                load.complete.set()
                _touch(stubs)
                watching.result(timeout=60)
                assert load.made <= load.heard
                assert {reason for _, reason in load.codes} <= {
                    "DATABASE_UNAVAILABLE",
                    "COMMIT_UNKNOWN",
                }
        finally:
            assert server.stop() == 0
        assert "Traceback" not in server.log
        assert "INTERNAL" not in server.log
        polls = "which passes no notifications on" in server.log
        assert polls != listens


def _touch(stubs: Stubs) -> None:
    """Make one more change, so that the watch has another message."""
    model = f"m-{uuid4().hex}"
    stubs.CreateModel(catalog.CreateModelRequest(parent=NAMESPACE, model_id=model))


def test_commands_say_that_they_need_the_address_of_the_server_itself(
    postgres: Postgres, pooler: PgBouncer
) -> None:
    direct = postgres.create("template0")
    try:
        done = run_python((*SERVER, "migrate", "--database", pooler.url(direct)))
        assert done.returncode == FaultKind.POOLER.exit_code
        assert "the address leads to a pooler" in done.stderr
        with_options = f"{pooler.url(direct)}?options=-csearch_path%3Dpublic"
        done = run_python((*SERVER, "migrate", "--database", with_options))
        assert done.returncode == FaultKind.POOLER.exit_code
        assert "unsupported startup parameter" in done.stderr
        both = {"REGISTRY_DATABASE": pooler.url(direct), "REGISTRY_LISTEN_DATABASE": direct}
        done = run_python((*SERVER, "migrate"), env={**clean_environ(), **both})
        assert done.returncode == 0, done.stderr
    finally:
        postgres.drop(direct)
