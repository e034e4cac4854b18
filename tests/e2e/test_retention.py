"""How long the audit trail is kept: by the server itself, past the triggers that guard it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from registry_grpc.app import background
from registry_grpc.app.wiring import App
from registry_grpc.config import Settings
from registry_grpc.domain.change import Change, Event
from registry_grpc.domain.errors import RevisionCompacted
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.secret import Secret
from registry_grpc.domain.trail import Asked
from tests.contract.database_examples import a_denied_request
from tests.support.leases import a_lease
from tests.support.resolutions import lookups_of, resolved
from tests.support.serving import within

KEPT = timedelta(days=30)
NOW = datetime.now(UTC)
QUERY = Query("ListChanges", (), (int, int))
MODEL = "namespaces/default/models/fraud"
SECONDS = 120


@pytest_asyncio.fixture
async def app(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[App]:
    """A server that keeps its trail for 30 days, and looks for what is older without a pause."""
    monkeypatch.setattr(background, "_COMPACT_S", 0.01)
    settings = Settings(
        database=Secret(database_url), data_dir=tmp_path, audit_history_days=KEPT.days, threads=2
    )
    built = App.build(settings)
    await asyncio.to_thread(history, built)
    yield built
    await built.stop()


def history(app: App) -> None:
    """Record a change and a denied request in each of the last 60 days."""
    for days in range(60, 0, -1):
        moment = NOW - timedelta(days=days)
        with app.database.change(lambda when=moment: when) as transaction:
            transaction.record([Change("model.update", MODEL, "ann", None, None)])
        with app.database.write() as transaction:
            transaction.denied_requests.add([a_denied_request(time=moment)])


def times(app: App, asked: Asked) -> list[datetime]:
    items = app.changes.list(QUERY, Page(1_000, None), asked).items
    return [item.time if isinstance(item, Event) else item.request.time for item in items]


async def test_what_is_older_goes_by_itself_and_what_can_be_watched_is_no_less(app: App) -> None:
    assert len(times(app, Asked(audit=True))) == 120
    leased = await asyncio.to_thread(a_lease, app.database)
    works = (background.compact_log, background.trim_trail)
    tasks = [asyncio.ensure_future(work(app, *leased)) for work in works]
    tasks.append(asyncio.ensure_future(background.watch_database(app)))  # for the metric
    try:
        await asyncio.to_thread(within, SECONDS, lambda: trimmed(app) == 31)
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    kept = times(app, Asked(audit=True))
    assert len(kept) == 2 * 29
    assert min(kept) > NOW - KEPT
    assert len(times(app, Asked())) == 6
    with pytest.raises(RevisionCompacted):
        times(app, Asked(audit=True, start_revision=31))
    assert times(app, Asked(audit=True, start_revision=32)) == kept


def trimmed(app: App) -> float | None:
    return app.metrics.registry.get_sample_value("registry_trimmed_revision")


async def test_questions_about_a_moment_before_that_are_refused(app: App) -> None:
    lookups = lookups_of(app.database, lambda: NOW)
    early, late = NOW - timedelta(days=45), NOW - timedelta(days=5)
    assert resolved(lookups, ["fraud/1"], early)[1] == 15 + 1
    app.changes.compact(NOW)
    app.changes.keep_for(KEPT.days)
    app.changes.trim(NOW - KEPT)
    assert resolved(lookups, ["fraud/1"], late)[1] == 56
    with pytest.raises(RevisionCompacted) as caught:
        resolved(lookups, ["fraud/1"], early)
    assert caught.value.metadata == {"compacted_revision": "30", "revision": "60"}


async def test_without_the_setting_everything_is_kept(app: App) -> None:
    app.changes.compact(NOW)
    for_ever = Settings(database=Secret("sqlite:///x"), data_dir=Path())
    assert for_ever.audit_history == timedelta()
    object.__setattr__(app, "settings", for_ever)
    async with asyncio.timeout(SECONDS):
        leased = await asyncio.to_thread(a_lease, app.database)
        await background.trim_trail(app, *leased)  # it has nothing to do, and ends
    assert len(times(app, Asked(audit=True))) == 120
