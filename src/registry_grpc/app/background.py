"""What a server does beside its calls. Each function runs until it is cancelled."""

import asyncio

from registry_grpc import telemetry
from registry_grpc.app.sources import clock, jitter
from registry_grpc.app.wiring import App
from registry_grpc.domain.errors import DatabaseUnavailable, RegistryError
from registry_grpc.services.garbage import Ages
from registry_grpc.transport.methods import LOOKUPS

_PROBE_S = 2.0
_COMPACT_S = 60.0
_SETTLE_S = 2.0


async def watch_database(app: App) -> None:
    """Keep health and metrics saying whether the database answers.

    While it does not, lookups are still served, out of memory.
    """

    def probe() -> None:
        with app.database.read():
            pass

    while True:
        try:
            await app.pools[0].run(probe)
            alive = True
        except DatabaseUnavailable:
            alive = False
        app.server.health.set(serving=alive, still=() if alive else (LOOKUPS,))
        app.metrics.database_up.set(alive)
        await asyncio.sleep(_PROBE_S)


async def collect_garbage(app: App) -> None:
    """Collect garbage every `gc_every`; a failure is logged."""
    every = app.settings.gc_every.total_seconds()
    ages = Ages(grace=app.settings.gc_grace)
    while every:
        await asyncio.sleep(jitter(every))  # not first of all when starting
        try:
            found = await app.pools[1].run(app.garbage.collect, ages)
        except RegistryError as error:
            telemetry.log_failure("garbage collection failed", error)
        else:
            telemetry.log("garbage collected", found.counts())


async def settle_transitions(app: App) -> None:
    """Apply transitions that have waited long enough, and let old ones expire; each is logged."""
    while True:
        await asyncio.sleep(jitter(_SETTLE_S))
        try:
            settled = await app.pools[0].run(app.settlements.sweep)
        except RegistryError as error:
            telemetry.log_failure("transitions that are due could not be settled", error)
        else:
            if settled:
                telemetry.log("transitions settled", {"count": settled})


async def compact_log(app: App) -> None:
    """Let go of changes older than `watch_history`; a failure is logged."""
    while True:
        await asyncio.sleep(jitter(_COMPACT_S))
        try:
            moment = clock() - app.settings.watch_history
            compacted = await app.pools[0].run(app.changes.compact, moment)
        except RegistryError as error:
            telemetry.log_failure("the change log could not be compacted", error)
        else:
            app.metrics.compacted_revision.set(compacted)


async def trim_trail(app: App) -> None:
    """Remove what is older than `audit_history` from the audit trail; a failure is logged."""
    history = app.settings.audit_history
    while history:
        await asyncio.sleep(jitter(_COMPACT_S))
        try:
            trimmed = await app.pools[1].run(app.changes.trim, clock() - history)
        except RegistryError as error:
            telemetry.log_failure("the audit trail could not be trimmed", error)
        else:
            app.metrics.trimmed_revision.set(trimmed)


BESIDE = (watch_database, collect_garbage, compact_log, trim_trail, settle_transitions)
"""All of them."""
