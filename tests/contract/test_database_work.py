"""Statements that need too much work end with the call's own reason, on both databases."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from registry_grpc.domain.errors import DeadlineExceeded, LimitExceeded
from registry_grpc.domain.work import LIMIT, MAX_WORK, Work, counted
from registry_grpc.persistence import statement_work
from registry_grpc.persistence.database import SqlDatabase
from registry_grpc.persistence.engine import Engines, open_engines
from registry_grpc.persistence.statement_work import TIMEOUT_LIMIT
from tests.contract.database_examples import START, a_change, a_model
from tests.support.costs import took_less
from tests.support.faults.crew import until

_ENDLESS = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
)
_RUNNING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'WITH RECURSIVE%'"
    " AND datname = current_database()"
)


@pytest.fixture
def engines(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engines]:
    monkeypatch.setattr(statement_work, "CALL_TIMEOUT", timedelta(seconds=1))
    opened = open_engines(database_url)
    yield opened
    opened.dispose()


def _read(engines: Engines) -> None:
    with engines.readers.begin() as connection:
        connection.execute(_ENDLESS)


def _change(engines: Engines) -> None:
    with engines.writers.begin() as connection:
        connection.execute(text("UPDATE revision_counter SET compacted = compacted + 1"))
        connection.execute(_ENDLESS)


def test_a_read_without_end_is_ended_by_the_budget_of_its_call(engines: Engines) -> None:
    before = time.thread_time()
    with counted(Work()), pytest.raises(LimitExceeded) as refused:
        _read(engines)
    assert refused.value.metadata["limit"] in {LIMIT, TIMEOUT_LIMIT}
    assert took_less(time.thread_time() - before, 1)
    with counted(Work()), engines.readers.begin() as connection:
        assert connection.scalar(text("SELECT 1")) == 1, "the connection serves the next call"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_change_is_ended_too_and_leaves_nothing(engines: Engines) -> None:
    work = Work()
    work.take(MAX_WORK - 10_000)
    with counted(work), pytest.raises(LimitExceeded):
        _change(engines)
    with engines.readers.begin() as connection:
        assert connection.scalar(text("SELECT compacted FROM revision_counter")) == 0


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_statement_ends_when_its_caller_has_gone(engines: Engines) -> None:
    work = Work()
    work.stop()
    with counted(work), pytest.raises(DeadlineExceeded):
        _read(engines)


@pytest.fixture
def patient(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engines]:
    """Engines whose statements do not end by their timeout while a test lasts."""
    monkeypatch.setattr(statement_work, "CALL_TIMEOUT", timedelta(minutes=5))
    opened = open_engines(database_url)
    yield opened
    opened.dispose()


def _is_running(engines: Engines, work: Work) -> bool:
    if engines.readers.dialect.name == "sqlite":
        return work.done > 0
    with engines.listeners.connect() as connection:
        return bool(connection.scalar(_RUNNING) == 1)


@pytest.mark.parametrize("statements", [_read, _change])
def test_a_running_statement_ends_when_its_caller_goes(
    patient: Engines, statements: Callable[[Engines], None]
) -> None:
    work = Work(MAX_WORK * 1_000)

    def leave() -> None:
        try:
            until(lambda: _is_running(patient, work))
        finally:
            work.stop()

    caller = threading.Thread(target=leave)
    caller.start()
    with counted(work), pytest.raises(DeadlineExceeded):
        statements(patient)
    caller.join()
    assert not _is_running(patient, Work())
    for engine in (patient.readers, patient.writers):
        with counted(Work()), engine.begin() as connection:
            found = connection.scalar(text("SELECT compacted FROM revision_counter"))
            assert found == 0, "nothing was changed, and the session serves the next call"


def test_what_was_cancelled_before_commit_is_rolled_back(database: SqlDatabase) -> None:
    work = Work()

    def change() -> None:
        with counted(work), database.change(lambda: START) as tx:
            model = a_model()
            tx.models.add(model)
            tx.record([a_change(model)])
            work.stop()

    with pytest.raises(DeadlineExceeded):
        change()
    with database.read() as tx:
        assert tx.revision == 0
