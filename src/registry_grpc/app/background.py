"""The background tasks of a server. Each function runs until it is cancelled.

Any failure of one run is logged with its traceback, and the next run follows: otherwise the end of
a task would be unnoticed.

Some tasks run in every process. The others run in one process of the registry under a lease, see
`app.leasing`. Two concurrent runs of one task, as when a lease was lost during a run, are safe:
each change has its own transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from logging import WARNING

from registry_grpc import telemetry
from registry_grpc.app.sources import clock, jitter
from registry_grpc.app.wiring import App
from registry_grpc.domain.consumer import Lease
from registry_grpc.domain.errors import DatabaseFull, DatabaseUnavailable
from registry_grpc.services.garbage import Ages
from registry_grpc.services.lease import LeaseLost, Leases
from registry_grpc.transport.methods import BYTES, LOOKUPS, WRITING

_PROBE_S = 2.0
_COMPACT_S = 60.0
_SETTLE_S = 2.0


@contextmanager
def _turn(failure: str) -> Iterator[None]:
    """Run once; log `failure` when it fails. LeaseLost is raised."""
    try:
        yield
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - after any failure the next run follows
        telemetry.log_failure(failure, error)


async def watch_database(app: App) -> None:
    """Update health and metrics with the state of the database and the disks.

    While the database is unavailable, lookups are served from memory. While a disk is full, the
    services that write to it are not serving. A released reserve is recreated as soon as there is
    space.
    """

    def probe() -> Collection[str]:
        with app.database.read() as tx:
            app.metrics.collection_held.set(tx.log.held)
            app.metrics.compacted_revision.set(tx.log.compacted)
            app.metrics.trimmed_revision.set(tx.log.trimmed)
        app.space.restore()
        if app.space.database_is_full:
            return WRITING
        return (BYTES,) if app.space.blob_room == 0 else ()

    logged: Collection[str] = ()
    while True:
        with _turn("the state of the database and the disks could not be read"):
            try:
                full = await app.pools[0].run(probe)
                app.server.health.set(serving=True, but=full)
                app.readiness.report("reads")
                app.readiness.report("writes", "DATABASE_FULL" if full == WRITING else "")
                logged = _log_full_disks(app, full, logged)
                alive = True
            except (DatabaseUnavailable, DatabaseFull) as error:
                app.server.health.set(serving=False, but=(LOOKUPS,))
                app.readiness.report("reads", error.reason)
                app.readiness.report("writes", error.reason)
                alive = False
            app.metrics.database_up.set(alive)
        await asyncio.sleep(_PROBE_S)


def _log_full_disks(app: App, full: Collection[str], logged: Collection[str]) -> Collection[str]:
    if set(full) != set(logged):
        free = {"database_free": app.space.database_free, "blobs_free": app.space.blobs_free}
        message = "a disk is full: services that write to it refuse" if full else "disks have room"
        telemetry.log(message, free, level=WARNING)
    return full


async def collect_garbage(app: App, leases: Leases, lease: Lease) -> None:
    """Collect garbage every `gc_every`."""
    every = app.settings.gc_every.total_seconds()
    ages = Ages(grace=app.settings.gc_grace)
    while True:
        await asyncio.sleep(jitter(every))  # not immediately at the start
        with _turn("garbage collection failed"):
            try:
                found = await app.pools[1].run(leases.run, lease, app.garbage.collect, ages)
            except LeaseLost:
                raise
            except Exception:
                app.metrics.operation.collected("failed", clock().timestamp())
                raise
            result = "held" if found.held else "ok"
            app.metrics.operation.collected(result, clock().timestamp(), found.freed_bytes)
            fields = {**found.counts(), "epoch": lease.epoch}
            if found.held:
                message = "garbage is not collected: the database was restored from a backup; run "
                message += "`registry-grpc verify`, then `registry-grpc gc --release`"
                telemetry.log(message, fields, level=WARNING)
            else:
                telemetry.log("garbage collected", fields)


async def settle_transitions(app: App, leases: Leases, lease: Lease) -> None:
    """Apply transitions after their wait, and expire overdue ones; each is logged."""
    while True:
        await asyncio.sleep(jitter(_SETTLE_S))
        with _turn("transitions that are due could not be settled"):
            settled = await app.pools[0].run(leases.run, lease, app.settlements.sweep)
            if settled:
                telemetry.log("transitions settled", {"count": settled})


async def record_token_uses(app: App) -> None:
    """Record the first use of each token on each day; retried while the database is unavailable."""
    while True:
        await asyncio.sleep(jitter(_SETTLE_S))
        with (
            _turn("the use of tokens could not be recorded"),
            suppress(DatabaseUnavailable, DatabaseFull),
        ):
            await app.pools[0].run(app.token_uses.record)


async def compact_log(app: App, leases: Leases, lease: Lease) -> None:
    """Remove changes older than `watch_history`."""
    while True:
        await asyncio.sleep(jitter(_COMPACT_S))
        with _turn("the change log could not be compacted"):
            moment = clock() - app.settings.watch_history
            await app.pools[0].run(leases.run, lease, app.changes.compact, moment)


async def trim_trail(app: App, leases: Leases, lease: Lease) -> None:
    """Remove entries older than `audit_history` from the audit trail.

    The database enforces the minimum retention that the migrating role has set.
    """
    wanted, logged = app.settings.audit_history_days, False
    while True:
        with _turn("the audit trail could not be trimmed"):
            kept = await app.pools[1].run(leases.run, lease, app.changes.keep_for, wanted)
            if kept != wanted and not logged:
                days = {"audit_history_days": wanted, "kept_days": kept}
                telemetry.log("the database keeps its own audit history", days, level=WARNING)
                logged = True
            if kept and wanted:
                moment = clock() - timedelta(days=max(kept, wanted))
                await app.pools[1].run(leases.run, lease, app.changes.trim, moment)
        if not wanted:
            return
        await asyncio.sleep(jitter(_COMPACT_S))


BACKGROUND_TASKS = (watch_database, record_token_uses)
"""The tasks of every process."""
LeasedTask = Callable[[App, Leases, Lease], Awaitable[None]]
LEASED_TASKS: Mapping[str, LeasedTask] = {
    "tasks/garbage-collection": collect_garbage,
    "tasks/log-compaction": compact_log,
    "tasks/trail-trimming": trim_trail,
    "tasks/transitions": settle_transitions,
}
"""The tasks of one process of the registry, by the names of their leases."""
