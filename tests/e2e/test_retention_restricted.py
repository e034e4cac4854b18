"""Compaction and trimming by a server whose role of PostgreSQL may not shorten the trail."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from psycopg import sql
from sqlalchemy import make_url

from registry_grpc.app import background
from registry_grpc.app.wiring import App
from registry_grpc.config import Settings
from registry_grpc.domain.secret import Secret
from registry_grpc.domain.trail import Asked
from registry_grpc.persistence.database import open_database
from registry_grpc.persistence.retention import grant_serving
from tests.e2e import test_retention as retention
from tests.support.databases import Postgres
from tests.support.leases import a_lease
from tests.support.serving import within

OWNERS_DAYS = 45
pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def keep(url: str, days: int) -> None:
    """Say as the owner for how long the trail is kept."""
    with open_database(url) as database, database.write() as tx:
        assert tx.log.keep_for(days) == days


@pytest_asyncio.fixture
async def app(
    database_url: str, postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[App]:
    """A server that serves as a role to which `migrate --role` has given what it needs."""
    monkeypatch.setattr(background, "_COMPACT_S", 0.01)
    role = f"serving_{uuid4().hex[:8]}"
    postgres.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    grant_serving(database_url, role)
    keep(database_url, retention.KEPT.days)
    url = make_url(database_url).set(username=role).render_as_string(hide_password=False)
    settings = Settings(
        database=Secret(url), data_dir=tmp_path, audit_history_days=retention.KEPT.days, threads=2
    )
    built = App.build(settings)
    await asyncio.to_thread(retention.history, built)
    yield built
    await built.stop()


async def test_the_role_that_serves_compacts_and_trims_what_is_old(app: App) -> None:
    await retention.test_what_is_older_goes_by_itself_and_what_can_be_watched_is_no_less(app)


async def test_the_role_that_serves_trims_nothing_that_the_owner_keeps(
    app: App, database_url: str
) -> None:
    keep(database_url, OWNERS_DAYS)
    assert app.changes.keep_for(1) == OWNERS_DAYS
    app.changes.compact(retention.NOW)
    leased = await asyncio.to_thread(a_lease, app.database)
    trimming = asyncio.ensure_future(background.trim_trail(app, *leased))
    watching = asyncio.ensure_future(background.watch_database(app))  # for the metric
    try:
        await asyncio.to_thread(within, 60, lambda: retention.trimmed(app))
    finally:
        for task in (trimming, watching):
            task.cancel()
        await asyncio.gather(trimming, watching, return_exceptions=True)
    assert len(retention.times(app, Asked(audit=True))) == 2 * (OWNERS_DAYS - 1)
