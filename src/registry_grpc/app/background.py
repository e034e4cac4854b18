"""The background tasks of a server. Each function runs until it is cancelled.

Any failure of one run is logged, with its traceback unless the database had an outage, and the next
run follows: otherwise the end of a task would be unnoticed.

Some tasks run in every process. The others run in one process of the registry under a lease, see
`app.leasing`. Two concurrent runs of one task, as when a lease was lost during a run, are safe:
each change has its own transaction.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from logging import INFO, WARNING

from registry_grpc import telemetry
from registry_grpc.app.sources import clock, jitter
from registry_grpc.app.wiring import App
from registry_grpc.domain.consumer import Lease
from registry_grpc.domain.database_fault import DatabaseFault, FaultKind
from registry_grpc.domain.errors import (
    DATABASE_OUTAGES,
    ClockUnsettled,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnavailable,
    RegistryError,
    StorageFull,
    StorageUnavailable,
)
from registry_grpc.services.deployment_sessions import Lost
from registry_grpc.services.garbage import Ages
from registry_grpc.services.lease import LeaseLost, Leases
from registry_grpc.transport.methods import BYTES, LOOKUPS, WRITING

_PROBE_S = 2.0
_COMPACT_S = 60.0
_SETTLE_S = 2.0
_HEARTBEATS_S = 1.0
_EXPIRE_S = 1.5
_SKIP_S, _FEW_STREAMS, _CHANGED_SHARE = 5.0, 500, 0.25
_MISSING_S = 10.0
_AWAY = "the database is unavailable: lookups are answered from memory, all other calls fail"
_FULL = "a disk is full: services that write to it refuse"
_CLOCK = "the clock of this machine is in doubt: services that write refuse"
_SETTLE_CLOCK = "correct the clock, or confirm it with `registry-grpc settle-clock`"
_WELL = "the database and the disks can be used"


@contextmanager
def _turn(failure: str) -> Iterator[None]:
    """Run once; log `failure` when it fails. LeaseLost is raised."""
    try:
        yield
    except LeaseLost:
        raise
    except (*DATABASE_OUTAGES, StorageUnavailable, StorageFull) as error:
        telemetry.log(failure, {"reason": error.reason, "cause": error.cause}, level=WARNING)
    except Exception as error:  # noqa: BLE001 - after any failure the next run follows
        telemetry.log_failure(failure, error)


async def watch_database(app: App) -> None:
    """Update health and metrics with the state of the database and the disks.

    While the database is unavailable, lookups are served from memory. While it accepts no changes,
    the clock is in doubt, or a disk is full, the services that write are not serving. A released
    reserve is recreated as soon as there is space. Each new state is logged once, with its cause.
    """
    state = _State(_WELL)
    while True:
        with _turn("the state of the database and the disks could not be read"):
            before = state
            try:
                state = await app.pools[0].run(_probe, app)
                app.server.health.set(serving=True, but=state.refusing)
            except DATABASE_OUTAGES as error:
                state = _unavailable(error)
                app.server.health.set(serving=False, but=(LOOKUPS,))
            app.metrics.database_up.set(state.answers)
            app.readiness.report("reads", "" if state.answers else state.reason)
            app.readiness.report("writes", state.reason)
            if (state.message, state.refusing) != (before.message, before.refusing):
                level = INFO if state.message == _WELL else WARNING
                telemetry.log(state.message, state.fields, level=level)
        await asyncio.sleep(_PROBE_S)


def _probe(app: App) -> "_State":
    """Read the state of the database, the clock and the disks; keep a believed moment."""
    with app.database.read() as tx:
        doubts = app.clock_guard.doubts(tx)
        app.metrics.collection_held.set(tx.log.held)
        app.metrics.compacted_revision.set(tx.log.compacted)
        app.metrics.trimmed_revision.set(tx.log.trimmed)
    app.space.restore()
    if fault := app.database.write_fault():
        message = "the database accepts no changes: services that write refuse"
        fields = {"cause": str(fault), "do": fault.kind.advice}
        read_only = fault.kind is FaultKind.READ_ONLY
        error = DatabaseReadOnly if read_only else DatabaseUnavailable
        return _State(message, error.reason, fields, WRITING)
    if doubts:
        fields = {"cause": f"the clock: {doubts}", "do": _SETTLE_CLOCK}
        return _State(_CLOCK, ClockUnsettled.reason, fields, WRITING)
    full = _full_services(app)
    free = {"database_free": app.space.database_free, "blobs_free": app.space.blobs_free}
    if full:
        return _State(_FULL, DatabaseFull.reason if full == WRITING else "", free, full)
    if app.clock_guard.is_due:
        with app.database.write() as tx:
            app.clock_guard.keep(tx)
    return _State(_WELL)


@dataclass(frozen=True, slots=True)
class _State:
    """The result of a probe. reason: of the error that all changes end with, '' for none.

    refusing: services that refuse. answers: whether the database does.
    """

    message: str
    reason: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    refusing: Collection[str] = ()
    answers: bool = True


def _unavailable(error: RegistryError) -> _State:
    fault = getattr(error, "fault", None)
    fields = {"do": fault.kind.advice} if isinstance(fault, DatabaseFault) else {}
    return _State(_AWAY, error.reason, {"cause": error.cause, **fields}, WRITING, answers=False)


def _full_services(app: App) -> Collection[str]:
    if app.space.database_is_full:
        return WRITING
    return (BYTES,) if app.space.blob_room == 0 else ()


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
            suppress(*DATABASE_OUTAGES),
        ):
            await app.pools[0].run(app.token_uses.record)


async def record_heartbeats(app: App) -> None:
    """Let the instances that reported live on, and end the streams of those that do not."""
    sessions = app.deployments.sessions
    while True:
        await asyncio.sleep(jitter(_HEARTBEATS_S))
        lost: Lost = {}
        with _turn("heartbeats of instances could not be recorded"):
            if beats := sessions.take():
                try:
                    lost = await app.pools[0].run(sessions.record, beats, sessions.sessions)
                except DATABASE_OUTAGES:
                    sessions.restore(beats)  # health reports it
                except BaseException:
                    sessions.restore(beats)
                    raise
        sessions.end_lost(lost)


async def skip_open_streams(app: App) -> None:
    """Let collections of cycles skip the objects of streams that stay open.

    Those of 10,000 instances take about a second each time, in which nothing else happens. So they
    are collected once when there are many more streams, or fewer.
    """
    skipped = 0
    while True:
        await asyncio.sleep(_SKIP_S)
        count = len(app.deployments.sessions)
        if abs(count - skipped) > max(_FEW_STREAMS, skipped * _CHANGED_SHARE):
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            skipped = count


async def expire_instances(app: App, leases: Leases, lease: Lease) -> None:
    """Expire instances that have stopped to report; each deployment is logged."""
    while True:
        await asyncio.sleep(jitter(_EXPIRE_S))
        with _turn("instances could not be expired"):
            expired = await app.pools[0].run(leases.run, lease, app.deployments.expiry.sweep)
            if expired:
                telemetry.log("instances expired", {"count": expired})


async def find_missing_data(app: App, leases: Leases, lease: Lease) -> None:
    """Let the series of monitors that nothing was recorded for enter NO_DATA; each is logged."""
    while True:
        await asyncio.sleep(jitter(_MISSING_S))
        with _turn("series without data could not be found"):
            found = await app.pools[0].run(leases.run, lease, app.monitoring.missing_data.sweep)
            if found:
                telemetry.log("series of monitors have no data", {"count": found})


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


BACKGROUND_TASKS = (watch_database, record_token_uses, record_heartbeats, skip_open_streams)
"""The tasks of every process."""
LeasedTask = Callable[[App, Leases, Lease], Awaitable[None]]
LEASED_TASKS: Mapping[str, LeasedTask] = {
    "tasks/deployments": expire_instances,
    "tasks/garbage-collection": collect_garbage,
    "tasks/log-compaction": compact_log,
    "tasks/missing-data": find_missing_data,
    "tasks/trail-trimming": trim_trail,
    "tasks/transitions": settle_transitions,
}
"""The tasks of one process of the registry, by the names of their leases."""
