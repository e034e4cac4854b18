"""Concurrent transactions: numbers and revisions stay gapless, snapshots stay consistent."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier, Event

from sqlalchemy import text

from registry_grpc.persistence.engine import open_engines
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import (
    START,
    VersionFields,
    a_blob,
    a_change,
    a_digest,
    add_version,
    an_upload,
    at,
    stored_model,
)

_THREADS = 64


class Interrupted(Exception):
    """Something that goes wrong within a transaction."""


def test_64_changes_at_once_take_gapless_numbers_and_revisions(
    database: Database, database_url: str
) -> None:
    model = stored_model(database)
    start = Barrier(_THREADS)

    def register(_: int) -> tuple[int, int, datetime]:
        start.wait()
        with database.change(lambda: START) as transaction:
            number = transaction.models.next_number(model.uid)
            add_version(transaction, model, number, VersionFields(revision=transaction.revision))
            transaction.record([a_change(model)])
            return transaction.revision, number, transaction.time

    with ThreadPoolExecutor(_THREADS) as threads:
        taken = sorted(threads.map(register, range(_THREADS)))
    expected = list(range(1, _THREADS + 1))
    assert [revision for revision, _, _ in taken] == expected
    assert [number for _, number, _ in taken] == expected
    assert [time for _, _, time in taken] == [
        START + timedelta(microseconds=tick) for tick in range(_THREADS)
    ]
    engines = open_engines(database_url)
    with engines.readers.begin() as connection:
        logged = connection.scalars(text("SELECT revision FROM changes ORDER BY revision")).all()
    engines.dispose()
    assert logged == expected


def test_changes_that_fail_among_others_leave_no_gaps(database: Database) -> None:
    model = stored_model(database)

    def register(turn: int) -> int | None:
        with suppress(Interrupted), database.change(lambda: START) as transaction:
            number = transaction.models.next_number(model.uid)
            transaction.record([a_change(model)])
            if turn % 3:
                return number
            raise Interrupted
        return None

    with ThreadPoolExecutor(16) as threads:
        numbers = [number for number in threads.map(register, range(96)) if number is not None]
    assert sorted(numbers) == list(range(1, 65))
    with database.read() as transaction:
        assert transaction.revision == 64


def test_a_reader_never_sees_half_of_a_change(database: Database) -> None:
    models = [stored_model(database, name) for name in ("a", "b")]
    done = Event()

    def write() -> None:
        for revision in range(1, 60):
            with database.change(partial(at, revision)) as transaction:
                for model in models:
                    changed = replace(model, update_time=at(revision), revision=revision)
                    transaction.models.update(changed)
                transaction.record([a_change(models[0])])
        done.set()

    def read() -> list[tuple[int, ...]]:
        seen = []
        while not done.is_set():
            with database.read() as transaction:
                found = [transaction.models.get(model.name) for model in models]
                revisions = [model.revision for model in found if model is not None]
                seen.append((*revisions, max(1, transaction.revision)))
        return seen

    with ThreadPoolExecutor(4) as threads:
        readers = [threads.submit(read) for _ in range(3)]
        threads.submit(write).result()
        states = [state for reader in readers for state in reader.result()]
    assert states
    assert [state for state in states if len(set(state)) != 1] == []


def test_of_many_who_take_an_upload_over_one_wins(database: Database) -> None:
    upload = an_upload()
    with database.write() as transaction:
        transaction.uploads.add(upload)

    def take_over(_: int) -> bool:
        with database.write() as transaction:
            return transaction.uploads.update(replace(upload, epoch=1), epoch=0)

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(take_over, range(16))) == 1


def test_blobs_that_many_put_and_extend_at_once_are_stored_once(database: Database) -> None:
    digests = sorted(a_digest(str(number)) for number in range(50))

    def work(turn: int) -> None:
        with database.write() as transaction:
            for digest in digests[turn % 5 :: 5]:
                transaction.blobs.put(replace(a_blob(), digest=digest))
        with database.write() as transaction:
            transaction.blobs.extend("default", digests[:: 1 if turn % 2 else -1], at(turn))

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(work, range(80)))
    with database.read() as transaction:
        found = transaction.blobs.get("default", digests)
    assert {blob.lease_until for blob in found.values()} == {at(79)}
    assert len(found) == 50
