"""Database outages: cached replies state their age, and no acknowledged change is lost."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from uuid import uuid4

import grpc
import pytest

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import model_pb2, version_pb2
from registry_grpc.persistence.migrate import migrate
from tests.support.content import NAMESPACE, a_model, a_version
from tests.support.databases import PostgresServer
from tests.support.faults.amount import amount, randomness
from tests.support.faults.crew import Crew, crew_of, until
from tests.support.faults.history import History
from tests.support.faults.reader import Reader
from tests.support.faults.watcher import Watcher
from tests.support.faults.writer import Acknowledged, Writer, patient
from tests.support.postgres_away import frozen, own_postgres, stopped
from tests.support.stubs import Refusal, Stubs, connected, refusal, refused

OUTAGES = amount(1, 20)
CHANGES = amount(30, 200)  # between two outages
AGE = "x-registry-age-ms"
MODEL = f"{NAMESPACE}/models/fraud"
ALIAS = f"{MODEL}/aliases/champion"


@dataclass
class Away:
    """A server on a database of its own, with everything about one model looked up once."""

    crew: Crew
    database: PostgresServer
    stubs: Stubs

    def resolve(self, ref: str = "fraud@champion") -> lookup.ResolveVersionResponse:
        request = lookup.ResolveVersionRequest(ref=ref)
        found: lookup.ResolveVersionResponse = self.stubs.ResolveVersion(request)
        return found

    def batch(self) -> lookup.BatchResolveVersionsResponse:
        request = lookup.BatchResolveVersionsRequest(refs=["fraud@champion", "fraud@nobody"])
        found: lookup.BatchResolveVersionsResponse = self.stubs.BatchResolveVersions(request)
        return found

    def version(self) -> tuple[version_pb2.Version, float | None]:
        request = catalog.GetVersionRequest(name="fraud/1")
        found, call = self.stubs.GetVersion.with_call(request)  # type: ignore[attr-defined]
        return found, age_of(call)

    def model(self) -> tuple[model_pb2.Model, float | None]:
        request = catalog.GetModelRequest(name=MODEL)
        found, call = self.stubs.GetModel.with_call(request)  # type: ignore[attr-defined]
        return found, age_of(call)

    def missing_alias(self) -> tuple[Refusal, float | None]:
        """Return the error and the age of a lookup of an alias that does not exist."""
        with pytest.raises(grpc.RpcError) as refused:
            self.resolve("fraud@nobody")
        return refusal(refused.value), age_of(refused.value)

    def move(self, number: int) -> int:
        """Point the alias at a version, as soon as that can be done; the revision."""
        request = catalog.SetAliasRequest(
            name=ALIAS, version=f"fraud/{number}", request_id=str(uuid4())
        )
        return int(patient(self.stubs.SetAlias, request).revision)

    def aged(self) -> bool:
        """Whether lookups say that they may be old."""
        return self.resolve().HasField("age")


def age_of(call: object) -> float | None:
    """Seconds, as the trailing metadata of a call says."""
    metadata = dict(call.trailing_metadata())  # type: ignore[attr-defined]
    return int(metadata[AGE]) / 1e3 if AGE in metadata else None


@pytest.fixture
def crew(postgres_folder: Path, tmp_path: Path) -> Iterator[tuple[Crew, PostgresServer]]:
    with own_postgres(postgres_folder / tmp_path.name) as database:
        url = database.get_uri()
        migrate(url)
        with crew_of(tmp_path, url, servers=1, workers=1) as running:
            yield running, database


@pytest.fixture
def away(crew: tuple[Crew, PostgresServer]) -> Iterator[Away]:
    running, database = crew
    with connected(running.servers[0].target) as stubs:
        a_version(stubs, a_model(stubs, "fraud"), alias="champion")
        a_version(stubs, MODEL)
        made = Away(running, database, stubs)
        assert [made.version()[1], made.model()[1], made.missing_alias()[1]] == [None] * 3
        assert not made.batch().HasField("age")
        yield made


def test_what_was_asked_before_is_told_with_its_age_and_what_was_not_is_refused(
    away: Away,
) -> None:
    before, watch = away.resolve(), away.stubs.Watch(lookup.WatchRequest(parent=NAMESPACE))
    assert next(watch).revision == before.revision
    with stopped(away.database):
        until(away.aged)
        began, first = time.monotonic(), age(away.resolve())
        assert first > 0
        found = away.resolve()
        assert (found.version, found.revision) == (before.version, before.revision)
        together = away.batch()
        assert age(together) > 0
        assert [one.WhichOneof("result") for one in together.resolutions] == ["version", "error"]
        for what, seconds in (away.version(), away.model(), away.missing_alias()):
            assert seconds is not None, what
            assert seconds > 0
        assert away.missing_alias()[0].reason == "ALIAS_NOT_FOUND"
        for method, request in (
            (away.stubs.ResolveVersion, lookup.ResolveVersionRequest(ref="fraud@latest")),
            (away.stubs.GetVersion, catalog.GetVersionRequest(name="fraud/2")),
            (away.stubs.SetAlias, catalog.SetAliasRequest(name=ALIAS, version="fraud/2")),
        ):
            missed = refused(method, request)
            assert (missed.code, missed.reason) == ("UNAVAILABLE", "DATABASE_UNAVAILABLE")
        newer = lookup.ResolveVersionRequest(ref="fraud@champion", min_revision=before.revision + 1)
        assert refused(away.stubs.ResolveVersion, newer).reason == "DATABASE_UNAVAILABLE"
        assert age(away.resolve()) - first == pytest.approx(time.monotonic() - began, abs=0.5)
    # The first answers without an age are exact.
    revision = away.move(2)
    found = away.resolve()
    assert not found.HasField("age")
    assert (found.version.number, found.revision) == (2, revision)
    assert away.version()[1] is None
    heard = next(watch)
    assert (heard.revision, heard.events[0].name) == (revision, ALIAS)
    watch.cancel()


def age(found: lookup.ResolveVersionResponse | lookup.BatchResolveVersionsResponse) -> float:
    return found.age.ToTimedelta().total_seconds()


def test_a_database_that_stands_still_is_away_as_well(away: Away) -> None:
    before = away.resolve()
    with frozen(away.database):
        until(lambda: answered_with_age(away))
        for _ in range(50):  # more than there are threads
            found = away.resolve()
            assert found.HasField("age")
            assert found.version == before.version
    revision = away.move(2)
    found = away.resolve()
    assert (found.version.number, found.revision) == (2, revision)
    until(lambda: not away.aged())


def answered_with_age(away: Away) -> bool:
    """Whether a reply states an age; there may be no reply until the outage is detected."""
    request = lookup.ResolveVersionRequest(ref="fraud@champion")
    try:
        return bool(away.stubs.ResolveVersion(request, timeout=1).HasField("age"))
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.DEADLINE_EXCEEDED:
            raise
        return False


@pytest.mark.timeout(600)
def test_outages_while_everybody_writes_reads_and_watches(
    crew: tuple[Crew, PostgresServer],
) -> None:
    running, database = crew
    random = randomness("database away")
    acknowledged, readers, writers = Acknowledged(), list[Reader](), list[Writer]()
    for model in ("fraud", "credit"):
        writer = Writer(running, model, random, acknowledged)
        writer.prepare()
        writer.run(10)
        writers.append(writer)
    for writer in writers:
        reader = Reader([one.model for one in writers], Random(random.random()))  # noqa: S311
        readers.append(reader)
        # Behind each change, without asking for its revision, from the server that made it.
        writer.after = partial(reader.ask, min_revision=0)
    request = lookup.WatchRequest(parent="namespaces/-", start_revision=1)
    watcher = Watcher(running, request, random, 10**9)
    over = threading.Event()

    def write(writer: Writer) -> None:
        while not over.is_set():
            writer.run(writer.done + 1)

    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(3))
        stack.callback(watcher.stop)
        stack.callback(over.set)
        works = [pool.submit(write, writer) for writer in writers]
        watching = pool.submit(watcher.run)
        for _ in range(OUTAGES):
            until_made(writers, CHANGES)
            with stopped(database):
                time.sleep(random.uniform(0, 1.0))  # how long; nothing is waited for
        until_made(writers, CHANGES)
        over.set()
        for work in works:
            work.result()
        log = running.log()
        events = watcher.due(log)
        until(lambda: watching.done() or len(watcher.seen) >= len(events))
        watcher.stop()
        watching.result()
    assert watcher.seen == events
    assert watcher.cuts <= 1  # it went on all the time
    history = History(log)
    answers_of_all = [one for reader in readers for one in reader.answers]
    assert [wrong for one in answers_of_all if (wrong := one.wrong(history))] == []
    assert sum(not one.aged for one in answers_of_all) > CHANGES


def until_made(writers: list[Writer], count: int) -> None:
    """Return when so many more changes were made."""
    due = sum(writer.done for writer in writers) + count
    until(lambda: sum(writer.done for writer in writers) >= due)
