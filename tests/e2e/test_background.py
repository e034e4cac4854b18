"""Background tasks continue after a failed run, also after a bug."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text

from registry_grpc import telemetry
from registry_grpc.app import background
from registry_grpc.app.wiring import App
from registry_grpc.config import Settings
from registry_grpc.domain.secret import Secret
from registry_grpc.persistence.engine import open_engines
from tests.support.leases import a_lease
from tests.support.serving import within

SECONDS = 120


@pytest_asyncio.fixture
async def app(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[App]:
    """A server that does its work beside the calls without a pause."""
    for pause in ("_COMPACT_S", "_SETTLE_S"):
        monkeypatch.setattr(background, pause, 0.01)
    settings = Settings(
        database=Secret(database_url),
        data_dir=tmp_path,
        audit_history_days=30,
        gc_every=timedelta(seconds=0.01),
    )
    built = App.build(settings)
    yield built
    await built.stop()


@contextmanager
def without(database_url: str, table: str) -> Iterator[None]:
    """Take a table away, as nothing that the server expects would: a bug, not an outage."""
    engines = open_engines(database_url)
    with engines.writers.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO elsewhere"))
    try:
        yield
    finally:
        with engines.writers.begin() as connection:
            connection.execute(text(f"ALTER TABLE elsewhere RENAME TO {table}"))
        engines.dispose()


@pytest.mark.parametrize(
    "work, table, failure",
    [
        (background.settle_transitions, "transitions", "transitions that are due could not"),
        (background.collect_garbage, "blobs", "garbage collection failed"),
        (background.compact_log, "revision_counter", "the change log could not be compacted"),
        (background.trim_trail, "revision_counter", "the audit trail could not be trimmed"),
    ],
)
async def test_a_bug_in_one_turn_is_told_with_its_traceback_and_the_next_turn_comes(
    app: App,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
    work: background.LeasedTask,
    table: str,
    failure: str,
) -> None:
    def failures() -> list[logging.LogRecord]:
        return [one for one in caplog.records if one.getMessage().startswith(failure)]

    telemetry.LOGGER.addHandler(caplog.handler)
    task = asyncio.ensure_future(work(app, *a_lease(app.database)))
    try:
        with without(database_url, table):
            await asyncio.to_thread(within, SECONDS, lambda: len(failures()) > 1)
        assert not task.done()
        assert failures()[0].exc_info
    finally:
        telemetry.LOGGER.removeHandler(caplog.handler)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
